"""asyncpg without SQLAlchemy, for the loops whose statements are few and hot."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from typing_extensions import override

from backline.kit.db.engine import CONNECT_TIMEOUT_S, STATEMENT_TIMEOUT_S, asyncpg_url

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Pooled: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"


class _Stateless(asyncpg.Connection):
    """Leaves no session state behind, and so needs no reset between two borrowers."""

    @override
    def get_reset_query(self) -> str:
        return ""


def build_pool(url: str, *, size: int, application_name: str) -> Pool:
    """Up to `size` connections, opened at first use, replaced when they break.

    Enter it (`async with`, or `await`) before the first statement. For statements that set no
    session state: what one borrower sets, the next would find.
    """
    return asyncpg.create_pool(
        asyncpg_url(url),
        min_size=0,
        max_size=size,
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=STATEMENT_TIMEOUT_S,
        connection_class=_Stateless,
        server_settings={"application_name": application_name, "jit": "off"},
    )


@asynccontextmanager
async def connected(url: str, *, application_name: str) -> AsyncIterator[Connection]:
    """One connection of one's own. It is cut at the end, with all the locks of its session."""
    connection: Connection = await asyncpg.connect(
        asyncpg_url(url),
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=STATEMENT_TIMEOUT_S,
        server_settings={"application_name": application_name, "jit": "off"},
    )
    try:
        yield connection
    finally:
        connection.terminate()
