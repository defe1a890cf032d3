"""Who there is, as admins see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.identity.domain.users import GUESTS_KEPT, Profile, UserId, UserNotFound
from backline.kit.auth.permissions import require_role
from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Query

PROFILE = "id, username, display_name, role, disabled_at IS NOT NULL AS disabled"
"""The columns that `to_profile` reads."""

ALIVE = "ended_at IS NULL AND idle_until > :now AND expires_at > :now"
"""A session that is going on."""


def to_profile(row: RowMapping) -> Profile:
    values: dict[str, Any] = {
        name: row[name] for name in ("id", "username", "display_name", "disabled")
    }
    return Profile(**{**values, "id": UserId(values["id"])}, role=Role(row["role"]))


@dataclass(frozen=True, slots=True)
class UserView:
    """A user as admins see them.

    Attributes:
        last_seen_at: When a session of theirs was last renewed.
        sessions: How many of theirs are going on.
    """

    profile: Profile
    created_at: datetime
    last_seen_at: datetime | None
    sessions: int


_VIEW = f"""
    SELECT {PROFILE}, created_at,
      (SELECT max(last_seen_at) FROM sessions WHERE user_id = users.id) AS last_seen_at,
      (SELECT count(*) FROM sessions WHERE user_id = users.id AND {ALIVE}) AS sessions
    FROM users
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True, kw_only=True)
class ListUsers(Query[list[UserView]]):
    """One page, in the order of their numbers.

    Attributes:
        text: A part of the username or the display name.
        guests: False leaves guests out, True leaves accounts out.
        disabled: Only those who are, or are not.
        after: The last id of the page before.
    """

    text: str = ""
    role: Role | None = None
    guests: bool | None = None
    disabled: bool | None = None
    after: int = 0
    limit: int = 50


async def list_users(
    query: ListUsers, actor: Actor, connection: AsyncConnection, clock: Clock
) -> list[UserView]:
    require_role(actor, Role.ADMIN)
    found = await connection.execute(
        text(
            _VIEW + " WHERE id > :after AND role <> 'screen'"
            " AND (CAST(:role AS text) IS NULL OR role = :role)"
            " AND (CAST(:guests AS boolean) IS NULL OR (role = 'guest') = :guests)"
            " AND (CAST(:disabled AS boolean) IS NULL OR (disabled_at IS NOT NULL) = :disabled)"
            " AND (:text = '' OR strpos(lower(coalesce(username, '')), lower(:text)) > 0"
            "  OR strpos(lower(display_name), lower(:text)) > 0)"
            " ORDER BY id LIMIT :limit"
        ),
        {
            "after": query.after,
            "role": None if query.role is None else query.role.value,
            "guests": query.guests,
            "disabled": query.disabled,
            "text": query.text.replace("\0", ""),
            "limit": query.limit,
            "now": clock.now(),
        },
    )
    return [_view(row) for row in found.mappings()]


@dataclass(frozen=True, slots=True)
class GetUser(Query[UserView]):
    user_id: UserId


async def get_user(
    query: GetUser, actor: Actor, connection: AsyncConnection, clock: Clock
) -> UserView:
    require_role(actor, Role.ADMIN)
    found = await connection.execute(
        text(_VIEW + " WHERE id = :id"), {"id": query.user_id, "now": clock.now()}
    )
    if (row := found.mappings().first()) is None:
        raise UserNotFound("There is no such user.", user_id=str(query.user_id))
    return _view(row)


def _view(row: RowMapping) -> UserView:
    return UserView(to_profile(row), row["created_at"], row["last_seen_at"], row["sessions"])


@dataclass(frozen=True, slots=True)
class Head:
    """How many there are of each.

    Attributes:
        accounts: Listeners, hosts and admins, disabled ones included.
        gone_guests: Guests who left so long ago that they can be forgotten.
    """

    accounts: int
    listeners: int
    hosts: int
    admins: int
    disabled: int
    guests: int
    gone_guests: int


@dataclass(frozen=True, slots=True)
class CountUsers(Query[Head]):
    pass


async def count_users(
    query: CountUsers, actor: Actor, connection: AsyncConnection, clock: Clock
) -> Head:
    require_role(actor, Role.ADMIN)
    found = await connection.execute(
        text(
            "SELECT count(*) FILTER (WHERE username IS NOT NULL) AS accounts,"
            " count(*) FILTER (WHERE role = 'listener') AS listeners,"
            " count(*) FILTER (WHERE role = 'host') AS hosts,"
            " count(*) FILTER (WHERE role = 'admin') AS admins,"
            " count(*) FILTER (WHERE disabled_at IS NOT NULL) AS disabled,"
            " count(*) FILTER (WHERE role = 'guest') AS guests,"
            " count(*) FILTER (WHERE role = 'guest' AND created_at < :before AND NOT EXISTS"
            "  (SELECT FROM sessions WHERE user_id = users.id"
            "   AND coalesce(ended_at, least(idle_until, expires_at)) >= :before)) AS gone_guests"
            " FROM users"
        ),
        {"before": clock.now() - GUESTS_KEPT},
    )
    return Head(**found.mappings().one())


@dataclass(frozen=True, slots=True)
class GetUsers(Query[list[Profile]]):
    ids: tuple[int, ...]


async def get_users(query: GetUsers, connection: AsyncConnection) -> list[Profile]:
    """Those that exist, by number."""
    found = await connection.execute(
        text(
            f"SELECT {PROFILE} FROM users WHERE id = ANY(:ids) ORDER BY id"  # noqa: S608
        ),
        {"ids": list(query.ids)},
    )
    return [to_profile(row) for row in found.mappings()]


@dataclass(frozen=True, slots=True)
class FindUser(Query[Profile]):
    username: str


async def find_user(query: FindUser, actor: Actor, connection: AsyncConnection) -> Profile:
    """For an admin who knows the name."""
    require_role(actor, Role.ADMIN)
    found = await connection.execute(
        text(f"SELECT {PROFILE} FROM users WHERE username = :username"),  # noqa: S608
        {"username": query.username},
    )
    if (row := found.mappings().first()) is None:
        raise UserNotFound(f"There is no user {query.username}.", username=query.username)
    return to_profile(row)


QUERIES = (list_users, get_user, count_users, get_users, find_user)
