"""What can be asked about users, sessions and the past. SQL in, plain data out."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.identity.domain.links import LinkKind
from backline.identity.domain.tokens import digest
from backline.identity.domain.users import Profile, UserId, UserNotFound
from backline.kit.auth.permissions import require_role
from backline.kit.auth.revocations import KEPT_S, Revocation
from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Query

_PROFILE = "id, username, display_name, role, disabled_at IS NOT NULL AS disabled"


@dataclass(frozen=True, slots=True)
class GetMe(Query[Profile]):
    pass


async def get_me(query: GetMe, actor: Actor, connection: AsyncConnection) -> Profile:
    found = await connection.execute(
        text(f"SELECT {_PROFILE} FROM users WHERE id = :id"),  # noqa: S608 - a constant
        {"id": actor.id},
    )
    if (row := found.mappings().first()) is None:
        raise UserNotFound("There is no such user.", user_id=str(actor.id))
    return _profile(row)


@dataclass(frozen=True, slots=True)
class SessionView:
    """One login on one device.

    Attributes:
        current: The one that asks.
    """

    id: str
    device: str
    ip: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class ListSessions(Query[list[SessionView]]):
    pass


async def list_sessions(
    query: ListSessions, actor: Actor, connection: AsyncConnection, clock: Clock
) -> list[SessionView]:
    """One's own that are going on, the latest first."""
    found = await connection.execute(
        text(
            "SELECT id::text AS id, device, ip, created_at, last_seen_at,"
            " least(idle_until, expires_at) AS expires_at"
            " FROM sessions WHERE user_id = :user_id AND ended_at IS NULL"
            " AND idle_until > :now AND expires_at > :now"
            " ORDER BY last_seen_at DESC, id DESC LIMIT 200"
        ),
        {"user_id": actor.id, "now": clock.now()},
    )
    return [SessionView(**row, current=row["id"] == actor.session_id) for row in found.mappings()]


@dataclass(frozen=True, slots=True)
class UserView:
    """A user as admins see them.

    Attributes:
        last_seen_at: When a session of theirs was last renewed.
    """

    profile: Profile
    created_at: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListUsers(Query[list[UserView]]):
    """One page, in the order of their numbers.

    Attributes:
        text: A part of the username or the display name.
        after: The last id of the page before.
    """

    text: str = ""
    role: Role | None = None
    after: int = 0
    limit: int = 50


async def list_users(query: ListUsers, actor: Actor, connection: AsyncConnection) -> list[UserView]:
    require_role(actor, Role.ADMIN)
    found = await connection.execute(
        text(
            f"SELECT {_PROFILE}, created_at,"  # noqa: S608 - a constant
            " (SELECT max(last_seen_at) FROM sessions WHERE user_id = users.id) AS last_seen_at"
            " FROM users WHERE id > :after AND role <> 'screen'"
            " AND (CAST(:role AS text) IS NULL OR role = :role)"
            " AND (:text = '' OR strpos(lower(coalesce(username, '')), lower(:text)) > 0"
            "  OR strpos(lower(display_name), lower(:text)) > 0)"
            " ORDER BY id LIMIT :limit"
        ),
        {
            "after": query.after,
            "role": None if query.role is None else query.role.value,
            "text": query.text.replace("\0", ""),
            "limit": query.limit,
        },
    )
    return [
        UserView(_profile(row), row["created_at"], row["last_seen_at"]) for row in found.mappings()
    ]


@dataclass(frozen=True, slots=True)
class AuditView:
    """Something that was done.

    Attributes:
        actor_id: By whom; 0 for the system itself and for somebody not logged in.
        user_id: To whom; 0 for nobody in particular.
    """

    id: int
    at: datetime
    actor_id: int
    actor_name: str
    action: str
    user_id: int
    ip: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAudit(Query[list[AuditView]]):
    """One page.

    Attributes:
        before: The last id of the page before; None for the newest page.
    """

    user_id: int | None = None
    action: str | None = None
    before: int | None = None
    limit: int = 50


async def list_audit(
    query: ListAudit, actor: Actor, connection: AsyncConnection
) -> list[AuditView]:
    """The newest first."""
    require_role(actor, Role.ADMIN)
    found = await connection.execute(
        text(
            "SELECT id, at, actor_id, actor_name, action, user_id, ip, detail FROM audit"
            " WHERE (CAST(:before AS bigint) IS NULL OR id < :before)"
            " AND (CAST(:user_id AS bigint) IS NULL OR user_id = :user_id)"
            " AND (CAST(:action AS text) IS NULL OR action = :action)"
            " ORDER BY id DESC LIMIT :limit"
        ),
        {
            "before": query.before,
            "user_id": query.user_id,
            "action": query.action,
            "limit": query.limit,
        },
    )
    return [AuditView(**row) for row in found.mappings()]


@dataclass(frozen=True, slots=True)
class ScreenView:
    """A link for screens, as hosts see it.

    Attributes:
        made_by: The name of the host, as it was then.
        seen_at: When a screen last showed its key; None if none ever did.
    """

    id: int
    name: str
    made_by: str
    made_at: datetime
    seen_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListScreens(Query[list[ScreenView]]):
    pass


