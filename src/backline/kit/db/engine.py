"""Connections to one service's PostgreSQL database."""

from typing import Any

import asyncpg
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

CONNECT_TIMEOUT_S = 5.0
STATEMENT_TIMEOUT_S = 30.0
_IDLE_IN_TRANSACTION_S = 60.0
_NOTHING_PREPARED = "prepared_statement_cache_size"


def build_engine(
    url: str,
    *,
    pool_size: int = 5,
    application_name: str = "backline",
    statement_timeout_s: float = STATEMENT_TIMEOUT_S,
) -> AsyncEngine:
    """A pool of at most `pool_size` connections, opened as they are needed.

    Args:
        url: `postgresql://…` or `postgresql+asyncpg://…`; a socket directory goes into `?host=`.
        application_name: What `pg_stat_activity` shows.
        statement_timeout_s: Seconds after which the server gives a statement up.
    """
    return create_async_engine(
        sqlalchemy_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=CONNECT_TIMEOUT_S,
        connect_args={
            "async_creator_fn": connect,
            "timeout": CONNECT_TIMEOUT_S,
            **({"statement_cache_size": 0} if behind_pooler(url) else {}),
            "server_settings": {
                "application_name": application_name,
                "statement_timeout": str(int(statement_timeout_s * 1000)),
                "idle_in_transaction_session_timeout": str(int(_IDLE_IN_TRANSACTION_S * 1000)),
                # Compiling short statements costs more than it saves.
                "jit": "off",
            },
        },
    )


def behind_pooler(url: str) -> bool:
    """Whether `url` says so, as SQLAlchemy wants it said: `?prepared_statement_cache_size=0`."""
    return make_url(url).query.get(_NOTHING_PREPARED) == "0"


class DatabaseAway(ConnectionError):
    """Nobody answers at the database's address."""


async def connect(*args: Any, **options: Any) -> "asyncpg.Connection[asyncpg.Record]":
    """`asyncpg.connect`, with one error for all the ways in which a server can be absent.

    A socket that is not there is a FileNotFoundError to asyncpg, which is also what a handler's
    own mistakes with files look like.

    Raises:
        DatabaseAway: Refused, reset, no such socket, no answer in time.
    """
    try:
        return await asyncpg.connect(*args, **options)
    except OSError as error:
        raise DatabaseAway(str(error) or "No answer in time.") from error


def sqlalchemy_url(url: str) -> str:
    """`url` as SQLAlchemy wants it: with the driver's name."""
    return make_url(url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def asyncpg_url(url: str) -> str:
    """`url` as asyncpg itself wants it: without the driver's name and SQLAlchemy's options."""
    own = make_url(url).set(drivername="postgresql")
    own = own.difference_update_query([_NOTHING_PREPARED])
    return own.render_as_string(hide_password=False)
