"""The work queue: jobs that outlive the process that runs them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from backline.kit.core.errors import FailedPrecondition, NotFound

MAX_ATTEMPTS = 5

Payload = Mapping[str, Any]
"""Plain JSON data."""


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    DEAD = "dead"


class JobNotFound(NotFound):
    """There is no job of this id, or it has been pruned."""


class JobNotDead(FailedPrecondition):
    """Only a dead job can be tried again by hand."""


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job as it stands.

    Attributes:
        attempt: How often it was begun; a release by a worker that stops does not count.
        fraction: Progress between 0 and 1, as the handler told it.
        message: What the handler said it is doing.
        result: What the handler returned; None before.
        reason: Why the last attempt failed: an error's name in UPPER_SNAKE, or empty.
        error: The same for people.
    """

    id: UUID
    kind: str
    payload: Payload
    state: JobState
    attempt: int
    max_attempts: int
    fraction: float
    message: str
    result: Any
    reason: str
    error: str
    run_at: datetime
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that this worker holds. `attempt` is the fence: a later holder has a higher one."""

    id: UUID
    kind: str
    payload: Payload
    attempt: int
    max_attempts: int
    traceparent: str = ""


ProgressReport = Callable[[float, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """What a handler gets.

    Attributes:
        attempt: 1 for the first.
    """

    id: UUID
    kind: str
    payload: Payload
    attempt: int
    max_attempts: int
    _report: ProgressReport = field(repr=False)

    async def progress(self, fraction: float, message: str = "") -> None:
        """Tell how far it is, between 0 and 1. Told too often, some are left out."""
        await self._report(min(max(fraction, 0.0), 1.0), message)


JobHandler = Callable[[Job], Awaitable[Any]]
"""Does one job; returns plain JSON data or nothing. It may be given the same job again."""


class WorkerSession(Protocol):
    """One worker's hold on the queue.

    A method that names a job does nothing if the job has another holder by now, and says so by
    returning False.

    Attributes:
        beat_every_s: How often `beat` has to be called.
    """

    @property
    def beat_every_s(self) -> float: ...

    async def beat(self) -> bool:
        """Tell that the worker lives, and free the jobs of those that do not.

        Returns:
            False if it was taken for dead itself: its jobs are no longer its own.
        """
        ...

    async def claim(self, limit: int) -> Sequence[Claimed]:
        """Up to `limit` jobs that are due, the longest due first."""
        ...

    def wakeups(self, *, every_s: float, until: asyncio.Event) -> AsyncIterator[None]:
        """Yield at once, whenever there may be something to claim, and every `every_s`."""
        ...

    async def succeed(self, job: Claimed, result: Any) -> bool: ...

    async def retry(
        self, job: Claimed, *, after: timedelta, reason: str, error: str, counts: bool
    ) -> bool:
        """Hand the job back. Without `counts` this attempt is not held against it."""
        ...

    async def bury(self, job: Claimed, *, reason: str, error: str) -> bool:
        """Give the job up."""
        ...

    async def progress(self, job: Claimed, fraction: float, message: str) -> bool: ...

    async def leave(self) -> None:
        """End the hold; jobs that are still held are queued again."""
        ...


class JobQueue(Protocol):
    async def enqueue(
        self,
        kind: str,
        payload: Payload,
        *,
        key: str | None = None,
        run_at: datetime | None = None,
        max_attempts: int = MAX_ATTEMPTS,
    ) -> UUID:
        """Have a job done; it is durable when this returns.

        Args:
            key: A second job of the same kind and key is not made; the first one's id is
                returned, whatever has become of it.
            run_at: Not before; now by default.

        Raises:
            ValueError: The payload is not plain JSON data.
        """
        ...

    async def get(self, job_id: UUID) -> JobStatus:
        """How the job stands.

        Raises:
            JobNotFound: There is no such job.
        """
        ...

    async def dead(self, *, limit: int = 100) -> Sequence[JobStatus]:
        """Jobs that were given up, the latest first."""
        ...

    async def revive(self, job_id: UUID) -> None:
        """Queue a dead job again, with all its attempts.

        Raises:
            JobNotFound: There is no such job.
            JobNotDead: It is queued, running or done.
        """
        ...

    async def prune(self, before: datetime) -> int:
        """Forget jobs that succeeded before that moment; how many there were."""
        ...

    async def join(self, kinds: Sequence[str]) -> WorkerSession:
        """Become a worker for jobs of `kinds`."""
        ...

    async def close(self) -> None: ...
