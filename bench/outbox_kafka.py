"""[outbox_kafka] From a filled outbox to real Kafka, against faststream-outbox; and all of it live.

Ours keeps each key's order, waits for every in-sync replica, and moves what was published to
where it is kept for a day. The reference is tuned: twenty workers, large fetches and flushes,
Confluent's producer, acks=all, idempotent; it keeps no order. Both send 208 bytes an event. Both
are timed from the relay's start until nothing waits, and afterwards every event is looked for in
the broker: once, ours in the order of its key. Brokers are warm. One node, then three (replication
factor 3, two in sync).

Live, a process writes at a steady rate (20 events a transaction), another relays, and this one
consumes; the figures are from the event's insertion, before the commit, to the consumer's hands.
"""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from time import perf_counter, time
from uuid import uuid4

import uvloop
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from tools.kafka.cluster import KafkaCluster
from tools.kafka.jars import default_cache, resolve

from backline.kit.db.doorbell import PostgresDoorbell
from backline.kit.db.engine import build_engine, sqlalchemy_url
from backline.kit.messaging.consumer import consume
from backline.kit.messaging.kafka import KafkaEventLog
from backline.kit.messaging.log import PARTITIONS, Delivered
from backline.kit.messaging.relay import Relay
from backline.kit.outbox.outbox import DOORBELL_CHANNEL
from backline.kit.testing.databases import postgres_server
from backline.kit.testing.memory_parking import MemoryParking
from harness import ROUNDS, claim, percentile, skipped
from outbox_parts import KEYS, PAYLOAD, TOPIC, Checked, database, fill, relayed

EVENTS = 60_000
REFERENCE_EVENTS = 3_000
PER_TRANSACTION = 20
LIVE_S = 4.0
LIVE_RATES = (2_000, 10_000)
LIMIT_S = 60.0
PACKAGES = ("confluent-kafka", "faststream", "faststream-outbox", "asyncpg", "uvloop")


async def ours(bootstrap: str, url: str, events: int = EVENTS) -> float:
    namespace = f"ours-{uuid4().hex[:8]}"
    await fill(url, events)
    log = KafkaEventLog(f"kafka://{bootstrap}/{namespace}")
    doorbell = PostgresDoorbell(url)
    rate = await relayed(url, Relay(url, log, source="bench", doorbell=doorbell), events)
    await doorbell.close()
    await log.close()
    checked = Checked()
    for key, value in await asyncio.to_thread(everything, bootstrap, f"{namespace}.{TOPIC}"):
        checked.see(key.decode(), value)
    assert checked.events == events, f"{checked.events} of {events}"
    return rate


def everything(bootstrap: str, topic: str) -> Sequence[tuple[bytes, bytes]]:
    """All messages of `topic`, each partition in its order."""
    client = Consumer({"bootstrap.servers": bootstrap, "group.id": topic, "fetch.wait.max.ms": 10})
    known = client.list_topics(topic, timeout=10).topics[topic].partitions
    partitions = [TopicPartition(topic, number, OFFSET_BEGINNING) for number in known]
    missing = sum(client.get_watermark_offsets(each, 10)[1] for each in partitions)
    client.assign(partitions)
    found: list[tuple[bytes, bytes]] = []
    while len(found) < missing:
        for message in client.consume(1_000, 10):
            assert message.error() is None, message.error()
            found.append((message.key() or b"", message.value() or b""))
    client.close()
    return found


def create(bootstrap: str, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for made in admin.create_topics([NewTopic(topic, PARTITIONS)]).values():
        made.result(30)


async def reference(bootstrap: str, server: str, events: int = REFERENCE_EVENTS) -> float:
    from faststream.confluent import KafkaBroker
    from faststream_outbox import OutboxBroker, make_outbox_table
    from sqlalchemy import MetaData, text
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

    metadata = MetaData()
    topic = f"reference-{uuid4().hex[:8]}"
    table = make_outbox_table(metadata, "reference_outbox")
    engine = create_async_engine(sqlalchemy_url(server), pool_size=30)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
    kafka = KafkaBroker(bootstrap, acks="all", enable_idempotence=True, logger=None)
    broker = OutboxBroker(engine, outbox_table=table, logger=None)

    @kafka.publisher(topic)
    @broker.subscriber(
        "bench",
        max_workers=20,
        fetch_batch_size=500,
        min_fetch_interval=0.01,
        max_fetch_interval=0.05,
        terminal_flush_batch_size=100,
    )
    async def relay(body: bytes) -> bytes:
        return body

    async with AsyncSession(engine) as session, session.begin():
        await broker.publish(bytes(8) + PAYLOAD, queue="bench", session=session)
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO reference_outbox (queue, payload, headers)"
                " SELECT queue, int8send(n) || substr(payload, 9), headers"
                " FROM reference_outbox, generate_series(1, :last) AS n"
            ),
            {"last": events - 1},
        )
    await asyncio.to_thread(create, bootstrap, topic)
    await kafka.start()
    began = perf_counter()
    await broker.start()
    async with engine.connect() as connection:
        while await connection.scalar(text("SELECT EXISTS (SELECT FROM reference_outbox)")):
            await connection.rollback()
            assert perf_counter() - began < LIMIT_S, "the reference did not end"
            await asyncio.sleep(0.01)
    took = perf_counter() - began
    await broker.stop()
    await kafka.stop()
    await engine.dispose()
    found = await asyncio.to_thread(everything, bootstrap, topic)
    assert len({value for _, value in found}) == events
    return events / took


