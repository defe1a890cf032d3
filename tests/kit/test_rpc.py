"""The edges of every gRPC door: errors both ways, context, deadlines, limits, health."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import grpc.aio
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from prometheus_client import REGISTRY
from typing_extensions import override

from backline.kit.core.context import RequestContext, current, enter
from backline.kit.core.errors import (
    FailedPrecondition,
    InvalidArgument,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
    Violation,
)
from backline.kit.http.problems import problem
from backline.kit.rpc import client
from backline.kit.rpc import server as server_module
from backline.kit.rpc.client import channel
from backline.kit.rpc.errors import error_of, from_status, peer_errors, to_status
from backline.kit.rpc.server import AddressTaken, build_server, listen_on
from backline.kit.testing.eventually import eventually

SERVICE = "backline.tests.Echo"
KINDS = ("UnaryUnary", "UnaryStream", "StreamUnary", "StreamStream")


class AlreadyQueued(FailedPrecondition):
    pass


class TooMany(ResourceExhausted):
    pass


async def act(order: str) -> bytes:
    if order == "refuse":
        raise AlreadyQueued("It is already number 4.", position="4")
    if order == "fail":
        raise RuntimeError("the secret inside")
    if order == "hang":
        await asyncio.Event().wait()
    if order == "large":
        return b"x" * 2_000_000
    here = current()
    return json.dumps(
        {
            "trace_id": here.trace_id,
            "key": here.idempotency_key,
            "token": here.access_token,
            "remaining_s": here.remaining_s(),
        }
    ).encode()


async def unary_unary(request: bytes, context: Any) -> bytes:
    return await act(request.decode())


async def unary_stream(request: bytes, context: Any) -> AsyncIterator[bytes]:
    yield b"first"
    yield await act(request.decode())


async def written_stream(request: bytes, context: Any) -> None:
    await context.write(b"first")
    await context.write(await act(request.decode()))


async def stream_unary(requests: AsyncIterator[bytes], context: Any) -> bytes:
    return await act([each.decode() async for each in requests][-1])


async def stream_stream(requests: AsyncIterator[bytes], context: Any) -> AsyncIterator[bytes]:
    async for each in requests:
        yield await act(each.decode())


def add_echo(server: grpc.aio.Server) -> None:
    handlers: dict[str, Any] = {
        "UnaryUnary": grpc.unary_unary_rpc_method_handler(unary_unary),
        "UnaryStream": grpc.unary_stream_rpc_method_handler(unary_stream),
        "WrittenStream": grpc.unary_stream_rpc_method_handler(written_stream),
        "StreamUnary": grpc.stream_unary_rpc_method_handler(stream_unary),
        "StreamStream": grpc.stream_stream_rpc_method_handler(stream_stream),
    }
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])


@asynccontextmanager
async def an_echo(**options: Any) -> AsyncIterator[Any]:
    server = build_server(add_echo, [SERVICE], **options)
    target = listen_on(server, "127.0.0.1:0")
    await server.start()
    try:
        async with channel(target) as open_channel:
            yield open_channel
    finally:
        await server.stop(None)


@pytest.fixture
async def echo() -> AsyncIterator[Any]:
    async with an_echo() as open_channel:
        yield open_channel


@pytest.fixture(autouse=True)
def own_context() -> Iterator[None]:
    before = current()
    yield
    enter(before)


async def call(echo: Any, method: str, order: str, **options: Any) -> Any:
    path = f"/{SERVICE}/{method}"
    data = order.encode()
    if method == "UnaryUnary":
        return await echo.unary_unary(path)(data, **options)
    if method == "StreamUnary":
        return await echo.stream_unary(path)(iter([data]), **options)
    if method == "StreamStream":
        answers = echo.stream_stream(path)(iter([data]), **options)
    else:
        answers = echo.unary_stream(path)(data, **options)
    return [each async for each in answers][-1]


@pytest.mark.parametrize("method", [*KINDS, "WrittenStream"])
async def test_a_refusal_arrives_as_it_was_raised(echo: Any, method: str) -> None:
    with pytest.raises(FailedPrecondition) as caught, peer_errors():
        await call(echo, method, "refuse")

    assert problem(caught.value) == problem(AlreadyQueued("It is already number 4.", position="4"))


@pytest.mark.parametrize("method", [*KINDS, "WrittenStream"])
async def test_a_bug_is_logged_once_and_tells_nothing(
    echo: Any, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(grpc.aio.AioRpcError) as caught:
        await call(echo, method, "fail")

    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert caught.value.details() == "Something went wrong on our side."
    (record,) = caplog.records
    assert record.exc_info is not None
    assert "the secret inside" in str(record.exc_info[1])


@pytest.mark.parametrize("method", KINDS)
async def test_the_context_travels_with_the_call(echo: Any, method: str) -> None:
    here = RequestContext(
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        deadline=monotonic() + 5,
        idempotency_key="k1",
        access_token="abc",
    )
    enter(here)

    seen = json.loads(await call(echo, method, "tell", timeout=60))

    assert seen["trace_id"] == here.trace_id
    assert (seen["key"], seen["token"]) == ("k1", "abc")
    assert 0 < seen["remaining_s"] < 6  # gRPC rounds deadlines up


async def test_what_the_caller_sets_itself_is_kept(echo: Any) -> None:
    enter(RequestContext(access_token="mine", idempotency_key="k1"))
    metadata = (("authorization", "Bearer other"), ("idempotency-key", "k2"))

    seen = json.loads(await call(echo, "UnaryUnary", "tell", metadata=metadata))

    assert (seen["key"], seen["token"]) == ("k2", "other")


async def test_a_unary_call_without_a_deadline_gets_one(echo: Any) -> None:
    enter(RequestContext())

    unary = json.loads(await call(echo, "UnaryUnary", "tell"))
    stream = json.loads(await call(echo, "UnaryStream", "tell"))

    assert 0 < unary["remaining_s"] < 11
    assert stream["remaining_s"] is None


async def test_a_server_may_require_a_deadline() -> None:
    async with an_echo(require_deadline=True) as known:
        await call(known, "UnaryUnary", "tell", timeout=5)
        await call(known, "UnaryStream", "tell")
        server = build_server(add_echo, [SERVICE], require_deadline=True)
        target = listen_on(server, "127.0.0.1:0")
        await server.start()
        async with grpc.aio.insecure_channel(target) as bare:
            with pytest.raises(InvalidArgument, match="Set a deadline"), peer_errors():
                await call(bare, "UnaryUnary", "tell")
        await server.stop(None)


async def test_an_expired_deadline_is_told_plainly(echo: Any) -> None:
    enter(replace(current(), deadline=monotonic() + 0.05))

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call(echo, "UnaryUnary", "hang")

    assert error_of(caught.value).reason == "DEADLINE_EXCEEDED"


@pytest.mark.parametrize("order", ["large", "x" * 2_000_000])
async def test_a_message_over_1_mib_is_refused(echo: Any, order: str) -> None:
    with pytest.raises(ResourceExhausted), peer_errors():
        await call(echo, "UnaryUnary", order)


async def test_a_peer_that_is_gone_is_unavailable_without_addresses() -> None:
    async with channel("127.0.0.1:1") as nobody:
        with pytest.raises(Unavailable) as caught, peer_errors():
            await call(nobody, "UnaryUnary", "tell", timeout=5)

    assert "127.0.0.1" not in caught.value.detail
    assert "127.0.0.1" in str(caught.value.__cause__)


async def test_an_unknown_method_is_unimplemented(echo: Any) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await echo.unary_unary(f"/{SERVICE}/Nothing")(b"")

    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


class Refuses(grpc.aio.ServerInterceptor):
    @override
    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        raise Unauthenticated("Log in first.")


@pytest.mark.parametrize("method", KINDS)
async def test_an_interceptor_that_refuses_is_answered_too(method: str) -> None:
    async with an_echo(interceptors=[Refuses()]) as open_channel:
        with pytest.raises(Unauthenticated, match="Log in first"), peer_errors():
            await call(open_channel, method, "tell")


def test_fields_and_the_moment_survive_the_round_trip() -> None:
    at = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
    error = TooMany("Wait.", retry_at=at, violations=(Violation("#/score", "again"),), votes="3")

    again = from_status(to_status(error, now=at - timedelta(seconds=9)))

    assert problem(again) == problem(error)
    assert again.retry_at == at
    retry = error_details_pb2.RetryInfo()
    assert to_status(error, now=at - timedelta(seconds=9)).details[2].Unpack(retry)
    assert retry.retry_delay.seconds == 9


def test_a_foreign_moment_is_not_believed() -> None:
    status = to_status(TooMany("Wait.", retry_at=datetime(2026, 1, 1, tzinfo=UTC)))
    info = error_details_pb2.ErrorInfo(reason="X", domain="d", metadata={"retry_at": "soon"})
    status.details[0].Pack(info)

    assert from_status(status).retry_at is None


def test_an_unknown_code_is_internal() -> None:
    assert from_status(status_pb2.Status(code=15, message="lost")).reason == "INTERNAL"


async def test_a_server_listens_on_a_unix_socket_that_is_ours(tmp_path: Path) -> None:
    address = f"unix:{tmp_path}/run/echo.sock"
    server = build_server(add_echo, [SERVICE], listen=[address])
    await server.start()

    async with channel(address) as open_channel:
        answer = await call(open_channel, "UnaryUnary", "tell")
    await server.stop(None)

    assert b"trace_id" in answer
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700


async def test_a_stale_socket_is_no_obstacle(tmp_path: Path) -> None:
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(f"{tmp_path}/echo.sock")
    stale.close()

    server = build_server(add_echo, [SERVICE], listen=[f"unix:{tmp_path}/echo.sock"])
    await server.start()

    async with channel(f"unix:{tmp_path}/echo.sock") as open_channel:
        assert await call(open_channel, "UnaryUnary", "tell")
    await server.stop(None)


async def test_a_socket_path_that_is_too_long_says_so(tmp_path: Path) -> None:
    with pytest.raises(AddressTaken, match="shorter data directory"):
        build_server(add_echo, [SERVICE], listen=[f"unix:{tmp_path}/{'d' * 108}.sock"])


async def test_a_taken_port_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressTaken, match=str(port)):
            build_server(add_echo, [SERVICE], listen=[f"127.0.0.1:{port}"])


async def test_health_follows_the_service() -> None:
    down: list[bool] = []

    async def ready() -> None:
        if down:
            raise Unavailable("no database")

    async with an_echo(ready=ready) as open_channel:
        stub = health_pb2_grpc.HealthStub(open_channel)
        request = health_pb2.HealthCheckRequest(service=SERVICE)
        up = await stub.Check(request)
        down.append(True)
        not_up = await stub.Check(request)

    assert up.status == health_pb2.HealthCheckResponse.SERVING
    assert not_up.status == health_pb2.HealthCheckResponse.NOT_SERVING


class Wire:
    """A TCP connection to `target` that can be made to swallow everything."""

    def __init__(self, target: str) -> None:
        self._host, _, self._port = target.rpartition(":")
        self.silent = False
        self._ends: list[asyncio.StreamWriter] = []

    @asynccontextmanager
    async def address(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        try:
            yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            for end in self._ends:
                end.transport.abort()

    async def _carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, forth = await asyncio.open_connection(self._host, int(self._port))
        self._ends += [back, forth]
        await asyncio.gather(self._copy(near, forth), self._copy(far, back))

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if not self.silent:
                writer.write(data)
        if not self.silent:  # Whoever cannot be heard cannot say goodbye either.
            writer.close()


def impatient(options: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    """The same options, with the times of the keepalive divided by 50."""
    return tuple(
        (name, value // 50 if "ping" in name or "keepalive_t" in name else value)
        for name, value in options
    )


async def test_a_stream_to_a_peer_that_went_silent_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backline.kit.rpc.client.OPTIONS", impatient(client.OPTIONS))
    monkeypatch.setattr("backline.kit.rpc.server.OPTIONS", impatient(server_module.OPTIONS))
    server = build_server(add_echo, [SERVICE])
    wire = Wire(listen_on(server, "127.0.0.1:0"))
    await server.start()

    async with wire.address() as address, channel(address) as open_channel:
        method: Any = open_channel.unary_stream(f"/{SERVICE}/UnaryStream")
        answers = aiter(method(b"hang"))
        assert await anext(answers) == b"first"
        wire.silent = True

        with pytest.raises(Unavailable), peer_errors():
            async with asyncio.timeout(20):
                await anext(answers)
    await server.stop(None)


async def test_calls_are_counted_by_how_they_ended(echo: Any) -> None:
    def counted(method: str, status: str) -> float:
        labels = {"method": f"/{SERVICE}/{method}", "status": status}
        return REGISTRY.get_sample_value("backline_rpc_calls_total", labels) or 0

    watched = [
        (method, status)
        for method in ("UnaryUnary", "StreamStream")
        for status in ("OK", "FAILED_PRECONDITION", "INTERNAL", "CANCELLED")
    ]
    before = {each: counted(*each) for each in watched}

    for method in ("UnaryUnary", "StreamStream"):
        await call(echo, method, "tell")
        for order in ("refuse", "fail"):
            with suppress(grpc.aio.AioRpcError):
                await call(echo, method, order)
        with suppress(grpc.aio.AioRpcError):
            await call(echo, method, "hang", timeout=0.05)

    await eventually(lambda: all(counted(*each) == before[each] + 1 for each in watched))


async def test_reflection_lists_the_services(echo: Any) -> None:
    stub = reflection_pb2_grpc.ServerReflectionStub(echo)
    request = reflection_pb2.ServerReflectionRequest(list_services="")

    answers = [each async for each in stub.ServerReflectionInfo(iter([request]))]

    names = {each.name for each in answers[0].list_services_response.service}
    assert {SERVICE, "grpc.health.v1.Health"} <= names
