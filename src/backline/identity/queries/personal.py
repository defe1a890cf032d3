"""All that identity keeps of one person. No secret, and no other person's address."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from backline.kit.core.actor import Actor
from backline.kit.core.messages import Query
from backline.kit.db.personal_data import PersonalDataPage, personal_data

PARTS = {
    "account": (
        "SELECT id::text AS key, id, username, display_name, role, created_at, disabled_at,"
        " password_hash IS NOT NULL AS has_password"
        " FROM users WHERE id = :me"
    ),
    "sessions": (
        "SELECT id::text AS key, id::text AS id, device, ip, created_at, last_seen_at,"
        " least(idle_until, expires_at) AS expires_at, ended_at, ended_reason"
        " FROM sessions WHERE user_id = :me"
    ),
    "audit": (
        "SELECT lpad(id::text, 20, '0') AS key, id, at, action, detail, user_id, actor_id,"
        " CASE WHEN actor_id IN (0, :me) THEN ip ELSE '' END AS ip"
        " FROM audit WHERE user_id = :me OR actor_id = :me"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GetMyData(Query[PersonalDataPage]):
    cursor: str | None
    limit: int


async def get_my_data(
    query: GetMyData, actor: Actor, connection: AsyncConnection
) -> PersonalDataPage:
    """Raises `InvalidDataCursor`."""
    return await personal_data(
        connection, PARTS, user_id=actor.id, cursor=query.cursor, limit=query.limit
    )


QUERIES = (get_my_data,)
