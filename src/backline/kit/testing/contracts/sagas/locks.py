"""Sagas on one resource come one after another."""

import asyncio

from backline.kit.core.errors import Unavailable
from backline.kit.saga.declaration import Attempt
from backline.kit.saga.progress import State
from backline.kit.testing.contracts.sagas.scenes import (
    WITHIN_S,
    Called,
    Journey,
    MakeWorld,
    SoldOut,
    journey,
)
from backline.kit.testing.eventually import eventually


class LockCases:
    """Semantic locks."""

    async def test_they_come_in_the_order_of_their_start(self, make: MakeWorld) -> None:
        called = Called()
        called.plan("hotel", Unavailable("Not now."), None)
        called.plan("fare", None, SoldOut("The card is refused."), None)
        world = await make(journey(called))

        ids = [await world.start(who, seat="1A") for who in "abc"]
        async with world.running(), world.running():
            await world.reached(ids[2], State.COMPLETED)

        assert await world.notes() == [
            "a: seat taken",
            "a: ready",
            "b: seat taken",
            "b: seat given back because SOLD_OUT",
            "b: called off because SOLD_OUT",
            "c: seat taken",
            "c: ready",
        ]

    async def test_those_started_together_come_in_their_order(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called))

        ids = await world.begin([Journey(who, "1A") for who in "abc"])
        async with world.running():
            await world.reached(ids[2], State.COMPLETED)

        assert [note[0] for note in await world.notes()] == ["a", "a", "b", "b", "c", "c"]

    async def test_other_resources_wait_for_nobody(self, make: MakeWorld) -> None:
        called = Called()
        go_on = asyncio.Event()

        async def wait(_: Attempt) -> None:
            await go_on.wait()

        called.plan("flight", wait, None)
        world = await make(journey(called))
        first = await world.start("ann", seat="1A")

        async with world.running():
            await eventually(lambda: called.calls, within=WITHIN_S)
            second = await world.start("bob", seat="1A")
            other = await world.start("cid", seat="1B")
            free = await world.start("dot")
            await world.reached(other, State.COMPLETED)
            await world.reached(free, State.COMPLETED)
            assert (await world.desk.get(second)).progress.state is State.WAITING
            go_on.set()
            await world.reached(second, State.COMPLETED)

        assert (await world.desk.get(first)).progress.state is State.COMPLETED

    async def test_a_stuck_saga_keeps_what_it_holds(self, make: MakeWorld) -> None:
        called = Called()
        called.plan("ticket", SoldOut("No paper."), None)
        world = await make(journey(called))
        first, second = [await world.start(who, seat="1A") for who in ("ann", "bob")]

        async with world.running():
            await world.reached(first, State.STUCK)
            assert (await world.desk.get(second)).progress.state is State.WAITING
            await world.desk.retry(first)
            await world.reached(second, State.COMPLETED)

    async def test_a_resource_that_is_free_again_is_anybodys(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called))

        async with world.running():
            for who in ("ann", "bob"):
                await world.reached(await world.start(who, seat="1A"), State.COMPLETED)
