"""Which relay moves which shard: leases in a table, fenced by an epoch, shared out evenly.

Nothing is kept in a session, so relays work behind a pooler that gives out connections per
transaction. A relay that is silent for `Lease.lasts_s` loses its shards; a statement that names
an old epoch changes nothing.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from time import monotonic
from uuid import uuid4

from backline.kit.db.connection import Pool
from backline.kit.messaging.postgres_group import Lease
from backline.kit.outbox.outbox import SHARDS

_BEAT = """
WITH me AS (
  INSERT INTO relay_member (id, lease_until) VALUES ($1, now() + $2)
  ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until
),
buried AS (
  DELETE FROM relay_member WHERE id <> $1 AND lease_until < now() - interval '1 minute'
)
SELECT count(*) FROM relay_member WHERE id <> $1 AND lease_until > now()
"""
# Rows are locked in one order everywhere, or a relay could deadlock with itself.
_RENEW = """
WITH mine AS (
  SELECT shard FROM relay_shard WHERE owner = $1 ORDER BY shard FOR NO KEY UPDATE
)
UPDATE relay_shard SET lease_until = now() + $2 FROM mine
WHERE relay_shard.shard = mine.shard RETURNING relay_shard.shard, epoch
"""
_CLAIM = """
WITH free AS (
  SELECT shard FROM relay_shard WHERE owner IS NULL OR lease_until < now()
  ORDER BY shard LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE relay_shard SET owner = $1, epoch = epoch + 1, lease_until = now() + $2 FROM free
WHERE relay_shard.shard = free.shard RETURNING relay_shard.shard, epoch
"""
_RELEASE = """
UPDATE relay_shard SET owner = NULL, lease_until = NULL
WHERE owner = $1 AND shard = ANY($2::smallint[])
"""
_LEAVE = """
WITH released AS (
  UPDATE relay_shard SET owner = NULL, lease_until = NULL WHERE owner = $1
)
DELETE FROM relay_member WHERE id = $1
"""


class ShardLeases:
    """One relay's shards.

    Attributes:
        epochs: Of each shard that was this relay's at the last beat.
    """

    def __init__(self, pool: Pool, lease: Lease) -> None:
        self._pool = pool
        self._lasts_s = lease.lasts_s
        self._lasts = timedelta(seconds=lease.lasts_s)
        self._id = uuid4()
        self._valid_until = 0.0
        self.epochs: Mapping[int, int] = {}

    @property
    def valid(self) -> bool:
        """Whether nobody can have taken the shards meanwhile, by this machine's clock."""
        return monotonic() < self._valid_until

    async def beat(self) -> int:
        """Renew what is held.

        Returns:
            How many shards are this relay's due: all of them, divided by the relays that live.
        """
        asked_at = monotonic()
        others: int = await self._pool.fetchval(_BEAT, self._id, self._lasts)
        rows = await self._pool.fetch(_RENEW, self._id, self._lasts)
        self.epochs = {row["shard"]: row["epoch"] for row in rows}
        self._valid_until = asked_at + self._lasts_s
        return -(-SHARDS // (others + 1))

    async def claim(self, most: int) -> None:
        """Take up to `most` shards that nobody holds."""
        rows = await self._pool.fetch(_CLAIM, self._id, self._lasts, most)
        self.epochs = {**self.epochs, **{row["shard"]: row["epoch"] for row in rows}}

    async def release(self, shards: Collection[int]) -> None:
        """Let others have `shards`."""
        await self._pool.execute(_RELEASE, self._id, list(shards))
        self.epochs = {shard: epoch for shard, epoch in self.epochs.items() if shard not in shards}

    async def leave(self) -> None:
        """Let others have everything, at once."""
        self._valid_until = 0.0
        self.epochs = {}
        await self._pool.execute(_LEAVE, self._id)
