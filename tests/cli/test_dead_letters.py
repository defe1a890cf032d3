"""`backline dead-letters`: what it says, and the exit code that goes with it."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from backline.kit.db.doorbell import PostgresDoorbell
from backline.kit.db.engine import build_engine
from backline.kit.messaging.parking.port import Decision
from backline.kit.messaging.parking.postgres import PostgresParking
from backline.kit.testing.contracts.parking.scenes import NEVER, a_message
from tests.cli.commands import backline


@pytest.fixture
async def parking(jukebox_database: str) -> AsyncIterator[PostgresParking]:
    engine = build_engine(jukebox_database)
    doorbell = PostgresDoorbell(jukebox_database)
    yield PostgresParking(engine, doorbell)
    await doorbell.close()
    await engine.dispose()


async def test_what_waits_is_listed_shown_and_decided(
    parking: PostgresParking, jukebox_database: str
) -> None:
    def run(*arguments: str) -> str:
        done = backline(
            "dead-letters",
            *arguments,
            "--service",
            "jukebox",
            JUKEBOX_DATABASE_URL=jukebox_database,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    assert run("list") == "Nothing waits.\n"
    await parking.park("jukebox", replace(a_message(1), type="jukebox.v1.Played"), NEVER)
    await parking.keep("jukebox", [a_message(2)])
    (letter,) = await parking.waiting()

    (row,) = json.loads(run("list", "--json"))["items"]
    shown = json.loads(run("show", str(letter.id), "--json"))
    said = run("replay", str(letter.id))

    assert (row["id"], row["service"], row["reason"]) == (str(letter.id), "jukebox", "NEVER")
    assert (row["behind"], row["key"]) == (1, "key 0")
    assert (shown["detail"], len(shown["waiting"])) == ("This cannot be.", 1)
    assert said.startswith("jukebox.v1.Played of key 0 is handled again, and then 1 behind it")
    assert (await parking.get(letter.id)).decision is Decision.REPLAY
    assert "never handled" in run("discard", str(letter.id))
    assert (await parking.get(letter.id)).decision is Decision.DISCARD


def test_what_is_not_there_is_refused(jukebox_database: str) -> None:
    settings = {"JUKEBOX_DATABASE_URL": jukebox_database}

    gone = backline("dead-letters", "replay", str(uuid4()), "--service", "jukebox", **settings)
    nonsense = backline("dead-letters", "show", "seven", "--service", "jukebox", **settings)
    without = backline("dead-letters", "list", "--service", "player", **settings)

    assert (gone.returncode, nonsense.returncode, without.returncode) == (1, 2, 1)
    assert "There is no dead letter" in gone.stderr
    assert "no id" in nonsense.stderr
    assert "player has no database" in without.stderr


def test_without_a_box_it_says_how_to_start_one(tmp_path: Path) -> None:
    done = backline("dead-letters", "list", "--data", str(tmp_path))

    assert (done.returncode, done.stderr) == (
        3,
        f"Nothing runs on {tmp_path}. Start it with: backline up\n",
    )
