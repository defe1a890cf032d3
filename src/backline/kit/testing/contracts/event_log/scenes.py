"""What happens to an event log in its contract."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from backline.kit.core.ids import uuid7
from backline.kit.messaging.consumer import MessageHandler, consume
from backline.kit.messaging.log import Delivered, EventLog, Record
from backline.kit.outbox.codec import Envelope
from backline.kit.outbox.outbox import SHARDS, shard_of
from backline.kit.testing.memory_parking import MemoryParking

TOPIC = "test.v1"
MANY = 300
KEYS = 12


def a_record(key: str = "key", payload: bytes = b"", **headers: str) -> Record:
    envelope = Envelope(
        id=uuid7(),
        topic=TOPIC,
        key=key,
        type=f"{TOPIC}.Happened",
        payload=payload,
        headers=headers,
    )
    return Record.of(envelope, datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


async def publish(event_log: EventLog, records: Sequence[Record], source: str = "test") -> None:
    """Append `records` as a relay that has just taken over does."""
    writer, _ = await event_log.take(source, range(SHARDS))
    shards: defaultdict[int, list[Record]] = defaultdict(list)
    for record in records:
        shards[shard_of(record.key)].append(record)
    for shard, batch in shards.items():
        await writer.append(shard, batch)


def endless(keys: int = KEYS) -> Iterator[Record]:
    """Records whose payload is their number, over `keys` keys in turn."""
    for number in itertools.count():
        yield a_record(f"key {number % keys}", str(number).encode())


def numbered(count: int, keys: int = KEYS) -> list[Record]:
    return list(itertools.islice(endless(keys), count))


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
    """`consume` in the background, stopped and drained at the end; parks nowhere in particular."""
    stop = asyncio.Event()
    options = {"first_pause_s": 0.001, "parking": MemoryParking(), **options}
    task = asyncio.create_task(consume(event_log, [TOPIC], group, handler, stop, **options))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(10):
            await task
