"""The work queue in PostgreSQL."""

import asyncio

import pytest

from backline.kit.core.errors import Unavailable
from backline.kit.jobs.postgres import Heartbeat, PostgresJobQueue
from backline.kit.jobs.queue import JobNotFound, JobState
from backline.kit.testing.contracts.jobs import JobQueueContract
from backline.kit.testing.contracts.jobs.scenes import reached, working
from backline.kit.testing.eventually import eventually
from tests.kit.test_doorbell_postgres import cut_all

# A busy machine may stall a test for a second; only where somebody plays dead is time short.
QUICK = Heartbeat(every_s=0.02, silence_s=10.0)
IMPATIENT = Heartbeat(every_s=0.02, silence_s=0.3)


class TestPostgresJobQueue(JobQueueContract):
    @pytest.fixture
    async def queue(self, jobs_database):
        queue = PostgresJobQueue(jobs_database, heartbeat=QUICK)
        yield queue
        await queue.close()

    @pytest.fixture
    async def elsewhere(self, jobs_database):
        queue = PostgresJobQueue(jobs_database, heartbeat=QUICK)
        yield queue
        await queue.close()

    @pytest.fixture
    async def impatient(self, jobs_database):
        queue = PostgresJobQueue(jobs_database, heartbeat=IMPATIENT)
        yield queue
        await queue.close()

    async def test_a_dead_workers_job_runs_again(self, queue, impatient):
        job_id = await queue.enqueue("sing", {})
        dead = await queue.join(["sing"])
        (claimed,) = await dead.claim(1)
        attempts = []

        async def sing(job):
            attempts.append(job.attempt)

        async with working(impatient, sing):
            await reached(queue, job_id, JobState.SUCCEEDED)

        assert attempts == [2]
        assert not await dead.beat()
        assert not await dead.succeed(claimed, None)
        assert not await dead.claim(1)

    async def test_a_worker_forgets_what_succeeded_long_ago(self, queue):
        async def sing(job):
            pass

        old, young = [await queue.enqueue("sing", {}) for _ in range(2)]
        async with working(queue, sing):
            await reached(queue, old, JobState.SUCCEEDED)
            await reached(queue, young, JobState.SUCCEEDED)
        await queue._pool.execute(
            "UPDATE job SET finished_at = now() - interval '15 days' WHERE id = $1", old
        )

        async with working(queue, sing):

            async def forgotten():
                try:
                    await queue.get(old)
                except JobNotFound:
                    return True
                return False

            await eventually(forgotten)

        assert (await queue.get(young)).state is JobState.SUCCEEDED

    async def test_a_job_that_kills_its_workers_is_given_up(self, queue, impatient):
        job_id = await queue.enqueue("sing", {}, max_attempts=1)
        await (await queue.join(["sing"])).claim(1)

        async def sing(job):
            pytest.fail("it has no attempt left")

        async with working(impatient, sing):
            dead = await reached(queue, job_id, JobState.DEAD)

        assert dead.reason == "WORKER_DIED"

    async def test_a_worker_taken_for_dead_lets_go_and_joins_again(self, queue, jobs_database):
        begun, done = [], []

        async def sing(job):
            begun.append(job.attempt)
            if job.attempt == 1:
                await asyncio.Event().wait()
            done.append(job.attempt)

        await queue.enqueue("sing", {})
        async with working(queue, sing):
            await eventually(lambda: begun)
            await queue._pool.execute("DELETE FROM worker")
            await eventually(lambda: done)

        assert begun == [1, 2]

    async def test_a_worker_goes_on_after_its_connections_were_cut(self, queue, jobs_database):
        done = []

        async def sing(job):
            done.append(job.payload["number"])

        async with working(queue, sing):
            await queue.enqueue("sing", {"number": 1})
            await eventually(lambda: done == [1])
            await cut_all(jobs_database)

            async def enqueue_again():
                try:
                    await queue.enqueue("sing", {"number": 2}, key="again")
                except Unavailable:
                    return False
                return True

            await eventually(enqueue_again)
            await eventually(lambda: done == [1, 2])