async def write(url: str, rate: int, seconds: float) -> None:
    """A service of its own: commits events at a steady rate."""
    from backline.kit.core.ids import uuid7
    from backline.kit.outbox.codec import Envelope
    from backline.kit.outbox.outbox import Outbox

    engine = build_engine(url, pool_size=8)
    doorbell = PostgresDoorbell(url)
    ahead = asyncio.Semaphore(8)
    began = perf_counter()

    async def sell(first: int) -> None:
        async with ahead, engine.begin() as connection:
            envelopes = [
                Envelope(uuid7(), TOPIC, f"key {n % KEYS}", f"{TOPIC}.Sold", PAYLOAD)
                for n in range(first, first + PER_TRANSACTION)
            ]
            await Outbox(connection).add(envelopes)
        doorbell.ring(DOORBELL_CHANNEL)

    async with asyncio.TaskGroup() as tasks:
        for number in range(int(rate * seconds / PER_TRANSACTION)):
            due = began + number * PER_TRANSACTION / rate
            await asyncio.sleep(max(0.0, due - perf_counter()))
            async with ahead:
                pass
            tasks.create_task(sell(number * PER_TRANSACTION))
    await doorbell.close()
    await engine.dispose()


async def relay(url: str, log_url: str) -> None:
    """A relay of its own, until it is told to end."""
    log = KafkaEventLog(log_url)
    doorbell = PostgresDoorbell(url)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await Relay(url, log, source="bench", doorbell=doorbell).run(stop)
    await doorbell.close()
    await log.close()


async def live(bootstrap: str, url: str, rate: int) -> tuple[float, float, float]:
    """Events per second, and the latencies p50 and p99 in ms."""
    log_url = f"kafka://{bootstrap}/live-{uuid4().hex[:8]}"
    log = KafkaEventLog(log_url)
    stop = asyncio.Event()
    arrivals: list[tuple[float, float]] = []
    wanted = int(rate * LIVE_S / PER_TRANSACTION) * PER_TRANSACTION

    async def see(message: Delivered) -> None:
        now = time()
        arrivals.append((now, now - message.at.timestamp()))

    async def arrived(events: int) -> None:
        async with asyncio.timeout(LIMIT_S):
            while len(arrivals) < events:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    consuming = asyncio.create_task(
        consume(log, [TOPIC], "bench", see, stop, parking=MemoryParking())
    )
    relaying = await asyncio.create_subprocess_exec(sys.executable, __file__, "relay", url, log_url)
    await fill(url, KEYS)  # once these are there, both have what is theirs
    await arrived(KEYS)
    arrivals.clear()
    writing = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "write", url, str(rate), str(LIVE_S)
    )
    await arrived(wanted)
    await writing.wait()
    relaying.terminate()
    await relaying.wait()
    stop.set()
    await consuming
    await log.close()
    took = arrivals[-1][0] - arrivals[0][0]
    latencies = [latency for _, latency in arrivals]
    return wanted / took, percentile(latencies, 0.5) * 1e3, percentile(latencies, 0.99) * 1e3


async def on_nodes(nodes: int, folder: str) -> bool:
    name = "outbox_kafka" if nodes == 1 else f"outbox_kafka.{nodes}_nodes"
    jars = resolve(default_cache())
    with (
        postgres_server(durable=True) as server,
        KafkaCluster(f"{folder}/{nodes}", nodes=nodes, jars=jars, jvm_options=()) as cluster,
    ):
        async with (
            database(server, "shop", "backline.front") as url,
            database(server, "peer", "backline.front") as peer,
        ):
            bootstrap = cluster.bootstrap
            for _ in range(2):
                await ours(bootstrap, url)
            mine: list[float] = []
            theirs: list[float] = []
            for _ in range(ROUNDS):
                mine.append(await ours(bootstrap, url))
                theirs.append(await reference(bootstrap, peer))
            held = claim(
                name,
                ours=mine,
                reference=theirs,
                unit="events/s",
                goal=">=10",
                packages=PACKAGES,
                note=f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores",
            )
            for rate in LIVE_RATES:
                per_s, p50, p99 = await live(bootstrap, url, rate)
                print(
                    f"  live, {nodes} node(s), {rate}/s wanted: {per_s:.0f}/s,"
                    f" insertion to consumer p50 {p50:.0f} ms, p99 {p99:.0f} ms",
                    flush=True,
                )
    return held


async def main(nodes: Sequence[int]) -> bool:
    try:
        import faststream_outbox  # noqa: F401
    except ImportError:
        skipped("outbox_kafka", "install the group bench: uv sync --group bench")
        return True
    with tempfile.TemporaryDirectory() as folder:
        return all([await on_nodes(count, folder) for count in nodes])


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", url, rate, seconds]:
            uvloop.run(write(url, int(rate), float(seconds)))
        case ["relay", url, log_url]:
            uvloop.run(relay(url, log_url))
        case counts:
            sys.exit(0 if uvloop.run(main([int(each) for each in counts] or [1, 3])) else 1)
