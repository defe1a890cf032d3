"""What a message did becomes permanent together, and is told only then."""

from dataclasses import dataclass

import pytest
from sqlalchemy import text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from typing_extensions import override

from backline.kit.core.ids import uuid7
from backline.kit.core.messages import Aggregate, Event
from backline.kit.db.doorbell import MemoryDoorbell
from backline.kit.db.engine import build_engine
from backline.kit.db.uow import UnitOfWork
from backline.kit.outbox.codec import Envelope


class Base(DeclarativeBase):
    pass


class SongRow(Base):
    __tablename__ = "song"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


@dataclass(frozen=True, slots=True)
class Sung(Event):
    title: str

    @property
    @override
    def key(self) -> str:
        return "stage"


@dataclass(eq=False)
class Song(Aggregate):
    title: str = ""

    def sing(self):
        self.events.append(Sung(self.title))


class PlainCodec:
    def encode(self, event):
        return Envelope(uuid7(), "band.v1", event.key, "band.v1.Sung", event.title.encode())


class RecordingDoorbell(MemoryDoorbell):
    def __init__(self):
        super().__init__()
        self.rung = []

    @override
    def ring(self, channel):
        self.rung.append(channel)


@pytest.fixture
async def engine(kit_database):
    engine = build_engine(kit_database)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield engine
    await engine.dispose()


@pytest.fixture
def doorbell():
    return RecordingDoorbell()


@pytest.fixture
async def uow(engine, doorbell):
    async with engine.connect() as connection:
        yield UnitOfWork(connection, PlainCodec(), doorbell)


async def published(engine):
    async with engine.connect() as connection:
        found = await connection.execute(text("SELECT payload FROM outbox ORDER BY position"))
        return [row.payload.decode() for row in found]


async def test_rows_of_the_orm_are_flushed_and_committed(uow, engine):
    uow.session.add(SongRow(id=1, title="Alabama"))

    await uow.commit()

    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT title FROM song")) == "Alabama"


async def test_the_session_sees_what_the_connection_did(uow):
    await uow.connection.execute(text("INSERT INTO song VALUES (1, 'Alabama')"))

    song = await uow.session.get_one(SongRow, 1)

    assert song.title == "Alabama"


async def test_what_an_aggregate_recorded_is_published_in_its_order(uow, engine):
    song = Song(title="one")
    uow.track(song)
    song.sing()
    song.title = "two"
    song.sing()
    uow.record(Sung("three"))

    await uow.commit()

    assert await published(engine) == ["one", "two", "three"]
    assert song.events == []


async def test_an_aggregate_that_is_tracked_twice_is_published_once(uow, engine):
    song = Song(title="one")
    song.sing()
    uow.track(song)
    uow.track(song)

    await uow.commit()

    assert await published(engine) == ["one"]


async def test_bells_ring_after_the_commit_once_each(uow, engine, doorbell):
    uow.ring("room")
    uow.ring("room")
    uow.record(Sung("one"))
    assert doorbell.rung == []

    await uow.commit()

    assert sorted(doorbell.rung) == ["outbox", "room"]


async def test_last_writes_come_once_between_rows_and_events(uow, engine):
    uow.session.add(SongRow(id=1, title="Alabama"))
    seen = []

    async def write():
        seen.append(await uow.connection.scalar(text("SELECT title FROM song")))
        uow.record(Sung("late"))

    uow.before_commit(write)
    await uow.commit()
    await uow.commit()

    assert seen == ["Alabama"]
    assert await published(engine) == ["late"]


async def test_without_events_nobody_looks_into_the_outbox(uow, doorbell):
    await uow.connection.execute(text("INSERT INTO song VALUES (1, 'Alabama')"))

    await uow.commit()

    assert doorbell.rung == []


async def test_an_event_that_cannot_be_encoded_undoes_everything(uow, engine, doorbell):
    await uow.connection.execute(text("INSERT INTO song VALUES (1, 'Alabama')"))
    uow.ring("room")
    uow.record(Sung(None))  # type: ignore[arg-type]

    with pytest.raises(AttributeError):
        await uow.commit()
    await uow.connection.rollback()

    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM song")) == 0
    assert doorbell.rung == []


async def test_nothing_is_in_doubt_before_and_after(uow):
    assert not uow.in_doubt

    await uow.commit()

    assert not uow.in_doubt
