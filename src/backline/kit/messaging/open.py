"""The event log that a URL stands for."""

from backline.kit.core.errors import InvalidArgument
from backline.kit.messaging.log import EventLog


class UnknownBroker(InvalidArgument):
    """No adapter speaks this URL's scheme."""


def open_event_log(url: str) -> EventLog:
    """The log at `url`; nothing is connected before it is used.

    Raises:
        UnknownBroker: The scheme is not `postgresql`.
    """
    scheme = url.partition("://")[0].partition("+")[0]
    if scheme == "postgresql":
        from backline.kit.messaging.postgres import PostgresEventLog  # noqa: PLC0415 - its driver

        return PostgresEventLog(url)
    raise UnknownBroker(f"No event log speaks {scheme!r}; use a postgresql:// URL.")
