"""What every `Doorbell` does."""

import asyncio
from collections.abc import Sequence
from functools import partial

from backline.kit.db.doorbell import Doorbell
from backline.kit.testing.eventually import eventually

_NEVER_S = 3600.0
_OFTEN = 4


class Listener:
    """Counts how often it was woken."""

    def __init__(self, doorbell: Doorbell, channel: str, every_s: float = _NEVER_S) -> None:
        self.woken = 0
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(self._listen(doorbell, channel, every_s))

    async def _listen(self, doorbell: Doorbell, channel: str, every_s: float) -> None:
        async for _ in doorbell.listen(channel, every_s=every_s, until=self._stop):
            self.woken += 1

    async def stop(self) -> None:
        self._stop.set()
        async with asyncio.timeout(5):
            await self._task


class DoorbellContract:
    """Inherit, and provide the fixtures `near` and `far`: two ends of one doorbell."""

    async def test_a_listener_looks_at_once(self, near: Doorbell) -> None:
        listener = Listener(near, "room")

        await eventually(lambda: listener.woken >= 1)
        await listener.stop()

    async def test_a_ring_wakes_the_listeners_of_its_channel(
        self, near: Doorbell, far: Doorbell
    ) -> None:
        listeners = [Listener(near, "room"), Listener(far, "room")]
        other = Listener(far, "kitchen")
        await ringing(far, "kitchen", other)
        for listener in listeners:
            await ringing(near, "room", listener)
        deaf = other.woken

        for _ in range(_OFTEN):
            woken = [listener.woken for listener in listeners]
            near.ring("room")
            await eventually(partial(_woken_since, listeners, woken))

        for listener in listeners:
            await listener.stop()
        # After an interruption everybody is woken; by the rings of others nobody is.
        assert other.woken < deaf + _OFTEN
        await other.stop()

    async def test_without_a_ring_a_listener_looks_again_after_its_period(
        self, near: Doorbell
    ) -> None:
        listener = Listener(near, "room", every_s=0.01)

        await eventually(lambda: listener.woken >= _OFTEN)
        await listener.stop()

    async def test_stopping_ends_a_wait_in_its_middle(self, near: Doorbell) -> None:
        listener = Listener(near, "room")
        await eventually(lambda: listener.woken >= 1)

        await listener.stop()

    async def test_a_listener_that_is_gone_is_forgotten(self, near: Doorbell) -> None:
        listener = Listener(near, "room")
        await eventually(lambda: listener.woken >= 1)
        await listener.stop()
        woken = listener.woken

        near.ring("room")
        another = Listener(near, "room")
        await eventually(lambda: another.woken >= 1)

        assert listener.woken == woken
        await another.stop()


def _woken_since(listeners: Sequence[Listener], woken: Sequence[int]) -> bool:
    return all(one.woken > before for one, before in zip(listeners, woken, strict=True))


async def ringing(doorbell: Doorbell, channel: str, listener: Listener) -> None:
    """Ring until the listener is known to hear it."""
    before = max(listener.woken, 1)

    def heard() -> bool:
        doorbell.ring(channel)
        return listener.woken > before

    await eventually(heard)
