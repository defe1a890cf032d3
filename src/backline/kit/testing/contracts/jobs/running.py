"""Jobs are done, again if need be, by whoever is free."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from backline.kit.core.clock import SystemClock
from backline.kit.core.context import RequestContext, current, enter
from backline.kit.core.errors import Unavailable
from backline.kit.jobs.queue import (
    Job,
    JobQueue,
)
from backline.kit.jobs.worker import work
from backline.kit.testing.contracts.jobs.scenes import NotNow, working
from backline.kit.testing.eventually import eventually

_MANY = 60


class RunningCases:
    """What every queue does."""

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
