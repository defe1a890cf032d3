"""One member of a Kafka consumer group: a thread that polls, and the loop that it hands over to."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from backline.kit.messaging.kafka_messages import to_delivered
from backline.kit.messaging.log import Delivered, Partition, Rebalance

_BATCH = 500
_AHEAD = 2_000
_POLL_S = 0.05
_GLANCE_S = 0.005
_NOT_MINE = {
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.STALE_MEMBER_EPOCH,
    KafkaError.FENCED_MEMBER_EPOCH,
    KafkaError._NO_OFFSET,  # noqa: SLF001 - librdkafka's own codes are named so
}


class KafkaMember:
    """See `Subscription`.

    The client is polled by a thread of its own, for a poll waits and calls back while it waits.
    If handlers are slow, fetching pauses and polling goes on: a member that does not poll would
    be taken for dead.

    Args:
        topics: The brokers' name -> the name without the namespace.
    """

    def __init__(
        self,
        config: dict[str, str | int | float | bool],
        topics: Mapping[str, str],
        rebalance: Rebalance,
    ) -> None:
        self._client = Consumer(config)
        self._topics = topics
        self._rebalance = rebalance
        self._loop = asyncio.get_running_loop()
        self._fetched: deque[Delivered] = deque()
        self._arrived = asyncio.Event()
        self._mine: set[Partition] = set()
        self._gone: set[Partition] = set()
        self._commits: SimpleQueue[tuple[list[TopicPartition], Future[None]]] = SimpleQueue()
        self._failure: BaseException | None = None
        self._closing = threading.Event()
        self._closed = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="kafka consumer", daemon=True)
        self._thread.start()

    async def fetch(self, limit: int) -> Sequence[Delivered]:
        while not self._fetched:
            if self._failure is not None:
                raise self._failure
            self._arrived.clear()
            await self._arrived.wait()
        return [self._fetched.popleft() for _ in range(min(limit, len(self._fetched)))]

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        wanted = [
            TopicPartition(self._wire_name(name.topic), name.number, offset)
            for name, offset in offsets.items()
            if name in self._mine
        ]
        if not wanted:
            return
        done = Future[None]()
        self._commits.put((wanted, done))
        await asyncio.wrap_future(done)

    async def close(self) -> None:
        self._closing.set()
        await self._closed.wait()

    def _wire_name(self, topic: str) -> str:
        return next(wire for wire, name in self._topics.items() if name == topic)

    # What follows runs in the thread, and everything that it tells the loop arrives in order.

    def _run(self) -> None:
        try:
            self._client.subscribe(
                list(self._topics),
                on_assign=self._on_assign,
                on_revoke=self._on_revoke,
                on_lost=self._on_lost,
            )
            while not self._closing.is_set():
                self._poll()
        except BaseException as error:  # noqa: BLE001 - raised by `fetch`
            self._tell(self._fail, error)
        finally:
            with suppress(KafkaException):
                self._client.close()
            self._tell(self._closed.set)

    def _poll(self) -> None:
        self._commit_what_waits()
        if len(self._fetched) >= _AHEAD:
            self._client.pause(self._client.assignment())
            while len(self._fetched) >= _AHEAD and not self._closing.is_set():
                self._commit_what_waits()
                self._keep([self._client.poll(_POLL_S)])
            self._client.resume(self._client.assignment())
            return
        self._gone.clear()
        first = self._client.poll(_POLL_S)
        if first is not None:
            # `consume` alone waits until its batch is full or its time is up.
            rest = self._client.consume(_BATCH, 0)
            stale = self._partition(first) in self._gone
            self._keep(rest if stale else [first, *rest])

    def _keep(self, messages: Sequence[Message | None]) -> None:
        delivered = []
        for message in messages:
            if message is None:
                continue
            if (error := message.error()) is not None:
                if error.retriable() or error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                    continue
                raise KafkaException(error)
            delivered.append(to_delivered(message, self._topics[message.topic() or ""]))
        if delivered:
            self._tell(self._arrive, delivered)

    def _commit_what_waits(self, within_s: float = 0) -> None:
        """Commit from this thread: beside a poll in another, a commit takes seconds."""
        with suppress(Empty):
            while True:
                offsets, done = self._commits.get(block=within_s > 0, timeout=within_s)
                if done.set_running_or_notify_cancel():
                    try:
                        self._commit(offsets)
                    except BaseException as error:  # noqa: BLE001 - raised by `commit`
                        done.set_exception(error)
                    else:
                        done.set_result(None)

    def _commit(self, offsets: list[TopicPartition]) -> None:
        try:
            done = self._client.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            if error.args[0].code() not in _NOT_MINE:
                raise
            return
        for partition in done or ():
            if partition.error is not None and partition.error.code() not in _NOT_MINE:
                raise KafkaException(partition.error)

    def _on_assign(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        self._tell(self._assigned, [self._named(partition) for partition in partitions])

    def _on_revoke(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        names = [self._named(partition) for partition in partitions]
        self._gone.update(names)
        if not self._loop.is_closed():
            # The group waits until this returns: what is under way ends and is committed first.
            done = asyncio.run_coroutine_threadsafe(self._revoked(names), self._loop)
            while not done.done():
                self._commit_what_waits(_GLANCE_S)
            done.result()

    def _on_lost(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        names = [self._named(partition) for partition in partitions]
        self._gone.update(names)
        self._tell(self._lost, names)

    def _named(self, partition: TopicPartition) -> Partition:
        return Partition(self._topics[partition.topic], partition.partition)

    def _partition(self, message: Message) -> Partition:
        return Partition(self._topics[message.topic() or ""], message.partition() or 0)

    def _tell(self, what: Callable[..., object], *args: object) -> None:
        with suppress(RuntimeError):  # the loop has ended: there is nobody to tell
            self._loop.call_soon_threadsafe(what, *args)

    # What follows runs in the loop.

    def _arrive(self, messages: Sequence[Delivered]) -> None:
        self._fetched.extend(messages)
        self._arrived.set()

    def _fail(self, error: BaseException) -> None:
        self._failure = error
        self._arrived.set()

    def _assigned(self, partitions: Sequence[Partition]) -> None:
        self._mine.update(partitions)
        self._rebalance.assigned(partitions)

    async def _revoked(self, partitions: Sequence[Partition]) -> None:
        self._forget(partitions)
        await self._rebalance.revoked(partitions)
        self._mine.difference_update(partitions)

    def _lost(self, partitions: Sequence[Partition]) -> None:
        self._forget(partitions)
        self._mine.difference_update(partitions)
        self._rebalance.lost(partitions)

    def _forget(self, partitions: Sequence[Partition]) -> None:
        leaving = set(partitions)
        self._fetched = deque(one for one in self._fetched if one.source not in leaving)
