"""How a job stands, and what came of it."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from backline.kit.core.clock import SystemClock
from backline.kit.jobs.queue import (
    Job,
    JobNotDead,
    JobNotFound,
    JobQueue,
    JobState,
)
from backline.kit.testing.contracts.jobs.scenes import Never, reached, working

_TODAY = timedelta(hours=1)


@pytest.mark.feature("status")
class StatusCases:
    """For queues that keep the status of their jobs."""

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

    async def test_an_unknown_job_is_not_found(self, queue: JobQueue) -> None:
        with pytest.raises(JobNotFound):
            await queue.get(uuid4())
        with pytest.raises(JobNotFound):
            await queue.revive(uuid4())

    async def test_a_refused_job_is_dead_at_once_with_its_reason(self, queue: JobQueue) -> None:
        async def sing(_: Job) -> None:
            raise Never("This cannot be. Send another.")

        job_id = await queue.enqueue("sing", {})
        async with working(queue, sing):
            dead = await reached(queue, job_id, JobState.DEAD)

        assert (dead.attempt, dead.reason) == (1, "NEVER")
        assert dead.error == "This cannot be. Send another."
        assert [job.id for job in await queue.dead()] == [job_id]

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

    async def test_a_result_that_is_not_json_is_the_end_of_its_job(self, queue: JobQueue) -> None:
        async def sing(_: Job) -> object:
            return object()

        job_id = await queue.enqueue("sing", {})
        async with working(queue, sing):
            dead = await reached(queue, job_id, JobState.DEAD)

        assert dead.error.startswith("Not plain JSON data")

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
