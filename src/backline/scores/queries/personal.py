"""All that the scores keep of one person."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from backline.kit.core.actor import Actor
from backline.kit.core.messages import Query
from backline.kit.db.personal_data import PersonalDataPage, personal_data

PARTS = {
    "scores": (
        "SELECT id::text AS key, id, event_id, version, score, status, reason, confirmed_score,"
        " changed_at FROM score WHERE user_id = :me"
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
