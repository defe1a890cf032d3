"""Three Kafka nodes of which one may die at a time, and what stands in their log."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition
from tools.kafka.cluster import KafkaCluster
from tools.kafka.jars import default_cache, resolve

from tests.chaos.checker import Logged

NODES = 3
_IN_SYNC_WITHIN_S = 90
_ANSWERS_WITHIN_S = 20


class Cluster:
    def __init__(self, folder: Path) -> None:
        self._nodes = KafkaCluster(folder, nodes=NODES, jars=resolve(default_cache()))

    @property
    def bootstrap(self) -> str:
        return self._nodes.bootstrap

    def start(self) -> None:
        self._nodes.start()

    def stop(self) -> None:
        self._nodes.stop(grace=0)

    def kill(self, node: int) -> None:
        """`kill -9`; the machine goes on, so what was written is written."""
        self._nodes.kill(node)

    async def bring_back(self, node: int) -> None:
        """Start a node again and wait until it has caught up: ready is not in sync."""
        self._nodes.start_node(node)
        await asyncio.to_thread(self._nodes.wait_in_sync, _IN_SYNC_WITHIN_S)

    async def read(self, topic: str) -> list[Logged]:
        """Everything that stands in `topic`, by no group's offsets."""
        return await asyncio.to_thread(self._read, topic)

    def _read(self, topic: str) -> list[Logged]:
        client = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": "chaos",
                "enable.partition.eof": True,
                "log_level": 0,
            }
        )
        try:
            partitions = client.list_topics(topic, _ANSWERS_WITHIN_S).topics[topic].partitions
            client.assign([TopicPartition(topic, each, OFFSET_BEGINNING) for each in partitions])
            unread, found = set(partitions), list[Logged]()
            while unread:
                message = client.poll(_ANSWERS_WITHIN_S)
                if message is None:
                    raise AssertionError(f"{topic} cannot be read to its end")
                if (error := message.error()) is not None:
                    if error.code() != KafkaError._PARTITION_EOF:
                        raise KafkaException(error)
                    unread.discard(message.partition() or 0)
                    continue
                headers: dict[str, Any] = dict(message.headers() or ())
                found.append(
                    Logged(
                        partition=message.partition() or 0,
                        offset=message.offset() or 0,
                        id=UUID(headers["ce_id"].decode()),
                        key=(message.key() or b"").decode(),
                    )
                )
            return found
        finally:
            client.close()


@asynccontextmanager
async def running_cluster() -> AsyncIterator[Cluster]:
    """A cluster of its own for as long as the context lasts; nothing of it stays."""
    folder = Path(tempfile.mkdtemp(prefix="blkafka-"))
    cluster = await asyncio.to_thread(Cluster, folder / "nodes")
    try:
        await asyncio.to_thread(cluster.start)
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
