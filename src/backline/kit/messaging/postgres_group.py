"""One member of a consumer group on the PostgreSQL event log."""

import asyncio
import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import asyncpg

from backline.kit.db.connection import Pool
from backline.kit.db.doorbell import Doorbell
from backline.kit.db.outage import Patience, is_outage
from backline.kit.messaging.log import PARTITIONS, Delivered, Partition, Rebalance, Start

_ABSENT = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
_LOOK_AGAIN_S = 1.0
_LAST_WORD_S = 1.0
_AT_LEAST_PER_PARTITION = 16

_PREPARE = """
INSERT INTO partition (topic, number)
SELECT topic, number FROM unnest($1::text[]) AS topic, generate_series(0, $2 - 1) AS number
ORDER BY topic, number
ON CONFLICT DO NOTHING
"""
_BEGIN = """
INSERT INTO group_offset (group_name, topic, number, "offset")
SELECT $1, topic, number, CASE WHEN $3 THEN next_offset ELSE 0 END
FROM partition WHERE topic = ANY($2::text[])
ORDER BY topic, number
ON CONFLICT DO NOTHING
"""
_BEAT = """
INSERT INTO group_member (group_name, member, topics, lease_until)
VALUES ($1, $2, $3, now() + $4)
ON CONFLICT (group_name, member) DO UPDATE SET lease_until = excluded.lease_until
"""
_RENEW = """
UPDATE group_offset SET lease_until = now() + $3
WHERE group_name = $1 AND owner = $2 RETURNING topic, number, epoch
"""
_BURY = "DELETE FROM group_member WHERE group_name = $1 AND lease_until < now() - $2::interval"
_MEMBERS = """
SELECT topic, count(*) AS members
FROM group_member, unnest(topics) AS topic
WHERE group_name = $1 AND lease_until > now() GROUP BY topic
"""
_CLAIM = """
UPDATE group_offset AS mine SET owner = $2, epoch = epoch + 1, lease_until = now() + $5
FROM (
  SELECT topic, number FROM group_offset
  WHERE group_name = $1 AND topic = $3 AND (owner IS NULL OR lease_until < now())
  ORDER BY number LIMIT $4 FOR UPDATE SKIP LOCKED
) AS free
WHERE mine.group_name = $1 AND mine.topic = free.topic AND mine.number = free.number
RETURNING mine.topic, mine.number, mine.epoch, mine."offset"
"""
_RELEASE = """
UPDATE group_offset SET owner = NULL, lease_until = NULL
WHERE group_name = $1 AND owner = $2 AND topic = $3 AND number = $4 AND epoch = $5
"""
_LEAVE = """
WITH released AS (
  UPDATE group_offset SET owner = NULL, lease_until = NULL WHERE group_name = $1 AND owner = $2
)
DELETE FROM group_member WHERE group_name = $1 AND member = $2
"""
_FETCH = """
SELECT event.* FROM
  unnest($1::text[], $2::smallint[], $3::bigint[]) AS wanted (topic, number, first)
CROSS JOIN LATERAL (
  SELECT * FROM event
  WHERE topic = wanted.topic AND number = wanted.number AND "offset" >= first
  ORDER BY "offset" LIMIT $4
) AS event
"""
_COMMIT = """
UPDATE group_offset AS mine SET "offset" = done."offset"
FROM unnest($3::text[], $4::smallint[], $5::bigint[], $6::bigint[])
  AS done (topic, number, epoch, "offset")
WHERE group_name = $1 AND owner = $2 AND mine.topic = done.topic
  AND mine.number = done.number AND mine.epoch = done.epoch AND mine."offset" < done."offset"
"""


@dataclass(frozen=True, slots=True)
class Lease:
    """How long a silent member keeps its partitions.

    Attributes:
        lasts_s: Seconds after its last sign of life.
        beat_s: Seconds between signs of life.
    """

    lasts_s: float = 5.0
    beat_s: float = 1.0


@dataclass(slots=True)
class _Owned:
    epoch: int
    next_offset: int
    leaving: bool = False


