"""The event log within one process; passes the same contract as the real ones."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from backline.kit.messaging.log import (
    PARTITIONS,
    Delivered,
    Fenced,
    Partition,
    Rebalance,
    Record,
    Start,
    Subscription,
    Writer,
)


@dataclass(slots=True)
class _Shard:
    epoch: int = 0
    in_doubt: Sequence[UUID] = ()


@dataclass(eq=False, slots=True)
class _Group:
    offsets: dict[Partition, int] = field(default_factory=dict)
    members: list["_Member"] = field(default_factory=list)
    owners: dict[Partition, "_Member"] = field(default_factory=dict)
    balancing: asyncio.Lock = field(default_factory=asyncio.Lock)


class MemoryEventLog:
    """See `EventLog`."""

    def __init__(self) -> None:
        self.partitions: defaultdict[Partition, list[Delivered]] = defaultdict(list)
        self._sources: defaultdict[tuple[str, int], _Shard] = defaultdict(_Shard)
        self._groups: defaultdict[str, _Group] = defaultdict(_Group)

    async def take(self, source: str, shards: Sequence[int]) -> tuple[Writer, Sequence[UUID]]:
        in_doubt: list[UUID] = []
        epochs = {}
        for number in shards:
            shard = self._sources[source, number]
            shard.epoch += 1
            epochs[number] = shard.epoch
            in_doubt += shard.in_doubt
        return _Writer(self, source, epochs), in_doubt

    def append(self, source: str, shard: int, epoch: int, records: Sequence[Record]) -> None:
        current = self._sources[source, shard]
        if current.epoch != epoch:
            raise Fenced(f"Another relay has taken shard {shard} of {source}.")
        current.in_doubt = [record.id for record in records]
        for record in records:
            messages = self.partitions[Partition(record.topic, shard)]
            messages.append(
                Delivered(
                    id=record.id,
                    topic=record.topic,
                    key=record.key,
                    type=record.type,
                    payload=record.payload,
                    headers=json.loads(record.headers),
                    partition=shard,
                    offset=len(messages),
                    at=record.at,
                )
            )
        for group in self._groups.values():
            for member in group.members:
                member.look.set()

    async def subscribe(
        self, topics: Sequence[str], group: str, rebalance: Rebalance, *, start: Start = "earliest"
    ) -> Subscription:
        state = self._groups[group]
        for topic in topics:
            for number in range(PARTITIONS):
                partition = Partition(topic, number)
                first = len(self.partitions[partition]) if start == "latest" else 0
                state.offsets.setdefault(partition, first)
        member = _Member(self, state, topics, rebalance)
        state.members.append(member)
        await balance(state)
        return member

    async def close(self) -> None:
        """Nothing is held open."""


class _Writer:
    in_flight = 1

    def __init__(self, log: MemoryEventLog, source: str, epochs: Mapping[int, int]) -> None:
        self._log = log
        self._source = source
        self._epochs = epochs

    async def append(self, shard: int, records: Sequence[Record]) -> None:
        self._log.append(self._source, shard, self._epochs[shard], records)


class _Member:
    def __init__(
        self,
        log: MemoryEventLog,
        group: _Group,
        topics: Sequence[str],
        rebalance: Rebalance,
    ) -> None:
        self._log = log
        self._group = group
        self.topics = topics
        self.rebalance = rebalance
        self.look = asyncio.Event()
        self.next: dict[Partition, int] = {}

    async def fetch(self, limit: int) -> Sequence[Delivered]:
        while True:
            self.look.clear()
            found: list[Delivered] = []
            for partition, first in self.next.items():
                messages = self._log.partitions[partition][first : first + limit - len(found)]
                self.next[partition] = first + len(messages)
                found += messages
            if found:
                return found
            await self.look.wait()

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        for partition, offset in offsets.items():
            if self._group.owners.get(partition) is self:
                self._group.offsets[partition] = max(self._group.offsets[partition], offset)

    async def close(self) -> None:
        if self in self._group.members:
            self._group.members.remove(self)
            for partition in [name for name, owner in self._group.owners.items() if owner is self]:
                del self._group.owners[partition]
            self.next.clear()
            await balance(self._group)


async def balance(group: _Group) -> None:
    """Give each partition to one of the members that want its topic, in turn."""
    async with group.balancing:
        wanted: dict[Partition, _Member] = {}
        for partition in sorted(group.offsets):
            members = [member for member in group.members if partition.topic in member.topics]
            if members:
                wanted[partition] = members[partition.number % len(members)]
        for partition, owner in list(group.owners.items()):
            if wanted.get(partition) is not owner:
                owner.next.pop(partition, None)
                await owner.rebalance.revoked([partition])
                group.owners.pop(partition, None)
        for partition, member in wanted.items():
            if partition not in group.owners:
                group.owners[partition] = member
                member.next[partition] = group.offsets[partition]
                member.rebalance.assigned([partition])
                member.look.set()
