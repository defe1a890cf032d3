"""The emulated driver: the contract, and what a virtual clock makes possible."""

from collections.abc import AsyncIterator

import pytest

from backline.player.settings import Settings
from backline.player.wiring import build
from tests.player.conformance import PlayerConformance
from tests.player.rigs import EmulatedRig, serving


@pytest.fixture
async def rig() -> AsyncIterator[EmulatedRig]:
    service = await build(Settings(driver="emulated", clock="virtual"))
    async with serving(service) as channel:
        rig = EmulatedRig(channel)
        yield rig
        await rig.close()


class TestEmulatedConformance(PlayerConformance):
    """The emulated driver keeps the contract."""
