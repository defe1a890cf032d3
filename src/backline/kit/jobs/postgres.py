"""The work queue in a PostgreSQL database of its own.

Workers claim with SKIP LOCKED and hold a job by their token and its attempt. One heartbeat row per
worker, not per job; whoever beats also frees the jobs of workers whose row has gone stale, and
forgets those that succeeded two weeks ago.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from backline.kit.core.context import current
from backline.kit.core.ids import uuid7
from backline.kit.db.connection import Pool
from backline.kit.db.doorbell import Doorbell, PostgresDoorbell
from backline.kit.db.outage import answering
from backline.kit.jobs.queue import (
    MAX_ATTEMPTS,
    Claimed,
    JobNotDead,
    JobNotFound,
    JobState,
    JobStatus,
    Payload,
    WorkerSession,
)

DOORBELL_CHANNEL = "jobs"
_QUEUE = "The work queue"
_LAST_WORD_S = 1.0

_ENQUEUE = """
INSERT INTO job (id, kind, key, payload, traceparent, run_at, max_attempts)
VALUES ($1, $2, $3, $4, $5, COALESCE($6, now()), $7)
ON CONFLICT (kind, key) WHERE key IS NOT NULL DO NOTHING
"""
_BY_KEY = "SELECT id FROM job WHERE kind = $1 AND key = $2"
_GET = "SELECT * FROM job WHERE id = $1"
_DEAD = "SELECT * FROM job WHERE state = 'dead' ORDER BY finished_at DESC LIMIT $1"
_REVIVE = """
UPDATE job SET state = 'queued', run_at = now(), attempt = 0, finished_at = NULL, fraction = 0,
  message = ''
WHERE id = $1 AND state = 'dead'
"""
_PRUNE = "DELETE FROM job WHERE state = 'succeeded' AND finished_at < $1"
_PRUNE_OLD = """
DELETE FROM job WHERE id IN (
  SELECT id FROM job
  WHERE state = 'succeeded' AND finished_at < now() - $1::interval LIMIT $2
)
"""
_PRUNE_AT_A_TIME = 5_000
_KEEP = timedelta(days=14)
_PRUNE_EVERY_S = 3600.0
_JOIN = "INSERT INTO worker (token, kinds) VALUES ($1, $2)"
_BEAT = "UPDATE worker SET beat_at = now() WHERE token = $1"
_REAP = """
WITH gone AS (
  DELETE FROM worker WHERE beat_at < now() - $1::interval RETURNING token
)
UPDATE job SET
  state = CASE WHEN attempt < max_attempts THEN 'queued' ELSE 'dead' END,
  finished_at = CASE WHEN attempt < max_attempts THEN NULL ELSE now() END,
  reason = 'WORKER_DIED',
  error = 'The process that ran it ended in the middle.',
  token = NULL, run_at = now()
WHERE state = 'running' AND (
  token IN (SELECT token FROM gone)
  OR NOT EXISTS (SELECT FROM worker WHERE worker.token = job.token)
)
"""
_CLAIM = """
UPDATE job SET state = 'running', token = $1, attempt = attempt + 1, started_at = now(),
  fraction = 0, message = ''
FROM (
  SELECT id FROM job
  WHERE state = 'queued' AND run_at <= now() AND kind = ANY($2::text[])
    AND EXISTS (SELECT FROM worker WHERE token = $1)
  ORDER BY run_at, seq LIMIT $3 FOR UPDATE SKIP LOCKED
) AS due
WHERE job.id = due.id
RETURNING job.id, kind, payload, attempt, max_attempts, traceparent, job.run_at, seq
"""
_SUCCEED = """
UPDATE job SET state = 'succeeded', finished_at = now(), token = NULL, fraction = 1,
  result = $4, reason = '', error = ''
WHERE id = $1 AND token = $2 AND attempt = $3 AND state = 'running'
"""
_RETRY = """
UPDATE job SET state = 'queued', token = NULL, run_at = now() + $4::interval,
  attempt = attempt - CASE WHEN $5 THEN 0 ELSE 1 END, reason = $6, error = $7
WHERE id = $1 AND token = $2 AND attempt = $3 AND state = 'running'
"""
_BURY = """
UPDATE job SET state = 'dead', finished_at = now(), token = NULL, reason = $4, error = $5
WHERE id = $1 AND token = $2 AND attempt = $3 AND state = 'running'
"""
_PROGRESS = """
UPDATE job SET fraction = $4, message = $5
WHERE id = $1 AND token = $2 AND attempt = $3 AND state = 'running'
"""
_LEAVE = """
WITH gone AS (DELETE FROM worker WHERE token = $1)
UPDATE job SET state = 'queued', token = NULL, attempt = attempt - 1, run_at = now()
WHERE token = $1 AND state = 'running'
"""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How a worker's death is noticed.

    Attributes:
        every_s: Seconds between signs of life.
        silence_s: Seconds without one after which its jobs are another's.
    """

    every_s: float = 3.0
    silence_s: float = 10.0


