"""What ends is started again, and everything ends together."""

import asyncio
import contextlib
import os
import signal
import sys
import textwrap
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from backline.kit.core.errors import FailedPrecondition
from backline.kit.supervisor.programs import Backoff, Program, State, Status
from backline.kit.supervisor.state import AlreadyRunning, RunState
from backline.kit.supervisor.supervisor import DidNotStart, Supervisor
from backline.kit.testing.eventually import eventually

QUICK = Backoff(first_s=0.01, most_s=0.02)
FOREVER = "import time; time.sleep(600)"
# A child that speaks the protocol: says what it is told to say once it may go.
CHILD = """
    import socket, sys, time
    channel = socket.socket(fileno=int(sys.argv[1]))
    assert channel.recv(16) == b"go\\n"
    channel.send(b"ready\\n")
    time.sleep(600)
"""


def program(name: str, code: str, *arguments: str, **more: object) -> Program:
    command = [sys.executable, "-c", textwrap.dedent(code), *arguments]
    return Program(name=name, command=command, environment={"PATH": os.defpath}, **more)  # type: ignore[arg-type]


def written(path: Path) -> str:
    return path.read_text() if path.exists() else ""


class Rig:
    """A supervisor that runs, and what it has said."""

    def __init__(self, *programs: Program, logs: Path) -> None:
        self.said: list[str] = []
        self.seen: list[list[State]] = []
        self.supervisor = Supervisor(
            programs,
            log_directory=logs,
            say=self.said.append,
            changed=lambda statuses: self.seen.append([status.state for status in statuses]),
            backoff=QUICK,
        )

    def status(self, name: str) -> Status:
        return next(status for status in self.supervisor.statuses if status.name == name)

    def pid(self, name: str) -> int:
        pid = self.status(name).pid
        assert pid is not None
        return pid


@asynccontextmanager
async def running(*programs: Program, logs: Path) -> AsyncIterator[Rig]:
    rig = Rig(*programs, logs=logs)
    task = asyncio.create_task(rig.supervisor.run())
    try:
        yield rig
    finally:
        rig.supervisor.stop()
        with contextlib.suppress(DidNotStart):
            await task


async def test_a_program_is_ready_when_it_says_so(tmp_path: Path):
    async with running(program("child", CHILD, "{channel}"), logs=tmp_path) as rig:
        await rig.supervisor.wait_ready()
        assert rig.status("child").state is State.READY
        assert rig.pid("child") != os.getpid()


async def test_a_program_goes_only_after_those_it_needs(tmp_path: Path):
    gate = tmp_path / "open"
    first = program("first", FOREVER, is_ready=gate.exists)
    second = program("second", CHILD, "{channel}", after=("first",))
    async with running(first, second, logs=tmp_path) as rig:
        await eventually(lambda: rig.status("second").pid)
        assert rig.status("second").state is State.STARTING
        gate.touch()
        await rig.supervisor.wait_ready()
        first_ready = next(i for i, seen in enumerate(rig.seen) if seen[0] is State.READY)
        assert all(seen[1] is State.STARTING for seen in rig.seen[:first_ready])


async def test_a_killed_program_is_started_again_and_counted(tmp_path: Path):
    async with running(program("child", CHILD, "{channel}"), logs=tmp_path) as rig:
        await rig.supervisor.wait_ready()
        killed = rig.pid("child")
        os.kill(killed, signal.SIGKILL)
        await eventually(
            lambda: rig.status("child").state is State.READY and rig.pid("child") != killed
        )
        assert rig.status("child").restarts == 1
        assert rig.said == ["child: ended (SIGKILL); starting it again in 0.0 s"]


async def test_a_program_whose_child_holds_its_output_is_started_again_at_once(tmp_path: Path):
    code = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', sys.argv[1]])"
    parent = program("parent", f"{code}; time.sleep(600)", "import time; time.sleep(30)")
    async with running(parent, logs=tmp_path) as rig:
        await eventually(lambda: rig.status("parent").pid)
        first = rig.pid("parent")
        (grandchild,) = await eventually(lambda: psutil.Process(first).children())
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: rig.status("parent").pid not in {None, first})
        assert grandchild.is_running()
        grandchild.kill()


async def test_a_program_that_never_starts_ends_everything_and_says_its_last_words(tmp_path: Path):
    broken = program("broken", "print('no such device'); raise SystemExit(3)")
    rig = Rig(broken, program("child", CHILD, "{channel}"), logs=tmp_path)
    with pytest.raises(DidNotStart, match="no such device"):
        await asyncio.wait_for(rig.supervisor.run(), 20)
    assert all(status.pid is None for status in rig.supervisor.statuses)
    assert [s.state for s in rig.supervisor.statuses] == [State.STOPPED, State.STOPPED]


async def test_what_prepares_a_program_may_refuse(tmp_path: Path):
    def refuse() -> None:
        raise FailedPrecondition("The disk is full.")

    rig = Rig(program("child", FOREVER, prepare=refuse), logs=tmp_path)
    with pytest.raises(FailedPrecondition, match="The disk is full"):
        await rig.supervisor.run()


