"""Steps are done in their order, and undone in the reverse."""

import pytest

from backline.kit.core.errors import Unavailable
from backline.kit.saga.declaration import Done, Stands
from backline.kit.saga.progress import State
from backline.kit.testing.contracts.sagas.scenes import (
    Called,
    MakeWorld,
    Note,
    SoldOut,
    journey,
    story,
)

_AWAY = Unavailable("The hotel does not answer.")
_FULL = SoldOut("The hotel is full. Choose another.")


class StepCases:
    """What a saga comes to."""

    async def test_a_saga_ends_after_its_last_step(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called))

        saga_id = await world.start("ann")
        status = await world.carried_to(saga_id, State.COMPLETED)

        assert called.calls == ["flight", "hotel", "fare", "ticket"]
        assert await world.notes() == ["ann: seat taken", "ann: ready"]
        assert story(status) == [
            "flight done",
            "seat done",
            "hotel done",
            "fare done",
            "ticket done",
            "tell done",
        ]
        assert status.ended_at is not None
        assert status.due_at is None
        assert status.progress.step == ""

    async def test_what_was_done_is_undone_in_reverse_order(self, make: MakeWorld) -> None:
        called = Called()
        called.plan("fare", SoldOut("The card is refused. Take another."))
        world = await make(journey(called))

        status = await world.carried_to(await world.start("ann"), State.COMPENSATED)

        assert called.calls == ["flight", "hotel", "fare", "undo hotel", "undo flight"]
        assert await world.notes() == [
            "ann: seat taken",
            "ann: seat given back because SOLD_OUT",
            "ann: called off because SOLD_OUT",
        ]
        assert status.progress.reason == "SOLD_OUT"
        assert status.progress.detail == "The card is refused. Take another."

    async def test_what_was_refused_at_once_was_not_done(self, make: MakeWorld) -> None:
        called = Called()
        called.plan("hotel", _FULL)
        world = await make(journey(called))

        await world.carried_to(await world.start(), State.COMPENSATED)

        assert called.calls == ["flight", "hotel", "undo flight"]

    async def test_what_may_have_been_done_is_undone_too(self, make: MakeWorld) -> None:
        called = Called()
        called.plan("hotel", _AWAY, _FULL)
        world = await make(journey(called))

        await world.carried_to(await world.start(), State.COMPENSATED)

        assert called.calls == ["flight", "hotel", "hotel", "undo hotel", "undo flight"]

    async def test_a_pivot_that_is_refused_after_a_doubt_was_not_done(
        self, make: MakeWorld
    ) -> None:
        called = Called()
        called.plan("fare", _AWAY, SoldOut("The card is refused. Take another."))
        world = await make(journey(called))

        await world.carried_to(await world.start(), State.COMPENSATED)

        assert called.calls[2:] == ["fare", "fare", "undo hotel", "undo flight"]

    async def test_what_passes_is_tried_again_under_the_same_key(self, make: MakeWorld) -> None:
        called = Called()
        called.plan("hotel", _AWAY, TimeoutError(), _AWAY, _AWAY, _AWAY, None)
        world = await make(journey(called))

        await world.carried_to(await world.start(), State.COMPLETED)

        attempts = called.attempts["hotel"]
        assert [attempt.number for attempt in attempts] == [1, 2, 3, 4, 5, 6]
        assert len({attempt.key for attempt in attempts}) == 1
        assert attempts[0].key != called.attempts["flight"][0].key

    async def test_a_bug_is_tried_a_few_times(self, make: MakeWorld) -> None:
        called = Called()
        called.plan("hotel", ZeroDivisionError("oh\0no"))
        world = await make(journey(called))

        status = await world.carried_to(await world.start(), State.COMPENSATED)

        assert called.calls == ["flight", *["hotel"] * 3, "undo hotel", "undo flight"]
        assert (status.progress.reason, status.progress.detail) == (
            "INTERNAL",
            "ZeroDivisionError: ohno",
        )

    async def test_an_answer_is_there_for_later_steps(self, make: MakeWorld) -> None:
        called = Called()
        called.plan("flight", Done(reply={"number": "БЛ 7"}))
        called.plan("ticket", _AWAY, None)
        world = await make(journey(called))

        await world.carried_to(await world.start(), State.COMPLETED)

        for attempt in (*called.attempts["hotel"], *called.attempts["ticket"]):
            assert attempt.replies == {"flight": {"number": "БЛ 7"}}

    async def test_a_call_may_mean_something_here(self, make: MakeWorld) -> None:
        called = Called()
        called.plan("hotel", Done(Note("a room")))
        called.plan("fare", SoldOut("The card is refused. Take another."))
        called.plan("undo hotel", Done(Note("no room")))
        world = await make(journey(called))

        await world.carried_to(await world.start("ann"), State.COMPENSATED)

        assert list(await world.notes())[1:3] == ["a room", "no room"]

    async def test_what_stands_decides_the_saga(self, make: MakeWorld) -> None:
        called = Called()
        called.plan("fare", SoldOut("The card is refused. Take another."), None)
        called.plan("undo hotel", Stands(Note("too late")))
        world = await make(journey(called))

        status = await world.carried_to(await world.start("ann"), State.COMPLETED)

        assert called.calls == ["flight", "hotel", "fare", "undo hotel", "fare", "ticket"]
        assert await world.notes() == ["ann: seat taken", "too late", "ann: ready"]
        first, second = called.attempts["fare"]
        assert first.key != second.key
        assert (status.progress.decided, status.progress.reason) == (True, "")

    async def test_after_what_stands_there_is_no_way_back(self, make: MakeWorld) -> None:
        called = Called()
        called.plan("fare", SoldOut("The card is refused. Take another."))
        called.plan("undo hotel", Stands())
        world = await make(journey(called))

        await world.carried_to(await world.start(), State.STUCK)

        assert called.calls == ["flight", "hotel", "fare", "undo hotel", "fare"]

    async def test_a_command_that_is_refused_undoes_what_was_before(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called))
        world.refuse["ann: seat taken"] = SoldOut("The seat is taken. Choose another.")

        status = await world.carried_to(await world.start("ann"), State.COMPENSATED)

        assert called.calls == ["flight", "undo flight"]
        assert await world.notes() == ["ann: called off because SOLD_OUT"]
        assert story(status) == ["flight done", "seat refused", "undo flight done", "undo ask done"]

    async def test_a_call_whose_meaning_is_refused_is_undone(self, make: MakeWorld) -> None:
        called = Called()
        called.plan("hotel", Done(Note("a room")))
        world = await make(journey(called))
        world.refuse["a room"] = SoldOut("There is no room in the book.")

        await world.carried_to(await world.start(), State.COMPENSATED)

        assert called.calls == ["flight", "hotel", "undo hotel", "undo flight"]

    @pytest.mark.parametrize("name", ["ticket", "undo flight"])
    async def test_what_must_succeed_and_is_refused_waits_for_a_person(
        self, make: MakeWorld, name: str
    ) -> None:
        called = Called()
        if name == "undo flight":
            called.plan("hotel", _FULL)
        called.plan(name, SoldOut("No."), None)
        world = await make(journey(called))
        saga_id = await world.start("ann")

        stuck = await world.carried_to(saga_id, State.STUCK)
        assert (stuck.progress.reason, stuck.due_at) == ("SOLD_OUT", None)
        await world.desk.retry(saga_id)
        end = State.COMPENSATED if name == "undo flight" else State.COMPLETED
        await world.carried_to(saga_id, end)

        assert called.calls.count(name) == 2  # noqa: PLR2004 - once in vain
        assert list(await world.notes())[-1].startswith(
            "ann: called off because SOLD_OUT" if name == "undo flight" else "ann: ready"
        )

    async def test_a_step_that_is_not_declared_any_more_waits_for_a_person(
        self, make: MakeWorld
    ) -> None:
        called = Called()
        declared = journey(called)
        world = await make(declared)
        saga_id = await world.start()
        declared.steps = [step for step in declared.steps if step.name != "flight"]

        status = await world.carried_to(saga_id, State.STUCK)

        assert status.progress.reason == "SAGA_STEP_UNKNOWN"
        assert called.calls == []
