"""Does jobs, some at a time, and hands back what it cannot finish."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from time import monotonic

import structlog

from backline.kit.core.actor import SYSTEM
from backline.kit.core.backoff import Backoff
from backline.kit.core.context import RequestContext, enter
from backline.kit.core.errors import BacklineError, Kind
from backline.kit.db.outage import Patience, is_outage
from backline.kit.jobs.queue import Claimed, Job, JobHandler, JobQueue, WorkerSession

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 300.0
_LOOK_AGAIN_S = 1.0
_REPORT_EVERY_S = 0.1

log = structlog.get_logger(__name__)


async def work(
    queue: JobQueue,
    handlers: Mapping[str, JobHandler],
    stop: asyncio.Event,
    *,
    concurrency: int = 4,
    first_pause_s: float = FIRST_PAUSE_S,
    look_again_s: float = _LOOK_AGAIN_S,
    grace_s: float = 10.0,
) -> None:
    """Do the jobs of the kinds in `handlers` until `stop` is set, then hand back the rest.

    A handler that fails with an error worth retrying is tried again after a pause that doubles,
    up to the job's attempts; then, or at once if no retry can help, the job is dead, with its
    error. `Unavailable` and an absent database are no fault of the job and count no attempt.

    Args:
        handlers: By kind. A handler may be cancelled: when the grace has passed, or when this
            worker was taken for dead.
        concurrency: Jobs under way at a time.
        first_pause_s: Before the first retry, at most.
        look_again_s: Due jobs are found at the latest after this many seconds.
        grace_s: Seconds that jobs under way have once `stop` is set. What is unfinished then is
            queued again at once, and the attempt does not count.
    """
    patience = Patience("jobs worker")
    while not stop.is_set():
        try:
            session = await queue.join(sorted(handlers))
            worker = _Worker(session, handlers, stop, concurrency, first_pause_s)
            await worker.run(look_again_s, grace_s)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is logged and tried again
            await patience.wait(error, stop)
        else:
            patience.over()


class _Worker:
    """From joining the queue to leaving it."""

    def __init__(
        self,
        session: WorkerSession,
        handlers: Mapping[str, JobHandler],
        stop: asyncio.Event,
        concurrency: int,
        first_pause_s: float,
    ) -> None:
        self._session = session
        self._handlers = handlers
        self._stop = stop
        self._concurrency = concurrency
        self._first_pause_s = first_pause_s
        self._running: set[asyncio.Task[None]] = set()
        self._look = asyncio.Event()
        self._ending = asyncio.Event()

    async def run(self, look_again_s: float, grace_s: float) -> None:
        background = [
            asyncio.create_task(self._keep_beating()),
            asyncio.create_task(self._hear(look_again_s)),
            asyncio.create_task(self._end_with(self._stop)),
        ]
        try:
            await self._claim()
            if self._running and self._stop.is_set():
                await asyncio.wait(self._running, timeout=grace_s)
        finally:
            for task in (*self._running, *background):
                task.cancel()
            await asyncio.gather(*self._running, *background, return_exceptions=True)
            await self._session.leave()

    async def _claim(self) -> None:
        patience = Patience("jobs worker, claim")
        while not self._ending.is_set():
            self._look.clear()
            free = self._concurrency - len(self._running)
            if free:
                try:
                    claimed = await self._session.claim(free)
                except Exception as error:  # noqa: BLE001 - logged, and tried again
                    await patience.wait(error, self._ending)
                    continue
                patience.over()
                for job in claimed:
                    task = asyncio.create_task(self._do(job))
                    self._running.add(task)
                    task.add_done_callback(self._done)
                if claimed:
                    continue
            await self._look.wait()

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._look.set()

    async def _keep_beating(self) -> None:
        patience = Patience("jobs worker, heartbeat")
        while True:
            try:
                alive = await self._session.beat()
            except Exception as error:  # noqa: BLE001 - whatever it is, the heart beats on
                await patience.wait(error)
                continue
            patience.over()
            if not alive:
                log.warning("worker_taken_for_dead", jobs=len(self._running))
                self._end()
                return
            await asyncio.sleep(self._session.beat_every_s)

    async def _hear(self, every_s: float) -> None:
        async for _ in self._session.wakeups(every_s=every_s, until=self._ending):
            self._look.set()

    async def _end_with(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._end()

    def _end(self) -> None:
        self._ending.set()
        self._look.set()

    async def _do(self, claimed: Claimed) -> None:
        enter(
            RequestContext(
                actor=SYSTEM, traceparent=claimed.traceparent, idempotency_key=str(claimed.id)
            )
        )
        job = Job(
            id=claimed.id,
            kind=claimed.kind,
            payload=claimed.payload,
            attempt=claimed.attempt,
            max_attempts=claimed.max_attempts,
            _report=_Reporter(self._session, claimed),
        )
        try:
            result = await self._handlers[claimed.kind](job)
        except Exception as error:  # noqa: BLE001 - judged there
            await self._fail(claimed, error)
        else:
            await self._tell(claimed, lambda: self._session.succeed(claimed, result))

    async def _fail(self, job: Claimed, error: Exception) -> None:
        expected = isinstance(error, BacklineError)
        reason = error.reason if isinstance(error, BacklineError) else Kind.INTERNAL.name
        detail = str(error) if expected else f"{type(error).__name__}: {error}"
        nothing_against_it = is_outage(error) or (
            isinstance(error, BacklineError) and error.kind is Kind.UNAVAILABLE
        )
        worth_retrying = not isinstance(error, BacklineError) or error.kind.retryable
        facts = {"job": str(job.id), "kind": job.kind, "attempt": job.attempt, "reason": reason}
        if nothing_against_it or (worth_retrying and job.attempt < job.max_attempts):
            pause = _pause(self._first_pause_s, job.attempt)
            log.warning(
                "job_failed", **facts, retry_s=round(pause, 3), exc_info=None if expected else error
            )
            await self._tell(
                job,
                lambda: self._session.retry(
                    job,
                    after=timedelta(seconds=pause),
                    reason=reason,
                    error=detail,
                    counts=not nothing_against_it,
                ),
            )
        else:
            log.error("job_dead", **facts, exc_info=None if expected else error)
            await self._tell(job, lambda: self._session.bury(job, reason=reason, error=detail))

    async def _tell(self, job: Claimed, tell: Callable[[], Awaitable[bool]]) -> None:
        """Tell the queue what came of a job, through an outage if need be."""
        patience = Patience(f"jobs worker, {job.kind}")
        while True:
            try:
                held = await tell()
            except ValueError as error:
                # The handler returned what is not JSON: its bug, and no retry can help.
                await self._session.bury(job, reason=Kind.INTERNAL.name, error=str(error))
                log.exception("job_dead", job=str(job.id), kind=job.kind)
                return
            except Exception as error:  # noqa: BLE001 - logged, and told again
                await patience.wait(error)
            else:
                patience.over()
                if not held:
                    log.warning("job_lost", job=str(job.id), kind=job.kind)
                return


class _Reporter:
    """Passes progress on, not more often than every 0.1 s."""

    def __init__(self, session: WorkerSession, job: Claimed) -> None:
        self._session = session
        self._job = job
        self._next = 0.0

    async def __call__(self, fraction: float, message: str) -> None:
        if monotonic() < self._next:
            return
        self._next = monotonic() + _REPORT_EVERY_S
        # Nobody's work should fail because its progress could not be shown.
        with contextlib.suppress(Exception):
            await self._session.progress(self._job, fraction, message)


def _pause(first_s: float, attempt: int) -> float:
    backoff = Backoff(first_s, LONGEST_PAUSE_S)
    for _ in range(min(attempt, 60) - 1):
        backoff.next_s()
    return backoff.next_s()
