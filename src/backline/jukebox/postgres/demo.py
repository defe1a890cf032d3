"""The demo's content and its marks, in PostgreSQL."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import Table, delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from backline.jukebox.domain.demo import Demo, DemoPlay, DemoState, DemoStep, Made
from backline.jukebox.domain.queue import ItemId, ItemState
from backline.jukebox.domain.tracks import TrackId
from backline.jukebox.postgres.tables import DemoMarkRow, DemoRow, ItemRow
from backline.kit.core.ids import uuid7
from backline.kit.db.uow import UnitOfWork

_demo = cast(Table, DemoRow.__table__)
_marks = cast(Table, DemoMarkRow.__table__)
_items = cast(Table, ItemRow.__table__)

_WISHED_BEFORE = timedelta(minutes=12)

_OURS = """
    (i.id::text IN (SELECT made FROM demo_marks WHERE what IN ('item', 'played'))
     OR i.added_by_id = ANY(CAST(:people AS bigint[])))
"""
_IN_USE = text(
    f"SELECT EXISTS (SELECT FROM queue_items i WHERE NOT {_OURS} AND"  # noqa: S608
    " i.state NOT IN ('removed', 'failed'))"
)
_LIVE = text(
    "SELECT i.id::text AS id FROM queue_items i JOIN demo_marks m"
    " ON m.what = 'item' AND m.made = i.id::text"
    " WHERE i.state IN ('pending', 'queued', 'locked', 'playing') ORDER BY i.id"
)
_TRACKS_LEFT = text(
    "SELECT t.id::text AS id FROM tracks t JOIN demo_marks m"
    " ON m.what = 'track' AND m.made = t.id::text WHERE t.deleted_at IS NULL ORDER BY t.id"
)
_OVER = f"SELECT i.id FROM queue_items i WHERE {_OURS}"  # noqa: S608
_FORGET = (
    text(f"DELETE FROM votes WHERE item_id IN ({_OVER})"),  # noqa: S608
    text(f"DELETE FROM skip_votes WHERE item_id IN ({_OVER})"),  # noqa: S608
    text("DELETE FROM skip_votes WHERE user_id = ANY(CAST(:people AS bigint[]))"),
    text(
        "UPDATE queue_items i SET votes = i.votes - v.number FROM (SELECT item_id, count(*)"
        " AS number FROM votes WHERE user_id = ANY(CAST(:people AS bigint[])) GROUP BY item_id) v"
        " WHERE v.item_id = i.id"
    ),
    text("DELETE FROM votes WHERE user_id = ANY(CAST(:people AS bigint[]))"),
    text("DELETE FROM changes WHERE by_id = ANY(CAST(:people AS bigint[]))"),
    text(f"DELETE FROM queue_items WHERE id IN ({_OVER})"),  # noqa: S608
)


class PostgresDemo:
    """`DemoRepository` over the transaction of the message being handled."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def get(self) -> Demo:
        row = (await self._uow.connection.execute(select(_demo).with_for_update())).one()
        demo = Demo(
            state=DemoState(row.state),
            step=DemoStep(row.step),
            fraction=row.fraction,
            error=row.error,
            at=row.at,
        )
        self._uow.track(demo)
        return demo

    async def save(self, demo: Demo) -> None:
        values: dict[str, Any] = {
            "state": demo.state.value,
            "step": demo.step.value,
            "fraction": demo.fraction,
            "error": demo.error,
            "at": demo.at,
        }
        await self._uow.connection.execute(update(_demo).values(**values))

    async def room_is_in_use(self) -> bool:
        found = await self._uow.connection.execute(_IN_USE, {"people": []})
        return bool(found.scalar_one())

    async def mark(self, what: Made, key: str, made: str) -> None:
        statement = upsert(_marks).values(what=what.value, key=key, made=made)
        await self._uow.connection.execute(
            statement.on_conflict_do_update(index_elements=["what", "key"], set_={"made": made})
        )

    async def made(self, what: Made) -> dict[str, str]:
        rows = await self._uow.connection.execute(
            select(_marks.c.key, _marks.c.made).where(_marks.c.what == what.value)
        )
        return {row.key: row.made for row in rows}

    async def add_played(self, play: DemoPlay) -> ItemId:
        item_id = ItemId(str(uuid7()))
        state = ItemState.SKIPPED if play.skipped else ItemState.PLAYED
        await self._uow.connection.execute(
            insert(_items).values(
                id=item_id,
                track_id=play.track_id,
                title=play.title,
                artist=play.artist,
                duration_s=play.duration_s,
                added_by_id=play.by.id,
                added_by_name=play.by.display_name,
                added_at=play.started_at - _WISHED_BEFORE,
                state=state.value,
                votes=0,
                started_at=play.started_at,
                ended_at=play.started_at + timedelta(seconds=play.heard_s),
                heard_s=play.heard_s,
                dismissed=False,
            )
        )
        return item_id

    async def live(self) -> list[ItemId]:
        return [ItemId(row.id) for row in await self._uow.connection.execute(_LIVE)]

    async def tracks_left(self) -> list[TrackId]:
        return [TrackId(row.id) for row in await self._uow.connection.execute(_TRACKS_LEFT)]

    async def forget_items(self, people: Collection[int]) -> None:
        for statement in _FORGET:
            await self._uow.connection.execute(statement, {"people": list(people)})

    async def forget_marks(self) -> None:
        await self._uow.connection.execute(delete(_marks))
