"""From a service's outbox to the event log: in order per key, shard beside shard.

Two databases, so two commits, and a relay can die between them. Where the log tells what is in
doubt, three rules make that harmless: a relay forgets a batch in the outbox before it appends the
next one of the same shard, so at most one batch is in doubt; the log keeps the event ids of that
batch; whoever takes a shard over first fences the earlier relay and forgets what the log already
has. Where it does not (Kafka), batches follow one another closely, and after a death some events
are there twice, in the same order.

Rows are read by what is there, never "since the last position": concurrent transactions commit in
another order than their positions.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta
from time import monotonic

from backline.kit.db.connection import Pool
from backline.kit.db.doorbell import Doorbell
from backline.kit.db.engine import behind_pooler
from backline.kit.db.group_commit import GroupCommit
from backline.kit.db.outage import Patience
from backline.kit.messaging.housekeeping import KEEP_KEYS, HouseKeeping
from backline.kit.messaging.lane import Lane, Published, Waiting, Wanted
from backline.kit.messaging.leases import ShardLeases
from backline.kit.messaging.log import EventLog, Fenced, Record
from backline.kit.messaging.postgres_group import Lease
from backline.kit.messaging.published import KEEP, MOVE, PublishedEvents
from backline.kit.outbox.outbox import DOORBELL_CHANNEL, SHARDS

_BATCH = 2_000
_LOOK_AGAIN_S = 1.0
_LOOK_SOON_S = 0.05
_LAND_WITHIN_S = 2.0
_LAST_WORD_S = 1.0
# Reading, forgetting and the heartbeat, one statement of each at a time.
_CONNECTIONS = 3
# A statement that was planned while the outbox was empty is run when it is full, and dead rows
# are many: it has to go by the index, and read no more of it than it is asked for. Behind a pooler
# nothing is prepared, so each statement is planned for what is there.
_BY_INDEX = {"enable_seqscan": "off", "enable_bitmapscan": "off"}

READ = """
SELECT wanted.shard, below, found.* FROM
  unnest($1::smallint[], $2::bigint[]) AS wanted (shard, tail)
