"""What a process runs: the `Service` every `<service>/wiring.py` builds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import grpc.aio
    from fastapi import FastAPI

    from backline.kit.checks import Check
    from backline.kit.health import Probe
    from backline.kit.messaging.parking.port import DeadLetters

Worker = Callable[[asyncio.Event], Awaitable[None]]
"""A loop that runs until its event (stop) is set, then drains and returns."""


async def always_ready() -> None:
    """Serve as `Service.ready` for a service that depends on nothing."""


async def nothing_to_close() -> None:
    """Serve as `Service.close` for a service that holds nothing open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service, wired, with everything a process needs to run it.

    Attributes:
        name: One lower-case word; the service's path on the front door and its socket's name.
        app: REST and WebSocket doors, with paths as on the service's own port.
        add_servicers: Puts the gRPC doors onto a server.
        rpc_names: Full gRPC service names, for health and reflection.
        require_deadline: Whether its gRPC server refuses single calls that set no deadline.
        interceptors: Of its gRPC server, outermost first, inside those that every server has.
        workers: Loops of the worker process: relay, conductor, analysis.
        background: Loops that live beside the doors: feeds, revocation watch.
        checks: What can be proved about its data; see `kit/checks.py`.
        ready: Raises `Unavailable` while the service's database or broker does not answer.
        probes: How its parts are, by their names, for the console's health list.
        dead_letters: What its consumers could not handle; None without any.
        close: Gives back connections and files; called once, after every loop has ended.
    """

    name: str
    app: FastAPI | None = None
    add_servicers: Callable[[grpc.aio.Server], None] | None = None
    rpc_names: tuple[str, ...] = ()
    require_deadline: bool = False
    interceptors: Sequence[grpc.aio.ServerInterceptor] = ()
    workers: Mapping[str, Worker] = field(default_factory=dict)
    background: Mapping[str, Worker] = field(default_factory=dict)
    checks: Sequence[Check] = ()
    ready: Callable[[], Awaitable[None]] = always_ready
    probes: Mapping[str, Probe] = field(default_factory=dict)
    dead_letters: DeadLetters | None = None
    close: Callable[[], Awaitable[None]] = nothing_to_close