class GroupMember:
    """See `Subscription`. Its heart beats beside `fetch`, so slow handlers lose nothing."""

    def __init__(
        self,
        *,
        pool: Pool,
        doorbell: Doorbell,
        channel: str,
        topics: Sequence[str],
        group: str,
        rebalance: Rebalance,
        lease: Lease,
    ) -> None:
        self._pool = pool
        self._topics = list(topics)
        self._group = group
        self._rebalance = rebalance
        self._lease = lease
        self._lasts = timedelta(seconds=lease.lasts_s)
        self._id = uuid4()
        self._owned: dict[Partition, _Owned] = {}
        self._closed = asyncio.Event()
        self._look = asyncio.Event()
        self._handing_over: set[asyncio.Task[None]] = set()
        self._background: list[asyncio.Task[None]] = []
        self._doorbell = doorbell
        self._channel = channel

    async def join(self, start: Start) -> None:
        await self._pool.execute(_PREPARE, self._topics, PARTITIONS)
        await self._pool.execute(_BEGIN, self._group, self._topics, start == "latest")
        await self._beat()
        self._background = [
            asyncio.create_task(self._keep_beating()),
            asyncio.create_task(self._hear()),
        ]

    async def fetch(self, limit: int) -> Sequence[Delivered]:
        patience = Patience(f"consumer {self._group}")
        while True:
            self._look.clear()
            try:
                messages = await self._read(limit)
            except Exception as error:
                if not is_outage(error):
                    raise
                await patience.wait(error, self._closed)
                continue
            patience.over()
            if messages:
                return messages
            await self._look.wait()

    async def _read(self, limit: int) -> Sequence[Delivered]:
        wanted = {
            partition: (owned, owned.next_offset)
            for partition, owned in self._owned.items()
            if not owned.leaving
        }
        if not wanted:
            return ()
        rows = await self._pool.fetch(
            _FETCH,
            [partition.topic for partition in wanted],
            [partition.number for partition in wanted],
            [first for _, first in wanted.values()],
            max(limit // len(wanted), _AT_LEAST_PER_PARTITION),
        )
        messages = []
        for message in map(_to_delivered, rows):
            owned, _ = wanted[message.source]
            # It may have gone while the query ran.
            if self._owned.get(message.source) is owned and not owned.leaving:
                owned.next_offset = message.offset + 1
                messages.append(message)
        return messages

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        mine = {
            partition: (self._owned[partition].epoch, offset)
            for partition, offset in offsets.items()
            if partition in self._owned
        }
        if mine:
            await self._pool.execute(
                _COMMIT,
                self._group,
                self._id,
                [partition.topic for partition in mine],
                [partition.number for partition in mine],
                [epoch for epoch, _ in mine.values()],
                [offset for _, offset in mine.values()],
            )

    async def close(self) -> None:
        self._closed.set()
        tasks = [*self._background, *self._handing_over]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._owned.clear()
        # An absent database forgets the member when its lease runs out.
        with contextlib.suppress(*_ABSENT):
            async with asyncio.timeout(_LAST_WORD_S):
                await self._pool.execute(_LEAVE, self._group, self._id)

    async def _hear(self) -> None:
        async for _ in self._doorbell.listen(
            self._channel, every_s=_LOOK_AGAIN_S, until=self._closed
        ):
            self._look.set()

    async def _keep_beating(self) -> None:
        patience = Patience(f"consumer {self._group}, lease")
        while True:
            try:
                await self._beat()
            except Exception as error:  # noqa: BLE001 - whatever it is, the heart beats on
                await patience.wait(error, self._closed)
            else:
                patience.over()
                await asyncio.sleep(self._lease.beat_s)

    async def _beat(self) -> None:
        """Stay alive, notice what was lost, and move towards a fair share of each topic."""
        await self._pool.execute(_BEAT, self._group, self._id, self._topics, self._lasts)
        await self._pool.execute(_BURY, self._group, self._lasts)
        rows = await self._pool.fetch(_RENEW, self._group, self._id, self._lasts)
        still = {Partition(row["topic"], row["number"]): row["epoch"] for row in rows}
        gone = [name for name, owned in self._owned.items() if still.get(name) != owned.epoch]
        if gone:
            for partition in gone:
                del self._owned[partition]
            self._rebalance.lost(gone)
        for partition in still.keys() - self._owned.keys():
            # A claim whose answer was lost, or a release that did not arrive.
            await self._release(partition, still[partition])
        members = {
            row["topic"]: row["members"] for row in await self._pool.fetch(_MEMBERS, self._group)
        }
        for topic in self._topics:
            share = -(-PARTITIONS // max(1, members.get(topic, 1)))
            held = [
                partition
                for partition, owned in self._owned.items()
                if partition.topic == topic and not owned.leaving
            ]
            if len(held) > share:
                self._hand_over(held[share:])
            elif len(held) < share:
                await self._claim(topic, share - len(held))

    async def _claim(self, topic: str, limit: int) -> None:
        rows = await self._pool.fetch(_CLAIM, self._group, self._id, topic, limit, self._lasts)
        claimed = {
            Partition(row["topic"], row["number"]): _Owned(row["epoch"], row["offset"])
            for row in rows
        }
        if claimed:
            self._owned |= claimed
            self._rebalance.assigned(list(claimed))
            self._look.set()

    def _hand_over(self, partitions: Sequence[Partition]) -> None:
        """Let others have them; beside the heartbeat, which keeps them until they are drained."""
        for partition in partitions:
            self._owned[partition].leaving = True
        task = asyncio.create_task(self._drain(partitions))
        self._handing_over.add(task)
        task.add_done_callback(self._handing_over.discard)

    async def _drain(self, partitions: Sequence[Partition]) -> None:
        await self._rebalance.revoked(partitions)
        for partition in partitions:
            # First out of the books, so that the heartbeat does not take it for lost.
            owned = self._owned.pop(partition, None)
            if owned is not None:
                with contextlib.suppress(*_ABSENT):  # the heartbeat will do it
                    await self._release(partition, owned.epoch)

    async def _release(self, partition: Partition, epoch: int) -> None:
        await self._pool.execute(
            _RELEASE, self._group, self._id, partition.topic, partition.number, epoch
        )


def _to_delivered(row: asyncpg.Record) -> Delivered:
    return Delivered(
        id=row["id"],
        topic=row["topic"],
        key=row["key"],
        type=row["type"],
        payload=row["payload"],
        headers=json.loads(row["headers"]),
        partition=row["number"],
        offset=row["offset"],
        at=row["happened_at"],
    )
