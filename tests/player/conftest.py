"""Players to test with."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from backline.kit.testing.clock import FixedClock
from backline.player.miniaudio.driver import MiniaudioDriver
from backline.player.settings import Settings
from backline.player.wiring import build
from tests.player.rigs import EmulatedRig, MiniaudioRig, PulledOutputs, serving


@pytest.fixture
async def emulated() -> AsyncIterator[EmulatedRig]:
    service = await build(Settings(driver="emulated", clock="virtual"))
    async with serving(service) as channel:
        rig = EmulatedRig(channel)
        yield rig
        await rig.close()


@pytest.fixture
async def pulled(tmp_path: Path) -> AsyncIterator[MiniaudioRig]:
    outputs = PulledOutputs()
    driver = MiniaudioDriver(
        clock=FixedClock(),
        outputs=outputs,
        now=outputs.now,
        lead=timedelta(seconds=MiniaudioRig.length / 10),
    )
    service = await build(Settings(), driver=driver)
    async with serving(service) as channel:
        rig = MiniaudioRig(channel, driver, outputs, tmp_path)
        yield rig
        await rig.close()
