"""The processes of the box: what `serve`, `worker` and `migrate` run.

In the one box they are forked from one process that has imported what they share, and never see
the command line's own parser.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import logging
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from backline.cli.administration import administration
from backline.cli.box import inherited_environment
from backline.cli.console import Exit, complain, exit_code
from backline.cli.registry import (
    DATABASES,
    SERVICES,
    Entry,
    WrongSetting,
    build,
    entries,
    read_box_settings,
    read_settings,
)
from backline.kit.core import failpoints
from backline.kit.core.clock import SystemClock
from backline.kit.core.errors import BacklineError
from backline.kit.health import Probe
from backline.kit.process import AddressTaken, HttpDoor, Plan, listen, run, why_not_ready
from backline.kit.service import Service
from backline.kit.supervisor.channel import Alone, Supervised, Supervision
from backline.kit.telemetry.metrics import metrics_door

LOOPBACK = "127.0.0.1"
# What several processes load beside the services, and none of them at once.
IMPORTED_ONCE = (
    "asyncpg",
    "backline.front.app",
    "backline.identity.rest",
    "backline.identity.rpc",
    "backline.kit.messaging.relay",
    "backline.kit.http.serve",
    "backline.kit.realtime.protocol",
    "backline.kit.rpc.server",
    "backline.kit.telemetry.logs",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "uvicorn.protocols.http.httptools_impl",
    "uvloop",
)

logger = logging.getLogger(__name__)


def nursery(arguments: Sequence[str]) -> None:
    """Run the process that the others are forked from."""
    from backline.kit.supervisor.nursery import run as run_nursery  # noqa: PLC0415

    parser = argparse.ArgumentParser(prog="backline nursery")
    parser.add_argument("--channel", type=int, required=True)
    modules = [f"{entry.package}.wiring" for entry in SERVICES]
    run_nursery(parser.parse_args(arguments).channel, (*modules, *IMPORTED_ONCE), main)


def main(arguments: Sequence[str]) -> None:
    """Run one child of the supervisor."""
    parser = argparse.ArgumentParser(prog="backline")
    parser.add_argument("role", choices=("serve", "worker", "migrate"))
    parser.add_argument("service")
    parser.add_argument("--supervised", type=int, required=True)
    parser.add_argument("--listen", type=int, help="descriptor of the front door's socket")
    parser.add_argument("--run", type=Path, required=True, help="directory of the gRPC sockets")
    parser.add_argument("--service-ports", action="store_true")
    parser.add_argument("--marker", type=Path)
    told = parser.parse_args(arguments)

    def supervision() -> Supervision:
        return Supervised(told.supervised)

    try:
        _run(told, supervision)
    except BacklineError as error:
        complain(error.detail)
        sys.exit(Exit.WRONG_USAGE if isinstance(error, WrongSetting) else exit_code(error))


def _run(told: argparse.Namespace, supervision: Callable[[], Supervision]) -> None:
    if told.role == "migrate":
        asyncio.run(_migrate_supervised(supervision))
        if told.marker is not None:
            told.marker.write_text(fingerprint())
        return
    with prepared(process_name(told.role, told.service)):
        load(told.service)
        if told.role == "worker":
            run_workers(told.service, supervision)
        else:
            run(lambda: _plan_box(told), supervision)


def process_name(role: str, service: str) -> str:
    """What a process is called in its logs and traces."""
    if service == "all":
        return "api" if role == "serve" else role
    return service if role == "serve" else f"{service}-{role}"


@contextmanager
def prepared(name: str) -> Iterator[None]:
    """Log, send traces, and die at named steps, each as the settings of the box say."""
    from backline.kit.telemetry.logs import configure_logs  # noqa: PLC0415
    from backline.kit.telemetry.traces import configure_traces  # noqa: PLC0415

    settings = read_box_settings()
    configure_logs(service=name, level=settings.log_level, style=settings.log_format)
    failpoints.arm(settings.failpoints)
    flush = configure_traces(service=name, endpoint=settings.otlp_endpoint)
    try:
        yield
    finally:
        flush()


def load(name: str) -> None:
    """Import what the services need: the slow part of a start, done while the database starts."""
    from importlib import import_module  # noqa: PLC0415

    for entry in entries(name):
        read_settings(entry)  # says what is wrong before anybody waits for anything
        import_module(f"{entry.package}.wiring")


def run_workers(name: str, supervision: Callable[[], Supervision] = Alone) -> None:
    """Run the loops of one service, or of all."""

    async def plan() -> Plan:
        return Plan(services=[await build(entry) for entry in entries(name)], workers=True)

    with metrics_door(read_box_settings().worker_metrics):
        run(plan, supervision)


async def plan_alone(
    name: str, *, host: str, port: int | None, rpc: Sequence[str], **overrides: Any
) -> Plan:
    """The plan of a process with the doors of one service, on ports of its own.

    Args:
        port: Of its REST and WebSocket doors; None for the usual one.
        rpc: Addresses of its gRPC doors; empty for the usual one.
        overrides: Settings that were given on the command line.
    """
    services: list[Service] = []
    http: list[HttpDoor] = []
    addresses: dict[str, Sequence[str]] = {}
    for entry in entries(name):
        service = await build(entry, **overrides)
        services.append(service)
        if service.app is not None and entry.port is not None:
            http.append(
                HttpDoor(
                    app=service.app, sockets=[listen(host, entry.port if port is None else port)]
                )
            )
        if service.add_servicers is not None:
            addresses[entry.name] = rpc or [f"{host}:{entry.rpc_port}"]
    return Plan(services=services, http=http, rpc=addresses, doors=True)


async def _plan_box(told: argparse.Namespace) -> Plan:
    services: list[Service] = []
    http: list[HttpDoor] = []
    rpc: dict[str, Sequence[str]] = {}
    for entry in entries(told.service):
        service = await build(entry)
        services.append(service)
        if service.add_servicers is not None:
            rpc[entry.name] = [f"unix:{told.run / entry.name}.sock"]
        if told.service_ports:
            _open_own_ports(entry, service, http, rpc)
    if told.listen is not None:
        from backline.front.app import build_front  # noqa: PLC0415 - only the API has a front door

        front = build_front(
            services,
            why_not_ready=lambda: why_not_ready(services),
            probes=_probes(told.run),
            administration=administration(services),
        )
        http.append(HttpDoor(app=front, sockets=[socket.socket(fileno=told.listen)]))
    return Plan(services=services, http=http, rpc=rpc, doors=True)


def _probes(run: Path) -> Mapping[str, Probe]:
    """How the box is that this process belongs to."""
    from backline.cli.probes import build_probes  # noqa: PLC0415 - as above

    data = inherited_environment().get("BACKLINE_DATA")
    return {} if data is None else build_probes(Path(data), run, SystemClock())


def _open_own_ports(
    entry: Entry, service: Service, http: list[HttpDoor], rpc: dict[str, Sequence[str]]
) -> None:
    """Let a service also answer on its own ports, where they are free."""
    if service.app is not None and entry.port is not None:
        try:
            http.append(HttpDoor(app=service.app, sockets=[listen(LOOPBACK, entry.port)]))
        except AddressTaken:
            _say_taken(entry, entry.port)
    if entry.name in rpc and entry.rpc_port is not None:
        try:
            # gRPC would share the port with whoever has it (SO_REUSEPORT): ask first.
            listen(LOOPBACK, entry.rpc_port).close()
        except AddressTaken:
            _say_taken(entry, entry.rpc_port)
        else:
            rpc[entry.name] = [*rpc[entry.name], f"{LOOPBACK}:{entry.rpc_port}"]


def _say_taken(entry: Entry, port: int) -> None:
    logger.warning(
        "port %d of %s is taken; it answers behind the front door only", port, entry.name
    )


async def _migrate_supervised(supervision: Callable[[], Supervision]) -> None:
    import backline.kit.db.migrations  # noqa: F401, PLC0415 - loaded while the database starts

    await supervision().wait_go()
    await migrate_all(inherited_environment())


async def migrate_all(environment: Mapping[str, str]) -> None:
    """Bring every database that `environment` names up to date."""
    from backline.kit.db.migrations import migrate  # noqa: PLC0415 - heavy, and rarely needed

    for database in DATABASES:
        # The log may be in Kafka, which has nothing to bring up to date.
        if environment.get(database.variable, "").startswith("postgresql"):
            await migrate(environment[database.variable], database.package)


def fingerprint() -> str:
    """Changes whenever a migration is added, changed or removed."""
    import backline  # noqa: PLC0415

    digest = hashlib.sha256()
    for root in backline.__path__:
        for file in sorted(Path(root).glob("**/migrations/*.py")):
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()
