"""A consumer keeps the order of a parked key, whatever people decide and when."""

import asyncio

from backline.kit.core.errors import Unavailable
from backline.kit.messaging.log import Delivered
from backline.kit.messaging.parking.port import Decision
from backline.kit.testing.contracts.event_log.scenes import (
    Seen,
    a_record,
    consuming,
    numbered,
    publish,
)
from backline.kit.testing.contracts.parking.scenes import (
    BothSides,
    Picky,
    decide,
    until_empty,
    until_waiting,
)
from backline.kit.testing.eventually import eventually
from backline.kit.testing.memory_log import MemoryEventLog


class ConsumerCases:
    """`consume` with this parking."""

    async def test_a_replay_is_followed_by_what_waits_and_then_by_what_comes(
        self, parking: BothSides
    ) -> None:
        log, seen = MemoryEventLog(), Picky(1)
        await publish(log, numbered(5, keys=1))

        async with consuming(log, seen, parking=parking):
            (letter,) = await until_waiting(parking, behind=3)
            seen.refused.clear()
            await decide(parking, letter, Decision.REPLAY)
            await publish(log, [a_record("key 0", b"5")])
            await eventually(lambda: len(seen.messages) == 6)  # noqa: PLR2004
            await until_empty(parking)
            await publish(log, [a_record("key 0", b"6")])
            await eventually(lambda: len(seen.messages) == 7)  # noqa: PLR2004

        assert seen.numbers == [0, 1, 2, 3, 4, 5, 6]
        assert await parking.waiting() == []

    async def test_without_an_order_the_key_goes_on_and_the_parked_one_is_replayed_later(
        self, parking: BothSides
    ) -> None:
        parking.keeps_order = False
        log, seen = MemoryEventLog(), Picky(1)
        await publish(log, numbered(3, keys=1))

        async with consuming(log, seen, parking=parking):
            await eventually(lambda: len(seen.messages) == 2)  # noqa: PLR2004
            (letter,) = await until_waiting(parking, behind=0)
            seen.refused.clear()
            await decide(parking, letter, Decision.REPLAY)
            await until_empty(parking)

        assert seen.numbers == [0, 2, 1]

    async def test_a_discarded_message_is_never_handled_and_the_rest_follows(
        self, parking: BothSides
    ) -> None:
        log, seen = MemoryEventLog(), Picky(0)
        await publish(log, numbered(3, keys=1))

        async with consuming(log, seen, parking=parking):
            (letter,) = await until_waiting(parking, behind=2)
            seen.refused.clear()
            await decide(parking, letter, Decision.DISCARD)
            await eventually(lambda: len(seen.messages) == 2)  # noqa: PLR2004
            await until_empty(parking)

        assert seen.numbers == [1, 2]

    async def test_what_fails_again_stays_first_of_its_key(self, parking: BothSides) -> None:
        log, seen = MemoryEventLog(), Picky(0)
        await publish(log, numbered(3, keys=1))

        async with consuming(log, seen, parking=parking):
            (letter,) = await until_waiting(parking, behind=2)
            await decide(parking, letter, Decision.REPLAY)

            async def tried_again() -> bool:
                refusal = (await parking.get(letter.id)).refusal
                return refusal is not None and refusal.attempts == 2  # noqa: PLR2004

            await eventually(tried_again)
            await until_waiting(parking, behind=2)

        assert seen.messages == []

    async def test_one_that_waited_behind_can_fail_in_its_turn(self, parking: BothSides) -> None:
        log, seen = MemoryEventLog(), Picky(0, 2)
        await publish(log, numbered(5, keys=1))

        async with consuming(log, seen, parking=parking):
            (letter,) = await until_waiting(parking, behind=4)
            seen.refused = {2}
            await decide(parking, letter, Decision.REPLAY)
            (second,) = await until_waiting(parking, behind=2)
            assert second.message.payload == b"2"
            await decide(parking, second, Decision.DISCARD)
            await until_empty(parking)

        assert seen.numbers == [0, 1, 3, 4]

    async def test_whatever_an_error_says_can_be_kept(self, parking: BothSides) -> None:
        log = MemoryEventLog()

        async def handle(message: Delivered) -> None:
            raise ValueError("\0 \udcff" + "x" * 10_000)

        await publish(log, numbered(1))
        async with consuming(log, handle, parking=parking, attempts=1):
            (letter,) = await until_waiting(parking)

        assert letter.refusal is not None
        assert letter.refusal.detail.startswith("ValueError: \\0 ?xxx")
        assert len(letter.refusal.detail) < 10_000  # noqa: PLR2004 - as above

    async def test_while_one_key_stands_still_the_others_go_on(self, parking: BothSides) -> None:
        log, seen = MemoryEventLog(), Picky(*range(0, 300, 12))
        await publish(log, numbered(300))

        async with consuming(log, seen, parking=parking):
            await eventually(lambda: len(seen.messages) == 275)  # noqa: PLR2004 - all but one key
            await until_waiting(parking, behind=24)

        assert "key 0" not in seen.by_key
        for numbers in seen.by_key.values():
            assert numbers == sorted(set(numbers))

    async def test_a_decision_made_while_nobody_consumes_is_found(self, parking: BothSides) -> None:
        log, seen = MemoryEventLog(), Picky(0)
        await publish(log, numbered(2, keys=1))
        async with consuming(log, seen, parking=parking):
            (letter,) = await until_waiting(parking, behind=1)

        seen.refused.clear()
        await decide(parking, letter, Decision.REPLAY)
        async with consuming(log, seen, parking=parking):
            await until_empty(parking)

        assert seen.numbers == [0, 1]

    async def test_the_next_owner_keeps_behind_what_the_last_one_parked(
        self, parking: BothSides
    ) -> None:
        log, seen, later = MemoryEventLog(), Picky(0), Seen()
        await publish(log, numbered(2, keys=1))
        async with consuming(log, seen, parking=parking):
            (letter,) = await until_waiting(parking, behind=1)

        await publish(log, [a_record("key 0", b"2"), a_record("key 1", b"100")])
        async with consuming(log, later, parking=parking):
            await eventually(lambda: later.numbers == [100])
            await until_waiting(parking, behind=2)
            await decide(parking, letter, Decision.REPLAY)
            await until_empty(parking)

        assert later.by_key["key 0"] == [0, 1, 2]

    async def test_an_absent_dependency_does_not_undo_a_decision(self, parking: BothSides) -> None:
        log, seen = MemoryEventLog(), Picky(0)
        away = True
        tries = 0

        async def handle(message: Delivered) -> None:
            nonlocal tries
            if not seen.refused and away:
                tries += 1
                raise Unavailable("The player does not answer. Try again.")
            await seen(message)

        await publish(log, numbered(2, keys=1))
        async with consuming(log, handle, parking=parking, attempts=2):
            (letter,) = await until_waiting(parking, behind=1)
            seen.refused.clear()
            await decide(parking, letter, Decision.REPLAY)
            await eventually(lambda: tries > 3)  # noqa: PLR2004 - more often than its attempts
            assert (await parking.get(letter.id)).decision is Decision.REPLAY
            away = False
            await until_empty(parking)

        assert seen.numbers == [0, 1]

    async def test_stopping_in_the_middle_of_a_replay_keeps_the_order(
        self, parking: BothSides
    ) -> None:
        log, seen = MemoryEventLog(), Picky(0)
        at_one, go_on = asyncio.Event(), asyncio.Event()

        async def handle(message: Delivered) -> None:
            if message.payload == b"1":
                at_one.set()
                await go_on.wait()
            await seen(message)

        await publish(log, numbered(4, keys=1))
        async with consuming(log, handle, parking=parking):
            (letter,) = await until_waiting(parking, behind=3)
            seen.refused.clear()
            await decide(parking, letter, Decision.REPLAY)
            await at_one.wait()
            go_on.set()
        async with consuming(log, seen, parking=parking):
            await until_empty(parking)

        assert seen.numbers == [0, 1, 2, 3]
