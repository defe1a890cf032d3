"""What can be asked about users, sessions and the past. SQL in, plain data out."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.identity.domain.links import LinkKind
from backline.identity.domain.tokens import digest
from backline.identity.domain.users import Profile, UserId, UserNotFound
from backline.identity.queries import audit, people, personal, screens
from backline.identity.queries.people import ALIVE, PROFILE, to_profile
from backline.kit.auth.permissions import require_role
from backline.kit.auth.revocations import KEPT_S, Revocation
from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Query


@dataclass(frozen=True, slots=True)
class GetMe(Query[Profile]):
    pass


async def get_me(query: GetMe, actor: Actor, connection: AsyncConnection) -> Profile:
    found = await connection.execute(
        text(f"SELECT {PROFILE} FROM users WHERE id = :id"),  # noqa: S608 - a constant
        {"id": actor.id},
    )
    if (row := found.mappings().first()) is None:
        raise UserNotFound("There is no such user.", user_id=str(actor.id))
    return to_profile(row)


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
    """Those that are going on.

    Attributes:
        user_id: Whose; one's own if it is None. Another's takes an admin.
    """

    user_id: UserId | None = None


async def list_sessions(
    query: ListSessions, actor: Actor, connection: AsyncConnection, clock: Clock
) -> list[SessionView]:
    """The latest first."""
    whose = query.user_id or UserId(actor.id)
    if whose != actor.id:
        require_role(actor, Role.ADMIN)
    found = await connection.execute(
        text(
            "SELECT id::text AS id, device, ip, created_at, last_seen_at,"  # noqa: S608 - a constant
            " least(idle_until, expires_at) AS expires_at"
            f" FROM sessions WHERE user_id = :user_id AND {ALIVE}"
            " ORDER BY last_seen_at DESC, id DESC LIMIT 200"
        ),
        {"user_id": whose, "now": clock.now()},
    )
    return [SessionView(**row, current=row["id"] == actor.session_id) for row in found.mappings()]


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


QUERIES = (
    get_me,
    list_sessions,
    is_set_up,
    link_works,
    recent_revocations,
    check_session,
    *people.QUERIES,
    *audit.QUERIES,
    *personal.QUERIES,
    *screens.QUERIES,
)
