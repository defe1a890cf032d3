"""Runners come and go; each saga is carried on by one of them at a time."""

import asyncio

from prometheus_client import CollectorRegistry

from backline.kit.saga.carrier import Carrier, Hold, Records
from backline.kit.saga.declaration import Attempt
from backline.kit.saga.metrics import SagaMeter
from backline.kit.saga.progress import State
from backline.kit.saga.store import Held
from backline.kit.testing.contracts.sagas.scenes import (
    WITHIN_S,
    Called,
    Journey,
    MakeWorld,
    World,
    journey,
)
from backline.kit.testing.eventually import eventually

_MANY = 32
_SHORT_LEASE_S = 0.05


async def claim(world: World, *, lease_s: float) -> Held:
    """Take the only saga, as a runner does."""
    (held,) = await world.store.claim([Journey.__name__], 1, lease_s=lease_s)
    return held


def carrier(world: World) -> Carrier:
    """Whoever carries journeys on, without a runner around it."""
    saga = world.registry.by_name[Journey.__name__]
    records = Records(world.store, world.transactions)
    return Carrier(saga, records, WITHIN_S, lambda: None, SagaMeter(CollectorRegistry()))


class RunnerCases:
    """Many at a time, crashes, takeovers."""

    async def test_many_are_under_way_at_a_time(self, make: MakeWorld) -> None:
        called = Called()
        everybody = asyncio.Barrier(_MANY)

        async def together(_: Attempt) -> None:
            await everybody.wait()

        called.plan("hotel", together)
        world = await make(journey(called))
        ids = [await world.start(str(number)) for number in range(_MANY)]

        async with world.running():
            for saga_id in ids:
                await world.reached(saga_id, State.COMPLETED)

        assert called.calls.count("hotel") == _MANY

    async def test_no_more_are_under_way_than_allowed(self, make: MakeWorld) -> None:
        called = Called()
        at_once = most = 0

        async def count(_: Attempt) -> None:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0.001)
            at_once -= 1

        called.plan("hotel", count)
        world = await make(journey(called))
        ids = [await world.start(str(number)) for number in range(12)]

        async with world.running(in_flight=3):
            for saga_id in ids:
                await world.reached(saga_id, State.COMPLETED)

        assert most <= 3  # noqa: PLR2004 - as above

    async def test_runners_share_and_do_each_step_once(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called))
        ids = [await world.start(str(number)) for number in range(_MANY)]

        async with world.running(in_flight=4), world.running(in_flight=4):
            for saga_id in ids:
                await world.reached(saga_id, State.COMPLETED)

        assert len(called.calls) == _MANY * len({"flight", "hotel", "fare", "ticket"})
        assert len(await world.notes()) == _MANY * len({"seat taken", "ready"})

    async def test_what_a_stopping_runner_cannot_finish_is_anothers_at_once(
        self, make: MakeWorld
    ) -> None:
        called = Called()

        async def hang(_: Attempt) -> None:
            await asyncio.Event().wait()

        called.plan("hotel", hang, None)
        world = await make(journey(called))
        saga_id = await world.start()

        async with world.running(grace_s=0.01):
            await eventually(lambda: "hotel" in called.calls, within=WITHIN_S)
        await world.carried_to(saga_id, State.COMPLETED)

        assert called.calls == ["flight", "hotel", "hotel", "fare", "ticket"]

    async def test_a_dead_runners_sagas_go_on_after_its_lease(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called))
        saga_id = await world.start()
        await claim(world, lease_s=_SHORT_LEASE_S)

        await world.carried_to(saga_id, State.COMPLETED)

        assert [attempt.number for attempt in called.attempts["flight"]] == [2]

    async def test_nobody_takes_what_another_holds(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called))
        await world.start()
        held = await claim(world, lease_s=WITHIN_S)

        assert not await world.store.claim([Journey.__name__], 1, lease_s=WITHIN_S)

        await world.store.release([held])
        assert (await claim(world, lease_s=WITHIN_S)).progress.attempts == 2  # noqa: PLR2004

    async def test_only_known_sagas_are_taken(self, make: MakeWorld) -> None:
        world = await make(journey(Called()))
        await world.start()

        assert not await world.store.claim(["Cruise"], 1, lease_s=WITHIN_S)

    async def test_a_lease_can_be_renewed_while_it_is_held(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called))
        await world.start()
        lost = await claim(world, lease_s=0)
        held = await claim(world, lease_s=0)

        await world.store.renew([lost], lease_s=WITHIN_S)
        again = await claim(world, lease_s=0)
        await world.store.renew([held, again], lease_s=WITHIN_S)

        assert not await world.store.claim([Journey.__name__], 1, lease_s=WITHIN_S)

    async def test_a_runner_taken_for_dead_records_nothing(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called))
        saga_id = await world.start("ann")
        frozen = await claim(world, lease_s=0)

        await world.carried_to(saga_id, State.COMPLETED)
        await carrier(world).carry(Hold(frozen, 0.0))

        # It called once more, which the callee has to bear; here nothing happened twice.
        assert called.calls.count("flight") == 2  # noqa: PLR2004 - as said
        assert called.calls.count("hotel") == 1
        assert await world.notes() == ["ann: seat taken", "ann: ready"]

    async def test_two_on_the_same_step_record_it_once(self, make: MakeWorld) -> None:
        called = Called()
        both = asyncio.Barrier(2)

        async def together(_: Attempt) -> None:
            await both.wait()

        called.plan("flight", together)
        world = await make(journey(called))
        saga_id = await world.start("ann")
        holds = [Hold(await claim(world, lease_s=0), 0.0) for _ in range(2)]

        await asyncio.gather(*(carrier(world).carry(hold) for hold in holds))

        status = await world.desk.get(saga_id)
        assert status.progress.state is State.COMPLETED
        assert called.calls == ["flight", "flight", "hotel", "fare", "ticket"]
        assert await world.notes() == ["ann: seat taken", "ann: ready"]
