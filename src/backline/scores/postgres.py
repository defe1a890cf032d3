"""Scores, tallies and scoring windows in PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    DateTime,
    Identity,
    Integer,
    SmallInteger,
    Table,
    Text,
    bindparam,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from backline.kit.db.uow import UnitOfWork
from backline.kit.saga.postgres import UNDOING
from backline.scores.domain import (
    AlreadyScored,
    Confirmed,
    NotScored,
    Score,
    ScoreNotFound,
    ScoreStatus,
    Window,
)
from backline.scores.ports import SCORES_CHANNEL

_Moment = DateTime(timezone=True)


class Base(DeclarativeBase):
    """The tables of the scores. Made by `migrations/`, never by `create_all`."""


class ScoreRow(Base):
    """What one person gave to one event."""

    __tablename__ = "score"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(Integer)
    score: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    confirmed_version: Mapped[int | None] = mapped_column(Integer)
    confirmed_score: Mapped[int | None] = mapped_column(SmallInteger)
    changed_at: Mapped[datetime] = mapped_column(_Moment)


class WindowRow(Base):
    """When an event takes scores."""

    __tablename__ = "scoring_window"

    event_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    title: Mapped[str | None] = mapped_column(Text)
    opens_at: Mapped[datetime | None] = mapped_column(_Moment)
    deadline: Mapped[datetime] = mapped_column(_Moment)
    revision: Mapped[int] = mapped_column(BigInteger)


_scores = cast(Table, ScoreRow.__table__)
_windows = cast(Table, WindowRow.__table__)

# Rows that somebody changes at this moment are left for the next time.
_FOLD = text(
    """
    WITH old AS (
      DELETE FROM score WHERE id IN (
        SELECT id FROM score WHERE changed_at < :before AND status <> 'pending'
        ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED)
      RETURNING event_id, confirmed_score
    ), folded AS (
      INSERT INTO tally (event_id, score, count)
      SELECT event_id, confirmed_score, count(*) FROM old WHERE confirmed_score IS NOT NULL
      GROUP BY event_id, confirmed_score ORDER BY event_id, confirmed_score
      ON CONFLICT (event_id, score) DO UPDATE SET count = tally.count + excluded.count
    )
    SELECT count(*) FROM old
    """
)
_SET_TALLY = text(
    """
    WITH given AS (
      SELECT score, count FROM unnest(CAST(:histogram AS bigint[])) WITH ORDINALITY
        AS given (count, score) WHERE count > 0
    ), gone AS (
      DELETE FROM tally WHERE event_id = :event_id AND score NOT IN (SELECT score FROM given)
    )
    INSERT INTO tally (event_id, score, count) SELECT :event_id, score, count FROM given
    ON CONFLICT (event_id, score) DO UPDATE SET count = excluded.count
    """
)


class PostgresScores:
    """`ScoreRepository` over the transaction of the message being handled."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def add(self, score: Score) -> None:
        statement = insert(_scores).values(**_from_score(score))
        statement = statement.on_conflict_do_nothing(index_elements=["event_id", "user_id"])
        added = await self._uow.connection.execute(statement.returning(_scores.c.id))
        score_id = added.scalar_one_or_none()
        if score_id is None:
            raise AlreadyScored(
                "You have scored this already. Send PUT to the same address to change your score.",
                event_id=str(score.event_id),
            )
        score.id = score_id
        self._track(score)

    async def of(self, event_id: int, user_id: int) -> Score:
        statement = select(_scores).where(
            _scores.c.event_id == event_id, _scores.c.user_id == user_id
        )
        row = (await self._uow.connection.execute(statement.with_for_update())).first()
        if row is None:
            raise NotScored(
                "You have not scored this yet. Send POST to the same address to give a score.",
                event_id=str(event_id),
            )
        return self._loaded(row)

    async def get_all(self, score_ids: Collection[int]) -> Mapping[int, Score]:
        statement = select(_scores).where(_scores.c.id.in_(score_ids)).order_by(_scores.c.id)
        rows = (await self._uow.connection.execute(statement.with_for_update())).all()
        if missing := set(score_ids) - {row.id for row in rows}:
            raise ScoreNotFound("There is no such score of yours.", score_id=str(min(missing)))
        return {row.id: self._loaded(row) for row in rows}

    async def save(self, score: Score) -> None:
        await self.save_all([score])

    async def save_all(self, scores: Collection[Score]) -> None:
        rows = [{"row_id": score.id, **_from_score(score)} for score in scores]
        if rows:
            statement = update(_scores).where(_scores.c.id == bindparam("row_id"))
            await self._uow.connection.execute(statement, rows)

    async def of_event(self, event_id: int) -> Sequence[Score]:
        statement = select(_scores).where(_scores.c.event_id == event_id).order_by(_scores.c.id)
        rows = (await self._uow.connection.execute(statement.with_for_update())).all()
        return [self._loaded(row) for row in rows]

    async def set_tally(self, event_id: int, histogram: Sequence[int]) -> None:
        await self._uow.connection.execute(
            _SET_TALLY, {"event_id": event_id, "histogram": list(histogram)}
        )
        self._uow.ring(SCORES_CHANNEL)

    async def given_up(self, *, before: datetime, limit: int) -> Sequence[Score]:
        statement = (
            select(_scores)
            .where(
                _scores.c.status == ScoreStatus.PENDING.value,
                _scores.c.changed_at < before,
                text(f"'score:' || score.id IN ({UNDOING})"),
            )
            .order_by(_scores.c.changed_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = (await self._uow.connection.execute(statement)).all()
        return [self._loaded(row) for row in rows]

    async def fold(self, *, before: datetime, limit: int) -> int:
        folded = await self._uow.connection.execute(_FOLD, {"before": before, "limit": limit})
        return int(folded.scalar_one())

    def _loaded(self, row: Any) -> Score:
        confirmed = None
        if row.confirmed_version is not None:
            confirmed = Confirmed(row.confirmed_version, row.confirmed_score)
        score = Score(
            id=row.id,
            event_id=row.event_id,
            user_id=row.user_id,
            version=row.version,
            score=row.score,
            status=ScoreStatus(row.status),
            reason=row.reason,
            confirmed=confirmed,
            changed_at=row.changed_at,
        )
        self._track(score)
        return score

    def _track(self, score: Score) -> None:
        self._uow.track(score)
        self._uow.ring(SCORES_CHANNEL)


class PostgresWindows:
    """`WindowRepository` over the transaction of the message being handled."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def note(self, windows: Collection[Window]) -> None:
        if not windows:
            return
        # In one order everywhere, so that two who note the same ones cannot deadlock.
        ordered = sorted(windows, key=lambda each: each.event_id)
        statement = insert(_windows).values([asdict(each) for each in ordered])
        told = statement.excluded
        await self._uow.connection.execute(
            statement.on_conflict_do_update(
                index_elements=["event_id"],
                set_={
                    "title": func.coalesce(told.title, _windows.c.title),
                    "opens_at": func.coalesce(told.opens_at, _windows.c.opens_at),
                    "deadline": told.deadline,
                    "revision": told.revision,
                },
                where=_windows.c.revision < told.revision,
            )
        )
        self._uow.ring(SCORES_CHANNEL)

    async def of(self, event_id: int) -> Window | None:
        statement = select(_windows).where(_windows.c.event_id == event_id)
        row = (await self._uow.connection.execute(statement)).mappings().first()
        return None if row is None else Window(**row)


def _from_score(score: Score) -> dict[str, Any]:
    return {
        "event_id": score.event_id,
        "user_id": score.user_id,
        "version": score.version,
        "score": score.score,
        "status": score.status.value,
        "reason": score.reason,
        "confirmed_version": None if score.confirmed is None else score.confirmed.version,
        "confirmed_score": score.confirmed_score,
        "changed_at": score.changed_at,
    }
