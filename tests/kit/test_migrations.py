"""Databases come to the state that their packages describe."""

import asyncio

import asyncpg
import pytest

from backline.kit.db.engine import asyncpg_url
from backline.kit.db.migrations import DatabaseTooNew, migrate
from backline.kit.testing.databases import Databases, PostgresServer


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


async def test_migrating_again_changes_nothing(kit_database: str) -> None:
    before = await _tables(kit_database)

    await migrate(kit_database, "backline.front")

    assert await _tables(kit_database) == before


async def test_an_older_version_refuses_a_newer_ones_data(kit_database: str) -> None:
    connection = await asyncpg.connect(asyncpg_url(kit_database))
    await connection.execute("INSERT INTO alembic_version VALUES ('outbox_9999')")
    await connection.close()

    with pytest.raises(DatabaseTooNew, match="outbox_9999"):
        await migrate(kit_database, "backline.front")


@pytest.mark.parametrize("package", ["backline.identity", "backline.jukebox"])
async def test_a_services_revisions_bear_its_name(databases: Databases, package: str) -> None:
    async with databases.fresh(package) as url:
        connection = await asyncpg.connect(asyncpg_url(url))
        rows = await connection.fetch("SELECT version_num FROM alembic_version")
        await connection.close()

    owners = {row["version_num"].partition("_")[0] for row in rows}
    assert owners == {"outbox", "inbox", "parking", "saga", package.removeprefix("backline.")}
