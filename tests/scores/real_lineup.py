"""The line-up itself, in this process, at the other end of a real gRPC channel."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from backline.api.lineup.v1 import lineup_pb2_grpc
from backline.kit.core.actor import Actor, Role
from backline.kit.rpc.client import channel
from backline.kit.rpc.server import build_server
from backline.kit.testing.clock import FixedClock
from backline.lineup.commands import CloseEvent, CreateEvent
from backline.lineup.domain.scores import EventId
from backline.lineup.rpc import SERVICE, EventServicer
from backline.lineup.settings import Settings
from backline.lineup.wiring import Lineup, build_workers, gather_changes
from backline.scores.clients import GrpcLineup
from tests.scores.lineup_contract import Rig

_HOST = Actor(id=1, role=Role.HOST, name="Hal", session_id="h")


@asynccontextmanager
async def served(lineup: Lineup, address: str) -> AsyncIterator[None]:
    """Let it answer at `address` while the context lasts."""

    def add(server: object) -> None:
        servicer = EventServicer(lineup.mediator, gather_changes(lineup.mediator))
        lineup_pb2_grpc.add_EventServiceServicer_to_server(servicer, server)  # type: ignore[arg-type]

    server = build_server(add, (SERVICE,), listen=(address,), require_deadline=True)
    await server.start()
    try:
        yield
    finally:
        await server.stop(grace=None)


@asynccontextmanager
async def open_lineup(
    url: str, folder: Path, clock: FixedClock, *, events_url: str = ""
) -> AsyncIterator[Rig]:
    """A line-up over the database at `url`, and the scores' client of it.

    Args:
        events_url: Where it tells what happens; nowhere without one.
    """
    lineup = Lineup(Settings(database_url=url, events_url=events_url), clock)
    address = f"unix:{folder / 'lineup.sock'}"

    async def add(
        title: str = "Lamplight", *, opens_in_s: float = 0, closes_in_s: float = 600
    ) -> int:
        now = clock.now()
        command = CreateEvent(
            title=title,
            description="",
            opens_at=now + timedelta(seconds=opens_in_s) if opens_in_s else None,
            deadline=now + timedelta(seconds=closes_in_s),
        )
        return (await lineup.mediator.send(command, actor=_HOST)).id

    async def close(event_id: int) -> None:
        await lineup.mediator.send(CloseEvent(event_id=EventId(event_id)), actor=_HOST)

    stop = asyncio.Event()
    workers = build_workers(lineup) if events_url else {}
    running = [asyncio.ensure_future(worker(stop)) for worker in workers.values()]
    async with served(lineup, address), channel(address) as to_lineup:
        yield Rig(GrpcLineup(to_lineup, timeout_s=30), add, close, clock)
    stop.set()
    await asyncio.wait_for(asyncio.gather(*running), timeout=20)
    await lineup.close()
