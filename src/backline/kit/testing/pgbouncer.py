"""A PgBouncer of our own in front of a test's PostgreSQL, where the program is installed."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

PROGRAM = "pgbouncer"
_START_WITHIN_S = 10
_LOOK_AGAIN_S = 0.02

# Two servers for everybody: a client that relied on its session would not find it again.
_SETTINGS = """
[databases]
* = host={host} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
"""


def installed() -> bool:
    """Whether this machine has the program."""
    return shutil.which(PROGRAM) is not None


@contextmanager
def pgbouncer(url: str) -> Iterator[str]:
    """Put a pooler, in transaction mode, in front of the server of `url`; the URL through it."""
    server = make_url(url)
    host = Path(str(server.query["host"]))
    owner = host.stat()  # it refuses to run as root; whoever runs the server may reach its socket
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="backline-pgbouncer-") as folder:
        os.chown(folder, owner.st_uid, owner.st_gid)
        settings = Path(folder) / "pgbouncer.ini"
        settings.write_text(_SETTINGS.format(host=host, user=server.username, port=port))
        program = shutil.which(PROGRAM)
        assert program is not None
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603
                [program, "-q", str(settings)],
                stdout=output,
                stderr=output,
                user=owner.st_uid if os.getuid() == 0 else None,
                group=owner.st_gid if os.getuid() == 0 else None,
            )
        try:
            _wait_until_it_listens(port, process, log)
            pooled = server.set(host="127.0.0.1", port=port)
            pooled = pooled.update_query_dict({"prepared_statement_cache_size": "0"})
            yield pooled.difference_update_query(["host"]).render_as_string(hide_password=False)
        finally:
            process.kill()
            process.wait()


def _wait_until_it_listens(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_WITHIN_S
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(_LOOK_AGAIN_S)
        else:
            return
    raise RuntimeError(log.read_text())
