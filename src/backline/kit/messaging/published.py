"""What was published, kept for a while: for a broker that has lost it.

`outbox` holds only what waits. The statement that forgets a published batch moves its rows into
`outbox_published`, partitioned by the hour of publishing; retention is dropping partitions.
`republish` moves rows back with the positions that they had, so they come before whatever waits
and in their old order.
"""

from datetime import datetime, timedelta
from time import monotonic

import asyncpg

from backline.kit.db.connection import Connection

KEEP = timedelta(hours=24)

_COLUMNS = "position, shard, id, topic, key, type, headers, payload, created_at"

MOVE = f"""
INSERT INTO outbox_published (published_at, {_COLUMNS}) SELECT now(), {_COLUMNS} FROM gone
"""  # noqa: S608 - constants
"""The end of a statement whose part `gone` returns rows of `outbox` that it deletes."""

_HOURS_AHEAD = 3
_LOOK_EVERY_S = 600.0
_LOCK = 0x6F7570  # "oup"; one relay at a time makes and drops partitions

# A partition is attached, not created in place: that waits for no reader and holds none up.
_CREATE = f"""
DO $$
DECLARE
  hour timestamptz;
  name text;
BEGIN
  PERFORM pg_advisory_xact_lock({_LOCK});
  FOR ahead IN 0..{_HOURS_AHEAD} LOOP
    hour := date_trunc('hour', now(), 'UTC') + ahead * interval '1 hour';
    name := 'outbox_published_' || to_char(hour AT TIME ZONE 'UTC', 'YYYYMMDDHH24');
    CONTINUE WHEN to_regclass(name) IS NOT NULL;
    EXECUTE format('CREATE TABLE %I (LIKE outbox_published)', name);
    EXECUTE format('ALTER TABLE outbox_published ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
      name, hour, hour + interval '1 hour');
  END LOOP;
END $$
"""

# Behind a backup that reads the table the drop would wait, and every relay behind the drop.
_DROP = """
DO $$
DECLARE
  name text;
BEGIN
  PERFORM pg_advisory_xact_lock({lock});
  PERFORM set_config('lock_timeout', '200ms', true);
  FOR name IN
    SELECT relid::text FROM pg_partition_tree('outbox_published')
    WHERE isleaf AND relid::text < 'outbox_published_' || to_char(
      (now() - interval '{keep_s} seconds') AT TIME ZONE 'UTC', 'YYYYMMDDHH24')
  LOOP
    EXECUTE format('DROP TABLE %I', name);
  END LOOP;
END $$
"""

_OLDEST = """
SELECT to_timestamp(min(right(relid::text, 10)) || '+00', 'YYYYMMDDHH24TZH')
FROM pg_partition_tree('outbox_published') WHERE isleaf
"""

_REPUBLISH = f"""
WITH back AS (
  DELETE FROM outbox_published
  WHERE published_at >= $1 AND ($2::text IS NULL OR topic = $2) RETURNING {_COLUMNS}
),
waiting AS (
  INSERT INTO outbox ({_COLUMNS}) OVERRIDING SYSTEM VALUE
  SELECT {_COLUMNS} FROM back ORDER BY position RETURNING topic
)
SELECT topic, count(*) AS events FROM waiting GROUP BY topic ORDER BY topic
"""  # noqa: S608 - constants


class PublishedEvents:
    """Makes the partitions of `outbox_published` ahead of time, and drops the old ones.

    Args:
        keep: For how long what was published can be published again, to the hour above.
    """

    def __init__(self, keep: timedelta = KEEP) -> None:
        self._keep_s = int(keep.total_seconds())
        self._at = 0.0

    async def now_and_then(self, connection: Connection) -> None:
        """Look at the first call, then every ten minutes."""
        if monotonic() >= self._at:
            await self.look(connection)
            self._at = monotonic() + _LOOK_EVERY_S

    async def look(self, connection: Connection) -> None:
        """Look now. What cannot be dropped because somebody reads it is dropped another time."""
        await connection.execute(_CREATE)
        try:
            await connection.execute(_DROP.format(lock=_LOCK, keep_s=self._keep_s))
        except asyncpg.LockNotAvailableError:
            return


async def republish(
    connection: Connection, since: datetime, *, topic: str | None = None
) -> dict[str, int]:
    """Put what was published at `since` or later back into the outbox, with its ids.

    All of it or nothing. Whoever has seen it already recognises the ids.

    Returns:
        How many events of each topic.
    """
    rows = await connection.fetch(_REPUBLISH, since, topic, timeout=None)
    return {row["topic"]: row["events"] for row in rows}


async def kept_since(connection: Connection) -> datetime | None:
    """What was published before this is not kept any more; None if nothing ever was."""
    found: datetime | None = await connection.fetchval(_OLDEST)
    return found
