"""The box as a whole: one of it, all of it or nothing of it."""

import signal
import subprocess
import sys
from time import monotonic

import psutil
import pytest

from backline.kit.testing.eventually import eventually
from tests.box import Box


def backline(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "backline", *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
async def test_stopping_leaves_no_process(fresh_box: Box, sign: signal.Signals):
    living = fresh_box.living()
    begun = monotonic()
    assert await fresh_box.stop(sign) == 0
    assert monotonic() - begun < 10
    assert [process for process in living if _lives(process)] == []


async def test_a_killed_supervisor_takes_everything_with_it(fresh_box: Box):
    children = fresh_box.supervisor.children(recursive=True)
    await fresh_box.kill_supervisor()
    await eventually(lambda: not any(map(_lives, children)), within=15)
    await fresh_box.start()


async def test_a_second_one_on_the_same_directory_is_refused_and_says_who_runs(fresh_box: Box):
    second = backline("up", "--data", str(fresh_box.data), "--port", "0")
    assert second.returncode == 1
    assert str(fresh_box.supervisor.pid) in second.stderr
    assert fresh_box.url in second.stderr


async def test_status_and_down(fresh_box: Box):
    shown = backline("status", "--json", "--data", str(fresh_box.data))
    assert shown.returncode == 0
    assert {"postgres", "api", "player", "worker"} <= {
        process["name"] for process in fresh_box.processes().values()
    }
    living = fresh_box.living()
    assert backline("down", "--data", str(fresh_box.data)).returncode == 0
    assert backline("status", "--data", str(fresh_box.data)).returncode == 3
    await eventually(lambda: not any(map(_lives, living)))


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


async def test_connections_wait_while_the_api_starts_again(fresh_box: Box):
    killed = fresh_box.kill("api")
    answer = await fresh_box.client.get("/health/live")
    assert answer.status_code == 200
    await fresh_box.is_whole(without=killed)
