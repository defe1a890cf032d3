"""The event log: what every broker behind Backline has to do, in Kafka's terms.

A topic is a number of partitions; a partition is a sequence of messages in the order of their
offsets. All messages of one key are in one partition. A consumer group reads every message at
least once; each partition is read by one member of the group at a time.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

from backline.kit.outbox.codec import Envelope
from backline.kit.outbox.outbox import SHARDS

PARTITIONS = SHARDS
"""Partitions of a topic; a key's partition is its shard of the outbox."""

Start = Literal["earliest", "latest"]


class Partition(NamedTuple):
    """One partition of one topic."""

    topic: str
    number: int


class Record(NamedTuple):
    """An event on its way into the log: a row of the outbox, as little touched as possible.

    Attributes:
        headers: A JSON object of strings, as text.
        at: When it happened.
    """

    id: UUID
    topic: str
    key: str
    type: str
    headers: str
    payload: bytes
    at: datetime

    @classmethod
    def of(cls, envelope: Envelope, at: datetime) -> "Record":
        headers = json.dumps(dict(envelope.headers))
        return cls(
            envelope.id,
            envelope.topic,
            envelope.key,
            envelope.type,
            headers,
            envelope.payload,
            at,
        )


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message as a consumer gets it.

    Attributes:
        id: UUIDv7; the same each time this message is delivered. Use it as the inbox key.
        type: `<service>.v1.TrackPlayed`.
        payload: The serialised protobuf message of that name.
        partition: Its number within the topic.
        offset: Its place in the partition.
        at: When it happened, by the clock of the service that says so.
    """

    id: UUID
    topic: str
    key: str
    type: str
    payload: bytes
    headers: Mapping[str, str]
    partition: int
    offset: int
    at: datetime

    @property
    def source(self) -> Partition:
        return Partition(self.topic, self.partition)


class Fenced(Exception):
    """Another writer has taken this shard over; nothing was written."""


class Writer(Protocol):
    """The one writer of some shards of one outbox."""

    @property
    def in_flight(self) -> int:
        """How many batches of a shard may be on their way before the oldest is forgotten.

        One where the log tells what is in doubt after a crash: at most one batch per shard is.
        """
        ...

    async def append(self, shard: int, records: Sequence[Record]) -> None:
        """Make `records` permanent, in this order.

        Several of one shard take effect in the order in which they were begun. After one has
        failed, those behind it fail as well: take the shard again.

        Raises:
            Fenced: Another writer has taken the shard.
        """
        ...


class Rebalance(Protocol):
    """Told by a subscription which partitions come and go."""

    def assigned(self, partitions: Sequence[Partition]) -> None:
        """Their messages will be fetched from now on, beginning at the committed offset."""
        ...

    async def revoked(self, partitions: Sequence[Partition]) -> None:
        """They are about to go: finish what is under way, commit it, then return."""
        ...

    def lost(self, partitions: Sequence[Partition]) -> None:
        """They are gone without warning; what is under way can no longer be committed."""
        ...


class Subscription(Protocol):
    """One member of a consumer group."""

    async def fetch(self, limit: int) -> Sequence[Delivered]:
        """About `limit` messages at most that were not fetched before, each partition in order.

        Waits until there is one.
        """
        ...

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Remember that everything below these offsets was handled.

        Offsets of partitions that this member no longer owns are ignored.
        """
        ...

    async def close(self) -> None:
        """Leave the group: its partitions go to the other members at once."""
        ...


class EventLog(Protocol):
    async def take(self, source: str, shards: Sequence[int]) -> tuple[Writer, Sequence[UUID]]:
        """Become the writer of `shards` of the outbox named `source`; earlier writers are fenced.

        Returns:
            The writer, and the ids of events that may still be in the outbox although they are
            in the log: do not append them again. (A log that cannot know them returns none:
            those events are delivered twice, which the consumers' inboxes absorb.)
        """
        ...

    async def subscribe(
        self, topics: Sequence[str], group: str, rebalance: Rebalance, *, start: Start = "earliest"
    ) -> Subscription:
        """Join `group`. A group that never was before begins at `start` of each partition."""
        ...

    async def close(self) -> None: ...
