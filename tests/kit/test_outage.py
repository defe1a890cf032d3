"""An absent database is told from a wrong statement, and waited for."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from backline.kit.core.errors import NotFound, Unavailable
from backline.kit.db.connection import Pool, connected
from backline.kit.db.engine import DatabaseAway, build_engine
from backline.kit.db.outage import Patience, answering, is_outage
from tests.kit.test_doorbell_postgres import cut_all

NOWHERE = ["postgresql://nobody@/x?host=/nowhere", "postgresql://nobody@127.0.0.1:1/x"]


@pytest.mark.parametrize("url", NOWHERE)
async def test_a_server_that_is_not_there_is_an_outage(url):
    engine = build_engine(url)
    pool = Pool(url, size=1, application_name="test")

    with pytest.raises(DatabaseAway) as through_sqlalchemy:
        await engine.connect().__aenter__()
    with pytest.raises(DatabaseAway) as through_a_pool:
        await pool.fetch("SELECT 1")
    with pytest.raises(DatabaseAway) as alone:
        await connected(url, application_name="test").__aenter__()

    assert all(is_outage(seen.value) for seen in (through_sqlalchemy, through_a_pool, alone))
    await engine.dispose()
    await pool.close()


async def test_a_connection_that_was_cut_is_an_outage_and_the_next_one_works(kit_database):
    engine = build_engine(kit_database, pool_size=1)
    pool = Pool(kit_database, size=1, application_name="test")
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
        await pool.fetch("SELECT 1")
        await cut_all(kit_database)

        with pytest.raises(DBAPIError) as cut:
            await connection.execute(text("SELECT 1"))

    assert is_outage(cut.value)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT 1")) == 1
    await engine.dispose()
    await pool.close()


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("SELECT nothing", {}),
        ("SELECT 1/0", {}),
        ("SELECT CAST(:number AS integer)", {"number": "seven"}),
    ],
)
async def test_a_wrong_statement_is_no_outage(kit_database, statement, values):
    engine = build_engine(kit_database)
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError) as wrong:
            await connection.execute(text(statement), values)

    assert not is_outage(wrong.value)
    await engine.dispose()


async def test_an_argument_of_the_wrong_type_is_no_outage(kit_database):
    pool = Pool(kit_database, size=1, application_name="test")

    with pytest.raises(Exception, match="invalid input") as wrong:
        await pool.fetch("SELECT $1::integer", "seven")

    assert not is_outage(wrong.value)
    await pool.close()


def test_a_handlers_trouble_with_files_is_no_outage():
    assert not is_outage(FileNotFoundError("cover.png"))


def test_outages_are_told_in_words_and_nothing_else_is():
    with pytest.raises(Unavailable, match="The queue does not answer"), answering("The queue"):
        raise ConnectionResetError
    with pytest.raises(NotFound), answering("The queue"):
        raise NotFound("There is none.")
    with pytest.raises(ZeroDivisionError), answering("The queue"):
        raise ZeroDivisionError


async def test_an_outage_is_logged_at_its_begin_and_its_end():
    patience = Patience("loop")
    stop = asyncio.Event()
    stop.set()

    with capture_logs() as said:
        patience.over()
        for _ in range(3):
            await patience.wait(ConnectionResetError("gone"), stop)
        patience.over()
        patience.over()

    assert [line["event"] for line in said] == ["outage", "outage_over"]