class PostgresJobQueue:
    """See `JobQueue`.

    Args:
        url: Of the queue's database, migrated as `backline.kit.jobs`.

    Attributes:
        holders: How many share it; the last `close` cuts its connections.
    """

    def __init__(self, url: str, *, pool_size: int = 4, heartbeat: Heartbeat | None = None) -> None:
        self._pool = Pool(url, size=pool_size, application_name="backline jobs")
        self._doorbell = PostgresDoorbell(url)
        self.holders = 0
        self._heartbeat = heartbeat or Heartbeat()

    async def enqueue(
        self,
        kind: str,
        payload: Payload,
        *,
        key: str | None = None,
        run_at: datetime | None = None,
        max_attempts: int = MAX_ATTEMPTS,
    ) -> UUID:
        job_id = uuid7()
        values = (kind, key, to_json(dict(payload)), current().traceparent, run_at, max_attempts)
        with answering(_QUEUE):
            while await self._pool.execute(_ENQUEUE, job_id, *values) == "INSERT 0 0":
                found: UUID | None = await self._pool.fetchval(_BY_KEY, kind, key)
                if found is not None:
                    return found
        self._doorbell.ring(DOORBELL_CHANNEL)
        return job_id

    async def get(self, job_id: UUID) -> JobStatus:
        with answering(_QUEUE):
            row = await self._pool.fetchrow(_GET, job_id)
        if row is None:
            raise JobNotFound("There is no such job. It may have been pruned.", job_id=str(job_id))
        return _to_status(row)

    async def dead(self, *, limit: int = 100) -> Sequence[JobStatus]:
        with answering(_QUEUE):
            return [_to_status(row) for row in await self._pool.fetch(_DEAD, limit)]

    async def revive(self, job_id: UUID) -> None:
        with answering(_QUEUE):
            done = await self._pool.execute(_REVIVE, job_id)
        if done == "UPDATE 0":
            status = await self.get(job_id)
            raise JobNotDead(
                f"The job is {status.state}; only a dead one can be tried again.",
                job_id=str(job_id),
            )
        self._doorbell.ring(DOORBELL_CHANNEL)

    async def prune(self, before: datetime) -> int:
        with answering(_QUEUE):
            return int((await self._pool.execute(_PRUNE, before)).split()[-1])

    async def join(self, kinds: Sequence[str]) -> WorkerSession:
        session = _Session(self._pool, self._doorbell, kinds, self._heartbeat)
        with answering(_QUEUE):
            await self._pool.execute(_JOIN, session.token, list(kinds))
        return session

    async def close(self) -> None:
        self.holders -= 1
        if self.holders > 0:
            return
        await self._doorbell.close()
        await self._pool.close()


class _Session:
    """See `WorkerSession`."""

    def __init__(
        self, pool: Pool, doorbell: Doorbell, kinds: Sequence[str], heartbeat: Heartbeat
    ) -> None:
        self.token = uuid4()
        self.beat_every_s = heartbeat.every_s
        self._pool = pool
        self._doorbell = doorbell
        self._kinds = list(kinds)
        self._silence = timedelta(seconds=heartbeat.silence_s)
        self._prune_at = 0.0

    async def beat(self) -> bool:
        alive = await self._pool.execute(_BEAT, self.token) == "UPDATE 1"
        freed = await self._pool.execute(_REAP, self._silence)
        if freed != "UPDATE 0":
            self._doorbell.ring(DOORBELL_CHANNEL)
        if monotonic() >= self._prune_at:
            self._prune_at = monotonic() + _PRUNE_EVERY_S
            done = await self._pool.execute(_PRUNE_OLD, _KEEP, _PRUNE_AT_A_TIME)
            if done == f"DELETE {_PRUNE_AT_A_TIME}":
                self._prune_at = 0.0
        return alive

    async def claim(self, limit: int) -> Sequence[Claimed]:
        rows = await self._pool.fetch(_CLAIM, self.token, self._kinds, limit)
        return [
            Claimed(
                id=row["id"],
                kind=row["kind"],
                payload=json.loads(row["payload"]),
                attempt=row["attempt"],
                max_attempts=row["max_attempts"],
                traceparent=row["traceparent"],
            )
            for row in sorted(rows, key=lambda row: (row["run_at"], row["seq"]))
        ]

    def wakeups(self, *, every_s: float, until: asyncio.Event) -> AsyncIterator[None]:
        return self._doorbell.listen(DOORBELL_CHANNEL, every_s=every_s, until=until)

    async def succeed(self, job: Claimed, result: Any) -> bool:
        return await self._update(_SUCCEED, job, to_json(result))

    async def retry(
        self, job: Claimed, *, after: timedelta, reason: str, error: str, counts: bool
    ) -> bool:
        return await self._update(_RETRY, job, after, counts, reason, error)

    async def bury(self, job: Claimed, *, reason: str, error: str) -> bool:
        return await self._update(_BURY, job, reason, error)

    async def progress(self, job: Claimed, fraction: float, message: str) -> bool:
        return await self._update(_PROGRESS, job, fraction, message)

    async def leave(self) -> None:
        # An absent database frees the jobs when the heartbeat has been silent long enough.
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_LAST_WORD_S):
                left = await self._pool.execute(_LEAVE, self.token)
            if left != "UPDATE 0":
                self._doorbell.ring(DOORBELL_CHANNEL)

    async def _update(self, statement: str, job: Claimed, *values: object) -> bool:
        done = await self._pool.execute(statement, job.id, self.token, job.attempt, *values)
        return done == "UPDATE 1"


def to_json(value: object) -> str:
    """Plain JSON data as text that PostgreSQL can keep.

    Raises:
        ValueError: It is something else.
    """
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        text.encode()
    except TypeError as error:
        raise ValueError(f"Not plain JSON data: {error}") from error
    if "\\u0000" in text:
        raise ValueError("PostgreSQL keeps no text with NUL characters.")
    return text


def _to_status(row: asyncpg.Record) -> JobStatus:
    return JobStatus(
        id=row["id"],
        kind=row["kind"],
        payload=json.loads(row["payload"]),
        state=JobState(row["state"]),
        attempt=row["attempt"],
        max_attempts=row["max_attempts"],
        fraction=row["fraction"],
        message=row["message"],
        result=None if row["result"] is None else json.loads(row["result"]),
        reason=row["reason"],
        error=row["error"],
        run_at=row["run_at"],
        created_at=row["created_at"],
        finished_at=row["finished_at"],
    )
