"""Channels to other services: context out, deadlines, and a dead peer noticed."""

from collections.abc import Sequence
from typing import Any

import grpc.aio
from typing_extensions import override

from backline.kit.core.context import current
from backline.kit.core.tracing import new_traceparent

MESSAGE_BYTES = 1024 * 1024
DEFAULT_TIMEOUT_S = 10.0
KEEPALIVE_MS = 10_000
KEEPALIVE_TIMEOUT_MS = 5_000

OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    ("grpc.keepalive_time_ms", KEEPALIVE_MS),
    ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_MS),
    ("grpc.http2.ping_timeout_ms", KEEPALIVE_TIMEOUT_MS),  # it is this one that gRPC 1.85 heeds
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    # A process that was restarted is found again within a second or two.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
)


def channel(
    target: str, *, interceptors: Sequence[grpc.aio.ClientInterceptor] = ()
) -> grpc.aio.Channel:
    """A channel whose calls carry the context of the request they are made for.

    A call without a timeout gets what is left of the request's deadline, or 10 s where there is
    none. Streams of answers get the request's deadline only. A peer that stops answering, its
    machine gone or its process frozen, is noticed within 15 s.

    Args:
        target: `unix:/run/player.sock`, `127.0.0.1:50052`, `dns:///player:50052`.
        interceptors: Run before the context is put in.
    """
    return grpc.aio.insecure_channel(
        target,
        options=OPTIONS,
        interceptors=[
            *interceptors,
            _UnaryUnary(),
            _UnaryStream(),
            _StreamUnary(),
            _StreamStream(),
        ],
    )


def with_context(
    details: grpc.aio.ClientCallDetails, *, default_timeout_s: float | None
) -> grpc.aio.ClientCallDetails:
    """`details` with the current request's trace, key, credentials and deadline.

    What the caller of the stub has set itself is kept; of two deadlines the earlier one holds.
    """
    here = current()
    metadata = grpc.aio.Metadata(*(details.metadata or ()))
    for key, value in (
        ("traceparent", new_traceparent(here.traceparent)),
        ("idempotency-key", here.idempotency_key),
        ("authorization", f"Bearer {here.access_token}" if here.access_token else None),
    ):
        if value is not None and metadata.get(key) is None:
            metadata[key] = value
    asked = details.timeout if details.timeout is not None else default_timeout_s
    remaining = here.remaining_s()
    timeouts = [each for each in (asked, remaining) if each is not None]
    return grpc.aio.ClientCallDetails(
        method=details.method,
        timeout=min(timeouts, default=None),
        metadata=metadata,
        credentials=details.credentials,
        wait_for_ready=details.wait_for_ready,
    )


class _UnaryUnary(grpc.aio.UnaryUnaryClientInterceptor):
    @override
    async def intercept_unary_unary(
        self, continuation: Any, client_call_details: Any, request: Any
    ) -> Any:
        details = with_context(client_call_details, default_timeout_s=DEFAULT_TIMEOUT_S)
        return await continuation(details, request)


class _UnaryStream(grpc.aio.UnaryStreamClientInterceptor):
    @override
    async def intercept_unary_stream(
        self, continuation: Any, client_call_details: Any, request: Any
    ) -> Any:
        return await continuation(
            with_context(client_call_details, default_timeout_s=None), request
        )


class _StreamUnary(grpc.aio.StreamUnaryClientInterceptor):
    @override
    async def intercept_stream_unary(
        self, continuation: Any, client_call_details: Any, request_iterator: Any
    ) -> Any:
        details = with_context(client_call_details, default_timeout_s=DEFAULT_TIMEOUT_S)
        return await continuation(details, request_iterator)


class _StreamStream(grpc.aio.StreamStreamClientInterceptor):
    @override
    async def intercept_stream_stream(
        self, continuation: Any, client_call_details: Any, request_iterator: Any
    ) -> Any:
        details = with_context(client_call_details, default_timeout_s=None)
        return await continuation(details, request_iterator)
