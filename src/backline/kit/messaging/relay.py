"""From a service's outbox to the event log: in order per key, each event exactly once.

Two databases, so two commits, and a relay can die between them. Three rules make that harmless:
a relay forgets a batch in the outbox before it appends the next one of the same shard, so at most
one batch is in doubt; the log keeps the event ids of that batch; whoever takes a shard over
first fences the earlier relay and forgets what the log already has.

Rows are read by what is there, never "since the last position": concurrent transactions commit in
another order than their positions.
"""

import asyncio
import json
from collections import defaultdict
from datetime import timedelta

import asyncpg

from backline.kit.core.failpoints import failpoint
from backline.kit.db.connection import Connection, connected
from backline.kit.db.doorbell import Doorbell
from backline.kit.db.outage import Patience
from backline.kit.messaging.housekeeping import KEEP_KEYS, HouseKeeping
from backline.kit.messaging.log import EventLog, Record, Writer
from backline.kit.messaging.published import KEEP, MOVE, PublishedEvents
from backline.kit.outbox.codec import Envelope
from backline.kit.outbox.outbox import DOORBELL_CHANNEL, SHARDS

_BATCH = 500
_LOOK_AGAIN_S = 1.0
_LOCKS = 0x726C79  # "rly": the first half of the advisory locks on shards

_TRY = """
SELECT shard FROM unnest($2::smallint[]) AS shard WHERE pg_try_advisory_lock($1, shard)
"""
_READ = """
SELECT position, shard, id, topic, key, type, headers, payload, created_at
FROM outbox WHERE shard = ANY($1::smallint[]) ORDER BY position LIMIT $2
"""
_FORGET = f"""
WITH gone AS (DELETE FROM outbox WHERE position = ANY($1::bigint[]) RETURNING *) {MOVE}
"""  # noqa: S608 - constants
# By id, for positions begin again when a backup is restored.
_FORGET_PUBLISHED = f"""
WITH gone AS (DELETE FROM outbox WHERE id = ANY($1::uuid[]) RETURNING *) {MOVE}
"""  # noqa: S608 - constants


class Relay:
    """Empties one service's outbox into the log. Run as many as you like; each shard has one.

    Args:
        url: Of the service's database.
        source: The service's name; names its outbox in the log.
        doorbell: Of the service's database.
        batch: Events per step.
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
        keep_keys: timedelta = KEEP_KEYS,
        keep_published: timedelta = KEEP,
    ) -> None:
        self._url = url
        self._log = log
        self._source = source
        self._doorbell = doorbell
        self._batch = batch
        self._house_keeping = HouseKeeping(keep_keys)
        self._published = PublishedEvents(keep_published)

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until `stop` is set. Outages of either database are waited through."""
        patience = Patience(f"relay {self._source}")
        while not stop.is_set():
            try:
                async with connected(self._url, application_name="backline relay") as connection:
                    await self._serve(connection, stop, patience)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is logged and tried again
                await patience.wait(error, stop)

    async def _serve(self, connection: Connection, stop: asyncio.Event, patience: Patience) -> None:
        # The shards are this connection's as long as it lives: its end frees their locks.
        writers: dict[int, Writer] = {}
        rings = self._doorbell.listen(DOORBELL_CHANNEL, every_s=_LOOK_AGAIN_S, until=stop)
        async for _ in rings:
            await self._published.now_and_then(connection)
            await self._take(connection, writers)
            while await self._step(connection, writers) == self._batch and not stop.is_set():
                pass
            await self._house_keeping.now_and_then(connection)
            patience.over()

    async def _take(self, connection: Connection, writers: dict[int, Writer]) -> None:
        """Become the relay of every shard that has none."""
        free = [shard for shard in range(SHARDS) if shard not in writers]
        if not free:
            return
        rows = await connection.fetch(_TRY, _LOCKS, free)
        if not rows:
            return
        shards = [row["shard"] for row in rows]
        writer, published = await self._log.take(self._source, shards)
        await connection.execute(_FORGET_PUBLISHED, published)
        writers.update(dict.fromkeys(shards, writer))

    async def _step(self, connection: Connection, writers: dict[int, Writer]) -> int:
        """Move one batch; how many events that were."""
        rows = await connection.fetch(_READ, list(writers), self._batch)
        if not rows:
            return 0
        shards: defaultdict[int, list[Record]] = defaultdict(list)
        for row in rows:
            shards[row["shard"]].append(_to_record(row))
        for shard, records in shards.items():
            await writers[shard].append(shard, records)
        failpoint("relay.published")
        await connection.execute(_FORGET, [row["position"] for row in rows])
        return len(rows)


def _to_record(row: asyncpg.Record) -> Record:
    envelope = Envelope(
        id=row["id"],
        topic=row["topic"],
        key=row["key"],
        type=row["type"],
        payload=row["payload"],
        headers=json.loads(row["headers"]),
    )
    return Record(envelope, row["created_at"])
