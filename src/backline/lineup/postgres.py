"""The tables of the line-up, and the repositories over them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    SmallInteger,
    Table,
    Text,
    delete,
    exists,
    func,
    insert,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.sql import Select

from backline.kit.db.uow import UnitOfWork
from backline.lineup.domain.acts import Act, no_such_event
from backline.lineup.domain.options import Options
from backline.lineup.domain.scores import Ballot, EventId, ScoreId, Version
from backline.lineup.domain.tallies import Kind

_Moment = DateTime(timezone=True)


class Base(DeclarativeBase):
    pass


class EventRow(Base):
    __tablename__ = "events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    item_id: Mapped[str | None] = mapped_column(Text, unique=True)
    created_at: Mapped[datetime] = mapped_column(_Moment)
    opens_at: Mapped[datetime] = mapped_column(_Moment)
    deadline: Mapped[datetime] = mapped_column(_Moment)
    closed_at: Mapped[datetime | None] = mapped_column(_Moment)
    score_count: Mapped[int] = mapped_column(Integer)
    score_sum: Mapped[int] = mapped_column(BigInteger)
    by_id: Mapped[int] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(Text)
    demo: Mapped[bool] = mapped_column(Boolean)


class ScoreRow(Base):
    """One version of one score, as it came or was taken back."""

    __tablename__ = "scores"

    event_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("events.id"), primary_key=True)
    score_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    score: Mapped[int | None] = mapped_column(SmallInteger)
    reverted: Mapped[bool] = mapped_column(Boolean)


class OptionsRow(Base):
    __tablename__ = "options"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    score_played_songs: Mapped[bool] = mapped_column(Boolean)
    song_window_s: Mapped[int] = mapped_column(Integer)


_events = cast(Table, EventRow.__table__)
_scores = cast(Table, ScoreRow.__table__)
_options = cast(Table, OptionsRow.__table__)

_added = upsert(_scores)
_KEEP = _added.on_conflict_do_update(
    index_elements=["event_id", "score_id", "version"],
    set_={"reverted": _added.excluded.reverted},
)
_LOCK_ALL = text("SELECT id FROM events ORDER BY id FOR UPDATE")
_RECOUNT = text(
    """
    UPDATE events SET score_count = counted, score_sum = summed, revision = revision + 1
    FROM recounted
    WHERE events.id = recounted.event_id
      AND (score_count, score_sum) IS DISTINCT FROM (counted, summed)
    """
)


class PostgresActs:
    """`ActRepository` over the transaction of the message being handled."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def next_id(self) -> EventId:
        sequence = func.pg_get_serial_sequence("events", "id")
        found = await self._uow.connection.execute(select(func.nextval(sequence)))
        return EventId(found.scalar_one())

    async def add(self, act: Act) -> None:
        await self._uow.connection.execute(insert(_events).values(id=act.id, **_values(act)))
        self._uow.track(act)

    async def get(self, event_id: EventId) -> Act:
        found = await self.get_all([event_id])
        if event_id not in found:
            raise no_such_event(event_id)
        return found[event_id]

    async def get_all(self, event_ids: Collection[EventId]) -> Mapping[EventId, Act]:
        # In one order everywhere, so that two who lock several cannot wait for one another.
        rows = select(_events).where(_events.c.id.in_(event_ids)).order_by(_events.c.id)
        return {act.id: act for act in await self._locked(rows.with_for_update())}

    async def due(self, now: datetime, *, most: int) -> Sequence[Act]:
        rows = (
            select(_events)
            .where(_events.c.closed_at.is_(None), _events.c.deadline <= now)
            .order_by(_events.c.deadline, _events.c.id)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        return await self._locked(rows)

    async def of_demo(self) -> Sequence[Act]:
        rows = select(_events).where(_events.c.demo).order_by(_events.c.id)
        return await self._locked(rows.with_for_update())

    async def has_song(self, item_id: str) -> bool:
        found = select(exists().where(_events.c.item_id == item_id))
        return bool((await self._uow.connection.execute(found)).scalar_one())

    async def save(self, acts: Iterable[Act]) -> None:
        for act in acts:
            await self._uow.connection.execute(
                update(_events).where(_events.c.id == act.id).values(**_values(act))
            )

    async def remove(self, act: Act) -> None:
        await self._uow.connection.execute(delete(_events).where(_events.c.id == act.id))

    async def recount(self) -> None:
        await self._uow.connection.execute(_LOCK_ALL)
        await self._uow.connection.execute(_RECOUNT)

    async def _locked(self, statement: Select[Any]) -> Sequence[Act]:
        acts = [_act(row) for row in await self._uow.connection.execute(statement)]
        for act in acts:
            self._uow.track(act)
        return acts


class PostgresBallots:
    """`BallotRepository` over the transaction of the message being handled."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def get_all(
        self, keys: Collection[tuple[EventId, ScoreId]]
    ) -> Mapping[tuple[EventId, ScoreId], Ballot]:
        ballots = {key: Ballot(*key) for key in keys}
        if not ballots:
            return ballots
        rows = select(_scores).where(tuple_(_scores.c.event_id, _scores.c.score_id).in_(keys))
        for row in await self._uow.connection.execute(rows):
            ballot = ballots[EventId(row.event_id), ScoreId(row.score_id)]
            ballot.versions[row.version] = Version(row.score, row.reverted)
            ballot.user_id = ballot.user_id if row.user_id is None else row.user_id
        return ballots

    async def save(self, ballots: Iterable[Ballot]) -> None:
        values = [
            {
                "event_id": ballot.event_id,
                "score_id": ballot.score_id,
                "version": number,
                "user_id": ballot.user_id,
                "score": ballot.versions[number].score,
                "reverted": ballot.versions[number].reverted,
            }
            for ballot in ballots
            for number in sorted(ballot.changed)
        ]
        if not values:
            return
        await self._uow.connection.execute(_KEEP, values)


class PostgresOptions:
    """`OptionsRepository` over the transaction of the message being handled."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def get(self) -> Options:
        row = (await self._uow.connection.execute(select(_options))).one()
        return Options(row.score_played_songs, row.song_window_s)

    async def save(self, options: Options) -> None:
        await self._uow.connection.execute(
            update(_options).values(
                score_played_songs=options.score_played_songs,
                song_window_s=options.song_window_s,
            )
        )


def _act(row: Any) -> Act:
    return Act(
        id=EventId(row.id),
        title=row.title,
        description=row.description,
        kind=Kind(row.kind),
        item_id=row.item_id,
        created_at=row.created_at,
        opens_at=row.opens_at,
        deadline=row.deadline,
        closed_at=row.closed_at,
        score_count=row.score_count,
        score_sum=row.score_sum,
        revision=row.revision,
        by_id=row.by_id,
        by_name=row.by_name,
        demo=row.demo,
    )


def _values(act: Act) -> dict[str, Any]:
    return {
        "revision": act.revision,
        "title": act.title,
        "description": act.description,
        "kind": act.kind.value,
        "item_id": act.item_id,
        "created_at": act.created_at,
        "opens_at": act.opens_at,
        "deadline": act.deadline,
        "closed_at": act.closed_at,
        "score_count": act.score_count,
        "score_sum": act.score_sum,
        "by_id": act.by_id,
        "by_name": act.by_name,
        "demo": act.demo,
    }
