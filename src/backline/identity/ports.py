"""What the use cases need from the outside."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from backline.identity.domain.limits import Attempts
from backline.identity.domain.links import Link, LinkKind
from backline.identity.domain.screens import Screen
from backline.identity.domain.sessions import Session, SessionId
from backline.identity.domain.tokens import OpaqueTokens
from backline.identity.domain.users import User, UserId
from backline.kit.core.actor import Role


class UserRepository(Protocol):
    async def next_id(self) -> UserId: ...

    async def add(self, user: User) -> None:
        """Raises `UsernameTaken`."""
        ...

    async def get(self, user_id: UserId) -> User:
        """Load for update. Raises `UserNotFound`."""
        ...

    async def look(self, user_id: UserId) -> User:
        """As `get`, for reading only: waits for nobody and keeps nobody waiting."""
        ...

    async def find(self, username: str) -> User | None:
        """The user of that normalised name, for reading only."""
        ...

    async def save(self, user: User) -> None:
        """Write back. Raises `Aborted` if someone else saved since it was loaded."""
        ...

    async def of_demo(self) -> list[User]:
        """Everybody whom the demo made, for update."""
        ...

    async def remove(self, user: User) -> None:
        """Forget a user and all their sessions."""
        ...

    async def other_admins(self, user_id: UserId) -> int:
        """How many enabled admins there are but this one; none can vanish in the meantime."""
        ...

    async def forget_guests(self, *, before: datetime) -> int:
        """Delete guests who came before then and whose every session ended before then."""
        ...


class SessionRepository(Protocol):
    async def add(self, session: Session) -> None: ...

    async def get(self, session_id: SessionId) -> Session:
        """Load for update. Raises `SessionNotFound`."""
        ...

    async def save(self, session: Session) -> None: ...

    async def of_user(self, user_id: UserId) -> list[Session]:
        """All that have not been ended, for update."""
        ...


REVOCATIONS_CHANNEL = "identity.revocations"
"""The doorbell that rings when something was revoked."""


class RevocationLog(Protocol):
    async def add(
        self, user_id: UserId, *, session_id: str = "", role: Role | None = None, reason: str
    ) -> None:
        """Tell every door, as soon as this is committed."""
        ...


class AttemptLedger(Protocol):
    async def get(self, key: str) -> Attempts:
        """Load for update; a new one if there was none."""
        ...

    async def save(self, attempts: Attempts) -> None: ...


@dataclass(frozen=True, slots=True)
class Ticket:
    """Opens one WebSocket, once.

    Attributes:
        origin: Of the page that asked for it; empty for programs.
    """

    token_hash: bytes = field(repr=False)
    user_id: UserId
    session_id: SessionId
    origin: str
    expires_at: datetime


class TicketRepository(Protocol):
    async def add(self, ticket: Ticket) -> None: ...

    async def take(self, token_hash: bytes) -> Ticket | None:
        """Remove it; of several who try at once, one gets it."""
        ...


class LinkRepository(Protocol):
    async def add(self, link: Link) -> None:
        """Add it in place of any other of its kind and user."""
        ...

    async def take(self, kind: LinkKind, token_hash: bytes) -> Link | None:
        """Remove it; of several who try at once, one gets it."""
        ...


class ScreenRepository(Protocol):
    async def add(self, screen: Screen) -> None: ...

    async def get(self, screen_id: UserId) -> Screen:
        """Load for update. Raises `ScreenNotFound`."""
        ...

    async def of_key(self, key_hash: bytes) -> Screen | None:
        """The screen whose link holds that key, for update."""
        ...

    async def save(self, screen: Screen) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Something that an admin may want to know later.

    Attributes:
        action: What was done, past tense: `logged in`, `role changed`.
        user_id: Whom it concerns; 0 for nobody in particular.
        detail: More, in words or names.
    """

    action: str
    user_id: int = 0
    ip: str = ""
    detail: str = ""


class AuditLog(Protocol):
    async def add(self, entry: AuditEntry) -> None:
        """Write it down together with who did it and when."""
        ...


class AccessTokens(Protocol):
    """Signs what doors believe."""

    @property
    def lifetime_s(self) -> int: ...

    def issue(self, user: User, session_id: SessionId, *, at: datetime) -> str: ...


class Secrets(Protocol):
    """Randomness and the server's own secret."""

    def opaque_tokens(self) -> OpaqueTokens: ...

    def token(self) -> str:
        """43 characters from 32 random bytes."""
        ...

    def new_id(self) -> UUID: ...


class Expired(Protocol):
    """What nobody can use any more."""

    async def forget(self, *, now: datetime, before: datetime) -> None:
        """Delete tickets and links that end by `now`, and what else ended `before`."""
        ...
