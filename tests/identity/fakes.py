"""In-memory stand-ins. They pass the same contract suites as the real things."""

from copy import deepcopy
from datetime import datetime
from uuid import UUID

from backline.identity.domain.limits import Attempts
from backline.identity.domain.links import Link, LinkKind
from backline.identity.domain.screens import Screen, ScreenNotFound
from backline.identity.domain.sessions import Session, SessionId, SessionNotFound
from backline.identity.domain.tokens import OpaqueTokens
from backline.identity.domain.users import User, UserId, UsernameTaken, UserNotFound
from backline.identity.ports import AuditEntry, Ticket
from backline.kit.core.actor import Role
from backline.kit.core.errors import Aborted


class MemoryUsers:
    def __init__(self, *users: User) -> None:
        self.rows = {user.id: user for user in users}
        self._last_id = max(self.rows, default=0)

    async def next_id(self) -> UserId:
        self._last_id += 1
        return UserId(self._last_id)

    async def add(self, user: User) -> None:
        if user.username is not None and await self.find(user.username) is not None:
            raise UsernameTaken("Taken.")
        self.rows[user.id] = deepcopy(user)

    async def get(self, user_id: UserId) -> User:
        if user_id not in self.rows:
            raise UserNotFound("There is no such user.")
        return deepcopy(self.rows[user_id])

    look = get

    async def find(self, username: str) -> User | None:
        found = (user for user in self.rows.values() if user.username == username)
        return deepcopy(next(found, None))

    async def save(self, user: User) -> None:
        if self.rows[user.id].version != user.version:
            raise Aborted("The user changed while you were changing it.")
        user.version += 1
        self.rows[user.id] = deepcopy(user)

    async def of_demo(self) -> list[User]:
        return [user for user in self.rows.values() if user.demo is not None]

    async def remove(self, user: User) -> None:
        del self.rows[user.id]

    async def other_admins(self, user_id: UserId) -> int:
        return sum(
            user.role is Role.ADMIN and not user.disabled and user.id != user_id
            for user in self.rows.values()
        )

    async def forget_guests(self, *, before: datetime) -> int:
        gone = [
            user.id
            for user in self.rows.values()
            if user.role is Role.GUEST and user.created_at < before
        ]
        for user_id in gone:
            del self.rows[user_id]
        return len(gone)


class MemorySessions:
    def __init__(self) -> None:
        self.rows: dict[SessionId, Session] = {}

    async def add(self, session: Session) -> None:
        self.rows[session.id] = deepcopy(session)

    async def get(self, session_id: SessionId) -> Session:
        if session_id not in self.rows:
            raise SessionNotFound("There is no such session.")
        return deepcopy(self.rows[session_id])

    async def save(self, session: Session) -> None:
        if self.rows[session.id].version != session.version:
            raise Aborted("The session changed while you were changing it.")
        session.version += 1
        self.rows[session.id] = deepcopy(session)

    async def of_user(self, user_id: UserId) -> list[Session]:
        return [
            deepcopy(session)
            for session in self.rows.values()
            if session.user_id == user_id and session.ended_at is None
        ]


class MemoryAttempts:
    def __init__(self) -> None:
        self.rows: dict[str, Attempts] = {}

    async def get(self, key: str) -> Attempts:
        return deepcopy(self.rows.get(key, Attempts(key)))

    async def save(self, attempts: Attempts) -> None:
        self.rows[attempts.key] = deepcopy(attempts)


class MemoryTickets:
    def __init__(self) -> None:
        self.rows: dict[bytes, Ticket] = {}

    async def add(self, ticket: Ticket) -> None:
        self.rows[ticket.token_hash] = ticket

    async def take(self, token_hash: bytes) -> Ticket | None:
        return self.rows.pop(token_hash, None)


class MemoryLinks:
    def __init__(self) -> None:
        self.rows: dict[tuple[LinkKind, UserId | None], Link] = {}

    async def add(self, link: Link) -> None:
        self.rows[link.kind, link.user_id] = link

    async def take(self, kind: LinkKind, token_hash: bytes) -> Link | None:
        for key, link in self.rows.items():
            if key[0] is kind and link.token_hash == token_hash:
                return self.rows.pop(key)
        return None


class MemoryScreens:
    def __init__(self) -> None:
        self.rows: dict[UserId, Screen] = {}

    async def add(self, screen: Screen) -> None:
        self.rows[screen.id] = deepcopy(screen)

    async def get(self, screen_id: UserId) -> Screen:
        if screen_id not in self.rows:
            raise ScreenNotFound("There is no such link for screens.")
        return deepcopy(self.rows[screen_id])

    async def of_key(self, key_hash: bytes) -> Screen | None:
        found = (screen for screen in self.rows.values() if screen.key_hash == key_hash)
        return deepcopy(next(found, None))

    async def save(self, screen: Screen) -> None:
        self.rows[screen.id] = deepcopy(screen)


class RecordedRevocations:
    """What was told to every door."""

    def __init__(self) -> None:
        self.sessions: list[str] = []
        self.roles: list[tuple[UserId, Role]] = []

    async def add(
        self, user_id: UserId, *, session_id: str = "", role: Role | None = None, reason: str
    ) -> None:
        assert reason
        if session_id:
            self.sessions.append(session_id)
        if role is not None:
            self.roles.append((user_id, role))


class RecordedAudit:
    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []

    async def add(self, entry: AuditEntry) -> None:
        self.entries.append(entry)

    @property
    def actions(self) -> list[str]:
        return [entry.action for entry in self.entries]


class PlainTokens:
    """Access tokens that can be read by eye."""

    lifetime_s = 600

    def issue(self, user: User, session_id: SessionId, *, at: datetime) -> str:
        return f"{user.id} {user.role} {session_id}"


class CountedSecrets:
    """Ids and tokens in the order they were asked for."""

    def __init__(self) -> None:
        self._count = 0

    def opaque_tokens(self) -> OpaqueTokens:
        return OpaqueTokens(b"a secret of thirty-two bytes....")

    def token(self) -> str:
        self._count += 1
        return f"token-{self._count}".ljust(43, "x")

    def new_id(self) -> UUID:
        self._count += 1
        return UUID(int=self._count)
