"""What a client may send, and what one that reads too slowly costs the others: nothing."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from websockets.frames import Opcode

from backline.kit.core.actor import Actor
from backline.kit.realtime.connection import SocketLimits
from backline.kit.realtime.outlets import Backlog
from backline.kit.testing.eventually import eventually
from tests.kit.sockets import Admitted, Room, a_room, closed, handshake, raw_client, told


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with a_room() as room:
        yield room


@pytest.mark.parametrize(
    "message",
    [
        "no json",
        "[1]",
        "7",
        '{"type": "dance"}',
        '{"type": ["ping"]}',
        "{}",
        "[" * 30_000,
        b"\x00binary",
        '{"type": "ping", "t": {}}',
    ],
)
async def test_a_message_that_is_none_is_refused_and_the_socket_stays(
    room: Room, message: str | bytes
) -> None:
    async with room.joined() as client:
        await client.send(message)
        error = await told(client, "error")
        await client.send('{"type": "ping", "t": 1}')

        assert error["problem"]["reason"] == "INVALID_MESSAGE"
        assert error["problem"]["status"] == 400
        assert await told(client, "pong")


async def test_a_message_over_64_kib_ends_the_socket(room: Room) -> None:
    async with room.joined() as client:
        await client.send("x" * (64 * 1024 + 1))

        assert (await closed(client))[0] == 1009


async def test_a_flood_of_messages_ends_the_socket(room: Room) -> None:
    async with room.joined() as flooder, room.joined(user=8) as other:
        for number in range(100):
            await flooder.send(json.dumps({"type": "ping", "t": number}))

        assert await closed(flooder) == (4429, "more than 20 messages/s")
        await other.send('{"type": "ping", "t": 1}')
        assert await told(other, "pong")


async def test_an_unmasked_frame_is_a_protocol_error(room: Room) -> None:
    async with raw_client(room) as raw:
        raw.send(Opcode.TEXT, b"{}", mask=False)

        assert await raw.close_code() == 1002


async def test_text_that_is_no_utf8_is_refused(room: Room) -> None:
    async with raw_client(room) as raw:
        raw.send(Opcode.TEXT, b"\xff\xfe")

        assert await raw.close_code() == 1007


async def test_a_fragmented_control_frame_is_a_protocol_error(room: Room) -> None:
    async with raw_client(room) as raw:
        raw.writer.write(b"\x09\x80\x00\x00\x00\x00")  # a ping without FIN

        assert await raw.close_code() == 1002


async def test_a_declared_gigabyte_is_refused_before_it_comes(room: Room) -> None:
    async with raw_client(room) as raw:
        raw.writer.write(b"\x81\xff" + (1 << 30).to_bytes(8) + b"\x00\x00\x00\x00")

        assert await raw.close_code() == 1009


async def test_endless_empty_fragments_end_the_socket(room: Room) -> None:
    async with raw_client(room) as raw:
        raw.send(Opcode.TEXT, b"", fin=False)
        for _ in range(300):
            raw.send(Opcode.CONT, b"", fin=False)

        assert await raw.close_code() == 1009


async def test_a_message_in_fragments_is_one_message(room: Room) -> None:
    async with raw_client(room) as raw:
        raw.send(Opcode.TEXT, b'{"type": "pi', fin=False)
        raw.send(Opcode.CONT, b'ng", "t": 1}')

        async with asyncio.timeout(10):
            await raw.reader.readuntil(b'"pong"')


async def test_a_flood_of_control_frames_cuts_the_connection(room: Room) -> None:
    async with raw_client(room) as raw, room.joined() as other:
        for _ in range(2000):
            raw.send(Opcode.PING, b"x" * 125)

        assert await raw.close_code() is None
        await other.send('{"type": "ping", "t": 1}')
        assert await told(other, "pong")


async def test_half_a_frame_holds_up_nobody(room: Room) -> None:
    async with raw_client(room) as raw, room.joined() as other:
        raw.writer.write(b"\x81\xfe\x10\x00\x00")

        room.hub.broadcast({"type": "news"})

        assert await told(other, "news")


async def test_clients_that_leave_while_they_come_in_leave_no_trace_in_the_log(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    async def redeem(ticket: str, origin: str) -> Admitted:
        leaving.transport.abort()
        gone.set()
        return await room.redeem(ticket, origin)

    room.hub._authenticator = replace(room.hub._authenticator, redeem=redeem)
    host, _, port = room.address.rpartition(":")
    for number in range(30):
        gone = asyncio.Event()
        _, leaving = await asyncio.open_connection(host, int(port))
        leaving.write(handshake(room.address, room.pass_for(f"t{number}")))
        if number % 3 == 0:
            leaving.transport.abort()
        else:
            await gone.wait()

    await eventually(lambda: room.hub.present == 0)
    async with room.joined() as fine:
        assert await told(fine, "hello")
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_client_that_vanishes_is_forgotten(room: Room) -> None:
    async with raw_client(room) as raw:
        raw.writer.transport.abort()

        await eventually(lambda: room.hub.present == 0)


async def test_a_client_that_never_reads_is_closed_and_nobody_waits_for_it() -> None:
    limits = SocketLimits(backlog=Backlog(messages=64, size=200_000))
    async with (
        a_room(limits=limits) as room,
        raw_client(room, receive_buffer=4096),
        room.joined() as fast,
    ):
        await told(fast, "presence")

        # Each is published when the fast one has the one before: if it waited for the slow one,
        # this would never end.
        for number in range(2000):
            room.hub.broadcast({"type": "news", "number": number, "text": "x" * 8000})
            assert (await told(fast, "news"))["number"] == number
            if room.hub.present == 1:
                break

        assert room.hub.present_users == {7}
        assert room.hub._slow._value.get() >= 1
        room.hub.broadcast({"type": "still here"})
        assert await told(fast, "still here")


async def test_a_client_that_catches_up_has_missed_nothing(room: Room) -> None:
    async with raw_client(room, receive_buffer=65536) as slow:
        (connection,) = room.hub._connections
        number = 0
        while not connection.outlet._waiting:
            room.hub.broadcast({"type": "news", "number": number, "text": "x" * 8000})
            number += 1
        room.hub.broadcast({"type": "the last"})

        seen = b""
        async with asyncio.timeout(20):
            while b'"the last"' not in seen:
                seen += await slow.reader.read(65536)

    assert [int(each) for each in re.findall(rb'"number":(\d+)', seen)] == list(range(number))


async def test_a_slow_client_is_told_to_come_back() -> None:
    limits = SocketLimits(backlog=Backlog(messages=4, size=100_000))
    async with a_room(limits=limits) as room, raw_client(room, receive_buffer=4096) as slow:
        (connection,) = room.hub._connections
        while not connection.outlet.overflowed:
            room.hub.broadcast({"type": "news", "text": "x" * 8000})

        assert await slow.close_code() == 1013


async def test_a_slow_client_that_does_not_even_go_is_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("backline.kit.realtime.protocol.CLOSE_WITHIN_S", 0.1)
    limits = SocketLimits(backlog=Backlog(messages=4, size=100_000))
    async with a_room(limits=limits) as room, raw_client(room, receive_buffer=4096):
        (connection,) = room.hub._connections
        protocol: Any = connection.outlet._socket
        while not connection.outlet.overflowed:
            room.hub.broadcast({"type": "news", "text": "x" * 8000})

        await eventually(lambda: protocol.disconnected)


async def test_a_bug_in_a_greeting_ends_that_socket_only(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(actor: Actor) -> list[dict[str, Any]]:
        raise RuntimeError("the secret inside")

    async with room.joined() as fine:
        await told(fine, "presence")
        room.hub._greeting = broken

        async with room.joined(user=8) as unlucky:
            assert await closed(unlucky) == (1011, "something went wrong on our side")
        room.hub.broadcast({"type": "still here"})
        assert await told(fine, "still here")

    assert "the secret inside" in caplog.text


def test_limits_are_what_the_reference_says() -> None:
    limits = SocketLimits()

    assert (limits.backlog.messages, limits.backlog.size) == (256, 1024 * 1024)
    assert (limits.messages_per_s, limits.messages_burst) == (20, 60)
    assert limits == replace(limits)
