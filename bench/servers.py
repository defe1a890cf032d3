"""The servers that benches measure against, with the settings of the box."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path


@asynccontextmanager
async def postgres(packages: Mapping[str, str]) -> AsyncIterator[dict[str, str]]:
    """Run a PostgreSQL of its own; the URLs of its databases.

    Args:
        packages: By the name of a database, whose tables it gets: `{"shop": "backline.front"}`.
    """
    from backline.kit.db.embedded import EmbeddedPostgres
    from backline.kit.db.migrations import migrate

    with tempfile.TemporaryDirectory(prefix="bl-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101 - PostgreSQL may run as another user
        cluster = EmbeddedPostgres(cluster=Path(folder) / "pg", socket_dir=Path(folder) / "s")
        await asyncio.to_thread(cluster.prepare)
        server = cluster.start()
        try:
            await cluster.wait_ready(server)
            cluster.ensure_databases(list(packages))
            for name, package in packages.items():
                await migrate(cluster.url(name), package)
            yield {name: cluster.url(name) for name in packages}
        finally:
            server.send_signal(signal.SIGINT)
            await asyncio.to_thread(server.wait)
