"""Sagas as people look after them."""

from datetime import timedelta
from uuid import UUID

import pytest

from backline.kit.saga.progress import State
from backline.kit.saga.store import SagaNotFound, SagaNotStuck
from backline.kit.testing.contracts.sagas.scenes import Called, MakeWorld, SoldOut, journey

_NOBODY = UUID(int=7)


class DeskCases:
    """Lists, stories, second chances, forgetting."""

    async def test_the_latest_come_first_page_by_page(self, make: MakeWorld) -> None:
        world = await make(journey(Called()))
        ids = [await world.start(who) for who in "abcde"]

        first = await world.desk.list(limit=3)
        rest = await world.desk.list(limit=3, before=first[-1].position)

        assert [status.id for status in (*first, *rest)] == ids[::-1]
        assert {status.name for status in first} == {"Journey"}

    async def test_only_those_in_a_state(self, make: MakeWorld) -> None:
        called = Called()
        called.plan("ticket", SoldOut("No paper."), None)
        world = await make(journey(called))
        stuck, waiting = [await world.start(who, seat="1A") for who in ("ann", "bob")]
        free = await world.start("cid")

        async with world.running():
            await world.reached(stuck, State.STUCK)
            await world.reached(free, State.COMPLETED)
        by_state = {state: await world.desk.list(state=state) for state in State}

        assert {state: [status.id for status in found] for state, found in by_state.items()} == {
            State.WAITING: [waiting],
            State.RUNNING: [],
            State.COMPENSATING: [],
            State.STUCK: [stuck],
            State.COMPLETED: [free],
            State.COMPENSATED: [],
        }
        assert dict((await world.desk.census()).counts) == {
            State.WAITING: 1,
            State.RUNNING: 0,
            State.COMPENSATING: 0,
            State.STUCK: 1,
        }

    async def test_one_shows_what_it_is_about(self, make: MakeWorld) -> None:
        world = await make(journey(Called(), deadline=timedelta(hours=1)))

        status = await world.desk.get(await world.start("Анна", seat="1A"))

        assert status.data == {"who": "Анна", "seat": "1A"}
        assert (status.resource, status.progress.step) == ("1A", "flight")
        assert status.deadline is not None
        assert timedelta(minutes=59) < status.deadline - status.started_at <= timedelta(minutes=61)
        assert status.ended_at is None

    async def test_nobody_is_not_found(self, make: MakeWorld) -> None:
        world = await make(journey(Called()))

        with pytest.raises(SagaNotFound):
            await world.desk.get(_NOBODY)
        with pytest.raises(SagaNotFound):
            await world.desk.retry(_NOBODY)

    async def test_only_a_stuck_saga_needs_a_person(self, make: MakeWorld) -> None:
        world = await make(journey(Called()))
        saga_id = await world.start()

        with pytest.raises(SagaNotStuck) as refusal:
            await world.desk.retry(saga_id)

        assert refusal.value.metadata["state"] == "running"

    async def test_those_late_by_more_than_a_minute_are_counted(self, make: MakeWorld) -> None:
        world = await make(journey(Called()))
        late, later = [await world.start(who) for who in ("ann", "bob")]
        await world.expire(late, -61.0)
        await world.expire(later, -1.0)

        assert (await world.desk.census()).overdue == 1

    async def test_what_has_ended_is_forgotten_in_time(self, make: MakeWorld) -> None:
        called = Called()
        world = await make(journey(called))
        ended = await world.start()
        await world.carried_to(ended, State.COMPLETED)
        open_ = await world.start()

        assert await world.store.prune(timedelta(hours=1)) == 0
        assert await world.store.prune(timedelta(0)) == 1

        with pytest.raises(SagaNotFound):
            await world.desk.get(ended)
        assert (await world.desk.get(open_)).progress.state is State.RUNNING
