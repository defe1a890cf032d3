"""Processes that are forked from one that has imported what they share."""

import asyncio
import contextlib
import os
import signal
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from backline.kit.supervisor.processes import Nursery
from backline.kit.supervisor.programs import Backoff, Program, State
from backline.kit.supervisor.supervisor import DidNotStart, Supervisor
from backline.kit.testing.eventually import eventually

# Its children say where they come from, then do as they are told.
NURSERY = """
    import os, socket, sys, time
    from backline.kit.supervisor.nursery import run

    def main(arguments):
        print(os.getppid(), *arguments, flush=True)
        if arguments[0] == "fail":
            raise SystemExit(7)
        if arguments[0] == "break":
            raise ValueError("it broke")
        if arguments[0] == "write":
            os.write(int(arguments[2]), b"handed on")
            return
        channel = socket.socket(fileno=int(arguments[1]))
        assert channel.recv(16) == b"go\\n"
        channel.send(b"ready\\n")
        time.sleep(600)

    run(int(sys.argv[1]), ("json",), main)
"""


def forked(name: str, *command: str, **more: object) -> Program:
    return Program(name=name, command=command, environment={}, forked=True, **more)  # type: ignore[arg-type]


class Rig:
    def __init__(self, *programs: Program, folder: Path, nursery: str = NURSERY) -> None:
        command = [sys.executable, "-c", textwrap.dedent(nursery), "{channel}"]
        self.said: list[str] = []
        self.folder = folder
        self.supervisor = Supervisor(
            programs,
            log_directory=folder,
            say=self.said.append,
            backoff=Backoff(first_s=0.01, most_s=0.02),
            nursery=Nursery(
                command,
                {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(sys.path)},
                folder / "nursery.log",
            ),
        )

    def pid(self, name: str) -> int:
        (status,) = [each for each in self.supervisor.statuses if each.name == name]
        assert status.pid is not None
        return status.pid

    def log(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text() if path.exists() else ""


@asynccontextmanager
async def running(*programs: Program, folder: Path) -> AsyncIterator[Rig]:
    rig = Rig(*programs, folder=folder)
    task = asyncio.create_task(rig.supervisor.run())
    try:
        yield rig
    finally:
        rig.supervisor.stop()
        with contextlib.suppress(DidNotStart):
            await asyncio.wait_for(task, 20)


async def test_its_children_are_ready_and_end_with_the_supervisor(tmp_path: Path):
    programs = [forked(name, "live", "{channel}") for name in ("api", "worker")]
    async with running(*programs, folder=tmp_path) as rig:
        await rig.supervisor.wait_ready()
        pids = [rig.pid("api"), rig.pid("worker")]
        nursery = psutil.Process(pids[0]).ppid()
        assert nursery != os.getpid()
        logs = ("api", "worker")
        await eventually(lambda: all(rig.log(each).startswith(f"{nursery} ") for each in logs))
    assert not any(map(psutil.pid_exists, [*pids, nursery]))


async def test_a_killed_child_is_forked_again(tmp_path: Path):
    async with running(forked("api", "live", "{channel}"), folder=tmp_path) as rig:
        await rig.supervisor.wait_ready()
        killed = rig.pid("api")
        os.kill(killed, signal.SIGKILL)
        await eventually(lambda: is_ready(rig) and rig.pid("api") != killed)
        assert rig.said == ["api: ended (SIGKILL); starting it again in 0.0 s"]


async def test_a_killed_nursery_is_replaced_with_all_its_children(tmp_path: Path):
    async with running(forked("api", "live", "{channel}"), folder=tmp_path) as rig:
        await rig.supervisor.wait_ready()
        former = psutil.Process(rig.pid("api"))
        nursery = former.ppid()
        os.kill(nursery, signal.SIGKILL)
        await eventually(lambda: is_ready(rig) and rig.pid("api") != former.pid)
        assert psutil.Process(rig.pid("api")).ppid() != nursery
        await eventually(lambda: not lives(former))


async def test_stopping_does_not_wait_for_what_is_imported(tmp_path: Path):
    imports = "import time; print('imports', flush=True); time.sleep(600)"
    rig = Rig(forked("api", "live", "{channel}"), folder=tmp_path, nursery=imports)
    running = asyncio.create_task(rig.supervisor.run())
    await eventually(lambda: "imports" in rig.log("nursery"))
    rig.supervisor.stop()
    await asyncio.wait_for(running, 20)
    assert rig.supervisor.statuses[0].state is State.STOPPED


async def test_how_a_child_ended_is_known(tmp_path: Path):
    async with running(forked("api", "fail"), folder=tmp_path) as rig:
        await eventually(lambda: rig.said)
        assert rig.said[0] == "api: ended (exit code 7); starting it again in 0.0 s"


async def test_what_breaks_a_child_is_in_its_log(tmp_path: Path):
    async with running(forked("api", "break"), folder=tmp_path) as rig:
        await eventually(lambda: "ValueError: it broke" in rig.log("api"))
        assert "exit code 1" in (await eventually(lambda: rig.said))[0]


async def test_a_child_inherits_what_it_is_given(tmp_path: Path):
    reading, writing = os.pipe()
    program = forked("once", "write", "-", "{0}", once=True, descriptors=(writing,))
    try:
        async with running(program, folder=tmp_path) as rig:
            await rig.supervisor.wait_ready()
            assert rig.supervisor.statuses[0].state is State.DONE
            assert os.read(reading, 32) == b"handed on"
    finally:
        os.close(reading)
        os.close(writing)


def is_ready(rig: Rig) -> bool:
    return rig.supervisor.statuses[0].state is State.READY


def lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
