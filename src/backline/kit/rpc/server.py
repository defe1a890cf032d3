"""Builds the gRPC server of a service: every door the same at its edges."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from typing_extensions import override

from backline.kit.core.errors import BacklineError
from backline.kit.rpc.client import KEEPALIVE_MS, KEEPALIVE_TIMEOUT_MS, MESSAGE_BYTES
from backline.kit.rpc.interceptors import EdgeInterceptor

METADATA_BYTES = 16 * 1024
UNIX = "unix:"
LONGEST_SOCKET_PATH = 107  # sockaddr_un holds 108 bytes, the last of them zero

OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    ("grpc.max_metadata_size", METADATA_BYTES),
    ("grpc.keepalive_time_ms", KEEPALIVE_MS),
    ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_MS),
    ("grpc.http2.ping_timeout_ms", KEEPALIVE_TIMEOUT_MS),  # it is this one that gRPC 1.85 heeds
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.http2.min_ping_interval_without_data_ms", KEEPALIVE_MS // 2),
    # A port that somebody else has is an error, not a lottery between two processes.
    ("grpc.so_reuseport", 0),
)


class AddressTaken(OSError):
    """Somebody else listens there already, or the address cannot be used."""


def build_server(
    add_servicers: Callable[[grpc.aio.Server], None],
    names: Sequence[str],
    interceptors: Sequence[grpc.aio.ServerInterceptor] = (),
    listen: Sequence[str] = (),
    *,
    require_deadline: bool = False,
    ready: Callable[[], Awaitable[None]] | None = None,
) -> grpc.aio.Server:
    """A server with rich errors, request context, health and reflection; not yet started.

    Args:
        add_servicers: Puts the service's doors onto the server.
        names: Full names of the gRPC services, for health and reflection.
        interceptors: Run inside the kit's own, so that what they raise is answered as well.
        listen: `unix:/path` and `host:port` addresses.
        require_deadline: Refuse unary calls that set no deadline.
        ready: Raises a `BacklineError` while the service cannot work; health then says so.

    Raises:
        AddressTaken: One of the addresses cannot be listened on.
    """
    server = grpc.aio.server(
        interceptors=[EdgeInterceptor(require_deadline=require_deadline), *interceptors],
        options=OPTIONS,
    )
    add_servicers(server)
    health_pb2_grpc.add_HealthServicer_to_server(_Health(names, ready), server)
    reflection.enable_server_reflection(
        (*names, health.SERVICE_NAME, reflection.SERVICE_NAME), server
    )
    for address in listen:
        listen_on(server, address)
    return server


def listen_on(server: grpc.aio.Server, address: str) -> str:
    """Make `server` listen on `address`, and return where it can be reached.

    Args:
        address: `unix:/path` (its folder is made, for this user only) or `host:port`; port 0
            picks a free one.

    Raises:
        AddressTaken: Somebody else listens there already, or the address cannot be used.
    """
    if address.startswith(UNIX):
        path = Path(address.removeprefix(UNIX).removeprefix("//"))
        if len(str(path).encode()) > LONGEST_SOCKET_PATH:
            raise AddressTaken(
                f"The socket path {path} is longer than {LONGEST_SOCKET_PATH} bytes."
                " Choose a shorter data directory."
            )
        # The folder is the lock: whoever can enter it can call.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as error:
        raise AddressTaken(f"Cannot listen on {address}: it is in use or not ours.") from error
    if address.startswith(UNIX):
        return address
    host, _, _ = address.rpartition(":")
    return f"{host}:{port}"


class _Health(health.aio.HealthServicer):  # type: ignore[misc]
    """grpc.health.v1: serving means that the service's database and broker answer too."""

    def __init__(self, names: Sequence[str], ready: Callable[[], Awaitable[None]] | None) -> None:
        super().__init__()
        self._ready = ready
        self._names = {"", *names, health.SERVICE_NAME}
        for name in self._names:
            self._server_status[name] = health_pb2.HealthCheckResponse.SERVING

    @override
    async def Check(self, request: Any, context: Any) -> Any:
        if request.service in self._names and self._ready is not None:
            try:
                await self._ready()
            except BacklineError:
                return health_pb2.HealthCheckResponse(
                    status=health_pb2.HealthCheckResponse.NOT_SERVING
                )
        return await super().Check(request, context)
