"""Databases come to the state that their packages describe."""

import asyncio

import asyncpg
import pytest

from backline.kit.db.engine import asyncpg_url
from backline.kit.db.migrations import migrate
from backline.kit.testing.databases import PostgresServer


async def _tables(url: str) -> set[str]:
    connection = await asyncpg.connect(asyncpg_url(url))
    try:
        rows = await connection.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
    finally:
        await connection.close()
    return {row["table_name"] for row in rows}


async def test_a_service_gets_an_outbox_and_an_inbox(kit_database: str) -> None:
    assert {"outbox", "inbox", "alembic_version"} <= await _tables(kit_database)


async def test_processes_that_start_together_wait_for_one_another(
    postgres: PostgresServer,
) -> None:
    connection = await asyncpg.connect(asyncpg_url(postgres.url))
    await connection.execute("CREATE DATABASE started_together")
    url = postgres.database("started_together")

    await asyncio.gather(*[migrate(url, "backline.front") for _ in range(5)])

    assert {"outbox", "inbox"} <= await _tables(url)
    await connection.execute("DROP DATABASE started_together WITH (FORCE)")
    await connection.close()


async def test_an_unknown_package_is_named(kit_database: str) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"backline\.nowhere"):
        await migrate(kit_database, "backline.nowhere")