async def test_a_program_that_runs_once_is_done(tmp_path: Path):
    once = program("once", "print('migrated')", once=True)
    async with running(once, logs=tmp_path) as rig:
        await rig.supervisor.wait_ready()
        assert rig.status("once").state is State.DONE
        assert rig.status("once").restarts == 0
    assert (tmp_path / "once.log").read_text() == "migrated\n"


async def test_a_stubborn_program_is_killed(tmp_path: Path):
    code = "import signal, time; signal.signal(15, lambda *_: None); print('deaf', flush=True)"
    stubborn = program("stubborn", f"{code}\nwhile True: time.sleep(600)", stop_within_s=0.2)
    async with running(stubborn, logs=tmp_path) as rig:
        await eventually(lambda: "deaf" in written(tmp_path / "stubborn.log"))
        pid = rig.pid("stubborn")
    assert not psutil.pid_exists(pid)
    assert rig.said == ["stubborn: did not end within 0 s and was killed"]


async def test_stopping_while_something_still_waits_leaves_no_process(tmp_path: Path):
    never = program("never", FOREVER, is_ready=lambda: False)
    waiting = program("waiting", CHILD, "{channel}", after=("never",))
    async with running(never, waiting, logs=tmp_path) as rig:
        await eventually(lambda: rig.status("waiting").pid and rig.status("never").pid)
        pids = [rig.pid("never"), rig.pid("waiting")]
    assert not any(map(psutil.pid_exists, pids))


async def test_stopping_does_not_wait_for_what_prepares_a_program(tmp_path: Path):
    begun, over = threading.Event(), threading.Event()

    def prepare() -> None:
        begun.set()
        over.wait()

    preparing = program("child", FOREVER, prepare=prepare)
    rig = Rig(preparing, program("other", CHILD, "{channel}"), logs=tmp_path)
    running = asyncio.create_task(rig.supervisor.run())
    try:
        await eventually(begun.is_set)
        rig.supervisor.stop()
        await asyncio.wait_for(running, 20)
    finally:
        over.set()
    assert [s.state for s in rig.supervisor.statuses] == [State.STOPPED, State.STOPPED]


async def test_what_fails_while_everything_is_stopped_is_no_failure(tmp_path: Path):
    code = "import signal; signal.signal(15, lambda *_: None); print('deaf', flush=True)"
    loop = asyncio.get_running_loop()

    def fail() -> None:
        loop.call_soon_threadsafe(rig.supervisor.stop)
        while not rig.supervisor.is_stopping():
            pass
        raise FailedPrecondition("The database has gone.")

    log = tmp_path / "child.log"
    stubborn = program(
        "child",
        f"{code}\nimport time\nwhile True: time.sleep(600)",
        is_ready=lambda: "deaf" in written(log),
        once_ready=fail,
        stop_within_s=0.2,
    )
    rig = Rig(stubborn, logs=tmp_path)
    await asyncio.wait_for(rig.supervisor.run(), 20)
    assert rig.said == ["child: did not end within 0 s and was killed"]


async def test_the_last_one_ends_after_all_others(tmp_path: Path):
    order = tmp_path / "order"
    code = f"""
        import signal, sys, time
        def end(*_):
            open({str(order)!r}, "a").write(sys.argv[1])
            raise SystemExit
        signal.signal(15, end)
        print("up", flush=True)
        while True: time.sleep(600)
    """
    last = program("last", code, "L", stop_last=True)
    other = program("other", code, "O")
    async with running(last, other, logs=tmp_path):
        await eventually(lambda: written(tmp_path / "last.log"))
        await eventually(lambda: written(tmp_path / "other.log"))
    assert order.read_text() == "OL"


async def test_warnings_reach_the_terminal_and_everything_reaches_the_file(tmp_path: Path):
    code = """
        print('{"level": "info", "event": "quiet"}')
        print('{"level": "warning", "event": "the disk is nearly full"}')
        print("plain")
    """
    async with running(program("child", code, once=True), logs=tmp_path) as rig:
        await rig.supervisor.wait_ready()
        assert rig.said == ["child: warning: the disk is nearly full"]
    assert len((tmp_path / "child.log").read_text().splitlines()) == 3


def test_the_pause_doubles_up_to_its_most_and_begins_anew_after_a_steady_run():
    backoff = Backoff(first_s=0.2, most_s=5, steady_s=30)
    pauses = [backoff.next(None, 1)]
    for _ in range(6):
        pauses.append(backoff.next(pauses[-1], 1))
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 5, 5]
    assert backoff.next(5, 31) == 0.2


def test_only_one_may_run_a_directory(tmp_path: Path):
    first, second = RunState(tmp_path), RunState(tmp_path)
    assert second.read() is None
    first.acquire()
    first.write({"url": "http://127.0.0.1:8000"})
    with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}, http://127.0.0.1:8000"):
        second.acquire()
    assert {"url": "http://127.0.0.1:8000", "pid": os.getpid()} == second.read()
    first.release()
    second.acquire()
    second.release()
