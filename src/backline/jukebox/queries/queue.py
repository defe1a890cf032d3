"""What has been played."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.jukebox.domain.queue import ItemId
from backline.jukebox.queries.room import ITEM_COLUMNS, history_view
from backline.jukebox.queries.views import HistoryView
from backline.kit.core.errors import InvalidArgument, Violation
from backline.kit.core.messages import Query

_HISTORY = text(
    f"SELECT {ITEM_COLUMNS} FROM queue_items i JOIN tracks t ON t.id = i.track_id"  # noqa: S608
    " WHERE i.state IN ('played', 'skipped', 'failed')"
    " AND (CAST(:added_by_id AS bigint) IS NULL OR i.added_by_id = :added_by_id)"
    " AND (CAST(:before AS timestamptz) IS NULL"
    " OR (i.ended_at, i.id) < (CAST(:before AS timestamptz), CAST(:id AS uuid)))"
    " ORDER BY i.ended_at DESC, i.id DESC LIMIT :limit"
)
_ENDED_AT = text("SELECT ended_at FROM queue_items WHERE id = CAST(:id AS uuid)")


class InvalidCursor(InvalidArgument):
    """The cursor is not one that this list gave out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetHistory(Query[HistoryView]):
    """What has ended, latest first; `cursor` is the item after which the page begins.

    Attributes:
        added_by_id: Only this person's.
    """

    limit: int
    cursor: ItemId | None = None
    added_by_id: int | None = None


async def get_history(query: GetHistory, connection: AsyncConnection) -> HistoryView:
    """Raises `InvalidCursor`."""
    before = None
    if query.cursor is not None:
        before = (await connection.execute(_ENDED_AT, {"id": query.cursor})).scalar_one_or_none()
        if before is None:
            raise InvalidCursor(
                "This cursor is not known. Begin with the first page.",
                violations=(Violation("#/cursor", "Not known."),),
            )
    found = await connection.execute(
        _HISTORY,
        {
            "before": before,
            "id": query.cursor,
            "added_by_id": query.added_by_id,
            "limit": query.limit + 1,
        },
    )
    rows = found.mappings().all()
    page = rows[: query.limit]
    more = len(rows) > query.limit
    return HistoryView(
        items=[history_view(row) for row in page], next_cursor=page[-1]["id"] if more else None
    )


QUERIES = (get_history,)
