"""Every message reaches every group, each key in its order."""

import asyncio
from collections import defaultdict

from backline.kit.core.context import current
from backline.kit.messaging.log import Delivered, EventLog
from backline.kit.outbox.outbox import shard_of
from backline.kit.testing.contracts.event_log.scenes import (
    KEYS,
    MANY,
    TOPIC,
    Seen,
    a_record,
    consuming,
    endless,
    numbered,
    publish,
)
from backline.kit.testing.eventually import eventually
from backline.kit.testing.memory_parking import MemoryParking


class DeliveryCases:
    """What goes well."""

    async def test_a_message_arrives_as_it_was_published(
        self, event_log: EventLog, elsewhere: EventLog
    ) -> None:
        record = a_record("кухня", b"\x00\xff", traceparent="00-ab-cd-01")
        seen = Seen()

        async with consuming(elsewhere, seen):
            await publish(event_log, [record])
            await eventually(lambda: seen.messages)

        (message,) = seen.messages
        assert (message.id, message.topic, message.key) == (record.id, TOPIC, "кухня")
        assert (message.type, message.payload) == (record.type, b"\x00\xff")
        assert dict(message.headers) == {"traceparent": "00-ab-cd-01"}
        assert message.at == record.at
        assert message.partition == shard_of("кухня")

    async def test_the_handler_runs_in_the_context_of_its_message(
        self, event_log: EventLog
    ) -> None:
        contexts = []

        async def handle(message: Delivered) -> None:
            contexts.append((message, current()))

        await publish(event_log, [a_record("a", traceparent="00-ab-cd-01"), a_record("a")])
        async with consuming(event_log, handle):
            await eventually(lambda: len(contexts) > 1)

        assert [context.traceparent for _, context in contexts] == ["00-ab-cd-01", ""]
        assert all(context.idempotency_key == str(message.id) for message, context in contexts)

    async def test_offsets_have_no_gaps(self, event_log: EventLog) -> None:
        records = numbered(MANY)
        seen = Seen()

        await publish(event_log, records[: MANY // 2])
        await publish(event_log, records[MANY // 2 :], source="another service")
        async with consuming(event_log, seen):
            await eventually(lambda: len(seen.messages) == MANY)

        offsets = defaultdict(list)
        for message in seen.messages:
            offsets[message.partition].append(message.offset)
        for found in offsets.values():
            assert sorted(found) == list(range(len(found)))

    async def test_keys_are_handled_side_by_side_and_each_in_its_order(
        self, event_log: EventLog
    ) -> None:
        seen = Seen()
        at_work: set[str] = set()
        most_at_once = 0

        async def handle(message: Delivered) -> None:
            nonlocal most_at_once
            assert message.key not in at_work
            at_work.add(message.key)
            most_at_once = max(most_at_once, len(at_work))
            await asyncio.sleep(0.001 * (int(message.payload) % 3))
            at_work.discard(message.key)
            await seen(message)

        parking = MemoryParking()

        await publish(event_log, numbered(MANY))
        async with consuming(event_log, handle, concurrency=KEYS, parking=parking):
            await eventually(lambda: len(seen.messages) == MANY)

        for numbers in seen.by_key.values():
            assert numbers == sorted(numbers)
        assert most_at_once > 1
        assert await parking.waiting() == []

    async def test_no_more_handlers_run_than_allowed(self, event_log: EventLog) -> None:
        seen = Seen()
        at_work = most_at_once = 0

        async def handle(message: Delivered) -> None:
            nonlocal at_work, most_at_once
            at_work += 1
            most_at_once = max(most_at_once, at_work)
            await asyncio.sleep(0.001)
            at_work -= 1
            await seen(message)

        await publish(event_log, numbered(60))
        async with consuming(event_log, handle, concurrency=2):
            await eventually(lambda: len(seen.messages) == 60)  # noqa: PLR2004 - as above

        assert most_at_once == 2  # noqa: PLR2004 - as above

    async def test_every_group_gets_every_message(self, event_log: EventLog) -> None:
        one, other = Seen(), Seen()

        await publish(event_log, numbered(40))
        async with consuming(event_log, one, "one"), consuming(event_log, other, "other"):
            await eventually(lambda: len(one.messages) == len(other.messages) == 40)  # noqa: PLR2004

        assert sorted(one.numbers) == sorted(other.numbers) == list(range(40))

    async def test_a_new_group_may_begin_with_what_comes_next(self, event_log: EventLog) -> None:
        seen = Seen()
        await publish(event_log, numbered(5))

        async with consuming(event_log, seen, start="latest"):

            async def arrives() -> bool:
                await publish(event_log, [a_record("key 1", b"99")])
                return bool(seen.messages)

            await eventually(arrives)

        assert set(seen.numbers) == {99}

    async def test_a_group_goes_on_where_it_stopped(self, event_log: EventLog) -> None:
        first, second = Seen(), Seen()
        await publish(event_log, numbered(30))
        async with consuming(event_log, first):
            await eventually(lambda: len(first.messages) == 30)  # noqa: PLR2004

        await publish(event_log, [a_record("key 1", b"30")])
        async with consuming(event_log, second):
            await eventually(lambda: second.messages)

        assert second.numbers == [30]

    async def test_two_members_share_the_work(
        self, event_log: EventLog, elsewhere: EventLog
    ) -> None:
        one, other = Seen(), Seen()
        records = endless()

        async with consuming(event_log, one), consuming(elsewhere, other):

            async def both_work() -> bool:
                await publish(event_log, [next(records) for _ in range(KEYS)])
                return bool(one.messages and other.messages)

            await eventually(both_work)

    async def test_partitions_change_hands_without_repeating_or_overtaking(
        self, event_log: EventLog, elsewhere: EventLog
    ) -> None:
        seen = Seen()
        at_work: set[str] = set()
        records = endless()
        published = 0
        parking = MemoryParking()

        async def handle(message: Delivered) -> None:
            assert message.key not in at_work
            at_work.add(message.key)
            await asyncio.sleep(0.001)
            at_work.discard(message.key)
            await seen(message)

        async def goes_on() -> bool:
            nonlocal published
            await publish(event_log, [next(records) for _ in range(KEYS)])
            published += KEYS
            return len(seen.messages) > published - 2 * KEYS

        async with consuming(event_log, handle, parking=parking):
            await eventually(goes_on)
            async with consuming(elsewhere, handle, parking=parking):
                for _ in range(20):
                    await eventually(goes_on)
            await eventually(goes_on)
            await eventually(lambda: len(seen.messages) >= published)

        for numbers in seen.by_key.values():
            assert numbers == sorted(set(numbers))
        assert await parking.waiting() == []

    async def test_when_a_member_leaves_the_others_go_on(
        self, event_log: EventLog, elsewhere: EventLog
    ) -> None:
        leaving, staying = Seen(), Seen()
        records = numbered(MANY)

        async with consuming(event_log, staying):
            async with consuming(elsewhere, leaving):
                await publish(event_log, records[: MANY // 2])
                await eventually(lambda: len({*leaving.numbers, *staying.numbers}) == MANY // 2)
            await publish(event_log, records[MANY // 2 :])
            await eventually(lambda: {*leaving.numbers, *staying.numbers} == set(range(MANY)))

        for numbers in staying.by_key.values():
            assert numbers == sorted(numbers)
