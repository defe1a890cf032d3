"""The work queue that a URL stands for."""

from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from backline.kit.core.errors import InvalidArgument
from backline.kit.jobs.queue import JobQueue

if TYPE_CHECKING:
    from backline.kit.jobs.postgres import PostgresJobQueue

_queues: "WeakValueDictionary[str, PostgresJobQueue]" = WeakValueDictionary()


class UnknownQueue(InvalidArgument):
    """No adapter speaks this URL's scheme."""


def open_job_queue(url: str) -> JobQueue:
    """The queue at `url`; nothing is connected before it is used.

    All who open it in one process share its connections, which are few and hold megabytes of the
    server's memory. Each closes it once; the last one cuts them.

    Raises:
        UnknownQueue: The scheme is not `postgresql`.
    """
    scheme = url.partition("://")[0].partition("+")[0]
    if scheme == "postgresql":
        from backline.kit.jobs.postgres import PostgresJobQueue  # noqa: PLC0415 - its driver

        queue = _queues.get(url)
        if queue is None or not queue.holders:
            queue = _queues[url] = PostgresJobQueue(url)
        queue.holders += 1
        return queue
    raise UnknownQueue(f"No work queue speaks {scheme!r}; use a postgresql:// URL.")
