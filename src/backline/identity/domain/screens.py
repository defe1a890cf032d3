"""Links that open the wall on a screen, without a login, until somebody takes them back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backline.identity.domain.sessions import SessionId
from backline.identity.domain.users import UserId
from backline.kit.core.errors import NotFound, PermissionDenied

LIFETIME = timedelta(days=10 * 365)
"""A wall hangs until somebody takes it down: its link ends by being revoked, not by time."""


class ScreenNotFound(NotFound):
    """There was never such a link."""


class ScreenLinkEnded(PermissionDenied):
    """Unknown or revoked: one answer for both."""

    def __init__(self) -> None:
        super().__init__("This link for screens was revoked. Ask a host for a new one.")


@dataclass(slots=True)
class Screen:
    """A link for screens. The one who opens it is a user with the role `screen`.

    Attributes:
        id: The number of that user; its name is the link's.
        key_hash: SHA-256 of the key; the key itself is nowhere but in the link.
        session_id: The one session of that user; ending it closes every socket of the link.
        made_by: The name of the host, as it was then.
        seen_at: When a screen last asked for an access token; None if none ever did.
    """

    id: UserId
    key_hash: bytes
    session_id: SessionId
    made_by: str
    seen_at: datetime | None = None
    revoked_at: datetime | None = None

    def revoke(self, *, at: datetime) -> bool:
        """Whether that changed anything."""
        if self.revoked_at is not None:
            return False
        self.revoked_at = at
        return True
