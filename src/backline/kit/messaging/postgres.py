"""The event log in a PostgreSQL database of its own: the broker of the one box.

A shard of an outbox has one writer at a time, fenced by an epoch, and a partition's offsets are
given out under the lock of its row: they have no gaps and become visible in their order, so that
readers may page by offset. The row with the writer's epoch also keeps the event ids of the last
batch, which is what makes the step between two databases exactly-once: whoever takes the shard
over learns which rows of the outbox are in the log already.

Members of a group own partitions by leases in `group_offset`, fenced by an epoch too.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from time import monotonic
from uuid import UUID

from backline.kit.db.connection import Pool
from backline.kit.db.doorbell import PostgresDoorbell
from backline.kit.messaging.log import (
    Fenced,
    Rebalance,
    Record,
    Start,
    Subscription,
    Writer,
)
from backline.kit.messaging.postgres_group import GroupMember, Lease

DOORBELL_CHANNEL = "log"

TAKE = """
INSERT INTO source (name, shard, epoch) SELECT $1, shard, 1
FROM unnest($2::smallint[]) AS shard ORDER BY shard
ON CONFLICT (name, shard) DO UPDATE SET epoch = source.epoch + 1
RETURNING shard, epoch, in_doubt
"""
APPEND = """
WITH fenced AS (
  UPDATE source SET in_doubt = $4::uuid[]
  WHERE name = $1 AND shard = $2 AND epoch = $3 RETURNING 1
),
batch AS (
  SELECT appended.* FROM fenced, unnest(
    $4::uuid[], $5::text[], $6::text[], $7::text[], $8::jsonb[], $9::bytea[], $10::timestamptz[]
  ) WITH ORDINALITY AS appended (id, topic, key, type, headers, payload, happened_at, nth)
),
counted AS (SELECT topic, count(*) AS rows FROM batch GROUP BY topic ORDER BY topic),
moved AS (
  INSERT INTO partition (topic, number, next_offset) SELECT topic, $2, rows FROM counted
  ON CONFLICT (topic, number) DO UPDATE
  SET next_offset = partition.next_offset + excluded.next_offset
  RETURNING topic, next_offset
)
INSERT INTO event (topic, number, "offset", id, key, type, headers, payload, happened_at)
SELECT topic, $2,
  next_offset - rows + row_number() OVER (PARTITION BY topic ORDER BY nth) - 1,
  id, key, type, headers, payload, happened_at
FROM batch JOIN counted USING (topic) JOIN moved USING (topic)
"""
_PRUNE = """
DELETE FROM event WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM event WHERE appended_at < now() - $1::interval LIMIT $2
))
"""
_PRUNE_AT_A_TIME = 5_000
_RETENTION = timedelta(days=14)
_PRUNE_EVERY_S = 3600.0


class PostgresEventLog:
    """See `EventLog`.

    Args:
        url: Of the log's database, migrated as `backline.kit.messaging`.
        pool_size: Connections that writers and readers share.
        retention: Events are forgotten after this time, read or not. Writers see to it.

    Attributes:
        holders: How many share it; the last `close` cuts its connections.
        lease: How a member's death is noticed; tests shorten it.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 4,
        lease: Lease | None = None,
        retention: timedelta = _RETENTION,
    ) -> None:
        self._pool = Pool(url, size=pool_size, application_name="backline log")
        self._doorbell = PostgresDoorbell(url)
        self.holders = 0
        self._lease = lease or Lease()
        self._retention = retention
        self._prune_at = 0.0

    async def take(self, source: str, shards: Sequence[int]) -> tuple[Writer, Sequence[UUID]]:
        rows = await self._pool.fetch(TAKE, source, shards)
        epochs = {row["shard"]: row["epoch"] for row in rows}
        in_doubt = [event_id for row in rows for event_id in row["in_doubt"]]
        await self._prune_now_and_then()
        return _Writer(self._append, source, epochs), in_doubt

    async def subscribe(
        self, topics: Sequence[str], group: str, rebalance: Rebalance, *, start: Start = "earliest"
    ) -> Subscription:
        member = GroupMember(
            pool=self._pool,
            doorbell=self._doorbell,
            channel=DOORBELL_CHANNEL,
            topics=topics,
            group=group,
            rebalance=rebalance,
            lease=self._lease,
        )
        await member.join(start)
        return member

    async def _append(self, *values: object) -> bool:
        """Whether the writer still was the one."""
        done = await self._pool.execute(APPEND, *values)
        self._doorbell.ring(DOORBELL_CHANNEL)
        await self._prune_now_and_then()
        return done != "INSERT 0 0"

    async def _prune_now_and_then(self) -> None:
        if monotonic() >= self._prune_at:
            self._prune_at = monotonic() + _PRUNE_EVERY_S
            done = await self._pool.execute(_PRUNE, self._retention, _PRUNE_AT_A_TIME)
            if done == f"DELETE {_PRUNE_AT_A_TIME}":
                self._prune_at = 0.0

    async def close(self) -> None:
        self.holders -= 1
        if self.holders > 0:
            return
        await self._doorbell.close()
        await self._pool.close()


class _Writer:
    """See `Writer`."""

    in_flight = 1

    def __init__(
        self, append: Callable[..., Awaitable[bool]], source: str, epochs: Mapping[int, int]
    ) -> None:
        self._append = append
        self._source = source
        self._epochs = epochs

    async def append(self, shard: int, records: Sequence[Record]) -> None:
        if not records:
            return
        is_mine = await self._append(
            self._source,
            shard,
            self._epochs[shard],
            *zip(*records, strict=True),
        )
        if not is_mine:
            raise Fenced(f"Another relay has taken shard {shard} of {self._source}.")
