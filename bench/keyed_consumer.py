"""[keyed_consumer] A consumer that keeps the order of keys, against one that keeps partitions'.

10,000 messages of 1,000 keys, whose handlers take 0 to 5 ms each. Ours is `consume` as services run
it: fetching, dispatch by key, retries and parking at hand, the watermark. The reference is what a
consumer does that knows partitions only: the eight of them side by side, each message after the one
before it. Both read the same log, the one in memory, so that nothing but the consumer is measured,
and both must have kept the order of every key.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from time import perf_counter

import uvloop

from backline.kit.core.ids import uuid7
from backline.kit.messaging.consumer import consume
from backline.kit.messaging.log import Delivered, Partition, Record
from backline.kit.outbox.codec import Envelope
from backline.kit.outbox.outbox import SHARDS, shard_of
from backline.kit.testing.memory_log import MemoryEventLog
from backline.kit.testing.memory_parking import MemoryParking
from harness import claim, in_turns, run

MESSAGES = 10_000
KEYS = 1_000
LONGEST_S = 0.005
CONCURRENCY = 1_000
TOPIC = "bench.v1"
AT = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


class Work:
    """Handles messages in the time that each says, and knows when all are handled in order."""

    def __init__(self) -> None:
        self.seen: defaultdict[str, list[int]] = defaultdict(list)
        self.left = MESSAGES
        self.done = asyncio.Event()

    async def __call__(self, message: Delivered) -> None:
        number, milliseconds = message.payload.split()
        await asyncio.sleep(float(milliseconds) / 1000)
        self.seen[message.key].append(int(number))
        self.left -= 1
        if self.left == 0:
            self.done.set()

    def check(self) -> None:
        for numbers in self.seen.values():
            assert numbers == sorted(set(numbers))
        assert sum(map(len, self.seen.values())) == MESSAGES


async def filled() -> MemoryEventLog:
    event_log = MemoryEventLog()
    writer, _ = await event_log.take("bench", range(SHARDS))
    chance = random.Random(1)
    for number in range(MESSAGES):
        key = f"key {number % KEYS}"
        payload = f"{number} {chance.random() * LONGEST_S * 1000}".encode()
        envelope = Envelope(id=uuid7(), topic=TOPIC, key=key, type=f"{TOPIC}.Work", payload=payload)
        await writer.append(shard_of(key), [Record.of(envelope, AT)])
    return event_log


async def ours() -> float:
    """Seconds."""
    event_log, work = await filled(), Work()
    began = perf_counter()
    consuming = asyncio.create_task(
        consume(
            event_log,
            [TOPIC],
            "bench",
            work,
            work.done,
            parking=MemoryParking(),
            concurrency=CONCURRENCY,
        )
    )
    await work.done.wait()
    taken = perf_counter() - began
    await consuming
    work.check()
    return taken


class Owner:
    """Owns all partitions, and does nothing when they come and go."""

    def assigned(self, partitions: Sequence[Partition]) -> None: ...
    async def revoked(self, partitions: Sequence[Partition]) -> None: ...
    def lost(self, partitions: Sequence[Partition]) -> None: ...


async def by_partition() -> float:
    """Seconds."""
    event_log, work = await filled(), Work()
    queues: defaultdict[Partition, asyncio.Queue[Delivered]] = defaultdict(asyncio.Queue)

    async def handle(partition: Partition) -> None:
        while True:
            await work(await queues[partition].get())

    began = perf_counter()
    subscription = await event_log.subscribe([TOPIC], "bench", Owner())
    working = [asyncio.create_task(handle(Partition(TOPIC, n))) for n in range(SHARDS)]
    fetched = 0
    while fetched < MESSAGES:
        for message in await subscription.fetch(500):
            queues[message.source].put_nowait(message)
            fetched += 1
    await work.done.wait()
    taken = perf_counter() - began
    for task in working:
        task.cancel()
    await subscription.close()
    work.check()
    return taken


async def main() -> bool:
    await ours()
    mine, theirs = await in_turns(ours, by_partition)
    held = claim(
        "keyed_consumer",
        ours=mine,
        reference=[0.5],
        unit="s",
        goal="<=1",
        note="10,000 messages of 0 to 5 ms over 1,000 keys; the reference is the goal",
    )
    return held & claim(
        "keyed_consumer_order",
        ours=mine,
        reference=theirs,
        unit="s",
        goal="<=0.3",
        note="the same, against partition-ordered consumption",
    )


if __name__ == "__main__":
    uvloop.install()
    run(main)
