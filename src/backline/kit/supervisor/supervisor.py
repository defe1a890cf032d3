"""Starts programs, starts again what ends, and ends them all together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from backline.kit.core.errors import BacklineError, FailedPrecondition
from backline.kit.supervisor.channel import SILENCE_S
from backline.kit.supervisor.logs import ProgramLog
from backline.kit.supervisor.processes import (
    Nursery,
    NurseryEnded,
    Process,
    Started,
    in_thread,
)
from backline.kit.supervisor.programs import Backoff, Program, State, Status

ATTEMPTS_BEFORE_READY = 5
STOPS_WITHIN_S = 9.5
WRONG_USAGE = 2  # an exit code: trying again with the same settings would not help
LONGEST_LINE = 64 * 1024

logger = logging.getLogger(__name__)


class DidNotStart(FailedPrecondition):
    """A program ended again and again before it was ready even once."""


class Supervisor:
    """Keeps `programs` running until it is told to stop.

    Args:
        log_directory: One `<name>.log` per program.
        say: Prints one line on the terminal.
        changed: Called with every program's status after each change.
        nursery: Where programs that are `forked` come from.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        log_directory: Path,
        say: Callable[[str], None],
        changed: Callable[[list[Status]], None] = lambda _: None,
        backoff: Backoff | None = None,
        nursery: Nursery | None = None,
    ) -> None:
        self._changed = changed
        self._nursery = nursery
        self._stopping = asyncio.Event()
        self._failure: BacklineError | None = None
        self._ready: dict[str, asyncio.Event] = {p.name: asyncio.Event() for p in programs}
        self._kept = [
            _Kept(self, program, log_directory, say, backoff or Backoff()) for program in programs
        ]

    @property
    def nursery(self) -> Nursery:
        assert self._nursery is not None
        return self._nursery

    @property
    def statuses(self) -> list[Status]:
        return [kept.status for kept in self._kept]

    def stop(self) -> None:
        """End everything; a second call ends it at once."""
        if self._stopping.is_set():
            for kept in self._kept:
                kept.kill()
        self._stopping.set()

    async def wait_ready(self) -> None:
        """Return once every program has been ready; never, if one does not become so."""
        await self.wait_for(list(self._ready))

    async def run(self) -> None:
        """Run until `stop`.

        Raises:
            DidNotStart: A program could not be brought up; the others have been ended.
        """
        async with asyncio.TaskGroup() as group:
            for kept in self._kept:
                kept.begin(group)
            await self._stopping.wait()
            begun = time.monotonic()
            await asyncio.gather(*(k.end(0) for k in self._kept if not k.program.stop_last))
            left_s = STOPS_WITHIN_S - (time.monotonic() - begun)
            await asyncio.gather(*(k.end(left_s) for k in self._kept if k.program.stop_last))
        if self._nursery is not None:
            self._nursery.close()
        if self._failure is not None:
            raise self._failure

    def fail(self, error: BacklineError) -> None:
        """End everything because of `error`; what fails while we stop fails because we stop."""
        if not self._stopping.is_set():
            self._failure = error
            self._stopping.set()

    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def note(self) -> None:
        """Pass on what has changed."""
        for kept in self._kept:
            if kept.status.state in {State.READY, State.DONE}:
                self._ready[kept.status.name].set()
        self._changed(self.statuses)

    async def wait_for(self, names: Sequence[str]) -> None:
        """Return once all of `names` have been ready."""
        for name in names:
            await self._ready[name].wait()


