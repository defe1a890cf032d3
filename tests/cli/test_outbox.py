"""`backline outbox republish`: what it says, and the exit code that goes with it."""

import json

import pytest

from backline.kit.core.ids import uuid7
from backline.kit.db.connection import connected
from backline.kit.messaging.published import PublishedEvents
from tests.cli.commands import backline


def republish(*arguments, **settings):
    return backline("outbox", "republish", *arguments, **settings)


@pytest.mark.parametrize("since", ["yesterday", "2026-11-21T10:00:00", ""])
def test_a_moment_has_its_zone(since):
    done = republish("--since", since)
    assert done.returncode == 2
    assert "2026-11-21T10:00:00Z" in done.stderr


@pytest.mark.parametrize(
    ("service", "says"), [("lightshow", "no service"), ("player", "no database")]
)
def test_a_service_that_publishes_nothing_is_refused(service, says):
    done = republish("--since", "2026-11-21T10:00:00Z", "--service", service)
    assert done.returncode == 1
    assert says in done.stderr


def test_a_database_that_is_away_cannot_be_reached(tmp_path):
    done = republish(
        "--since",
        "2026-11-21T10:00:00Z",
        "--service",
        "identity",
        IDENTITY_DATABASE_URL=f"postgresql+asyncpg://nobody@/none?host={tmp_path}",
    )
    assert done.returncode == 3
    assert done.stderr == ("The database of identity does not answer. Try again in a moment.\n")


async def test_what_was_published_waits_again(identity_database, tmp_path):
    async with connected(identity_database, application_name="test") as connection:
        await PublishedEvents().look(connection)
        for number in (1, 2):
            await connection.execute(
                "INSERT INTO outbox_published VALUES (now(), $1, 0, $2,"
                " 'identity.v1', 'user:1', 'identity.v1.Happened', '{}', '', now())",
                number,
                uuid7(),
            )
        settings = {"IDENTITY_DATABASE_URL": identity_database}
        since = ("--since", "2020-01-01T00:00:00Z")

        done = republish(*since, "--service", "identity", "--json", **settings)

        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        assert said["items"] == [{"service": "identity", "topic": "identity.v1", "events": 2}]
        assert set(said["kept_since"]) == {"identity"}
        waiting = await connection.fetch("SELECT position FROM outbox ORDER BY position")
        assert [row["position"] for row in waiting] == [1, 2]

        # Without a box, all services are those that a setting names.
        done = republish(*since, "--data", str(tmp_path), **settings)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Nothing was published since then.\n")
    assert "is not kept any more" in done.stdout
