"""Runs services in this process: doors, loops, readiness, and an orderly end.

A process begins by telling nobody anything, waits for what it needs, opens its doors, says that it
is ready, and keeps saying whether it still is. On SIGTERM or SIGINT it stops accepting, finishes
or hands back what it holds, and ends within `HTTP_GRACE_S + DRAIN_S + RPC_GRACE_S` and a moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import time
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from typing_extensions import override

from backline.kit.core.errors import BacklineError, Unavailable
from backline.kit.service import Service, Worker
from backline.kit.supervisor.channel import REPORT_EVERY_S, Alone, Supervision

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

HTTP_GRACE_S = 2
DRAIN_S = 2.5
RPC_GRACE_S = 0.5
READY_WITHIN_S = 2.0

R = TypeVar("R")
logger = logging.getLogger(__name__)


class AddressTaken(Unavailable):
    """Another process listens there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpDoor:
    """An app and the bound sockets it answers on."""

    app: ASGIApp
    sockets: Sequence[socket.socket]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one process runs.

    Attributes:
        services: Already wired.
        http: Apps, with their sockets.
        rpc: Per service name, the gRPC addresses it answers on: `unix:/…/player.sock`, `host:port`.
        workers: Whether the services' `workers` run here.
        doors: Whether the services' doors, and the loops beside them, run here.
    """

    services: Sequence[Service]
    http: Sequence[HttpDoor] = ()
    rpc: Mapping[str, Sequence[str]] = field(default_factory=dict)
    workers: bool = False
    doors: bool = False


def listen(host: str, port: int) -> socket.socket:
    """Bind a TCP socket; connections wait in its backlog until somebody accepts them.

    Raises:
        AddressTaken: Somebody else has the port.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(2048)
    except OSError as error:
        bound.close()
        raise AddressTaken(f"Port {port} on {host} cannot be opened: {error.strerror}.") from error
    bound.set_inheritable(True)
    return bound


def run(
    prepare: Callable[[], Awaitable[Plan]],
    supervision: Callable[[], Supervision] = Alone,
) -> None:
    """Run what `prepare` builds until SIGTERM, SIGINT or the end of the supervisor.

    Args:
        prepare: Called once everything the process needs has been started.
        supervision: Called inside the event loop.
    """
    import uvloop  # noqa: PLC0415 - not needed by those who only import this module

    uvloop.run(_main(prepare, supervision))


async def _main(
    prepare: Callable[[], Awaitable[Plan]], supervision: Callable[[], Supervision]
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    supervisor = supervision()
    async with _background(_stop_when_gone(supervisor, stop)):
        await _first(supervisor.wait_go(), stop)
        if not stop.is_set():
            await run_plan(await prepare(), supervisor, stop)


async def run_plan(plan: Plan, supervisor: Supervision, stop: asyncio.Event) -> None:
    """Open the doors, run the loops, and drain once `stop` is set."""
    async with contextlib.AsyncExitStack() as stack:
        for service in plan.services:
            stack.push_async_callback(service.close)
        if plan.doors:
            for service in plan.services:
                if service.name in plan.rpc:
                    await stack.enter_async_context(_rpc(service, plan.rpc[service.name]))
        loops = asyncio.Event()
        running = [
            asyncio.create_task(_keep(name, worker, loops), name=name)
            for name, worker in _loops(plan)
        ]
        stack.push_async_callback(_drain, running, loops)
        await stack.enter_async_context(_http(plan.http))
        async with _background(_report(plan.services, supervisor)):
            await stop.wait()
        logger.info("draining")


def _loops(plan: Plan) -> Iterator[tuple[str, Worker]]:
    for service in plan.services:
        chosen: dict[str, Worker] = {}
        if plan.doors:
            chosen.update(service.background)
        if plan.workers:
            chosen.update(service.workers)
        yield from chosen.items()


async def _keep(name: str, worker: Worker, stop: asyncio.Event) -> None:
    """Run a loop until `stop`; one that raises is told once and begun again."""
    delay = 0.2
    while not stop.is_set():
        begun = time.monotonic()
        try:
            await worker(stop)
        except Unavailable as error:
            logger.warning("%s: %s", name, error.detail)
        except Exception:
            logger.exception("%s failed", name)
        if stop.is_set():
            return
        delay = 0.2 if time.monotonic() - begun > 30 else min(delay * 2, 5.0)  # noqa: PLR2004
        await _first(asyncio.sleep(delay), stop)


async def _drain(running: Sequence[asyncio.Task[None]], loops: asyncio.Event) -> None:
    loops.set()
    if not running:
        return
    _, late = await asyncio.wait(running, timeout=DRAIN_S)
    for task in late:
        logger.warning("%s did not drain within %.0f s and was cancelled", task.get_name(), DRAIN_S)
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def _report(services: Sequence[Service], supervisor: Supervision) -> None:
    while True:
        supervisor.report(await why_not_ready(services))
        await asyncio.sleep(REPORT_EVERY_S)


async def why_not_ready(services: Sequence[Service]) -> str | None:
    """What one of `services` still lacks, in words; None when all can do their work."""
    for service in services:
        try:
            await asyncio.wait_for(service.ready(), READY_WITHIN_S)
        except TimeoutError:
            return f"{service.name}: its database or broker does not answer"
        except BacklineError as error:
            return f"{service.name}: {error.detail}"
    return None


@contextlib.asynccontextmanager
async def _rpc(service: Service, addresses: Sequence[str]) -> AsyncIterator[None]:
    from backline.kit.rpc.server import build_server  # noqa: PLC0415 - workers need no gRPC server

    assert service.add_servicers is not None
    server = build_server(
        service.add_servicers,
        service.rpc_names,
        interceptors=service.interceptors,
        listen=addresses,
        require_deadline=service.require_deadline,
        ready=service.ready,
    )
    await server.start()
    try:
        yield
    finally:
        await server.stop(RPC_GRACE_S)


@contextlib.asynccontextmanager
async def _http(doors: Sequence[HttpDoor]) -> AsyncIterator[None]:
    servers = [_uvicorn(door.app) for door in doors]
    serving = [
        asyncio.create_task(server.serve(sockets=list(door.sockets)))
        for server, door in zip(servers, doors, strict=True)
    ]
    while not all(server.started for server in servers):
        for task in serving:
            if task.done():
                await task
                raise AddressTaken("The HTTP server ended before it had begun.")
        await asyncio.sleep(0.005)
    try:
        yield
    finally:
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*serving)


def _uvicorn(app: ASGIApp) -> uvicorn.Server:
    import uvicorn  # noqa: PLC0415 - workers need no HTTP server

    from backline.kit.http.serve import uvicorn_config  # noqa: PLC0415

    class Server(uvicorn.Server):
        """Signals are ours: one process may run several of these."""

        @override
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    return Server(uvicorn_config(app, timeout_graceful_shutdown=HTTP_GRACE_S))


async def _stop_when_gone(supervisor: Supervision, stop: asyncio.Event) -> None:
    await supervisor.gone()
    stop.set()


async def _first(work: Coroutine[Any, Any, object], stop: asyncio.Event) -> None:
    """Wait for `work`, but not longer than until `stop`."""
    tasks = [asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def _background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
