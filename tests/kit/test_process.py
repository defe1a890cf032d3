"""A process opens its doors, says whether it can work, and drains when it is told to stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from typing_extensions import override

from backline.kit import process as module
from backline.kit.core.errors import Unavailable
from backline.kit.http.app import build_app
from backline.kit.process import AddressTaken, HttpDoor, Plan, listen, run_plan, why_not_ready
from backline.kit.service import Service, Worker
from backline.kit.supervisor.channel import Alone
from backline.kit.testing.eventually import eventually


class Listening(Alone):
    """A supervisor's side that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[str | None] = []

    @override
    def report(self, reason: str | None) -> None:
        self.heard.append(reason)


class Running:
    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.supervisor = Listening()


@asynccontextmanager
async def running(plan: Plan) -> AsyncIterator[Running]:
    rig = Running()
    task = asyncio.create_task(run_plan(plan, rig.supervisor, rig.stop))
    try:
        await eventually(lambda: rig.supervisor.heard or task.done())
        yield rig
    finally:
        rig.stop.set()
        await asyncio.wait_for(task, 15)


async def test_it_serves_until_it_is_told_to_stop_and_then_closes():
    closed = asyncio.Event()

    async def close() -> None:
        closed.set()

    app = build_app(title="Stub")
    bound = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    service = Service(name="stub", app=app, close=close)
    plan = Plan(services=[service], http=[HttpDoor(app=app, sockets=[bound])], doors=True)
    async with httpx.AsyncClient() as client:
        async with running(plan) as rig:
            answer = await client.get(f"{url}/health/live")
            assert answer.status_code == 200
            assert "server" not in answer.headers
            assert rig.supervisor.heard == [None]
        assert closed.is_set()
        with pytest.raises(httpx.ConnectError):
            await httpx.AsyncClient().get(f"{url}/health/live")


async def test_a_request_under_way_is_finished():
    begun, may_end = asyncio.Event(), asyncio.Event()
    app = build_app(title="Stub")

    @app.get("/slow")
    async def slow() -> dict[str, str]:
        begun.set()
        await may_end.wait()
        return {"state": "done"}

    bound = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{bound.getsockname()[1]}/slow"
    plan = Plan(services=[], http=[HttpDoor(app=app, sockets=[bound])], doors=True)
    async with httpx.AsyncClient() as client, running(plan) as rig:
        asking = asyncio.create_task(client.get(url))
        await begun.wait()
        rig.stop.set()
        may_end.set()
        assert (await asking).json() == {"state": "done"}


async def test_a_loop_that_fails_is_begun_again_and_ends_on_stop():
    runs: list[str] = []

    async def fragile(stop: asyncio.Event) -> None:
        runs.append("begun")
        if len(runs) == 1:
            raise Unavailable("The database does not answer.")
        await stop.wait()
        runs.append("drained")

    service = Service(name="stub", workers={"fragile": fragile})
    async with running(Plan(services=[service], workers=True)):
        await eventually(lambda: len(runs) == 2)
    assert runs == ["begun", "begun", "drained"]


async def test_workers_run_only_where_they_are_asked_for():
    ran: list[str] = []

    def loop(name: str) -> Worker:
        async def run(stop: asyncio.Event) -> None:
            ran.append(name)
            await stop.wait()

        return run

    service = Service(
        name="stub", workers={"relay": loop("worker")}, background={"feed": loop("background")}
    )
    async with running(Plan(services=[service], workers=True)):
        await eventually(lambda: ran)
    async with running(Plan(services=[service], doors=True)):
        await eventually(lambda: len(ran) == 2)
    assert ran == ["worker", "background"]


async def test_a_loop_that_does_not_drain_is_cut(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "DRAIN_S", 0.05)
    cut = asyncio.Event()

    async def deaf(stop: asyncio.Event) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cut.set()

    async with running(Plan(services=[Service(name="stub", workers={"deaf": deaf})], workers=True)):
        pass
    assert cut.is_set()


async def test_it_says_what_it_lacks():
    async def down() -> None:
        raise Unavailable("Its database does not answer.")

    services = [Service(name="well"), Service(name="jukebox", ready=down)]
    assert await why_not_ready(services) == "jukebox: Its database does not answer."
    assert await why_not_ready(services[:1]) is None


def test_a_port_that_somebody_has_is_refused():
    with listen("127.0.0.1", 0) as first, pytest.raises(AddressTaken, match="Address already"):
        listen("127.0.0.1", first.getsockname()[1])
