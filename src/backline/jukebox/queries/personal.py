"""All that the jukebox keeps of one person."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from backline.kit.core.actor import Actor
from backline.kit.core.messages import Query
from backline.kit.db.personal_data import PersonalDataPage, personal_data

PARTS = {
    "tracks": (
        "SELECT id::text AS key, id::text AS id, title, artist, album, status, error, sha256, size,"
        " content_type, duration_s, uploaded_by_name, uploaded_at, deleted_at"
        " FROM tracks WHERE uploaded_by_id = :me"
    ),
    "uploads": (
        'SELECT id::text AS key, id::text AS id, file_name, size, "offset", sha256, expires_at,'
        " track_id::text AS track_id"
        " FROM uploads WHERE owner_id = :me"
    ),
    "queue": (
        "SELECT id::text AS key, id::text AS id, track_id::text AS track_id, title, artist,"
        " added_by_name, added_at, state, votes, started_at, ended_at, heard_s, reason"
        " FROM queue_items WHERE added_by_id = :me"
    ),
    "votes": (
        "SELECT v.item_id::text AS key, v.item_id::text AS item_id, i.title, i.artist"
        " FROM votes v JOIN queue_items i ON i.id = v.item_id"
        " WHERE v.user_id = :me"
    ),
    "skip_votes": (
        "SELECT v.item_id::text AS key, v.item_id::text AS item_id, i.title, i.artist"
        " FROM skip_votes v JOIN queue_items i ON i.id = v.item_id"
        " WHERE v.user_id = :me"
    ),
}
"""What was removed from the queue or the library is told, too: it is still kept."""


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
