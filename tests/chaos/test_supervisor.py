"""The box as a whole: one of it, all of it or nothing of it."""

import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator

import psutil
import pytest

from backline.kit.testing.eventually import eventually
from tests.box import Box, running_box


@pytest.fixture(scope="module")
async def box() -> AsyncIterator[Box]:
    """One for all of these tests: each leaves it running, or starts it again."""
    async with running_box() as running:
        yield running


def backline(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "backline", *arguments], capture_output=True, text=True, check=False
    )


async def test_ctrl_c_leaves_no_process(box: Box):
    living = box.living()
    assert await box.stop(signal.SIGINT) == 0
    assert [process for process in living if _lives(process)] == []
    await box.start()


async def test_a_killed_supervisor_takes_everything_with_it(box: Box):
    children = box.supervisor.children(recursive=True)
    await box.kill_supervisor()
    await eventually(lambda: not any(map(_lives, children)))
    await box.start()


async def test_a_second_one_on_the_same_directory_is_refused_and_says_who_runs(box: Box):
    second = backline("up", "--data", str(box.data), "--port", "0")
    assert second.returncode == 1
    assert str(box.supervisor.pid) in second.stderr
    assert box.url in second.stderr


async def test_status_and_down(box: Box):
    shown = backline("status", "--json", "--data", str(box.data))
    assert shown.returncode == 0
    assert {"postgres", "api", "player", "worker"} <= {
        process["name"] for process in json.loads(shown.stdout)["processes"]
    }
    living = box.living()
    assert backline("down", "--data", str(box.data)).returncode == 0
    assert backline("status", "--data", str(box.data)).returncode == 3
    await eventually(lambda: not any(map(_lives, living)))
    await box.stop()
    await box.start()


async def test_connections_wait_while_the_api_starts_again(box: Box):
    killed = box.kill("api")
    answer = await box.client.get("/health/live")
    assert answer.status_code == 200
    await box.is_whole(without=killed, within=60)


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
