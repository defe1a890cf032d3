"""`backline up`: the whole box in the foreground, until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from backline.cli.box import Box, inherited_environment
from backline.cli.children import fingerprint
from backline.cli.console import complain, exit_code, say
from backline.cli.registry import DATABASES, SERVICES
from backline.kit.core.errors import BacklineError, FailedPrecondition
from backline.kit.process import AddressTaken, listen
from backline.kit.supervisor.processes import Nursery
from backline.kit.supervisor.programs import Program, Status
from backline.kit.supervisor.supervisor import Supervisor

SLOW_START_S = 3.0
ORPHANS_WITHIN_S = 10.0
WILDCARDS = {"0.0.0.0", "::"}  # noqa: S104 - compared with, not bound to


class PortTaken(FailedPrecondition):
    """Another program listens on the box's port."""


def up(box: Box, *, host: str, port: int, service_ports: bool) -> NoReturn:
    """Become the supervisor of the box.

    This process is replaced, so that the parser of the command line does not stay in the memory
    of one that runs for months.
    """
    sys.stdout.flush()
    command = _backline("box", "--data", str(box.data), "--host", host, "--port", str(port))
    os.execv(sys.executable, [*command, *(["--service-ports"] if service_ports else [])])  # noqa: S606


def main(arguments: Sequence[str]) -> None:
    """Run the box until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="backline box")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--service-ports", action="store_true")
    told = parser.parse_args(arguments)
    try:
        supervise(Box(told.data), told.host, told.port, service_ports=told.service_ports)
    except BacklineError as error:
        complain(error.detail)
        sys.exit(exit_code(error))


def supervise(box: Box, host: str, port: int, *, service_ports: bool) -> None:
    """Run everything in this directory.

    Raises:
        AlreadyRunning: Another process runs this data directory.
        PortTaken: Another program listens on the port.
        DidNotStart: A program could not be brought up.
    """
    box.make()
    state = box.state
    state.acquire()
    try:
        with _front_socket(host, port) as front:
            asyncio.run(_Up(box, host, front, service_ports=service_ports).run())
    finally:
        state.release()


class _Up:
    def __init__(self, box: Box, host: str, front: socket.socket, *, service_ports: bool) -> None:
        self._box = box
        self._host = host
        self._port: int = front.getsockname()[1]
        self._state = box.state
        self._begun = time.monotonic()
        self._environment = box.environment(inherited_environment())
        self._environment |= {"BACKLINE_HOST": host, "BACKLINE_PORT": str(self._port)}
        self._environment.setdefault("IDENTITY_NETWORK_URL", reachable_url(host, self._port) or "")
        self._supervisor = Supervisor(
            programs(box, self._environment, front.fileno(), service_ports=service_ports),
            log_directory=box.logs,
            say=complain,
            changed=self._changed,
            nursery=Nursery(
                _backline("nursery", "--channel", "{channel}"),
                self._environment,
                box.logs / "nursery.log",
            ),
        )

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        telling = asyncio.create_task(self._tell())
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(sign, self._stop, telling)
        try:
            await self._supervisor.run()
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
        say("Backline has stopped.")

    def _stop(self, telling: asyncio.Task[None]) -> None:
        is_first = not self._supervisor.is_stopping()
        self._supervisor.stop()
        if is_first:
            telling.cancel()
            # Last, for where the terminal has gone nothing can be said.
            say("\nStopping. Everything is kept; press Ctrl-C again to stop at once.")

    def _changed(self, statuses: list[Status]) -> None:
        self._state.write(
            {
                "url": browser_url(self._host, self._port),
                "phones": self._phones(),
                "data": str(self._box.data),
                "processes": [status.as_json() for status in statuses],
            }
        )

    async def _tell(self) -> None:
        """Greet, once everything is ready."""
        try:
            await asyncio.wait_for(self._supervisor.wait_ready(), SLOW_START_S)
        except TimeoutError:
            say("Starting. The first time takes some seconds.")
            await self._supervisor.wait_ready()
        took = time.monotonic() - self._begun
        for line in greeting(browser_url(self._host, self._port), self._phones(), took):
            say(line)
        url = self._phones() or browser_url(self._host, self._port)
        # Asks identity and the player, in a process of its own, so that none of what it
        # needs for that stays in the memory of this one.
        asking = await asyncio.create_subprocess_exec(
            *_backline("welcome", url, "--data", str(self._box.data)),
            env=self._environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            await asking.wait()
        finally:
            if asking.returncode is None:
                asking.kill()
                await asking.wait()
        say("Stop with Ctrl-C.")

    def _phones(self) -> str | None:
        """Where everybody but the person at this machine comes in."""
        public = self._environment.get("BACKLINE_PUBLIC_URL", "").rstrip("/")
        return public or reachable_url(self._host, self._port)


def programs(
    box: Box, environment: dict[str, str], front: int, *, service_ports: bool
) -> list[Program]:
    """Everything that the box runs.

    Args:
        front: Descriptor of the bound socket of the front door. It outlives the API process:
            while that one starts again, connections wait instead of being refused.
    """
    supervised = ("--supervised", "{channel}", "--run", str(box.run))
    ports = ("--service-ports",) if service_ports else ()
    found: list[Program] = []
    before: tuple[str, ...] = ()
    marker: tuple[str, ...] = ()
    embedded = [d.name for d in DATABASES if _is_ours(box, environment[d.variable])]
    if embedded:
        postgres = box.postgres
        found.append(
            Program(
                name="postgres",
                command=postgres.command(),
                environment=postgres.environment(),
                prepare=postgres.prepare,
                enter=postgres.enter(),
                is_ready=postgres.is_ready,
                once_ready=lambda: postgres.ensure_databases(embedded),
                stop_signal=signal.SIGINT,
                stop_within_s=4.0,
                stop_last=True,
            )
        )
        before = ("postgres",)
        marker = ("--marker", str(box.migrated))
    if not embedded or not _is_migrated(box):
        found.append(
            Program(
                name="migrate",
                command=("migrate", "all", *supervised, *marker),
                forked=True,
                environment=environment,
                after=before,
                once=True,
            )
        )
        before = (*before, "migrate")
    found.append(
        Program(
            name="api",
            command=("serve", "all", *supervised, *ports, "--listen", "{0}"),
            forked=True,
            environment=environment,
            after=before,
            descriptors=(front,),
        )
    )
    found += [
        Program(
            name=entry.name,
            command=("serve", entry.name, *supervised, *ports),
            forked=True,
            environment=environment,
            after=before if entry.database else (),
        )
        for entry in SERVICES
        if entry.alone
    ]
    found.append(
        Program(
            name="worker",
            command=("worker", "all", *supervised),
            forked=True,
            environment=environment,
            after=before,
        )
    )
    return found


def _backline(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "backline", *arguments]


def _is_ours(box: Box, url: str) -> bool:
    return str(box.postgres.socket_dir) in url


def _is_migrated(box: Box) -> bool:
    try:
        return box.migrated.read_text() == fingerprint()
    except OSError:
        return False


def _front_socket(host: str, port: int) -> socket.socket:
    """Bind the front door; processes of a box whose supervisor was killed get a moment to go."""
    end = time.monotonic() + ORPHANS_WITHIN_S
    while True:
        try:
            return listen(host, port)
        except AddressTaken as error:
            if not _is_leftover(port) or time.monotonic() > end:
                raise PortTaken(
                    f"{error.detail} Choose another port: backline up --port {port + 1}"
                ) from error
            time.sleep(0.1)


def _is_leftover(port: int) -> bool:
    """Whether a process of an earlier box still holds the port."""
    needle = f"BACKLINE_PORT={port}".encode()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            content = environment.read_bytes()
            command = (environment.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if needle in content.split(b"\0") and b"nursery" in command.split(b"\0"):
            return True
    return False


def browser_url(host: str, port: int) -> str:
    """What the person at this machine opens."""
    if host in WILDCARDS:
        host = "127.0.0.1"
    return f"http://{_bracketed(host)}:{port}"


def reachable_url(host: str, port: int) -> str | None:
    """What phones in the same network open; None if only this machine can reach us."""
    if host in WILDCARDS:
        found = _lan_address(host)
        return f"http://{_bracketed(found)}:{port}" if found else None
    if host == "localhost" or host.startswith("127.") or host == "::1":
        return None
    return f"http://{_bracketed(host)}:{port}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _lan_address(host: str) -> str | None:
    """The address that this machine would send from; nothing is sent."""
    family, target = socket.AF_INET, "192.0.2.1"  # TEST-NET-1: leads out, belongs to nobody
    if ":" in host:
        family, target = socket.AF_INET6, "2001:db8::1"
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((target, 9))
        except OSError:
            return None
        address: Any = probe.getsockname()[0]
        return str(address)


def greeting(url: str, phones: str | None, took_s: float) -> Sequence[str]:
    """Say where the room is.

    Args:
        phones: Where others come in; None if only this machine can reach us.
    """
    lines = ["", f"Backline is ready ({took_s:.1f} s): {url}"]
    if phones is None:
        lines.append("Only this machine can reach it. For phones in your network: --host 0.0.0.0")
    else:
        lines += [f"Phones join at {phones}/join", *_qr_code(f"{phones}/join")]
    return lines


def _qr_code(text: str) -> Sequence[str]:
    from io import StringIO  # noqa: PLC0415

    import segno  # noqa: PLC0415 - only when there is something to scan

    drawn = StringIO()
    segno.make(text, error="l").terminal(drawn, compact=True, border=2)
    if not sys.stdout.isatty():
        return []  # its colours are control characters, and nobody scans a file
    return drawn.getvalue().splitlines()
