"""What every `EventLog` does, alone and under `consume`."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from backline.kit.core.context import current
from backline.kit.core.errors import FailedPrecondition, ResourceExhausted, Unavailable
from backline.kit.core.ids import uuid7
from backline.kit.messaging.consumer import MessageHandler, consume
from backline.kit.messaging.log import Delivered, EventLog, Fenced, Record
from backline.kit.outbox.codec import Envelope
from backline.kit.outbox.outbox import SHARDS, shard_of
from backline.kit.testing.eventually import eventually

TOPIC = "test.v1"
_MANY = 300
_KEYS = 12


class NotNow(ResourceExhausted):
    """Worth a retry."""


class Never(FailedPrecondition):
    """Not worth a retry."""


def a_record(key: str = "key", payload: bytes = b"", **headers: str) -> Record:
    envelope = Envelope(
        id=uuid7(),
        topic=TOPIC,
        key=key,
        type=f"{TOPIC}.Happened",
        payload=payload,
        headers=headers,
    )
    return Record(envelope, datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


async def publish(event_log: EventLog, records: Sequence[Record], source: str = "test") -> None:
    """Append `records` as a relay that has just taken over does."""
    writer, _ = await event_log.take(source, range(SHARDS))
    shards: defaultdict[int, list[Record]] = defaultdict(list)
    for record in records:
        shards[shard_of(record.envelope.key)].append(record)
    for shard, batch in shards.items():
        await writer.append(shard, batch)


def numbered(count: int, keys: int = _KEYS) -> list[Record]:
    """Records whose payload is their number, over `keys` keys in turn."""
    return [a_record(f"key {number % keys}", str(number).encode()) for number in range(count)]


class Seen:
    """A handler that notes what it was given."""

    def __init__(self) -> None:
        self.messages: list[Delivered] = []

    async def __call__(self, message: Delivered) -> None:
        self.messages.append(message)

    @property
    def numbers(self) -> list[int]:
        return [int(message.payload) for message in self.messages]

    @property
    def by_key(self) -> dict[str, list[int]]:
        keys = defaultdict(list)
        for message in self.messages:
            keys[message.key].append(int(message.payload))
        return keys


@asynccontextmanager
async def consuming(
    event_log: EventLog, handler: MessageHandler, group: str = "group", **options: Any
) -> AsyncIterator[None]:
    """`consume` in the background, stopped and drained at the end."""
    stop = asyncio.Event()
    options = {"first_pause_s": 0.001, **options}
    task = asyncio.create_task(consume(event_log, [TOPIC], group, handler, stop, **options))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(10):
            await task


class EventLogContract:
    """Inherit, and provide the fixtures `event_log` and `elsewhere`.

    Both are the same log as two processes see it.
    """

    async def test_a_message_arrives_as_it_was_published(
        self, event_log: EventLog, elsewhere: EventLog
    ) -> None:
        record = a_record("кухня", b"\x00\xff", traceparent="00-ab-cd-01")
        seen = Seen()

        async with consuming(elsewhere, seen):
            await publish(event_log, [record])
            await eventually(lambda: seen.messages)

        (message,) = seen.messages
        envelope = record.envelope
        assert (message.id, message.topic, message.key) == (envelope.id, TOPIC, "кухня")
        assert (message.type, message.payload) == (envelope.type, b"\x00\xff")
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
        records = numbered(_MANY)
        seen = Seen()

        await publish(event_log, records[: _MANY // 2])
        await publish(event_log, records[_MANY // 2 :], source="another service")
        async with consuming(event_log, seen):
            await eventually(lambda: len(seen.messages) == _MANY)

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

        await publish(event_log, numbered(_MANY))
        async with consuming(event_log, handle, concurrency=_KEYS):
            await eventually(lambda: len(seen.messages) == _MANY)

        for numbers in seen.by_key.values():
            assert numbers == sorted(numbers)
        assert most_at_once > 1
        assert await event_log.parked("group") == []

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
        records = iter(numbered(100_000))

        async with consuming(event_log, one), consuming(elsewhere, other):

            async def both_work() -> bool:
                await publish(event_log, [next(records) for _ in range(_KEYS)])
                return bool(one.messages and other.messages)

            await eventually(both_work, within=20)

    async def test_when_a_member_leaves_the_others_go_on(
        self, event_log: EventLog, elsewhere: EventLog
    ) -> None:
        leaving, staying = Seen(), Seen()
        records = numbered(_MANY)

        async with consuming(event_log, staying):
            async with consuming(elsewhere, leaving):
                await publish(event_log, records[: _MANY // 2])
                await eventually(
                    lambda: len({*leaving.numbers, *staying.numbers}) == _MANY // 2, within=20
                )
            await publish(event_log, records[_MANY // 2 :])
            await eventually(
                lambda: {*leaving.numbers, *staying.numbers} == set(range(_MANY)), within=20
            )

        for numbers in staying.by_key.values():
            assert numbers == sorted(numbers)

    async def test_what_fails_for_a_moment_is_tried_again_in_its_place(
        self, event_log: EventLog
    ) -> None:
        seen = Seen()
        failures = 3

        async def handle(message: Delivered) -> None:
            nonlocal failures
            if message.payload == b"0" and failures:
                failures -= 1
                raise NotNow("Not now. Try again.")
            await seen(message)

        await publish(event_log, numbered(10, keys=1))
        async with consuming(event_log, handle):
            await eventually(lambda: len(seen.messages) == 10)  # noqa: PLR2004

        assert seen.numbers == list(range(10))
        assert await event_log.parked("group") == []

    async def test_a_refused_message_is_parked_and_its_key_goes_on(
        self, event_log: EventLog
    ) -> None:
        seen = Seen()
        tries = 0

        async def handle(message: Delivered) -> None:
            nonlocal tries
            if message.payload == b"3":
                tries += 1
                raise Never("This cannot be. Send another.")
            await seen(message)

        await publish(event_log, numbered(6, keys=1))
        async with consuming(event_log, handle):
            await eventually(lambda: len(seen.messages) == 5)  # noqa: PLR2004

        (parked,) = await event_log.parked("group")
        assert (parked.reason, parked.attempts, tries) == ("NEVER", 1, 1)
        assert parked.detail == "This cannot be. Send another."
        assert parked.message.payload == b"3"
        assert seen.numbers == [0, 1, 2, 4, 5]

    async def test_a_message_that_only_meets_bugs_is_parked_after_its_attempts(
        self, event_log: EventLog
    ) -> None:
        tries = 0

        async def handle(_: Delivered) -> None:
            nonlocal tries
            tries += 1
            raise ZeroDivisionError("oh")

        await publish(event_log, [a_record()])
        async with consuming(event_log, handle, attempts=3):
            (parked,) = await eventually(lambda: event_log.parked("group"))

        assert (parked.reason, parked.attempts, tries) == ("INTERNAL", 3, 3)
        assert parked.detail == "ZeroDivisionError: oh"

    async def test_an_absent_dependency_parks_nothing(self, event_log: EventLog) -> None:
        seen = Seen()
        tries = 0

        async def handle(message: Delivered) -> None:
            nonlocal tries
            tries += 1
            if tries <= 6:  # noqa: PLR2004 - more often than its attempts
                raise Unavailable("The player does not answer. Try again.")
            await seen(message)

        await publish(event_log, [a_record()])
        async with consuming(event_log, handle, attempts=2):
            await eventually(lambda: seen.messages)

        assert await event_log.parked("group") == []

    async def test_a_stuck_key_holds_up_no_other(self, event_log: EventLog) -> None:
        seen = Seen()

        async def handle(message: Delivered) -> None:
            if message.key == "key 0":
                raise Unavailable("Not yet. Try again.")
            await seen(message)

        await publish(event_log, numbered(_MANY))
        async with consuming(event_log, handle, concurrency=2):
            await eventually(lambda: len(seen.messages) == _MANY - _MANY // _KEYS)

    async def test_what_was_not_done_comes_again_to_the_next_member(
        self, event_log: EventLog
    ) -> None:
        seen = Seen()

        async def handle(message: Delivered) -> None:
            if message.payload == b"2":
                raise Unavailable("Not yet. Try again.")
            await seen(message)

        await publish(event_log, numbered(5, keys=1))
        async with consuming(event_log, handle):
            await eventually(lambda: len(seen.messages) == 2)  # noqa: PLR2004
        async with consuming(event_log, seen):
            await eventually(lambda: set(seen.numbers) == set(range(5)))

        assert seen.numbers == [0, 1, 2, 3, 4]

    async def test_stopping_lets_a_handler_finish(self, event_log: EventLog) -> None:
        begun, go_on = asyncio.Event(), asyncio.Event()
        seen, again = Seen(), Seen()

        async def handle(message: Delivered) -> None:
            begun.set()
            await go_on.wait()
            await seen(message)

        stop = asyncio.Event()
        await publish(event_log, numbered(2, keys=1))
        task = asyncio.create_task(consume(event_log, [TOPIC], "group", handle, stop))
        await begun.wait()
        stop.set()
        go_on.set()
        await task

        await publish(event_log, [a_record("key 0", b"2")])
        async with consuming(event_log, again):
            await eventually(lambda: 2 in again.numbers)  # noqa: PLR2004
        assert seen.numbers + again.numbers == [0, 1, 2]

    async def test_stopping_does_not_wait_for_ever(self, event_log: EventLog) -> None:
        begun = asyncio.Event()

        async def handle(_: Delivered) -> None:
            begun.set()
            await asyncio.Event().wait()

        await publish(event_log, [a_record()])
        async with consuming(event_log, handle, drain_s=0.01):
            await begun.wait()

    async def test_an_earlier_writer_is_fenced(
        self, event_log: EventLog, elsewhere: EventLog
    ) -> None:
        seen = Seen()
        shard = shard_of("key 0")
        zombie, _ = await event_log.take("test", [shard])
        await elsewhere.take("test", [shard])

        with pytest.raises(Fenced):
            await zombie.append(shard, numbered(1))

        await publish(elsewhere, [a_record("key 0", b"7")])
        async with consuming(event_log, seen):
            await eventually(lambda: seen.messages)
        assert seen.numbers == [7]

    async def test_a_writer_of_another_outbox_is_not_fenced(self, event_log: EventLog) -> None:
        shard = shard_of("key 0")
        writer, _ = await event_log.take("test", [shard])
        await event_log.take("another service", [shard])

        await writer.append(shard, numbered(1))

    async def test_who_takes_over_learns_what_is_in_the_log_already(
        self, event_log: EventLog, elsewhere: EventLog
    ) -> None:
        record = a_record("key 0")
        shard = shard_of("key 0")
        writer, nothing = await event_log.take("test", [shard])
        await writer.append(shard, [record])

        _, published = await elsewhere.take("test", [shard])

        assert (list(nothing), list(published)) == ([], [record.envelope.id])
