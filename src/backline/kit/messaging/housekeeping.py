"""Keeps both inboxes small: old keys are deleted, old days of messages are dropped as tables.

Partitions of the days to come are made ahead; what arrived before its day had one is moved there
from the default partition. All of it is one short transaction a day that nobody else can be in
the middle of, so a message's row is in one place at any moment, and the floor below which messages
are refused rises in the transaction that drops what was below it.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic
from uuid import UUID

import asyncpg
import structlog

from backline.kit.db.connection import Connection
from backline.kit.inbox.messages import NOT_TOO_OLD, first_id

KEEP_KEYS = timedelta(days=14)
"""Longer than anybody retries or the log keeps what nobody has read."""

_EVERY_S = 3600.0
_AGAIN_S = 60.0
_AHEAD_DAYS = 2
_AT_A_TIME = 5_000
_ONE_DAY = timedelta(days=1)

_PRUNE_KEYS = """
DELETE FROM inbox WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM inbox WHERE created_at < $1 LIMIT $2
))
"""
_PARTITIONS = """
SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
WHERE inhparent = 'inbox_message'::regclass
"""
_FLOOR = """
SELECT pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = 'inbox_message_default'::regclass AND conname = $1
"""
# The first 48 bits of a UUIDv7 are milliseconds.
_STRAY_DAYS = """
SELECT DISTINCT
  ('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 86400000 AS day
FROM inbox_message_default WHERE id < $1
"""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Plan:
    create: Collection[date]
    drop: Collection[date]
    floor: UUID

    def __bool__(self) -> bool:
        return bool(self.create or self.drop)


class HouseKeeping:
    """What the relay of a service does beside its work, once an hour.

    Args:
        keep: How long a key or a message is known. Whoever comes later is applied again (a key)
            or refused (a message).
    """

    def __init__(self, keep: timedelta = KEEP_KEYS) -> None:
        self._keep = keep
        self._next_at = 0.0

    async def now_and_then(self, connection: Connection) -> None:
        """Tidy up if it is time to. Holds nobody up for longer than a moment."""
        if monotonic() < self._next_at:
            return
        self._next_at = monotonic() + _EVERY_S
        now = await connection.fetchval("SELECT now()")
        try:
            await turn_the_page(connection, now=now, keep=self._keep)
        except asyncpg.LockNotAvailableError:
            log.warning("inbox_busy", again_in_s=_AGAIN_S)
            self._next_at = monotonic() + _AGAIN_S
        if await prune_keys(connection, older_than=now - self._keep):
            self._next_at = 0.0


async def prune_keys(connection: Connection, *, older_than: datetime) -> bool:
    """Forget some of the keys that came before; whether there may be more of them."""
    done = await connection.execute(_PRUNE_KEYS, older_than, _AT_A_TIME)
    return bool(done == f"DELETE {_AT_A_TIME}")


async def turn_the_page(connection: Connection, *, now: datetime, keep: timedelta) -> None:
    """Make the partitions of the days around `now`, drop those that are older than `keep`.

    Changes nothing, and locks nothing, if all of that is done.

    Raises:
        asyncpg.LockNotAvailableError: Somebody held the inbox for too long; try again later.
    """
    if not await _plan(connection, now, keep):
        return
    async with connection.transaction():
        # Whoever waits for a lock has the others wait behind it: a backup may read for minutes.
        await connection.execute("SET LOCAL lock_timeout = '200ms'")
        await connection.execute("LOCK TABLE ONLY inbox_message IN ACCESS EXCLUSIVE MODE")
        plan = await _plan(connection, now, keep)
        for day in sorted(plan.create):
            await _create(connection, day)
        for day in plan.drop:
            await connection.execute(f"DROP TABLE {_name(day)}")
        await connection.execute("DELETE FROM inbox_message_default WHERE id < $1", plan.floor)
        await connection.execute(
            f"ALTER TABLE inbox_message_default DROP CONSTRAINT {NOT_TOO_OLD},"
            f" ADD CONSTRAINT {NOT_TOO_OLD} CHECK (id >= '{plan.floor}'::uuid)"
        )


async def _plan(connection: Connection, now: datetime, keep: timedelta) -> _Plan:
    today = now.astimezone(UTC).date()
    oldest = (now - keep).astimezone(UTC).date()
    names = {row["relname"] for row in await connection.fetch(_PARTITIONS)}
    days = {_day(name) for name in names if name[-1].isdigit()}
    wanted = {today + n * _ONE_DAY for n in range(_AHEAD_DAYS + 1)}
    strays = await connection.fetch(_STRAY_DAYS, first_id(_midnight(max(wanted) + _ONE_DAY)))
    wanted |= {date(1970, 1, 1) + row["day"] * _ONE_DAY for row in strays}
    # It never sinks: what was dropped below it stays unknown.
    floor = max(first_id(_midnight(oldest)), await _floor(connection))
    return _Plan(
        create={day for day in wanted - days if day >= oldest},
        drop={day for day in days if day < oldest},
        floor=floor,
    )


async def _create(connection: Connection, day: date) -> None:
    name, first, end = _name(day), first_id(_midnight(day)), first_id(_midnight(day + _ONE_DAY))
    await connection.execute(f"CREATE TABLE {name} (LIKE inbox_message INCLUDING ALL)")
    await connection.execute(
        f"""
        WITH moved AS (
          DELETE FROM inbox_message_default WHERE id >= $1 AND id < $2 RETURNING consumer, id
        )
        INSERT INTO {name} SELECT consumer, id FROM moved
        """,  # noqa: S608 - a date
        first,
        end,
    )
    await connection.execute(
        f"ALTER TABLE inbox_message ATTACH PARTITION {name}"
        f" FOR VALUES FROM ('{first}') TO ('{end}')"
    )


async def _floor(connection: Connection) -> UUID:
    definition = await connection.fetchval(_FLOOR, NOT_TOO_OLD)
    found = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", definition)
    assert found is not None
    return UUID(found[0])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _name(day: date) -> str:
    return f"inbox_message_{day:%Y%m%d}"


def _day(name: str) -> date:
    return datetime.strptime(name[-8:], "%Y%m%d").replace(tzinfo=UTC).date()