CROSS JOIN LATERAL (
  SELECT count(*) AS below FROM outbox
  WHERE outbox.shard = wanted.shard AND position <= wanted.tail
) AS known
LEFT JOIN LATERAL (
  SELECT position, id, topic, key, type, headers, payload, created_at FROM outbox
  WHERE outbox.shard = wanted.shard AND position > wanted.tail ORDER BY position LIMIT $3
) AS found ON true
"""
# The lock keeps the next owner from reading before these rows are gone.
FORGET = f"""
WITH mine AS (
  SELECT relay_shard.shard
  FROM relay_shard JOIN unnest($1::smallint[], $2::bigint[]) AS held (shard, epoch)
    ON relay_shard.shard = held.shard AND relay_shard.epoch = held.epoch
  ORDER BY relay_shard.shard FOR SHARE OF relay_shard
),
gone AS (
  DELETE FROM outbox
  WHERE position = ANY($3::bigint[]) AND shard IN (SELECT shard FROM mine) RETURNING *
),
kept AS ({MOVE})
SELECT shard FROM mine
"""  # noqa: S608 - constants
# By id, for positions begin again when a backup is restored.
_FORGET_PUBLISHED = f"""
WITH gone AS (DELETE FROM outbox WHERE id = ANY($1::uuid[]) RETURNING *) {MOVE}
"""  # noqa: S608 - constants


class Relay:
    """Empties one service's outbox into the log.

    Run as many as you like: they share the shards evenly, and each shard has one of them. The
    shards of one that dies are taken over when its lease has ended.

    Args:
        url: Of the service's database.
        source: The service's name; names its outbox in the log.
        doorbell: Of the service's database.
        batch: Events per step.
        lease: How a relay's death is noticed.
        keep_keys: The relay keeps house beside the outbox: the service's inboxes forget a key
            and a message after this time.
        keep_published: For how long what was published can be published again.
    """

    def __init__(
        self,
        url: str,
        log: EventLog,
        *,
        source: str,
        doorbell: Doorbell,
        batch: int = _BATCH,
        lease: Lease | None = None,
        keep_keys: timedelta = KEEP_KEYS,
        keep_published: timedelta = KEEP,
    ) -> None:
        self._url = url
        self._log = log
        self._source = source
        self._doorbell = doorbell
        self._batch = batch
        self._lease = lease or Lease()
        self._house_keeping = HouseKeeping(keep_keys)
        self._published = PublishedEvents(keep_published)
        self._pool = Pool(
            url, size=_CONNECTIONS, application_name="backline relay", settings=_BY_INDEX
        )
        self._reads = GroupCommit(self._read, most=SHARDS)
        self._forgets = GroupCommit(self._forget, most=SHARDS)
        self._lanes: dict[int, tuple[Lane, asyncio.Task[None]]] = {}
        self._found_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until `stop` is set. Outages of either database are waited through."""
        leases = ShardLeases(self._pool, self._lease)
        patience = Patience(f"relay {self._source}")
        listening = [asyncio.create_task(self._listen(stop))]
        if behind_pooler(self._url):
            listening.append(asyncio.create_task(self._poll()))
        try:
            while not stop.is_set():
                try:
                    await self._beat(leases)
                except Exception as error:  # noqa: BLE001 - whatever it is, it is logged and tried again
                    await patience.wait(error, stop)
                else:
                    patience.over()
                    await self._until_next(stop)
        finally:
            await self._land(list(self._lanes))
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_LAST_WORD_S):
                    await leases.leave()
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)
            await self._pool.close()

    async def _beat(self, leases: ShardLeases) -> None:
        """Keep what is ours, give up what others are due, take what nobody holds."""
        fair = await leases.beat()
        async with self._pool.borrowed() as connection:
            await self._published.now_and_then(connection)
        await self._bury(leases)
        if surplus := sorted(leases.epochs)[fair:]:
            await self._land(surplus)
            await leases.release(surplus)
        if len(leases.epochs) < fair:
            await leases.claim(fair - len(leases.epochs))
        if idle := sorted(leases.epochs.keys() - self._lanes.keys()):
            writer, published = await self._log.take(self._source, idle)
            if published:
                await self._pool.execute(_FORGET_PUBLISHED, published)
            for shard in idle:
                lane = Lane(
                    shard,
                    leases.epochs[shard],
                    writer,
                    read=self._reads.submit,
                    forget=self._forgets.submit,
                    valid=lambda: leases.valid,
                )
                self._lanes[shard] = lane, asyncio.create_task(lane.run())
        async with self._pool.borrowed() as connection:
            await self._house_keeping.now_and_then(connection)

    async def _bury(self, leases: ShardLeases) -> None:
        """Drop the lanes that have ended, and those of shards that are another relay's now.

        Raises:
            Exception: What ended one of them.
        """
        lost = [
            shard
            for shard, (lane, _) in self._lanes.items()
            if leases.epochs.get(shard) != lane.epoch
        ]
        await self._land(lost)
        failed = [shard for shard, (_, task) in self._lanes.items() if task.done()]
        errors = [self._lanes.pop(shard)[1].exception() for shard in failed]
        for error in errors:
            if error is not None and not isinstance(error, Fenced):
                raise error

    async def _land(self, shards: Collection[int]) -> None:
        """End the lanes of `shards`: what is in flight is finished, if that is soon."""
        ending = [self._lanes.pop(shard) for shard in shards if shard in self._lanes]
        for lane, _ in ending:
            lane.stop()
        tasks = [task for _, task in ending]
        if tasks:
            await asyncio.wait(tasks, timeout=_LAND_WITHIN_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _until_next(self, stop: asyncio.Event) -> None:
        """Wait for the next beat, or for a lane that has ended, or for `stop`."""
        stopped = asyncio.ensure_future(stop.wait())
        tasks = [task for _, task in self._lanes.values()]
        try:
            await asyncio.wait(
                [stopped, *tasks],
                timeout=self._lease.beat_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            stopped.cancel()

    async def _listen(self, stop: asyncio.Event) -> None:
        rings = self._doorbell.listen(DOORBELL_CHANNEL, every_s=_LOOK_AGAIN_S, until=stop)
        async for _ in rings:
            self._look()

    async def _poll(self) -> None:
        """Where no bell is heard: look soon after something was found, then ever less often."""
        while True:
            idle_s = monotonic() - self._found_at
            await asyncio.sleep(min(max(idle_s, _LOOK_SOON_S), _LOOK_AGAIN_S))
            self._look()

    def _look(self) -> None:
        for lane, _ in self._lanes.values():
            lane.look()

    async def _read(self, wanted: Sequence[Wanted]) -> Sequence[Waiting]:
        limit = max(1, self._batch // len(wanted))
        rows = await self._pool.fetch(
            READ, [each.shard for each in wanted], [each.tail for each in wanted], limit
        )
        below: dict[int, int] = {}
        positions: defaultdict[int, list[int]] = defaultdict(list)
        records: defaultdict[int, list[Record]] = defaultdict(list)
        for row in rows:
            shard, position = row[0], row[2]
            below[shard] = row[1]
            if position is not None:
                positions[shard].append(position)
                records[shard].append(Record._make(row[3:]))
        if records:
            self._found_at = monotonic()
        return [
            Waiting(below[shard], positions[shard], records[shard], len(records[shard]) == limit)
            for shard, _ in wanted
        ]

    async def _forget(self, published: Sequence[Published]) -> Sequence[bool]:
        positions = [position for each in published for position in each.positions]
        rows = await self._pool.fetch(
            FORGET,
            [each.shard for each in published],
            [each.epoch for each in published],
            positions,
        )
        mine = {row["shard"] for row in rows}
        return [each.shard in mine for each in published]
