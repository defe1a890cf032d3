"""Telling an absent database from a wrong statement, and waiting for it without making noise."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from backline.kit.core.backoff import Backoff
from backline.kit.core.errors import Unavailable

log = structlog.get_logger(__name__)

_ABSENT = (
    ConnectionError,  # with DatabaseAway
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,  # "connection is closed", "pool is closed"
    asyncpg.InternalClientError,  # a statement sent between the server's last word and its end
    NoConnectionFree,
)


def is_outage(error: BaseException) -> bool:
    """Whether `error` says that the database is away: the same statement may succeed later."""
    if isinstance(error, DBAPIError):
        # SQLAlchemy wraps what it does not know in words of its own; the driver's are beneath.
        cause = error.orig.__cause__ if error.orig is not None else None
        return error.connection_invalidated or (cause is not None and is_outage(cause))
    # asyncpg's word for an argument of the wrong type is an InterfaceError too.
    return isinstance(error, _ABSENT) and not isinstance(error, ValueError)


@contextmanager
def answering(what: str) -> Iterator[None]:
    """Tell the caller of an outage in words of their own: "`what` does not answer".

    Raises:
        Unavailable: The database is away.
    """
    try:
        yield
    except Exception as error:
        if is_outage(error):
            raise Unavailable(f"{what} does not answer. Try again in a moment.") from error
        raise


class Patience:
    """Carries a loop through an outage: pauses that grow, one line at its begin and its end.

    Args:
        what: Names the loop in the log.
        most_s: No pause is longer.
    """

    def __init__(self, what: str, *, most_s: float = 1.0) -> None:
        self._what = what
        self._backoff = Backoff(0.05, most_s)
        self._lost = False

    async def wait(self, error: BaseException, until: asyncio.Event | None = None) -> None:
        """Pause after `error`; no longer than to the moment that `until` is set."""
        if not self._lost:
            self._lost = True
            expected = is_outage(error) or isinstance(error, (Unavailable, TimeoutError))
            log.warning(
                "outage",
                what=self._what,
                error=f"{type(error).__name__}: {error}",
                exc_info=None if expected else error,
            )
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._backoff.next_s()):
                await (until or asyncio.Event()).wait()

    def over(self) -> None:
        """It works (again)."""
        if self._lost:
            self._lost = False
            log.info("outage_over", what=self._what)
        self._backoff.reset()


async def repeat(what: str, do: Callable[[], Awaitable[float]], stop: asyncio.Event) -> None:
    """Do something again and again until `stop` is set; outages are waited through.

    Args:
        what: Names the loop in the log.
        do: Returns for how many seconds to pause.
    """
    patience = Patience(what)
    while not stop.is_set():
        try:
            pause_s = await do()
        except Exception as error:  # noqa: BLE001 - logged, and tried again
            await patience.wait(error, stop)
            continue
        patience.over()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await stop.wait()
