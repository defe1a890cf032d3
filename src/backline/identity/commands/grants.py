"""What a login gives: tokens, and who one is."""

from dataclasses import dataclass, field
from datetime import datetime

from backline.identity.domain.sessions import Session, SessionId
from backline.identity.domain.users import Profile, User
from backline.identity.ports import AccessTokens, Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The tokens of one session, as of now.

    Attributes:
        expires_in_s: Seconds that the access token lives.
        session_expires_at: When the refresh token ends at the latest, if it is not used.
        device_token: Proves later that somebody logged in here; empty where nobody did.
    """

    profile: Profile
    session_id: SessionId
    access_token: str = field(repr=False)
    expires_in_s: int
    refresh_token: str = field(repr=False)
    session_expires_at: datetime
    device_token: str = field(default="", repr=False)


def grant(
    user: User,
    session: Session,
    tokens: AccessTokens,
    secrets: Secrets,
    *,
    at: datetime,
    device_token: str = "",
) -> Grant:
    return Grant(
        profile=user.profile,
        session_id=session.id,
        access_token=tokens.issue(user, session.id, at=at),
        expires_in_s=tokens.lifetime_s,
        refresh_token=secrets.opaque_tokens().refresh_token(session.id, session.counter),
        session_expires_at=session.idle_until,
        device_token=device_token,
    )
