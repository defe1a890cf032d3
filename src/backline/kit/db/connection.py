"""asyncpg without SQLAlchemy, for the loops whose statements are few and hot."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias, cast

import asyncpg
from typing_extensions import override

from backline.kit.db.engine import (
    CONNECT_TIMEOUT_S,
    DatabaseAway,
    asyncpg_url,
    behind_pooler,
    connect,
)

ANSWER_TIMEOUT_S = 5.0
"""A server that is silent for so long is taken for frozen; a loop that stops has 20 s in all."""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


IDLE_S = 20.0
_RELEASE_S = 1.0


class _Stateless(asyncpg.Connection):
    """Leaves no session state behind, and so needs no reset between two borrowers."""

    @override
    def get_reset_query(self) -> str:
        return ""


def _options(
    url: str, application_name: str, settings: Mapping[str, str] | None = None
) -> dict[str, Any]:
    options: dict[str, Any] = {
        "dsn": asyncpg_url(url),
        "timeout": CONNECT_TIMEOUT_S,
        "command_timeout": ANSWER_TIMEOUT_S,
        "connection_class": _Stateless,
        "server_settings": {"application_name": application_name},
    }
    if behind_pooler(url):
        # asyncpg parses and runs a statement before it lets go of the server, so nothing is
        # missing as long as nothing is prepared for later. A pooler refuses to be told of more.
        options["statement_cache_size"] = 0
    else:
        options["server_settings"] |= {"jit": "off", **(settings or {})}
    return options


class Pool:
    """Up to `size` connections, opened when they are needed, replaced when they break.

    Each statement is a transaction of its own, and none may set session state: the next one may
    run on any connection.

    Args:
        settings: Of the server, for these connections; a pooler is not told of them.
    """

    def __init__(
        self,
        url: str,
        *,
        size: int,
        application_name: str,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._options: dict[str, Any] = {
            **_options(url, application_name, settings),
            "min_size": 0,
            "max_size": size,
            # An idle connection holds 2 to 6 MB of the server's memory.
            "max_inactive_connection_lifetime": IDLE_S,
            "connect": connect,
        }
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        async with self.borrowed() as connection:
            return await connection.fetch(statement, *values)

    async def fetchrow(self, statement: str, *values: object) -> asyncpg.Record | None:
        async with self.borrowed() as connection:
            return await connection.fetchrow(statement, *values)

    async def fetchval(self, statement: str, *values: object) -> Any:
        async with self.borrowed() as connection:
            return await connection.fetchval(statement, *values)

    async def execute(self, statement: str, *values: object) -> str:
        """Run `statement`; what the server says it did, such as `UPDATE 1`."""
        async with self.borrowed() as connection:
            return await connection.execute(statement, *values)

    async def close(self) -> None:
        """Cut all connections."""
        if self._pool is not None:
            self._pool.terminate()

    @asynccontextmanager
    async def borrowed(self) -> AsyncIterator[Connection]:
        """One of them, for as long as the context lasts."""
        pool = await self._opened()
        try:
            connection = await pool.acquire(timeout=CONNECT_TIMEOUT_S)
        except TimeoutError as error:
            raise DatabaseAway("No connection was free in time.") from error
        try:
            yield cast(Connection, connection)
        except TimeoutError as error:
            raise DatabaseAway("No answer in time.") from error
        finally:
            # A statement that was given up is being cancelled on the server; one that is frozen
            # never says so, and then the connection is cut.
            with suppress(TimeoutError):
                await pool.release(connection, timeout=_RELEASE_S)

    async def _opened(self) -> "asyncpg.Pool[asyncpg.Record]":
        if self._pool is None:
            self._pool = asyncpg.create_pool(**self._options)
            # Connects nothing yet, so it does not give way to another task in between.
            await self._pool
        return self._pool


@asynccontextmanager
async def connected(url: str, *, application_name: str) -> AsyncIterator[Connection]:
    """One connection of one's own. It is cut at the end, with all the locks of its session."""
    connection = await connect(**_options(url, application_name))
    try:
        yield connection
    finally:
        connection.terminate()
