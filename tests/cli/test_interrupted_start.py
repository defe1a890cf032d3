"""Ctrl-C while a box starts ends it at once and tidily, and the next start goes on."""

from functools import partial

import psutil

from backline.kit.testing.eventually import eventually
from tests.box import Box, stopped_box


def makes_its_cluster(box: Box) -> bool:
    return any(box.data.glob("postgres.new-*/*"))


def migrates(box: Box) -> bool:
    found = box.processes()
    return bool(found and found["postgres"]["state"] == "ready" and found["migrate"]["pid"])


def becomes_ready(box: Box) -> bool:
    found = box.processes()
    return bool(found and found["migrate"]["state"] == "done" and found["api"]["pid"])


async def test_ctrl_c_ends_a_start_at_any_moment():
    async with stopped_box() as box:
        for moment in (makes_its_cluster, migrates, becomes_ready):
            await box.begin()
            await eventually(partial(moment, box))
            living = box.living()
            assert await box.stop() == 0, box.said()
            said = box.said()
            assert said.endswith("Backline has stopped.\n"), said
            assert "Traceback" not in said
            _, left = psutil.wait_procs(living, timeout=10)
            assert left == [], moment.__name__