class _Kept:
    """One program and the process that runs it now."""

    def __init__(
        self,
        supervisor: Supervisor,
        program: Program,
        log_directory: Path,
        say: Callable[[str], None],
        backoff: Backoff,
    ) -> None:
        self.program = program
        self.status = Status(program.name)
        self._supervisor = supervisor
        self._terminal = say
        self._log_path = log_directory / f"{program.name}.log"
        self._backoff = backoff
        self._task: asyncio.Task[None] | None = None
        self._process: Process | None = None
        self._stopped = asyncio.Event()
        self._ever_ready = False

    def begin(self, group: asyncio.TaskGroup) -> None:
        self._task = group.create_task(self._keep(), name=self.program.name)

    async def _keep(self) -> None:
        """Run the program again and again; once, if it is one that ends."""
        log = ProgramLog(self._log_path, self._say)
        waited: float | None = None
        try:
            while not self._supervisor.is_stopping():
                begun = time.monotonic()
                try:
                    code = await self._once(log)
                except NurseryEnded:
                    code = -signal.SIGKILL
                if self._supervisor.is_stopping():
                    break
                if self.program.once and code == 0:
                    self._set(State.DONE)
                    return
                self.status.restarts += 1
                hopeless = code == WRONG_USAGE or self.status.restarts >= ATTEMPTS_BEFORE_READY
                if hopeless and not self._ever_ready:
                    self._supervisor.fail(self._did_not_start(log))
                    break
                waited = self._backoff.next(waited, time.monotonic() - begun)
                self._say(f"ended ({_in_words(code)}); starting it again in {waited:.1f} s")
                self._set(State.RESTARTING, _in_words(code))
                await asyncio.sleep(waited)
        except BacklineError as error:
            self._supervisor.fail(error)
        finally:
            self.status.pid = None
            if self.status.state is not State.DONE:
                self._set(State.STOPPED)
            self._stopped.set()
            log.close()

    def _say(self, line: str) -> None:
        self._terminal(f"{self.program.name}: {line}")

    async def end(self, at_least_s: float) -> None:
        """Ask the process to end, and insist, but leave it `at_least_s` seconds."""
        if self._process is None:  # what there is to wait for leads to one, or to nothing
            if self._task is not None:
                self._task.cancel()
            return
        self._process.send_signal(self.program.stop_signal)
        within_s = max(self.program.stop_within_s, at_least_s)
        if not await self._ends_within(within_s):
            self._say(f"did not end within {within_s:.0f} s and was killed")
            self.kill()

    async def _ends_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopped.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)

    async def _once(self, log: ProgramLog) -> int:
        """Run one process to its end and return its exit code."""
        if self.program.prepare is not None:
            await in_thread(self.program.prepare)
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                process = self._process = await self._start(theirs.fileno())
            self.status.pid = process.pid
            self._set(State.STARTING)
            async with asyncio.TaskGroup() as beside:
                copying = beside.create_task(_copy(process, log))
                watching = beside.create_task(self._watch(ours))
                code = await process.ended()
                watching.cancel()
                self.status.pid = None
                # What it started itself may still hold its output open.
                await asyncio.wait([copying], timeout=0.5)
                copying.cancel()
            self._process = None
            return code

    async def _start(self, channel: int) -> Process:
        if self.program.forked:
            return await self._supervisor.nursery.fork(self.program, channel)
        return Started(self.program, channel)

    async def _watch(self, channel: socket.socket) -> None:
        """Follow how the process is."""
        if self.program.is_ready is not None:
            while not self.program.is_ready():  # noqa: ASYNC110 - it is a file of another program
                await asyncio.sleep(0.02)
            await self._became_ready()
        if not self.program.speaks:
            return
        await self._supervisor.wait_for(self.program.after)
        channel.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            await loop.sock_sendall(channel, b"go\n")
            while True:
                try:
                    data = await asyncio.wait_for(loop.sock_recv(channel, 1024), SILENCE_S)
                except TimeoutError:
                    self._say(f"said nothing for {SILENCE_S:.0f} s; ending it")
                    self.kill()
                    return
                if not data:
                    return
                await self._heard_line(data.decode(errors="replace").strip().splitlines()[-1:])

    async def _heard_line(self, lines: list[str]) -> None:
        for line in lines:
            word, _, reason = line.partition(" ")
            if word == "ready":
                if self.status.state is not State.READY:
                    await self._became_ready()
            elif self.status.state is not State.WAITING or self.status.reason != reason:
                self._set(State.WAITING, reason)

    async def _became_ready(self) -> None:
        if self.program.once_ready is not None:
            try:
                await in_thread(self.program.once_ready)
            except BacklineError as error:
                self._supervisor.fail(error)
                return
        self._ever_ready = True
        self._set(State.READY)

    def _set(self, state: State, reason: str = "") -> None:
        self.status.state = state
        self.status.reason = reason
        self._supervisor.note()

    def _did_not_start(self, log: ProgramLog) -> DidNotStart:
        lines = [f"{self.program.name} does not start. Its last words:"]
        lines += [f"  {line}" for line in log.last]
        lines.append(f"More in {log.path}; backline doctor may know what to do.")
        return DidNotStart("\n".join(lines))


async def _copy(process: Process, log: ProgramLog) -> None:
    """Put the output of the process into its log, line by line."""
    stream = asyncio.StreamReader(limit=LONGEST_LINE)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), process.output
    )
    try:
        while line := await _line(stream):
            log.write(line.decode(errors="replace").rstrip())
    finally:
        transport.close()


async def _line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readuntil(b"\n")
    except asyncio.LimitOverrunError as error:
        return await stream.read(error.consumed or LONGEST_LINE)
    except asyncio.IncompleteReadError as error:
        return error.partial


def _in_words(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
