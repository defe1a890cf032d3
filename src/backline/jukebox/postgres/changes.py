"""What people did to the room, in PostgreSQL."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import text

from backline.jukebox.domain.arrangement import Standpoint
from backline.jukebox.domain.changes import Change, ChangeNotFound, Song, Undoable, What
from backline.jukebox.domain.tracks import Person
from backline.kit.db.uow import UnitOfWork

# What is told at most once in a while is looked for first, by the same person about the same song.
_RECORD = text(
    """
    INSERT INTO changes (at, what, by_id, by_name, song, details, before, items, hosts_only)
    SELECT n.at, n.what, n.by_id, n.by_name, n.song, n.details, n.before,
      coalesce((SELECT array_agg(CAST(p ->> 'item_id' AS uuid))
                FROM jsonb_array_elements(n.before) p), '{}'), n.hosts_only
    FROM jsonb_to_recordset(CAST(:changes AS jsonb)) AS n
      (nth int, at timestamptz, what text, by_id bigint, by_name text, song jsonb, details jsonb,
       before jsonb, hosts_only boolean, once_in float8)
    WHERE n.once_in IS NULL OR NOT EXISTS (
      SELECT FROM changes c WHERE c.what = n.what AND c.by_id IS NOT DISTINCT FROM n.by_id
        AND c.song IS NOT DISTINCT FROM n.song AND c.details = n.details
        AND c.at > n.at - make_interval(secs => n.once_in))
    ORDER BY n.nth
    """
)
_MERGE = text(
    """
    UPDATE changes SET at = :at, details = CAST(:details AS jsonb)
    WHERE id = (SELECT max(id) FROM changes) AND what = :what AND by_id = :by_id
      AND at > CAST(:at AS timestamptz) - make_interval(secs => :within_s)
    """
)
_UNDOABLE = """
    SELECT c.*, (SELECT max(l.id) FROM changes l WHERE l.id > c.id AND l.before IS NOT NULL
      AND NOT l.undone AND l.items && c.items) AS later
    FROM changes c WHERE c.before IS NOT NULL
"""
_LAST = text(_UNDOABLE + " AND c.by_id = :by_id ORDER BY c.id DESC LIMIT 1")
_ONE = text(_UNDOABLE + " AND c.id = :id")
_TIDY = text(
    "DELETE FROM changes WHERE id <= (SELECT max(id) FROM changes) - :keep OR at < :before"
)


class PostgresChanges:
    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def record(self, *changes: Change) -> None:
        if changes:
            rows = [_to_row(nth, change) for nth, change in enumerate(changes)]
            await self._uow.connection.execute(_RECORD, {"changes": json.dumps(rows)})

    async def merge(self, change: Change, *, within_s: float) -> None:
        merged = await self._uow.connection.execute(
            _MERGE,
            {
                "at": change.at,
                "details": json.dumps(dict(change.details)),
                "what": change.what.value,
                "by_id": change.by and change.by.id,
                "within_s": within_s,
            },
        )
        if not merged.rowcount:
            await self.record(change)

    async def last_of(self, actor_id: int) -> Undoable | None:
        row = (await self._uow.connection.execute(_LAST, {"by_id": actor_id})).first()
        return None if row is None or row.undone else _to_undoable(row)

    async def get(self, change_id: int) -> Undoable:
        row = (await self._uow.connection.execute(_ONE, {"id": change_id})).first()
        if row is None or row.undone:
            raise ChangeNotFound(
                "That cannot be undone: it has been undone already, or is not known any more.",
                change_id=str(change_id),
            )
        return _to_undoable(row)

    async def mark_undone(self, change_id: int) -> None:
        await self._uow.connection.execute(
            text("UPDATE changes SET undone = true WHERE id = :id"), {"id": change_id}
        )

    async def tidy(self, *, keep: int, before: datetime) -> None:
        await self._uow.connection.execute(_TIDY, {"keep": keep, "before": before})


def _to_row(nth: int, change: Change) -> dict[str, Any]:
    return {
        "nth": nth,
        "at": change.at.isoformat(),
        "what": change.what.value,
        "by_id": change.by and change.by.id,
        "by_name": change.by and change.by.display_name,
        "song": change.song and asdict(change.song),
        "details": dict(change.details),
        "before": [asdict(point) for point in change.before] or None,
        "hosts_only": change.hosts_only,
        "once_in": change.once_in and change.once_in.total_seconds(),
    }


def _to_undoable(row: Any) -> Undoable:
    song = None
    if row.song is not None:
        song = Song(**{**row.song, "added_by": Person(**row.song["added_by"])})
    return Undoable(
        id=row.id,
        what=What(row.what),
        by_id=row.by_id,
        at=row.at,
        song=song,
        before=[Standpoint(**point) for point in row.before],
        later=row.later,
    )
