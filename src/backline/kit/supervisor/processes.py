"""The two ways to get a process: start a program, or have it forked from the nursery."""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import os
import signal
import socket
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol, TypeVar

from backline.kit.core.errors import Unavailable
from backline.kit.supervisor.programs import Program

_LARGEST_MESSAGE = 64 * 1024

T = TypeVar("T")


class NurseryEnded(Unavailable):
    """The process that others are forked from has ended."""


class Process(Protocol):
    """A process that runs, or has run."""

    pid: int
    output: IO[bytes]

    def send_signal(self, sign: signal.Signals) -> None:
        """Do nothing if it has ended."""
        ...

    async def ended(self) -> int:
        """Wait for the exit code; a signal's number below zero, as `subprocess` has it."""
        ...


class Started:
    """A program of its own."""

    def __init__(self, program: Program, channel: int) -> None:
        descriptors = program.descriptors
        if program.speaks:
            descriptors = (*descriptors, channel)
        self._popen = subprocess.Popen(  # noqa: S603 - what it runs is what we are told to run
            filled_in(program.command, channel, program.descriptors),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(program.environment),
            pass_fds=descriptors,
            preexec_fn=program.enter,  # noqa: PLW1509 - it makes system calls only
            start_new_session=True,
        )
        assert self._popen.stdout is not None
        self.output: IO[bytes] = self._popen.stdout
        self.pid = self._popen.pid

    def send_signal(self, sign: signal.Signals) -> None:
        self._popen.send_signal(sign)

    async def ended(self) -> int:
        # In a thread: asyncio's processes count as ended only once their output is closed, and
        # a grandchild may hold it open for long.
        return await in_thread(self._popen.wait)


class Forked:
    """A process that the nursery has forked, and whose end it reports."""

    def __init__(self, pid: int, output: IO[bytes], code: asyncio.Future[int]) -> None:
        self.pid = pid
        self.output = output
        self._code = code

    def send_signal(self, sign: signal.Signals) -> None:
        if not self._code.done():
            with suppress(ProcessLookupError):
                os.kill(self.pid, sign)

    async def ended(self) -> int:
        return await asyncio.shield(self._code)


class Nursery:
    """Our side of the process that others are forked from; see `nursery`.

    Args:
        command: Starts it; `{channel}` stands for the number of its descriptor.
        log: Gets what it writes before it forks anything.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._command = command
        self._environment = environment
        self._log = log
        self._popen: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._born: deque[asyncio.Future[int]] = deque()
        self._codes: dict[int, asyncio.Future[int]] = {}

    async def fork(self, program: Program, channel: int) -> Process:
        """Fork a process that runs `program.command`.

        Raises:
            NurseryEnded: It ended before it had forked; the next call starts another one.
        """
        if self._channel is None:
            self._start()
        assert self._channel is not None
        reading, writing = os.pipe()
        output = os.fdopen(reading, "rb")
        born: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._born.append(born)
        try:
            request = {"name": program.name, "arguments": list(program.command)}
            descriptors = [writing, channel, *program.descriptors]
            socket.send_fds(self._channel, [json.dumps(request).encode()], descriptors)
            pid = await born
        except OSError as error:
            output.close()
            raise NurseryEnded("The process that others are forked from has ended.") from error
        except BaseException:
            output.close()
            raise
        finally:
            os.close(writing)
        return Forked(pid, output, self._codes[pid])

    def close(self) -> None:
        """End it at once, and whatever it has forked that lives: it keeps nothing."""
        self._lose()
        if self._popen is not None:
            self._popen.kill()
            self._popen.wait()

    def _start(self) -> None:
        if self._popen is not None:
            self._popen.wait()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, self._log.open("ab") as log:
            self._popen = subprocess.Popen(  # noqa: S603 - what it runs is what we are told to run
                filled_in(self._command, theirs.fileno(), ()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self._environment),
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        ours.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        self._channel = ours
        asyncio.get_running_loop().add_reader(ours, self._hear)

    def _hear(self) -> None:
        assert self._channel is not None
        try:
            message = self._channel.recv(_LARGEST_MESSAGE)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        if not message:
            self._lose()
            return
        told = json.loads(message)
        if "born" in told:
            self._codes[told["born"]] = asyncio.get_running_loop().create_future()
            if not (born := self._born.popleft()).cancelled():
                born.set_result(told["born"])
        elif (code := self._codes.pop(told["ended"], None)) is not None:
            code.set_result(told["code"])

    def _lose(self) -> None:
        """Forget a nursery that is gone; what it has forked goes with it."""
        if self._channel is not None:
            asyncio.get_running_loop().remove_reader(self._channel)
            self._channel.close()
            self._channel = None
        for born in self._born:
            if not born.cancelled():
                born.set_exception(
                    NurseryEnded("The process that others are forked from has ended.")
                )
        self._born.clear()
        for pid, code in self._codes.items():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)  # nobody would hear of its end
            code.set_result(-signal.SIGKILL)
        self._codes.clear()


async def in_thread(work: Callable[[], T]) -> T:
    """Run `work` in a thread that nobody has to wait for, not even this process at its end."""
    done: concurrent.futures.Future[T] = concurrent.futures.Future()
    done.set_running_or_notify_cancel()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised where somebody waits
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return await asyncio.wrap_future(done)


def filled_in(command: Sequence[str], channel: int, descriptors: Sequence[int]) -> list[str]:
    """`command` with the numbers of the descriptors that the process finds open."""
    names = {"{channel}": channel, **{f"{{{i}}}": number for i, number in enumerate(descriptors)}}
    return [str(names.get(part, part)) for part in command]
