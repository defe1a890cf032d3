"""What people did to the room, latest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ConfigDict
from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.jukebox.domain.changes import UNDO_FROM_LIST_WINDOW
from backline.jukebox.queries.views import PersonView, View
from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Query

_CHANGES = text(
    """
    SELECT c.id, c.at, c.what, c.by_id, c.by_name, c.song, c.details, c.undone,
      c.before IS NOT NULL AND NOT c.undone AND c.at >= :undo_since
      AND (:host OR c.by_id = :me)
      AND NOT EXISTS (SELECT FROM changes l WHERE l.id > c.id AND l.before IS NOT NULL
                      AND NOT l.undone AND l.items && c.items) AS undoable
    FROM changes c
    WHERE (CAST(:cursor AS bigint) IS NULL OR c.id < :cursor)
      AND (NOT c.hosts_only OR :host OR c.by_id = :me)
    ORDER BY c.id DESC LIMIT :limit
    """
).columns(song=JSONB, details=JSONB)

_CHANGE: Any = {
    "id": 812,
    "at": "2026-11-21T22:37:04Z",
    "what": "moved",
    "by": {"id": 1, "display_name": "Nina"},
    "song": {
        "item_id": "0199aa33-02f4-7d1c-9d3f-5a3f1a2b3c4d",
        "title": "Northbound, Late",
        "artist": "Lamplight",
        "added_by": {"id": 7, "display_name": "Ann"},
    },
    "details": {"from": 4, "to": 2},
    "undone": False,
    "undoable": True,
}


class ChangedSongView(View):
    """The song that it was done to, as it was called then. `item_id` is null if it was refused."""

    item_id: str | None
    title: str
    artist: str
    added_by: PersonView


class ChangeView(View):
    """One thing that somebody did. `by` is null for everybody together, as with votes.

    `what` and its `details`: added; refused (`reason`); removed; cleared (`songs`);
    moved (`from`, `to`: places in the order of play); undone (`what`, `songs`);
    voted (`votes`, at every fifth); started; paused; stopped; skipped (`by_votes`);
    volume (`volume`, `muted`); output; crossfade (`seconds`); rule (`before`, `after`);
    named (`name`, `tagline`). More may come.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [_CHANGE]}
    )

    id: int
    at: datetime
    what: str
    by: PersonView | None
    song: ChangedSongView | None
    details: dict[str, Any]
    undone: bool
    undoable: bool


class ChangesView(View):
    """`undoable` is for whoever asks."""

    items: list[ChangeView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetChanges(Query[ChangesView]):
    """`cursor` is the number of the change after which the page begins."""

    limit: int
    cursor: int | None = None


async def get_changes(
    query: GetChanges, connection: AsyncConnection, actor: Actor, clock: Clock
) -> ChangesView:
    found = await connection.execute(
        _CHANGES,
        {
            "cursor": query.cursor,
            "host": actor.role.at_least(Role.HOST),
            "me": actor.id,
            "undo_since": clock.now() - UNDO_FROM_LIST_WINDOW,
            "limit": query.limit + 1,
        },
    )
    rows = found.mappings().all()
    page = rows[: query.limit]
    more = len(rows) > query.limit
    return ChangesView(
        items=[_view(row) for row in page], next_cursor=str(page[-1]["id"]) if more else None
    )


def _view(row: RowMapping) -> ChangeView:
    by = None
    if row["by_name"] is not None:
        by = PersonView(id=row["by_id"], display_name=row["by_name"])
    return ChangeView(
        id=row["id"],
        at=row["at"],
        what=row["what"],
        by=by,
        song=None if row["song"] is None else ChangedSongView(**row["song"]),
        details=row["details"],
        undone=row["undone"],
        undoable=row["undoable"],
    )


QUERIES = (get_changes,)
