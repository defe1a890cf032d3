"""The event log that a URL stands for."""

from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from backline.kit.core.errors import InvalidArgument
from backline.kit.messaging.log import EventLog

if TYPE_CHECKING:
    from backline.kit.messaging.postgres import PostgresEventLog

_logs: "WeakValueDictionary[str, PostgresEventLog]" = WeakValueDictionary()


class UnknownBroker(InvalidArgument):
    """No adapter speaks this URL's scheme."""


def open_event_log(url: str) -> EventLog:
    """The log at `url`; nothing is connected before it is used.

    All who open a PostgreSQL log in one process share its connections, which are few and hold
    megabytes of the server's memory. Each closes it once; the last one cuts them.

    Args:
        url: `postgresql://…`, or `kafka://host:9092,host:9092/namespace` (the extra `kafka`).

    Raises:
        UnknownBroker: The scheme is neither.
    """
    scheme = url.partition("://")[0].partition("+")[0]
    if scheme == "postgresql":
        from backline.kit.messaging.postgres import PostgresEventLog  # noqa: PLC0415 - its driver

        log = _logs.get(url)
        if log is None or not log.holders:
            log = _logs[url] = PostgresEventLog(url)
        log.holders += 1
        return log
    if scheme == "kafka":
        from backline.kit.messaging.kafka import KafkaEventLog  # noqa: PLC0415 - an extra

        return KafkaEventLog(url)
    raise UnknownBroker(f"No event log speaks {scheme!r}; use a postgresql:// or kafka:// URL.")
