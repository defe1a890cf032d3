"""Raw bytes at the server's door."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry

from backline.kit.http.app import build_app
from backline.kit.http.limits import limits
from backline.kit.testing.serving import serving

router = APIRouter()
REQUEST = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"


@router.get("/hello")
async def hello() -> str:
    return "hello"


@router.post("/body")
@limits(body_bytes=None)
async def body(request: Request) -> int:
    return len(await request.body())


class Wire:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def answer(self) -> bytes:
        """One answer with its body."""
        async with asyncio.timeout(10):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            return head + await self.reader.readexactly(length)

    async def rest(self) -> bytes:
        async with asyncio.timeout(10):
            return await self.reader.read()


@asynccontextmanager
async def a_wire() -> AsyncIterator[Wire]:
    app = build_app(title="Test", routers=[router], registry=CollectorRegistry())
    async with serving(app) as address:
        host, _, port = address.rpartition(":")
        wire = Wire(*await asyncio.open_connection(host, int(port)))
        try:
            yield wire
        finally:
            wire.writer.close()


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with a_wire() as wire:
        yield wire


async def test_a_connection_serves_one_request_after_another(wire: Wire) -> None:
    for _ in range(3):
        wire.writer.write(REQUEST)
        assert (await wire.answer()).endswith(b'"hello"')


async def test_the_server_does_not_say_what_it_is(wire: Wire) -> None:
    wire.writer.write(REQUEST)

    assert b"\r\nserver:" not in (await wire.answer()).lower()


async def test_a_request_in_pieces_is_a_request(wire: Wire) -> None:
    for byte in REQUEST:
        wire.writer.write(bytes([byte]))
        await wire.writer.drain()

    assert (await wire.answer()).startswith(b"HTTP/1.1 200")


async def test_a_large_body_is_no_large_head(wire: Wire) -> None:
    wire.writer.write(b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n")
    for _ in range(3):
        wire.writer.write(b"x" * 100_000)

    assert (await wire.answer()).endswith(b"300000")


@pytest.mark.parametrize("begin", [b"GET / HTTP/1.1\r\nX-Long: ", b"GET /"])
async def test_a_head_without_end_is_refused_by_its_size(wire: Wire, begin: bytes) -> None:
    wire.writer.write(begin)
    for _ in range(8):
        wire.writer.write(b"x" * 10_000)

    assert (await wire.rest()).startswith(b"HTTP/1.1 431")


@pytest.mark.parametrize(
    ("sent", "answer"), [(b"", b""), (b"GET / HTTP/1.1\r\nHost: x\r\n", b"HTTP/1.1 408")]
)
async def test_a_head_that_does_not_come_is_refused_in_time(
    monkeypatch: pytest.MonkeyPatch, sent: bytes, answer: bytes
) -> None:
    monkeypatch.setattr("backline.kit.http.protocol.HEAD_WITHIN_S", 0.1)

    async with a_wire() as wire:
        wire.writer.write(sent)

        assert (await wire.rest())[: len(b"HTTP/1.1 408")] == answer


async def test_a_second_request_has_its_time_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backline.kit.http.protocol.HEAD_WITHIN_S", 0.1)

    async with a_wire() as wire:
        wire.writer.write(REQUEST)
        await wire.answer()
        wire.writer.write(REQUEST[:-4])

        assert (await wire.rest()).startswith(b"HTTP/1.1 408")


async def test_what_is_no_http_is_refused(wire: Wire) -> None:
    wire.writer.write(b"\x16\x03\x01 this is TLS\r\n\r\n")

    assert (await wire.rest()).startswith(b"HTTP/1.1 400")
