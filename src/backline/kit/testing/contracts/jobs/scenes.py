"""What happens to a work queue in its contract."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from backline.kit.core.errors import FailedPrecondition, ResourceExhausted
from backline.kit.jobs.queue import (
    JobHandler,
    JobQueue,
    JobState,
    JobStatus,
)
from backline.kit.jobs.worker import work
from backline.kit.testing.eventually import eventually


class NotNow(ResourceExhausted):
    """Worth a retry."""


class Never(FailedPrecondition):
    """Not worth a retry."""


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


async def reached(queue: JobQueue, job_id: UUID, state: JobState) -> JobStatus:
    async def there() -> JobStatus | None:
        status = await queue.get(job_id)
        return status if status.state is state else None

    status = await eventually(there)
    assert status is not None
    return status
