"""The work queue within one process; passes the same contract as the real ones."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from backline.kit.core.clock import Clock, SystemClock
from backline.kit.core.context import current
from backline.kit.core.ids import uuid7
from backline.kit.db.doorbell import MemoryDoorbell
from backline.kit.jobs.postgres import to_json
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

_CHANNEL = "jobs"


@dataclass(slots=True)
class _Row:
    status: JobStatus
    traceparent: str
    token: UUID | None = None


class MemoryJobQueue:
    """See `JobQueue`.

    Args:
        clock: Decides what is due.
        beat_every_s: As `beat_every_s` of the sessions.
    """

    def __init__(self, clock: Clock | None = None, *, beat_every_s: float = 3.0) -> None:
        self.clock = clock or SystemClock()
        self.rows: dict[UUID, _Row] = {}
        self.doorbell = MemoryDoorbell()
        self._keys: dict[tuple[str, str], UUID] = {}
        self._beat_every_s = beat_every_s

    async def enqueue(
        self,
        kind: str,
        payload: Payload,
        *,
        key: str | None = None,
        run_at: datetime | None = None,
        max_attempts: int = MAX_ATTEMPTS,
    ) -> UUID:
        kept = json.loads(to_json(dict(payload)))
        if key is not None and (kind, key) in self._keys:
            return self._keys[kind, key]
        now = self.clock.now()
        status = JobStatus(
            id=uuid7(),
            kind=kind,
            payload=kept,
            state=JobState.QUEUED,
            attempt=0,
            max_attempts=max_attempts,
            fraction=0.0,
            message="",
            result=None,
            reason="",
            error="",
            run_at=run_at or now,
            created_at=now,
            finished_at=None,
        )
        self.rows[status.id] = _Row(status, current().traceparent)
        if key is not None:
            self._keys[kind, key] = status.id
        self.doorbell.ring(_CHANNEL)
        return status.id

    async def get(self, job_id: UUID) -> JobStatus:
        if job_id not in self.rows:
            raise JobNotFound("There is no such job. It may have been pruned.", job_id=str(job_id))
        return self.rows[job_id].status

    async def dead(self, *, limit: int = 100) -> Sequence[JobStatus]:
        found = [row.status for row in self.rows.values() if row.status.state is JobState.DEAD]
        return sorted(found, key=lambda job: job.finished_at or job.run_at, reverse=True)[:limit]

    async def revive(self, job_id: UUID) -> None:
        status = await self.get(job_id)
        if status.state is not JobState.DEAD:
            raise JobNotDead(
                f"The job is {status.state}; only a dead one can be tried again.",
                job_id=str(job_id),
            )
        self.rows[job_id].status = replace(
            status,
            state=JobState.QUEUED,
            run_at=self.clock.now(),
            attempt=0,
            finished_at=None,
            fraction=0.0,
            message="",
        )
        self.doorbell.ring(_CHANNEL)

    async def prune(self, before: datetime) -> int:
        gone = [
            job_id
            for job_id, row in self.rows.items()
            if row.status.state is JobState.SUCCEEDED
            and row.status.finished_at is not None
            and row.status.finished_at < before
        ]
        for job_id in gone:
            del self.rows[job_id]
        self._keys = {key: job_id for key, job_id in self._keys.items() if job_id in self.rows}
        return len(gone)

    async def join(self, kinds: Sequence[str]) -> WorkerSession:
        return _Session(self, kinds, self._beat_every_s)

    async def close(self) -> None:
        """Nothing is held open."""


class _Session:
    """See `WorkerSession`."""

    def __init__(self, queue: MemoryJobQueue, kinds: Sequence[str], beat_every_s: float) -> None:
        self._queue = queue
        self._kinds = set(kinds)
        self._token = uuid4()
        self._beat_every_s = beat_every_s

    @property
    def beat_every_s(self) -> float:
        return self._beat_every_s

    async def beat(self) -> bool:
        return True

    async def claim(self, limit: int) -> Sequence[Claimed]:
        now = self._queue.clock.now()
        due = [
            row
            for row in self._queue.rows.values()
            if row.status.state is JobState.QUEUED
            and row.status.run_at <= now
            and row.status.kind in self._kinds
        ]
        due.sort(key=lambda row: row.status.run_at)
        claimed = []
        for row in due[:limit]:
            row.token = self._token
            row.status = replace(
                row.status,
                state=JobState.RUNNING,
                attempt=row.status.attempt + 1,
                fraction=0.0,
                message="",
            )
            claimed.append(
                Claimed(
                    id=row.status.id,
                    kind=row.status.kind,
                    payload=row.status.payload,
                    attempt=row.status.attempt,
                    max_attempts=row.status.max_attempts,
                    traceparent=row.traceparent,
                )
            )
        return claimed

    def wakeups(self, *, every_s: float, until: asyncio.Event) -> AsyncIterator[None]:
        return self._queue.doorbell.listen(_CHANNEL, every_s=every_s, until=until)

    async def succeed(self, job: Claimed, result: Any) -> bool:
        kept = json.loads(to_json(result))
        return self._update(
            job,
            state=JobState.SUCCEEDED,
            finished_at=self._queue.clock.now(),
            fraction=1.0,
            result=kept,
            reason="",
            error="",
        )

    async def retry(
        self, job: Claimed, *, after: timedelta, reason: str, error: str, counts: bool
    ) -> bool:
        return self._update(
            job,
            state=JobState.QUEUED,
            run_at=self._queue.clock.now() + after,
            attempt=job.attempt if counts else job.attempt - 1,
            reason=reason,
            error=error,
        )

    async def bury(self, job: Claimed, *, reason: str, error: str) -> bool:
        return self._update(
            job,
            state=JobState.DEAD,
            finished_at=self._queue.clock.now(),
            reason=reason,
            error=error,
        )

    async def progress(self, job: Claimed, fraction: float, message: str) -> bool:
        return self._update(job, fraction=fraction, message=message)

    async def leave(self) -> None:
        for row in self._queue.rows.values():
            if row.token == self._token and row.status.state is JobState.RUNNING:
                row.token = None
                row.status = replace(
                    row.status,
                    state=JobState.QUEUED,
                    attempt=row.status.attempt - 1,
                    run_at=self._queue.clock.now(),
                )
        self._queue.doorbell.ring(_CHANNEL)

    def _update(self, job: Claimed, **changes: Any) -> bool:
        row = self._queue.rows.get(job.id)
        held = (
            row is not None
            and row.token == self._token
            and row.status.state is JobState.RUNNING
            and row.status.attempt == job.attempt
        )
        if row is not None and held:
            row.status = replace(row.status, **changes)
        return held
