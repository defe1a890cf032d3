"""`backline saga`: what it says, and the exit code that goes with it."""

import json
from contextlib import AsyncExitStack
from uuid import uuid4

from backline.kit.saga.progress import State
from backline.kit.testing.contracts.sagas.scenes import Called, SoldOut, journey
from tests.cli.commands import backline
from tests.kit.saga_world import build


async def test_a_stuck_one_is_listed_shown_and_tried_again(jukebox_database: str) -> None:
    def run(*arguments: str) -> str:
        settings = {"JUKEBOX_DATABASE_URL": jukebox_database}
        done = backline("saga", *arguments, "--service", "jukebox", **settings)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    called = Called()
    called.plan("ticket", SoldOut("No paper."), None)
    async with AsyncExitStack() as stack:
        world = await build(jukebox_database, [journey(called)], stack)
        saga_id = await world.start("ann", seat="1A")
        await world.carried_to(saga_id, State.STUCK)

        (row,) = json.loads(run("list", "--state", "stuck", "--json"))["items"]
        shown = run("show", str(saga_id))
        said = run("retry", str(saga_id))
        await world.carried_to(saga_id, State.COMPLETED)

    assert (row["id"], row["service"], row["name"]) == (str(saga_id), "jukebox", "Journey")
    assert (row["state"], row["step"], row["reason"]) == ("stuck", "ticket", "SOLD_OUT")
    assert "{'who': 'ann', 'seat': '1A'}" in shown
    assert "No paper." in shown.splitlines()[-1]
    assert said == "Journey goes on with “ticket”, as soon as a worker sees it.\n"


def test_what_is_not_there_is_refused(jukebox_database: str) -> None:
    settings = {"JUKEBOX_DATABASE_URL": jukebox_database}

    gone = backline("saga", "retry", str(uuid4()), "--service", "jukebox", **settings)
    nonsense = backline("saga", "show", "seven", "--service", "jukebox", **settings)

    assert (gone.returncode, nonsense.returncode) == (1, 2)
    assert "There is no such saga" in gone.stderr
    assert "no id" in nonsense.stderr
