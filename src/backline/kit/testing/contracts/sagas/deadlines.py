"""What happens at the deadline."""

import asyncio
from datetime import timedelta

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


def expiring(world: World) -> Behaviour:
    """No answer, and the deadline is there: when it passes must not depend on the machine."""

    async def answer(attempt: Attempt) -> None:
        await world.expire(attempt.saga_id)
        raise _AWAY

    return answer


class DeadlineCases:
    """Callees that are away, slow or late."""

    async def test_a_callee_that_stays_away(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called))
        called.plan("hotel", expiring(world), _AWAY)

        status = await world.carried_to(await world.start("ann"), State.COMPENSATED)

        assert called.calls == ["flight", "hotel", "hotel", "undo hotel", "undo flight"]
        assert status.progress.reason == DEADLINE_PASSED
        assert status.progress.detail == "The hotel does not answer."
        assert list(await world.notes())[-1] == f"ann: called off because {DEADLINE_PASSED}"

    async def test_a_callee_that_does_not_come_to_an_end(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called, deadline=_AT_ONCE, timeout_s=_SOON_S))

        async def hang(_: Attempt) -> None:
            await asyncio.Event().wait()

        called.plan("hotel", hang)

        status = await world.carried_to(await world.start(), State.COMPENSATED)

        assert called.calls == ["flight", "hotel", "undo hotel", "undo flight"]
        assert status.progress.reason == DEADLINE_PASSED

    async def test_a_callee_that_did_it_and_answers_too_late(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called, deadline=_AT_ONCE))
        called.plan("hotel", _AWAY)
        called.plan("undo hotel", Stands())

        status = await world.carried_to(await world.start(), State.COMPLETED)

        assert called.calls == ["flight", "hotel", "undo hotel", "fare", "ticket"]
        assert "undo hotel stands" in story(status)

    async def test_sagas_that_nobody_had_time_for_are_carried_on(self, make: MakeWorld) -> None:
        """Their deadline is for those who are called, and they answer."""
        called = Called()
        world = await make(journey(called, deadline=_AT_ONCE))
        late = [await world.start(who) for who in ("ann", "bob", "gus")]

        async with world.running(in_flight=1):
            for saga_id in late:
                await world.reached(saga_id, State.COMPLETED)

        assert called.calls == ["flight", "hotel", "fare", "ticket"] * 3

    async def test_one_failure_is_enough_when_it_is_late(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called, deadline=_AT_ONCE))
        called.plan("hotel", _AWAY)

        await world.carried_to(await world.start("ann"), State.COMPENSATED)

        assert called.calls == ["flight", "hotel", "undo hotel", "undo flight"]

    async def test_behind_the_pivot_no_deadline_counts(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called, deadline=_AT_ONCE))
        called.plan("ticket", _AWAY, _AWAY, None)

        await world.carried_to(await world.start(), State.COMPLETED)

        assert called.calls == ["flight", "hotel", "fare", *["ticket"] * 3]

    async def test_a_pivot_in_doubt_is_tried_until_it_is_known(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called, deadline=_AT_ONCE))
        called.plan("fare", _AWAY, _AWAY, None)

        await world.carried_to(await world.start(), State.COMPLETED)

        assert called.calls == ["flight", "hotel", *["fare"] * 3, "ticket"]

    async def test_undoing_has_no_deadline(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called, deadline=_AT_ONCE))
        called.plan("hotel", _AWAY)
        called.plan("undo hotel", *[_AWAY] * 5, None)

        await world.carried_to(await world.start(), State.COMPENSATED)

        assert called.calls.count("undo hotel") == 6  # noqa: PLR2004 - five times in vain

    async def test_who_waits_for_a_resource_does_not_come_too_late(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called, deadline=_AT_ONCE))
        first, second = [await world.start(who, seat="1A") for who in ("ann", "bob")]

        async with world.running():
            await world.reached(second, State.COMPLETED)

        assert called.calls == ["flight", "hotel", "fare", "ticket"] * 2
        assert (await world.desk.get(first)).progress.state is State.COMPLETED
