"""What people see and decide."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from backline.kit.messaging.parking.port import (
    DeadLetterNotFound,
    Decision,
    Held,
    Refusal,
    WaitsBehindAnother,
)
from backline.kit.testing.contracts.parking.scenes import (
    GROUP,
    NEVER,
    BothSides,
    a_message,
    first_of,
    parked_key,
)
from backline.kit.testing.eventually import eventually


class PeopleCases:
    """One adapter, without a consumer."""

    async def test_a_letter_holds_the_message_as_it_came(self, parking: BothSides) -> None:
        message = replace(a_message(7, "кухня"), payload=b"\x00\xff")

        await parking.park(GROUP, message, NEVER)

        (letter,) = await parking.waiting()
        assert (letter.group, letter.message, letter.refusal) == (GROUP, message, NEVER)
        assert (letter.decision, letter.decided_at, letter.decided_by) == (None, None, "")
        assert letter == await parking.get(letter.id)

    async def test_the_same_message_is_one_letter(self, parking: BothSides) -> None:
        first, second = a_message(0), a_message(1)

        for _ in range(2):
            await parking.park(GROUP, first, NEVER)
            await parking.keep(GROUP, [second, first])
        await parking.keep(GROUP, [replace(second, offset=9)])

        (letter,) = await parking.waiting()
        assert (letter.refusal, letter.behind) == (NEVER, 1)
        assert [later.message for later in await parking.behind(letter)] == [second]
        assert (await parking.tally()).messages == 2  # noqa: PLR2004 - as above

    async def test_each_group_parks_for_itself(self, parking: BothSides) -> None:
        message = a_message(0)

        await parking.park(GROUP, message, NEVER)
        await parking.park("another", message, NEVER)

        assert {letter.group for letter in await parking.waiting()} == {GROUP, "another"}
        (own,) = await parking.waiting(group="another")
        assert own.group == "another"

    async def test_the_first_of_each_key_is_listed_with_what_waits_behind(
        self, parking: BothSides
    ) -> None:
        await parking.park(GROUP, a_message(0, "a"), NEVER)
        await parking.keep(GROUP, [a_message(offset, "a") for offset in (2, 1, 3)])
        await parking.park(GROUP, a_message(4, "b"), NEVER)

        letters = await parking.waiting()
        first = await first_of(parking, "a")

        assert {(one.message.key, one.behind) for one in letters} == {("a", 3), ("b", 0)}
        assert [one.message.offset for one in await parking.behind(first)] == [1, 2, 3]
        assert [one.message.offset for one in await parking.behind(first, 2)] == [1, 2]
        tally = await parking.tally()
        assert (tally.messages, tally.keys, tally.oldest) == (5, 2, first.parked_at)

    async def test_the_list_has_pages(self, parking: BothSides) -> None:
        for number in range(5):
            await parking.park(GROUP, a_message(number, f"key {number}"), NEVER)

        page = await parking.waiting(limit=2)
        rest = await parking.waiting(after=page[-1].id)

        found = [letter.message.offset for letter in (*page, *rest)]
        assert (len(page), sorted(found)) == (2, [0, 1, 2, 3, 4])

    async def test_nothing_is_found_where_nothing_is(self, parking: BothSides) -> None:
        assert await parking.waiting() == []
        assert (await parking.tally()).messages == 0
        assert await parking.recall(GROUP, a_message(0).source) == Held()
        assert await parking.first(GROUP, parked_key()) is None
        with pytest.raises(DeadLetterNotFound):
            await parking.get(uuid4())
        with pytest.raises(DeadLetterNotFound):
            await parking.decide(uuid4(), Decision.REPLAY, by="Ada")

    async def test_a_decision_is_seen_by_the_group_only(self, parking: BothSides) -> None:
        await parking.park(GROUP, a_message(0, "a"), NEVER)
        await parking.park(GROUP, a_message(1, "b"), NEVER)
        first = await first_of(parking, "a")

        decided = await parking.decide(first.id, Decision.REPLAY, by="Ada")

        assert (decided.decision, decided.decided_by) == (Decision.REPLAY, "Ada")
        assert decided.decided_at is not None
        assert await parking.decided(GROUP) == [parked_key("a")]
        assert await parking.decided("another") == []
        assert await parking.get(first.id) == decided

    async def test_a_replay_overtakes_nothing(self, parking: BothSides) -> None:
        await parking.park(GROUP, a_message(0), NEVER)
        await parking.keep(GROUP, [a_message(1)])
        (first,) = await parking.waiting()
        (later,) = await parking.behind(first)

        with pytest.raises(WaitsBehindAnother, match=str(first.id)):
            await parking.decide(later.id, Decision.REPLAY, by="Ada")

        assert (await parking.get(later.id)).decision is None

    async def test_what_waits_behind_may_be_discarded_and_waits_its_turn(
        self, parking: BothSides
    ) -> None:
        await parking.park(GROUP, a_message(0), NEVER)
        await parking.keep(GROUP, [a_message(1)])
        (first,) = await parking.waiting()
        (later,) = await parking.behind(first)

        await parking.decide(later.id, Decision.DISCARD, by="Ada")

        assert await parking.decided(GROUP) == []
        await parking.decide(first.id, Decision.REPLAY, by="Ada")
        assert await parking.decided(GROUP) == [parked_key()]

    async def test_who_changes_their_mind_in_time_is_heard(self, parking: BothSides) -> None:
        await parking.park(GROUP, a_message(0), NEVER)
        (letter,) = await parking.waiting()
        await parking.decide(letter.id, Decision.REPLAY, by="Ada")
        await parking.decide(letter.id, Decision.DISCARD, by="Bo")

        await parking.refuse(letter, NEVER)

        (still,) = await parking.waiting()
        assert (still.decision, still.decided_by) == (Decision.DISCARD, "Bo")

    async def test_what_fails_again_waits_for_people_again(self, parking: BothSides) -> None:
        await parking.park(GROUP, a_message(0), NEVER)
        (letter,) = await parking.waiting()
        await parking.decide(letter.id, Decision.REPLAY, by="Ada")

        await parking.refuse(letter, Refusal("STILL_NOT", "No.", attempts=3))

        (still,) = await parking.waiting()
        assert still.refusal == Refusal("STILL_NOT", "No.", attempts=4)
        assert (still.waits_for_people, still.decided_by) == (True, "")
        assert await parking.decided(GROUP) == []

    async def test_the_next_owner_learns_what_is_parked(self, parking: BothSides) -> None:
        await parking.park(GROUP, a_message(0, "waits"), NEVER)
        await parking.keep(GROUP, [a_message(1, "waits")])
        await parking.park(GROUP, a_message(2, "decided"), NEVER)
        await parking.park(GROUP, a_message(3, "followed"), NEVER)
        await parking.keep(GROUP, [a_message(4, "followed")])
        decided = await first_of(parking, "decided")
        await parking.decide(decided.id, Decision.REPLAY, by="Ada")
        followed = await first_of(parking, "followed")
        followed = await parking.decide(followed.id, Decision.DISCARD, by="Ada")
        await parking.settle(followed)

        held = await parking.recall(GROUP, decided.message.source)

        assert held.keys == {"waits", "decided", "followed"}
        assert held.due == {"decided", "followed"}
        assert held.discarded == {followed.message.id}
        elsewhere = decided.message.source._replace(number=4)
        assert await parking.recall(GROUP, elsewhere) == Held()

    async def test_a_decision_wakes_the_consumer(self, parking: BothSides) -> None:
        await parking.park(GROUP, a_message(0), NEVER)
        (letter,) = await parking.waiting()
        stop = asyncio.Event()
        woken = 0

        async def listen() -> None:
            nonlocal woken
            async for _ in parking.decisions(stop):
                woken += 1

        listening = asyncio.create_task(listen())
        await eventually(lambda: woken)
        await parking.decide(letter.id, Decision.REPLAY, by="Ada")
        await eventually(lambda: woken > 1)
        stop.set()
        await listening
