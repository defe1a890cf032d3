"""The outbox table, written in the transaction that changed the data."""

import json
import zlib
from collections.abc import Sequence

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.kit.outbox.codec import Envelope

DOORBELL_CHANNEL = "outbox"

SHARDS = 8
"""Parts of the outbox that may be relayed side by side. Changing it mixes up the order of keys."""

_LOCKS = 0x6F7574  # "out": the first half of the advisory locks on keys

# The locks come first, for rows draw their positions as they are inserted: whoever holds a key's
# lock until its commit is sure that no later position of that key becomes visible before its own.
# Locks are taken in one order everywhere, so they cannot deadlock among themselves. The sorted
# subqueries are barriers that the planner may not move the lock or the sequence across.
_ADD = text(
    """
    WITH locked AS MATERIALIZED (
      SELECT pg_advisory_xact_lock(:locks, hash)
      FROM (
        SELECT DISTINCT hashtext(topic || chr(31) || key) AS hash
        FROM unnest(CAST(:topics AS text[]), CAST(:keys AS text[])) AS named (topic, key)
        ORDER BY hash
      ) AS wanted
    )
    INSERT INTO outbox (shard, id, topic, key, type, headers, payload)
    SELECT shard, id, topic, key, type, headers, payload
    FROM (SELECT count(*) FROM locked) AS first,
      unnest(
        CAST(:shards AS smallint[]), CAST(:ids AS uuid[]), CAST(:topics AS text[]),
        CAST(:keys AS text[]), CAST(:types AS text[]), CAST(:headers AS jsonb[]),
        CAST(:payloads AS bytea[])
      ) WITH ORDINALITY AS added (shard, id, topic, key, type, headers, payload, nth)
    ORDER BY nth
    """
)

# Most transactions publish one event: this costs both sides about half of what the arrays do. A
# function in FROM is called before its row is there for the target list, which draws the position.
_ADD_ONE = """
INSERT INTO outbox (shard, id, topic, key, type, headers, payload)
SELECT $2, $3, $4, $5::text, $6, $7::jsonb, $8
FROM pg_advisory_xact_lock($1, hashtext($4::text || chr(31) || $5))
"""


class Outbox:
    """What a transaction will have published once it has committed."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, envelopes: Sequence[Envelope]) -> None:
        """Write `envelopes`, in this order.

        From here to the end of the transaction, others that publish under the same keys wait:
        call it last. Events of one key are relayed in the order in which their transactions
        committed, and within a transaction in the order given.

        Raises:
            DBAPIError: The database refused, or is away; of one event the driver's own error, for
                it goes to the driver itself, which costs half of the way through SQLAlchemy.
        """
        if not envelopes:
            return
        if len(envelopes) == 1:
            await self._add_one(envelopes[0])
            return
        await self._connection.execute(
            _ADD,
            {
                "locks": _LOCKS,
                "shards": [shard_of(envelope.key) for envelope in envelopes],
                "ids": [envelope.id for envelope in envelopes],
                "topics": [envelope.topic for envelope in envelopes],
                "keys": [envelope.key for envelope in envelopes],
                "types": [envelope.type for envelope in envelopes],
                "headers": [json.dumps(dict(envelope.headers)) for envelope in envelopes],
                "payloads": [envelope.payload for envelope in envelopes],
            },
        )

    async def _add_one(self, envelope: Envelope) -> None:
        values = (
            _LOCKS,
            shard_of(envelope.key),
            envelope.id,
            envelope.topic,
            envelope.key,
            envelope.type,
            json.dumps(dict(envelope.headers)),
            envelope.payload,
        )
        pooled = self._connection.sync_connection
        driver = pooled.connection.driver_connection if pooled is not None else None
        if driver is None or not driver.is_in_transaction():
            # SQLAlchemy begins the transaction with its first statement.
            await self._connection.exec_driver_sql(_ADD_ONE, values)
            return
        try:
            await driver.execute(_ADD_ONE, *values)
        except Exception as error:
            # Without an answer from the server nobody knows in which state the connection is.
            if driver.is_closed() or not isinstance(error, asyncpg.PostgresError):
                await self._connection.invalidate(error)
            raise


def shard_of(key: str) -> int:
    """The shard of the outbox, and the partition of the log, that `key` belongs to."""
    return zlib.crc32(key.encode()) % SHARDS
