"""Fixtures shared by every suite."""

import os
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest
from tools.kafka.cluster import KafkaCluster
from tools.kafka.jars import default_cache, resolve

from backline.kit.testing.databases import Databases, PostgresServer, postgres_server

_SERVERS = {"postgres", "kafka", "kafka_node"}
_LONG = {"chaos", "journeys", "test_running_box.py"}


@pytest.hookimpl(trylast=True)  # the order is random so far
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test is `integration` because of what it asks for, not because of where it lies.

    Files with whole boxes and clusters come first, and then those with many tests: a worker that
    begins a long file last is waited for by all others.
    """
    tests_of = Counter(item.path for item in items)
    for item in items:
        if _SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker("integration")
    items.sort(key=lambda item: (not _LONG & set(item.path.parts), -tests_of[item.path]))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of our own, from the wheel."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def databases(postgres: PostgresServer) -> Databases:
    return Databases(postgres)


@pytest.fixture(scope="session")
def kafka_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    """One real node of our own, which a test may kill if it starts it again."""
    if missing := [name for name in ("java", "mvn") if shutil.which(name) is None]:
        pytest.skip(f"needs Kafka: install {' and '.join(missing)}, or set KAFKA_BOOTSTRAP")
    with KafkaCluster(
        tmp_path_factory.mktemp("kafka") / "nodes", jars=resolve(default_cache())
    ) as one:
        yield one


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest) -> str:
    """Bootstrap servers: of `KAFKA_BOOTSTRAP`, else a real node of our own."""
    given = os.environ.get("KAFKA_BOOTSTRAP")  # noqa: TID251 - the tests' own setting
    return given or request.getfixturevalue("kafka_node").bootstrap


@pytest.fixture
async def identity_database(databases: Databases) -> AsyncIterator[str]:
    """The URL of an empty identity database: real commits, no leftovers."""
    async with databases.fresh("backline.identity") as url:
        yield url


@pytest.fixture
async def jukebox_database(databases: Databases) -> AsyncIterator[str]:
    async with databases.fresh("backline.jukebox") as url:
        yield url


@pytest.fixture
async def lineup_database(databases: Databases) -> AsyncIterator[str]:
    async with databases.fresh("backline.lineup") as url:
        yield url


@pytest.fixture
async def scores_database(databases: Databases) -> AsyncIterator[str]:
    async with databases.fresh("backline.scores") as url:
        yield url


@pytest.fixture
async def log_database(databases: Databases) -> AsyncIterator[str]:
    async with databases.fresh("backline.kit.messaging") as url:
        yield url


@pytest.fixture
async def jobs_database(databases: Databases) -> AsyncIterator[str]:
    async with databases.fresh("backline.kit.jobs") as url:
        yield url


@pytest.fixture
async def kit_database(databases: Databases) -> AsyncIterator[str]:
    """A database with the kit's own tables only: the outbox and the inbox."""
    async with databases.fresh("backline.front") as url:
        yield url
