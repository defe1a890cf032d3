"""A real server for the length of a test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

from backline.kit.http.serve import uvicorn_config
from backline.kit.testing.eventually import eventually


class QuietServer(uvicorn.Server):
    """A uvicorn inside somebody else's event loop; leaves the process's signals alone."""

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: ASGIApp, **options: Any) -> AsyncIterator[str]:
    """Serve `app` as in production while the block runs, and yield its `host:port`.

    Args:
        options: uvicorn's; the port is a free one on loopback unless told otherwise.
    """
    settings = {"host": "127.0.0.1", "port": 0} | options
    server = QuietServer(uvicorn_config(app, **settings))
    task = asyncio.create_task(server.serve())
    try:
        await eventually(lambda: server.started or task.done())
        if task.done():
            await task
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        yield f"{host}:{port}"
    finally:
        server.should_exit = True
        await task
