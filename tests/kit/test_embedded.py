"""A PostgreSQL of one's own: made once, kept through crashes, reachable by nobody else."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest

from backline.kit.db.embedded import EmbeddedPostgres, PostgresFailed, program
from backline.kit.db.engine import asyncpg_url
from backline.kit.db.unprivileged import account
from backline.kit.testing.eventually import eventually

pytestmark = pytest.mark.integration


@pytest.fixture
def directory() -> Iterator[Path]:
    """A short path that only its owner may enter; pytest's own would be too long for a socket."""
    made = Path(tempfile.mkdtemp(prefix="bl-"))
    try:
        yield made
    finally:
        shutil.rmtree(made)


def server(directory: Path, *, durable: bool = False) -> EmbeddedPostgres:
    return EmbeddedPostgres(
        cluster=directory / "postgres", socket_dir=directory / "run" / "db", durable=durable
    )


def spawn(code: str) -> subprocess.Popen[bytes]:
    """A Python process that runs `code`, and ends with its standard input."""
    return subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


@asynccontextmanager
async def started(postgres: EmbeddedPostgres) -> AsyncIterator[subprocess.Popen[bytes]]:
    postgres.prepare()
    process = postgres.start()
    try:
        await postgres.wait_ready(process)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(20)


async def test_it_keeps_what_was_committed_through_a_kill(directory: Path):
    postgres = server(directory, durable=True)
    async with started(postgres) as process:
        postgres.ensure_databases(["jukebox"])
        connection = await asyncpg.connect(asyncpg_url(postgres.url("jukebox")))
        await connection.execute("CREATE TABLE tracks AS SELECT 'Night Bus' AS title")
        process.kill()
    async with started(postgres):
        connection = await asyncpg.connect(asyncpg_url(postgres.url("jukebox")))
        assert await connection.fetchval("SELECT title FROM tracks") == "Night Bus"
        assert await connection.fetchval("SELECT current_user") == "jukebox"
        await connection.close()


async def test_databases_are_made_once_and_added_later(directory: Path):
    postgres = server(directory)
    names = "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database"
    async with started(postgres):
        postgres.ensure_databases(["identity"])
        postgres.ensure_databases(["identity", "jukebox"])
        postgres.ensure_databases(["identity", "jukebox"])
        found = postgres.sql(names).split()
    assert found == ["backline_identity", "backline_jukebox", "postgres", "template0", "template1"]


async def test_one_service_cannot_enter_the_database_of_another(directory: Path):
    postgres = server(directory)
    async with started(postgres):
        postgres.ensure_databases(["identity", "jukebox"])
        url = postgres.url("jukebox").replace("/backline_jukebox", "/backline_identity")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(asyncpg_url(url))


async def test_it_listens_on_no_network(directory: Path):
    async with started(server(directory)) as process:
        family = psutil.Process(process.pid)
        assert [c for c in family.net_connections("inet") if c.status == psutil.CONN_LISTEN] == []
        assert (directory / "run" / "db").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's children change their account")
async def test_for_root_it_runs_as_somebody_else(directory: Path):
    owner = account()
    assert owner is not None
    async with started(server(directory)) as process:
        assert psutil.Process(process.pid).uids().effective == owner.pw_uid


async def test_a_number_in_its_lock_file_that_now_belongs_to_others_is_no_obstacle(directory: Path):
    postgres = server(directory)
    async with started(postgres):
        pass
    with spawn("input()") as stranger:
        lock = postgres.cluster / "postmaster.pid"
        lock.write_text(f"{stranger.pid}\n{postgres.cluster}\n0\n5432\n\n\n\nready\n")
        async with started(postgres):
            assert postgres.sql("SELECT 1") == "1\n"
        assert stranger.poll() is None
        stranger.kill()


async def test_a_server_that_outlived_its_parent_is_ended_first(directory: Path):
    postgres = server(directory)
    async with started(postgres) as orphan, started(postgres) as process:
        assert orphan.wait(5) == 0
        assert process.pid != orphan.pid
        assert postgres.sql("SELECT 1") == "1\n"


async def test_it_ends_with_its_parent(directory: Path):
    code = (
        "import sys; from pathlib import Path\n"
        "from backline.kit.db.embedded import EmbeddedPostgres\n"
        f"d = Path({str(directory)!r})\n"
        "p = EmbeddedPostgres(cluster=d/'postgres', socket_dir=d/'run'/'db', durable=False)\n"
        "p.prepare(); print(p.start().pid, flush=True); input()"
    )
    with spawn(code) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        await eventually(server(directory).is_ready)
        parent.kill()
    await eventually(lambda: not child.is_running())


def test_a_path_too_long_for_a_socket_is_refused_with_its_length(directory: Path):
    postgres = EmbeddedPostgres(
        cluster=directory / "postgres", socket_dir=directory / ("x" * 100), durable=False
    )
    with pytest.raises(PostgresFailed, match=r"bytes long, and a Unix socket allows 107"):
        postgres.prepare()


def test_a_cluster_of_another_version_is_left_alone(directory: Path):
    postgres = server(directory)
    postgres.cluster.mkdir()
    (postgres.cluster / "PG_VERSION").write_text("16\n")
    with pytest.raises(PostgresFailed, match="made by PostgreSQL 16"):
        postgres.prepare()


def test_its_programs_are_of_the_version_that_we_ask_for():
    shown = subprocess.run([program("postgres"), "--version"], capture_output=True, check=True)
    assert b"(PostgreSQL) 18." in shown.stdout
