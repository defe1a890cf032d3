"""Queue items and votes, in PostgreSQL."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from backline.jukebox.domain.causes import Cause
from backline.jukebox.domain.order import TURN_S, Turn
from backline.jukebox.domain.queue import (
    HEARD_SHARE,
    LIVE,
    WAITING,
    End,
    ItemId,
    ItemNotFound,
    ItemState,
    QueueItem,
)
from backline.jukebox.domain.tracks import Person, TrackId
from backline.jukebox.postgres.causes import from_cause, to_cause
from backline.jukebox.postgres.room import ROOM_CHANNEL
from backline.jukebox.postgres.tables import ItemRow, SkipVoteRow, VoteRow
from backline.kit.core.clock import Clock
from backline.kit.db.uow import UnitOfWork

_items = cast(Table, ItemRow.__table__)
_votes = cast(Table, VoteRow.__table__)
_skip_votes = cast(Table, SkipVoteRow.__table__)
_waiting = _items.c.state.in_([state.value for state in WAITING])

_BUMP = text("UPDATE room SET revision = revision + 1")


class PostgresQueue:
    def __init__(self, uow: UnitOfWork, clock: Clock) -> None:
        self._uow = uow
        self._clock = clock

    async def get(self, item_id: ItemId) -> QueueItem:
        found = await self._uow.connection.execute(select(_items).where(_items.c.id == item_id))
        if (row := found.first()) is None:
            raise ItemNotFound("There is no such song in the queue.", item_id=item_id)
        return self._loaded(row)

    async def save(self, item: QueueItem) -> None:
        values = _from_item(item)
        # Votes are counted where they are cast, never written back from memory.
        del values["votes"]
        await self._uow.connection.execute(
            update(_items).where(_items.c.id == item.id).values(**values)
        )

    async def waiting(self) -> list[QueueItem]:
        rows = await self._uow.connection.execute(select(_items).where(_waiting))
        return [self._loaded(row) for row in rows]

    async def in_state(self, state: ItemState) -> QueueItem | None:
        found = await self._uow.connection.execute(
            select(_items).where(_items.c.state == state.value)
        )
        row = found.first()
        return None if row is None else self._loaded(row)

    async def turns(self, since: datetime) -> list[Turn]:
        rows = await self._uow.connection.execute(turns_query(since))
        return [to_turn(row) for row in rows]

    async def vote(self, item_id: ItemId, user_id: int) -> bool:
        return await self._cast(_votes, item_id, user_id) and await self._count(item_id, 1)

    async def take_back_vote(self, item_id: ItemId, user_id: int) -> bool:
        return await self._withdraw(_votes, item_id, user_id) and await self._count(item_id, -1)

    async def skip_vote(self, item_id: ItemId, user_id: int) -> bool:
        return await self._cast(_skip_votes, item_id, user_id)

    async def take_back_skip_vote(self, item_id: ItemId, user_id: int) -> bool:
        return await self._withdraw(_skip_votes, item_id, user_id)

    async def skip_votes(self, item_id: ItemId) -> int:
        counted = await self._uow.connection.execute(
            select(func.count()).select_from(_skip_votes).where(_skip_votes.c.item_id == item_id)
        )
        return counted.scalar_one()

    async def dismiss_failed(self, *, before: datetime) -> int:
        done = await self._uow.connection.execute(
            update(_items)
            .where(
                _items.c.state == ItemState.FAILED.value,
                ~_items.c.dismissed,
                _items.c.ended_at < before,
            )
            .values(dismissed=True)
        )
        return done.rowcount

    async def recount_votes(self) -> int:
        corrected = await self._uow.connection.execute(
            text(
                "UPDATE queue_items i SET votes = c.votes FROM"
                " (SELECT i.id, count(v.user_id) AS votes FROM queue_items i"
                "  LEFT JOIN votes v ON v.item_id = i.id"
                "  WHERE i.state IN ('pending', 'queued', 'locked', 'playing') GROUP BY i.id) c"
                " WHERE i.id = c.id AND i.votes <> c.votes"
            )
        )
        return corrected.rowcount

    async def track_ready(self, track_id: TrackId) -> None:
        await self._uow.connection.execute(
            text(
                "UPDATE queue_items i SET state = 'queued',"
                " title = t.title, artist = t.artist, duration_s = t.duration_s"
                " FROM tracks t WHERE t.id = i.track_id AND i.track_id = :track_id"
                " AND i.state = 'pending'"
            ),
            {"track_id": track_id},
        )
        await self.touch()

    async def track_failed(self, track_id: TrackId, reason: Cause) -> None:
        rows = await self._uow.connection.execute(
            select(_items).where(
                _items.c.track_id == track_id, _items.c.state == ItemState.PENDING.value
            )
        )
        for row in rows.all():
            item = self._loaded(row)
            item.end(End.FAILED, at=self._clock.now(), heard_s=0.0, reason=reason)
            await self.save(item)
        await self.touch()

    async def touch(self) -> None:
        await self._uow.connection.execute(_BUMP)
        self._uow.ring(ROOM_CHANNEL)

    async def is_in_use(self, track_id: TrackId) -> bool:
        found = await self._uow.connection.execute(
            select(_items.c.id)
            .where(
                _items.c.track_id == track_id,
                _items.c.state.in_([state.value for state in LIVE]),
            )
            .limit(1)
        )
        return found.first() is not None

    async def _cast(self, table: Any, item_id: ItemId, user_id: int) -> bool:
        done = await self._uow.connection.execute(
            upsert(table).values(item_id=item_id, user_id=user_id).on_conflict_do_nothing()
        )
        return done.rowcount == 1

    async def _withdraw(self, table: Any, item_id: ItemId, user_id: int) -> bool:
        done = await self._uow.connection.execute(
            delete(table).where(table.c.item_id == item_id, table.c.user_id == user_id)
        )
        return done.rowcount == 1

    async def _count(self, item_id: ItemId, by: int) -> bool:
        await self._uow.connection.execute(
            update(_items).where(_items.c.id == item_id).values(votes=_items.c.votes + by)
        )
        return True

    def _loaded(self, row: Any) -> QueueItem:
        item = to_item(row)
        self._uow.track(item)
        return item


def turns_query(since: datetime) -> Any:
    """What was heard since then, oldest first; the playing song is last."""
    ended = _items.c.state.in_([ItemState.PLAYED.value, ItemState.SKIPPED.value])
    return (
        select(_items.c.added_by_id, _items.c.state, _items.c.heard_s, _items.c.duration_s)
        .where((ended & (_items.c.ended_at >= since)) | (_items.c.state == ItemState.PLAYING.value))
        .order_by(_items.c.ended_at.asc().nulls_last(), _items.c.id)
    )


def to_turn(row: Any) -> Turn:
    length = TURN_S if row.duration_s is None else row.duration_s
    if row.state == ItemState.PLAYING.value:
        return Turn(row.added_by_id, 1.0, length)
    counts = row.state == ItemState.PLAYED.value or row.heard_s >= HEARD_SHARE * length
    return Turn(row.added_by_id, 1.0 if counts else 0.0, row.heard_s)


def to_item(row: Any) -> QueueItem:
    return QueueItem(
        id=ItemId(row.id),
        track_id=TrackId(row.track_id),
        title=row.title,
        artist=row.artist,
        duration_s=row.duration_s,
        added_by=Person(row.added_by_id, row.added_by_name),
        added_at=row.added_at,
        place=row.place,
        rank=row.rank,
        state=ItemState(row.state),
        votes=row.votes,
        started_at=row.started_at,
        ended_at=row.ended_at,
        heard_s=row.heard_s,
        reason=to_cause(row, "reason"),
        skip_request=row.skip_request,
        dismissed=row.dismissed,
    )


def _from_item(item: QueueItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "place": item.place,
        "rank": item.rank,
        "track_id": item.track_id,
        "title": item.title,
        "artist": item.artist,
        "duration_s": item.duration_s,
        "added_by_id": item.added_by.id,
        "added_by_name": item.added_by.display_name,
        "added_at": item.added_at,
        "state": item.state.value,
        "votes": item.votes,
        "started_at": item.started_at,
        "ended_at": item.ended_at,
        "heard_s": item.heard_s,
        **from_cause("reason", item.reason),
        "skip_request": item.skip_request,
        "dismissed": item.dismissed,
    }
