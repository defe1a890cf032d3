"""The work queue that a URL stands for."""

from backline.kit.core.errors import InvalidArgument
from backline.kit.jobs.queue import JobQueue


class UnknownQueue(InvalidArgument):
    """No adapter speaks this URL's scheme."""


def open_job_queue(url: str) -> JobQueue:
    """The queue at `url`; nothing is connected before it is used.

    Raises:
        UnknownQueue: The scheme is not `postgresql`.
    """
    scheme = url.partition("://")[0].partition("+")[0]
    if scheme == "postgresql":
        from backline.kit.jobs.postgres import PostgresJobQueue  # noqa: PLC0415 - its driver

        return PostgresJobQueue(url)
    raise UnknownQueue(f"No work queue speaks {scheme!r}; use a postgresql:// URL.")
