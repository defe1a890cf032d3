"""What every `JobQueue` does, alone and under `work`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backline.kit.core.clock import SystemClock
from backline.kit.core.context import RequestContext, current, enter
from backline.kit.core.errors import FailedPrecondition, ResourceExhausted, Unavailable
from backline.kit.jobs.queue import (
    Job,
    JobHandler,
    JobNotDead,
    JobNotFound,
    JobQueue,
    JobState,
    JobStatus,
)
from backline.kit.jobs.worker import work
from backline.kit.testing.eventually import eventually

_MANY = 60
_TODAY = timedelta(hours=1)


class NotNow(ResourceExhausted):
    """Worth a retry."""


class Never(FailedPrecondition):
    """Not worth a retry."""


@dataclass(frozen=True, slots=True)
class Features:
    """What an adapter can do beyond running jobs.

    Attributes:
        status: `get`, progress, results, `dead` and `revive`.
        delays: `run_at`.
        keys: Idempotent `enqueue`.
    """

    status: bool = True
    delays: bool = True
    keys: bool = True


@asynccontextmanager
async def working(
    queue: JobQueue, handler: JobHandler, kind: str = "sing", **options: Any
) -> AsyncIterator[None]:
    """`work` in the background, stopped and drained at the end."""
    stop = asyncio.Event()
    options = {"first_pause_s": 0.001, "look_again_s": 0.02, **options}
    task = asyncio.create_task(work(queue, {kind: handler}, stop, **options))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(10):
            await task


class JobQueueContract:
    """Inherit, and provide the fixtures `queue` and `elsewhere`.

    Both are the same queue as two processes see it.
    """

    features = Features()

    @pytest.fixture(autouse=True)
    def _only_what_is_claimed(self, request: pytest.FixtureRequest) -> None:
        marker = request.node.get_closest_marker("feature")
        if marker is not None and not getattr(self.features, marker.args[0]):
            pytest.skip(f"not a feature of this adapter: {marker.args[0]}")

    async def test_a_job_is_done_elsewhere(self, queue: JobQueue, elsewhere: JobQueue) -> None:
        done: list[Job] = []

        async def sing(job: Job) -> None:
            done.append(job)

        async with working(elsewhere, sing):
            job_id = await queue.enqueue("sing", {"song": "кухня", "times": [1, 2.5, None]})
            (job,) = await eventually(lambda: done)

        assert (job.id, job.kind, job.attempt) == (job_id, "sing", 1)
        assert dict(job.payload) == {"song": "кухня", "times": [1, 2.5, None]}

    async def test_workers_share_jobs_and_each_is_done_once(
        self, queue: JobQueue, elsewhere: JobQueue
    ) -> None:
        done: list[tuple[str, UUID]] = []

        async def here(job: Job) -> None:
            done.append(("here", job.id))

        async def there(job: Job) -> None:
            done.append(("there", job.id))

        ids = {await queue.enqueue("sing", {}) for _ in range(_MANY)}
        async with working(queue, here, concurrency=1), working(elsewhere, there, concurrency=1):
            await eventually(lambda: len(done) == _MANY)

        assert {job_id for _, job_id in done} == ids
        assert {place for place, _ in done} == {"here", "there"}

    async def test_no_more_jobs_run_than_allowed(self, queue: JobQueue) -> None:
        at_work = most_at_once = done = 0

        async def sing(_: Job) -> None:
            nonlocal at_work, most_at_once, done
            at_work += 1
            most_at_once = max(most_at_once, at_work)
            await asyncio.sleep(0.001)
            at_work -= 1
            done += 1

        for _ in range(20):
            await queue.enqueue("sing", {})
        async with working(queue, sing, concurrency=3):
            await eventually(lambda: done == 20)  # noqa: PLR2004 - as above

        assert most_at_once == 3  # noqa: PLR2004 - as above

    async def test_a_worker_takes_only_the_kinds_it_knows(self, queue: JobQueue) -> None:
        done: list[str] = []

        async def note(job: Job) -> None:
            done.append(job.kind)

        await queue.enqueue("dance", {})
        await queue.enqueue("sing", {})
        async with working(queue, note):
            await eventually(lambda: done)
        async with working(queue, note, "dance"):
            await eventually(lambda: len(done) > 1)

        assert done == ["sing", "dance"]

    async def test_the_trace_goes_on_in_the_handler(self, queue: JobQueue) -> None:
        traces: list[str] = []

        async def sing(_: Job) -> None:
            traces.append(current().traceparent)

        async def ask() -> None:
            enter(RequestContext(traceparent="00-ab-cd-01"))
            await queue.enqueue("sing", {})

        await asyncio.create_task(ask())
        async with working(queue, sing):
            await eventually(lambda: traces)

        assert traces == ["00-ab-cd-01"]

    async def test_what_fails_for_a_moment_is_tried_again(self, queue: JobQueue) -> None:
        attempts: list[int] = []

        async def sing(job: Job) -> None:
            attempts.append(job.attempt)
            if job.attempt < 3:  # noqa: PLR2004 - the third time works
                raise NotNow("Not now. Try again.")

        await queue.enqueue("sing", {})
        async with working(queue, sing):
            await eventually(lambda: len(attempts) == 3)  # noqa: PLR2004 - as above

        assert attempts == [1, 2, 3]

    async def test_an_absent_dependency_counts_no_attempt(self, queue: JobQueue) -> None:
        attempts: list[int] = []

        async def sing(job: Job) -> None:
            attempts.append(job.attempt)
            if len(attempts) < 5:  # noqa: PLR2004 - more often than its attempts
                raise Unavailable("The player does not answer. Try again.")

        await queue.enqueue("sing", {}, max_attempts=2)
        async with working(queue, sing):
            await eventually(lambda: len(attempts) == 5)  # noqa: PLR2004 - as above

        assert attempts == [1, 1, 1, 1, 1]

    async def test_what_a_stopping_worker_cannot_finish_is_handed_back(
        self, queue: JobQueue
    ) -> None:
        begun = asyncio.Event()
        attempts: list[int] = []

        async def hang(_: Job) -> None:
            begun.set()
            await asyncio.Event().wait()

        async def sing(job: Job) -> None:
            attempts.append(job.attempt)

        await queue.enqueue("sing", {}, max_attempts=1)
        async with working(queue, hang, grace_s=0.01):
            await begun.wait()
        async with working(queue, sing):
            await eventually(lambda: attempts)

        assert attempts == [1]

    async def test_a_stopping_worker_finishes_what_it_can(self, queue: JobQueue) -> None:
        begun, go_on = asyncio.Event(), asyncio.Event()
        done: list[UUID] = []

        async def sing(job: Job) -> None:
            begun.set()
            await go_on.wait()
            done.append(job.id)

        stop = asyncio.Event()
        await queue.enqueue("sing", {"number": 1})
        await queue.enqueue("sing", {"number": 2})
        task = asyncio.create_task(work(queue, {"sing": sing}, stop, concurrency=1))
        await begun.wait()
        stop.set()
        await asyncio.sleep(0)
        go_on.set()
        await task

        assert len(done) == 1

    @pytest.mark.parametrize("payload", [{"a": object()}, {"a": float("nan")}, {"a": "\0"}])
    async def test_what_is_not_plain_json_is_refused(
        self, queue: JobQueue, payload: dict[str, object]
    ) -> None:
        with pytest.raises(ValueError, match=r"JSON|NUL"):
            await queue.enqueue("sing", payload)

    @pytest.mark.feature("keys")
    async def test_a_key_makes_one_job(self, queue: JobQueue, elsewhere: JobQueue) -> None:
        places = [queue, elsewhere] * 5

        ids = await asyncio.gather(*[place.enqueue("sing", {}, key="k") for place in places])
        other_kind = await queue.enqueue("dance", {}, key="k")

        assert len(set(ids)) == 1
        assert other_kind != ids[0]

    @pytest.mark.feature("keys")
    async def test_a_key_is_kept_when_its_job_is_done(self, queue: JobQueue) -> None:
        done: list[UUID] = []

        async def sing(job: Job) -> None:
            done.append(job.id)

        async with working(queue, sing):
            job_id = await queue.enqueue("sing", {}, key="k")
            await eventually(lambda: done)
            again = await queue.enqueue("sing", {}, key="k")

        assert again == job_id
        assert done == [job_id]

    @pytest.mark.feature("delays")
    async def test_a_job_is_not_done_before_its_time(self, queue: JobQueue) -> None:
        done: list[str] = []

        async def sing(job: Job) -> None:
            done.append(job.payload["when"])

        now = SystemClock().now()
        await queue.enqueue("sing", {"when": "later"}, run_at=now + timedelta(hours=1))
        await queue.enqueue("sing", {"when": "soon"}, run_at=now + timedelta(seconds=0.1))
        async with working(queue, sing):
            await eventually(lambda: done)

        assert done == ["soon"]
        assert SystemClock().now() >= now + timedelta(seconds=0.1)

    @pytest.mark.feature("status")
    async def test_its_status_follows_a_job(self, queue: JobQueue) -> None:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def sing(job: Job) -> dict[str, int]:
            await job.progress(0.5, "half way")
            begun.set()
            await go_on.wait()
            return {"notes": 12}

        job_id = await queue.enqueue("sing", {"song": "x"})
        queued = await queue.get(job_id)
        async with working(queue, sing):
            await begun.wait()
            running = await queue.get(job_id)
            go_on.set()
            done = await reached(queue, job_id, JobState.SUCCEEDED)

        assert (queued.state, queued.attempt, queued.payload) == ("queued", 0, {"song": "x"})
        assert (running.state, running.attempt, running.max_attempts) == ("running", 1, 5)
        assert (running.fraction, running.message) == (0.5, "half way")
        assert (done.result, done.fraction, done.error) == ({"notes": 12}, 1.0, "")
        assert done.finished_at is not None

    @pytest.mark.feature("status")
    async def test_an_unknown_job_is_not_found(self, queue: JobQueue) -> None:
        with pytest.raises(JobNotFound):
            await queue.get(uuid4())
        with pytest.raises(JobNotFound):
            await queue.revive(uuid4())

    @pytest.mark.feature("status")
    async def test_a_refused_job_is_dead_at_once_with_its_reason(self, queue: JobQueue) -> None:
        async def sing(_: Job) -> None:
            raise Never("This cannot be. Send another.")

        job_id = await queue.enqueue("sing", {})
        async with working(queue, sing):
            dead = await reached(queue, job_id, JobState.DEAD)

        assert (dead.attempt, dead.reason) == (1, "NEVER")
        assert dead.error == "This cannot be. Send another."
        assert [job.id for job in await queue.dead()] == [job_id]

    @pytest.mark.feature("status")
    async def test_a_job_that_only_meets_bugs_is_dead_after_its_attempts(
        self, queue: JobQueue
    ) -> None:
        async def sing(_: Job) -> None:
            raise ZeroDivisionError("oh")

        job_id = await queue.enqueue("sing", {}, max_attempts=3)
        async with working(queue, sing):
            dead = await reached(queue, job_id, JobState.DEAD)

        assert (dead.attempt, dead.reason) == (3, "INTERNAL")
        assert dead.error == "ZeroDivisionError: oh"

    @pytest.mark.feature("status")
    async def test_a_result_that_is_not_json_is_the_end_of_its_job(self, queue: JobQueue) -> None:
        async def sing(_: Job) -> object:
            return object()

        job_id = await queue.enqueue("sing", {})
        async with working(queue, sing):
            dead = await reached(queue, job_id, JobState.DEAD)

        assert dead.error.startswith("Not plain JSON data")

    @pytest.mark.feature("status")
    async def test_a_dead_job_can_be_revived(self, queue: JobQueue) -> None:
        refuse = True

        async def sing(_: Job) -> None:
            if refuse:
                raise Never("This cannot be. Send another.")

        job_id = await queue.enqueue("sing", {})
        async with working(queue, sing):
            await reached(queue, job_id, JobState.DEAD)
            refuse = False
            await queue.revive(job_id)
            done = await reached(queue, job_id, JobState.SUCCEEDED)

        assert done.attempt == 1
        with pytest.raises(JobNotDead):
            await queue.revive(job_id)

    @pytest.mark.feature("status")
    async def test_pruning_forgets_what_succeeded_long_ago(self, queue: JobQueue) -> None:
        async def sing(job: Job) -> None:
            if job.payload["badly"]:
                raise Never("This cannot be. Send another.")

        well = await queue.enqueue("sing", {"badly": False}, key="well")
        badly = await queue.enqueue("sing", {"badly": True})
        async with working(queue, sing):
            await reached(queue, well, JobState.SUCCEEDED)
            await reached(queue, badly, JobState.DEAD)

        now = SystemClock().now()
        assert await queue.prune(now - _TODAY) == 0
        assert await queue.prune(now + _TODAY) == 1
        assert (await queue.get(badly)).state is JobState.DEAD
        with pytest.raises(JobNotFound):
            await queue.get(well)
        assert await queue.enqueue("sing", {"badly": False}, key="well") != well

    async def test_a_hold_that_was_given_back_is_worth_nothing(
        self, queue: JobQueue, elsewhere: JobQueue
    ) -> None:
        await queue.enqueue("sing", {})
        zombie, other = await queue.join(["sing"]), await elsewhere.join(["sing"])
        (job,) = await zombie.claim(1)
        await zombie.retry(job, after=timedelta(), reason="", error="", counts=True)
        (again,) = await other.claim(1)

        assert not await zombie.succeed(job, None)
        assert not await zombie.progress(job, 0.9, "")
        assert not await zombie.bury(job, reason="", error="")
        assert await other.succeed(again, None)


async def reached(queue: JobQueue, job_id: UUID, state: JobState) -> JobStatus:
    async def there() -> JobStatus | None:
        status = await queue.get(job_id)
        return status if status.state is state else None

    status = await eventually(there)
    assert status is not None
    return status