async def list_screens(
    query: ListScreens, actor: Actor, connection: AsyncConnection
) -> list[ScreenView]:
    """Those that work, then those revoked; the newest first."""
    require_role(actor, Role.HOST)
    found = await connection.execute(
        text(
            "SELECT screens.id, display_name AS name, made_by, created_at AS made_at,"
            " seen_at, revoked_at FROM screens JOIN users USING (id)"
            " ORDER BY revoked_at DESC NULLS FIRST, id DESC LIMIT 200"
        )
    )
    return [ScreenView(**row) for row in found.mappings()]


@dataclass(frozen=True, slots=True)
class IsSetUp(Query[bool]):
    pass


async def is_set_up(query: IsSetUp, connection: AsyncConnection) -> bool:
    """Whether there is an admin."""
    found = await connection.execute(
        text("SELECT EXISTS (SELECT FROM users WHERE role = 'admin' AND disabled_at IS NULL)")
    )
    return bool(found.scalar_one())


@dataclass(frozen=True, slots=True)
class LinkWorks(Query[bool]):
    kind: LinkKind
    token: str = field(repr=False)


async def link_works(query: LinkWorks, connection: AsyncConnection, clock: Clock) -> bool:
    """Whether a one-time link could be used now; asked before a password is hashed for it."""
    found = await connection.execute(
        text(
            "SELECT EXISTS (SELECT FROM links"
            " WHERE kind = :kind AND token_hash = :token_hash AND expires_at > :now)"
        ),
        {
            "kind": query.kind.value,
            "token_hash": digest(query.token),
            "now": clock.now(),
        },
    )
    return bool(found.scalar_one())


@dataclass(frozen=True, slots=True)
class RecentRevocations(Query[list[Revocation]]):
    pass


async def recent_revocations(
    query: RecentRevocations, connection: AsyncConnection
) -> list[Revocation]:
    """All that may still matter to a token that has not expired.

    Never "all since number n": transactions that commit late have lower numbers.
    """
    found = await connection.execute(
        text(
            "SELECT id, user_id, session_id, role, reason FROM revocations"
            " WHERE at > clock_timestamp() - make_interval(secs => :kept_s) ORDER BY id"
        ),
        {"kept_s": KEPT_S},
    )
    return [
        Revocation(
            id=row["id"],
            user_id=row["user_id"],
            session_id=row["session_id"],
            role=None if row["role"] is None else Role(row["role"]),
            reason=row["reason"],
        )
        for row in found.mappings()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSession(Query[bool]):
    session_id: str
    user_id: int
    role: Role


async def check_session(query: CheckSession, connection: AsyncConnection, clock: Clock) -> bool:
    """Whether an access token with these claims is as true as when it was made."""
    try:
        session_id = UUID(query.session_id)
    except ValueError:
        return False
    found = await connection.execute(
        text(
            "SELECT EXISTS (SELECT FROM sessions JOIN users ON users.id = sessions.user_id"
            " WHERE sessions.id = :session_id AND users.id = :user_id AND role = :role"
            " AND disabled_at IS NULL AND ended_at IS NULL AND expires_at > :now)"
        ),
        {
            "session_id": session_id,
            "user_id": query.user_id,
            "role": query.role.value,
            "now": clock.now(),
        },
    )
    return bool(found.scalar_one())


@dataclass(frozen=True, slots=True)
class GetUsers(Query[list[Profile]]):
    ids: tuple[int, ...]


async def get_users(query: GetUsers, connection: AsyncConnection) -> list[Profile]:
    """Those that exist, by number."""
    found = await connection.execute(
        text(
            f"SELECT {_PROFILE} FROM users WHERE id = ANY(:ids) ORDER BY id"  # noqa: S608
        ),
        {"ids": list(query.ids)},
    )
    return [_profile(row) for row in found.mappings()]


@dataclass(frozen=True, slots=True)
class FindUser(Query[Profile]):
    username: str


async def find_user(query: FindUser, actor: Actor, connection: AsyncConnection) -> Profile:
    """For an admin who knows the name."""
    require_role(actor, Role.ADMIN)
    found = await connection.execute(
        text(f"SELECT {_PROFILE} FROM users WHERE username = :username"),  # noqa: S608
        {"username": query.username},
    )
    if (row := found.mappings().first()) is None:
        raise UserNotFound(f"There is no user {query.username}.", username=query.username)
    return _profile(row)


def _profile(row: RowMapping) -> Profile:
    values: dict[str, Any] = {
        name: row[name] for name in ("id", "username", "display_name", "disabled")
    }
    return Profile(**{**values, "id": UserId(values["id"])}, role=Role(row["role"]))


QUERIES = (
    get_me,
    list_sessions,
    list_users,
    list_audit,
    list_screens,
    is_set_up,
    link_works,
    recent_revocations,
    check_session,
    get_users,
    find_user,
)
