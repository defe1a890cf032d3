"""How uvicorn runs every app: the limits of the outermost edge."""

from typing import Any

import uvicorn
from starlette.types import ASGIApp

WEBSOCKET_BYTES = 64 * 1024
WEBSOCKET_QUEUE = 16
PING_S = 20.0
GRACEFUL_S = 10


def uvicorn_config(app: ASGIApp, **options: Any) -> uvicorn.Config:
    """A configuration with our limits; `options` (host, port, fd, uds, …) are uvicorn's.

    Request heads of at most 64 KiB within 10 s; WebSocket messages of at most 64 KiB, without
    compression (a message could unpack to a thousand times its size), a ping every 20 s and 20 s
    for its answer; no access log (metrics count); no `Server` header; and `RoomProtocol`, which
    the hubs of `kit.realtime` need.
    """
    settings: dict[str, Any] = {
        "ws": "backline.kit.realtime.protocol:RoomProtocol",
        "ws_max_size": WEBSOCKET_BYTES,
        "ws_max_queue": WEBSOCKET_QUEUE,
        "ws_per_message_deflate": False,
        "ws_ping_interval": PING_S,
        "ws_ping_timeout": PING_S,
        "http": "backline.kit.http.protocol:LimitedHttpProtocol",
        "loop": "none",  # the process has chosen it
        "lifespan": "off",  # what services start and stop is in their `Service`
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "timeout_graceful_shutdown": GRACEFUL_S,
    }
    return uvicorn.Config(app, **(settings | options))
