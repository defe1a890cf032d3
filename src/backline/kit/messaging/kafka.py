"""The event log in Kafka.

A key's partition is its shard of the outbox, chosen by us, so that each partition has one relay
at a time. Producing is idempotent and waits for every in-sync replica. Kafka knows nothing of our
relays, so an earlier one cannot be fenced, and nobody can tell what is in doubt: after a relay's
death some events are there twice, in the same order, which the consumers' inboxes absorb.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Collection, Sequence
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from confluent_kafka import (
    OFFSET_INVALID,
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from backline.kit.core.errors import InvalidArgument
from backline.kit.messaging.kafka_group import KafkaMember
from backline.kit.messaging.kafka_producer import BatchProducer
from backline.kit.messaging.log import (
    PARTITIONS,
    Fenced,
    Rebalance,
    Record,
    Start,
    Subscription,
    Writer,
)

Config = dict[str, str | int | float | bool]

_WITHIN_S = 10.0


class BadKafkaAddress(InvalidArgument):
    """The URL does not say where Kafka is."""


class KafkaEventLog:
    """See `EventLog`.

    Args:
        url: `kafka://host:9092,host:9092/namespace?group.protocol=classic`. The path is put in
            front of the names of topics and groups, so that several boxes can share the brokers.
            The query goes to librdkafka as it is; Kafka before 4.0 needs the classic protocol.

    Raises:
        BadKafkaAddress: `url` names no broker.
    """

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        if not address.netloc:
            raise BadKafkaAddress(f"{url!r} names no broker; use kafka://host:9092.")
        namespace = address.path.strip("/")
        self._prefix = f"{namespace}." if namespace else ""
        self._options: Config = {
            "bootstrap.servers": address.netloc,
            "client.id": "backline",
            **dict(parse_qsl(address.query)),
        }
        self._group_protocol = str(self._options.pop("group.protocol", "consumer"))
        self._producer: BatchProducer | None = None
        self._known: set[str] = set()
        self._creating = asyncio.Lock()

    async def take(self, source: str, shards: Sequence[int]) -> tuple[Writer, Sequence[UUID]]:
        return _Writer(self), ()

    async def produce(self, shard: int, records: Sequence[Record]) -> Awaitable[None]:
        """Hand `records` to the producer; what comes back ends when all replicas have them."""
        await self._create({self._prefix + record.topic for record in records})
        producer = self._opened_producer()
        return await producer.send(records, prefix=self._prefix, partition=shard)

    async def subscribe(
        self, topics: Sequence[str], group: str, rebalance: Rebalance, *, start: Start = "earliest"
    ) -> Subscription:
        names = {self._prefix + topic: topic for topic in topics}
        await self._create(list(names))
        group_id = self._prefix + group
        if start == "latest":
            await asyncio.to_thread(self._begin_at_the_end, group_id, list(names))

        config: Config = self._options | {
            "group.id": group_id,
            "group.protocol": self._group_protocol,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 100,
        }
        if self._group_protocol == "classic":
            config["partition.assignment.strategy"] = "cooperative-sticky"
        return KafkaMember(config, names, rebalance)

    async def close(self) -> None:
        if self._producer is not None:
            await self._producer.close()

    def _opened_producer(self) -> BatchProducer:
        if self._producer is None:
            self._producer = BatchProducer(
                self._options
                | {
                    "acks": "all",
                    "enable.idempotence": True,
                    "message.timeout.ms": 0,
                    "linger.ms": 5,
                    "compression.type": "lz4",
                }
            )
        return self._producer

    async def _create(self, topics: Collection[str]) -> None:
        """Make the topics that are not there; with the brokers' own replication."""
        async with self._creating:
            unknown = [topic for topic in topics if topic not in self._known]
            if unknown:
                await asyncio.to_thread(self._make, unknown)
                self._known.update(unknown)

    def _make(self, topics: Sequence[str]) -> None:
        admin = AdminClient(self._options)
        wanted = [
            NewTopic(topic, num_partitions=PARTITIONS, replication_factor=-1) for topic in topics
        ]
        for made in admin.create_topics(wanted, operation_timeout=_WITHIN_S).values():
            try:
                made.result(_WITHIN_S)
            except KafkaException as error:
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise

    def _begin_at_the_end(self, group_id: str, topics: Sequence[str]) -> None:
        """Commit the end of each partition that the group has no offset of.

        As a rule of the group it would be asked again at every rebalance, and would then pass
        over what arrived meanwhile.
        """
        client = Consumer(self._options | {"group.id": group_id, "enable.auto.commit": False})
        try:
            all_of_them = [
                TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)
            ]
            unknown = [
                partition
                for partition in client.committed(all_of_them, _WITHIN_S)
                if partition.offset == OFFSET_INVALID
            ]
            for partition in unknown:
                _, partition.offset = client.get_watermark_offsets(partition, _WITHIN_S)
        finally:
            client.close()
        if unknown:
            admin = AdminClient(self._options)
            begin = ConsumerGroupTopicPartitions(group_id, unknown)
            for done in admin.alter_consumer_group_offsets([begin]).values():
                done.result(_WITHIN_S)


class _Writer:
    """See `Writer`."""

    in_flight = 4

    def __init__(self, log: KafkaEventLog) -> None:
        self._log = log
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._failed: set[int] = set()

    async def append(self, shard: int, records: Sequence[Record]) -> None:
        if not records:
            return
        try:
            async with self._turns[shard]:
                self._go_on(shard)
                delivered = await self._log.produce(shard, records)
            await delivered
        except BaseException:
            self._failed.add(shard)
            raise

    def _go_on(self, shard: int) -> None:
        if shard in self._failed:
            raise Fenced(f"A batch of shard {shard} has failed before this one.")
