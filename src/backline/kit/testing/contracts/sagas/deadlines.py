"""What happens at the deadline."""

import asyncio
from datetime import timedelta
from uuid import UUID

from backline.kit.core.errors import Unavailable
from backline.kit.saga.declaration import Attempt, Stands
from backline.kit.saga.progress import DEADLINE_PASSED, State
from backline.kit.testing.contracts.sagas.scenes import (
    Behaviour,
    Called,
    MakeWorld,
    World,
    journey,
    story,
)

_AT_ONCE = timedelta(0)
_SOON_S = 0.05
_AWAY = Unavailable("The hotel does not answer.")


def expiring(world: World, *, in_s: float = 0.0) -> Behaviour:
    """No answer, and the deadline is there: when it passes must not depend on the machine."""

    async def answer(attempt: Attempt) -> None:
        await world.expire(attempt.saga_id, in_s)
        raise _AWAY

    return answer


class DeadlineCases:
    """Callees that are away, slow or late."""

    async def test_a_callee_that_stays_away(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called))
        called.plan("hotel", _AWAY, expiring(world), _AWAY)

        status = await world.carried_to(await world.start("ann"), State.COMPENSATED)

        assert called.calls == ["flight", "hotel", "hotel", "undo hotel", "undo flight"]
        assert status.progress.reason == DEADLINE_PASSED
        assert status.progress.detail == "The hotel does not answer."
        assert list(await world.notes())[-1] == f"ann: called off because {DEADLINE_PASSED}"

    async def test_a_callee_that_does_not_come_to_an_end(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called))

        async def hang(_: Attempt) -> None:
            await asyncio.Event().wait()

        called.plan("hotel", expiring(world, in_s=_SOON_S), hang)

        status = await world.carried_to(await world.start(), State.COMPENSATED)

        assert called.calls[-2:] == ["undo hotel", "undo flight"]
        assert all(attempt.timeout_s <= _SOON_S for attempt in called.attempts["hotel"][1:])
        assert status.progress.reason == DEADLINE_PASSED

    async def test_a_callee_that_did_it_and_answers_too_late(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called))
        called.plan("hotel", expiring(world))
        called.plan("undo hotel", Stands())

        status = await world.carried_to(await world.start(), State.COMPLETED)

        assert called.calls == ["flight", "hotel", "undo hotel", "fare", "ticket"]
        assert "undo hotel stands" in story(status)

    async def test_a_saga_that_comes_too_late_has_nothing_to_undo_outside(
        self, make: MakeWorld
    ) -> None:
        called = Called()
        world = await make(journey(called, deadline=_AT_ONCE))

        await world.carried_to(await world.start("ann"), State.COMPENSATED)

        assert called.calls == []
        assert await world.notes() == [f"ann: called off because {DEADLINE_PASSED}"]

    async def test_behind_the_pivot_no_deadline_counts(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called))
        called.plan("ticket", expiring(world), _AWAY, None)

        await world.carried_to(await world.start(), State.COMPLETED)

        assert called.calls == ["flight", "hotel", "fare", *["ticket"] * 3]

    async def test_a_pivot_in_doubt_is_tried_until_it_is_known(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called))
        called.plan("fare", expiring(world), _AWAY, None)

        await world.carried_to(await world.start(), State.COMPLETED)

        assert called.calls == ["flight", "hotel", *["fare"] * 3, "ticket"]

    async def test_undoing_has_no_deadline(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called))
        called.plan("hotel", expiring(world))
        called.plan("undo hotel", *[_AWAY] * 5, None)

        await world.carried_to(await world.start(), State.COMPENSATED)

        assert called.calls.count("undo hotel") == 6  # noqa: PLR2004 - five times in vain

    async def test_who_waits_for_a_resource_may_come_too_late(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called))
        first, second = UUID(int=0), UUID(int=0)

        async def late(_: Attempt) -> None:
            await world.expire(second)

        called.plan("flight", late)
        first, second = [await world.start(who, seat="1A") for who in ("ann", "bob")]

        async with world.running():
            await world.reached(second, State.COMPENSATED)

        assert called.calls == ["flight", "hotel", "fare", "ticket"]
        assert (await world.desk.get(first)).progress.state is State.COMPLETED
