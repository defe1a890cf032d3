"""What the checker is given, read from the databases beside the machinery under test."""

import asyncpg

from backline.kit.db.engine import asyncpg_url
from tests.chaos.checker import Score, Sent, Tally

_KEEP_WHAT_WAS_SENT = """
CREATE TABLE sent (position bigint, id uuid, key text);
CREATE FUNCTION note_sent() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN INSERT INTO sent VALUES (NEW.position, NEW.id, NEW.key); RETURN NULL; END
$$;
CREATE TRIGGER note_sent AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION note_sent();
"""


async def rows(url: str, sql: str, *values: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(asyncpg_url(url))
    try:
        return await connection.fetch(sql, *values)
    finally:
        await connection.close()


async def prepare(url: str, more: str = "") -> None:
    """Have a trigger copy what is written to the outbox, in the same transaction.

    Args:
        more: SQL of further tables.
    """
    connection = await asyncpg.connect(asyncpg_url(url))
    try:
        await connection.execute(_KEEP_WHAT_WAS_SENT + more)
    finally:
        await connection.close()


async def read_sent(url: str) -> list[Sent]:
    return [Sent(*row) for row in await rows(url, "SELECT position, id, key FROM sent")]


async def read_scores(url: str) -> list[Score]:
    """What the service of scores keeps."""
    found = await rows(
        url,
        "SELECT id, event_id, user_id, version, score, status, confirmed_score FROM score",
    )
    return [Score(*row) for row in found]


async def read_tallies(url: str) -> list[Tally]:
    """What the line-up says."""
    found = await rows(url, "SELECT id, score_count, score_sum FROM events")
    return [Tally(id_, count, total / count if count else None) for id_, count, total in found]
