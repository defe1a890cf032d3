"""The hub over a real uvicorn: resume, limits, close codes, slow clients."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import jsonpatch
import pytest
from fastapi import FastAPI, WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from backline.kit.core.actor import Actor, Role
from backline.kit.core.errors import Unauthenticated
from backline.kit.realtime.admission import SocketAuthenticator
from backline.kit.realtime.connection import SocketLimits
from backline.kit.realtime.hub import Hub
from backline.kit.realtime.outlets import Backlog
from backline.kit.testing.clock import FixedClock
from backline.kit.testing.eventually import eventually
from backline.kit.testing.serving import serving


class InvalidToken(Unauthenticated):
    pass


@dataclass(frozen=True)
class Admitted:
    actor: Actor
    expires_at: float


class Room:
    """A hub behind a real server, with tickets and tokens made by hand."""

    def __init__(self, **options: Any) -> None:
        self.clock = FixedClock()
        self.known: dict[str, Admitted] = {}
        self.redeemed: list[tuple[str, str]] = []
        self.personal: list[dict[str, Any]] = []
        self.hub = Hub(
            name="test",
            member="queue",
            authenticator=SocketAuthenticator(redeem=self.redeem, verify=self.verify),
            clock=self.clock,
            origins=["https://listed.example"],
            greeting=self.greeting,
            **options,
        )
        self.app = FastAPI()
        self.app.add_api_websocket_route("/ws", self.ws)
        self.address = ""

    async def ws(self, websocket: WebSocket) -> None:
        await self.hub.serve(websocket)

    async def greeting(self, actor: Actor) -> list[dict[str, Any]]:
        return self.personal

    async def redeem(self, ticket: str, origin: str) -> Admitted:
        self.redeemed.append((ticket, origin))
        if ticket not in self.known:
            raise InvalidToken("Log in again.")
        return self.known.pop(ticket)

    def verify(self, token: str) -> Admitted:
        if token not in self.known:
            raise InvalidToken("Log in again.")
        return self.known[token]

    def pass_for(self, name: str, *, user: int = 7, session: str = "s1", lives_s: int = 600) -> str:
        actor = Actor(user, Role.LISTENER, "Ann", session)
        self.known[name] = Admitted(actor, self.clock.now().timestamp() + lives_s)
        return name

    def join(self, ticket: str | None = None, *, query: str = "", **options: Any) -> connect:
        if ticket is not None:
            options["subprotocols"] = ["backline.v1", f"bl.ticket.{ticket}"]
        return connect(f"ws://{self.address}/ws{query}", compression=None, **options)

    def joined(self, **about: Any) -> connect:
        return self.join(self.pass_for(f"t{len(self.redeemed)}-{len(self.known)}", **about))

    def publish(self, revision: int, **document: Any) -> None:
        self.hub.publish({"revision": revision, **document}, revision)


@asynccontextmanager
async def a_room(**options: Any) -> AsyncIterator[Room]:
    room = Room(**options)
    async with serving(room.app) as room.address:
        yield room


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with a_room() as room:
        yield room


async def told(client: ClientConnection, kind: str) -> Any:
    """The next message of this kind; others before it are passed over."""
    async with asyncio.timeout(10):
        while True:
            message = json.loads(await client.recv())
            if message["type"] == kind:
                return message


async def closed(client: ClientConnection) -> tuple[int, str]:
    """Read to the end, and say how it ended."""
    async with asyncio.timeout(20):
        with suppress(ConnectionClosed):
            while True:
                await client.recv()
    assert client.close_code is not None
    return client.close_code, client.close_reason or ""


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backline.kit.realtime.protocol.CLOSE_WITHIN_S", 0.2)


# What a client is told.


async def test_a_client_is_greeted_and_shown_the_document(room: Room) -> None:
    room.publish(412, items=[])
    room.personal = [{"type": "mine", "voted": ["a"]}]

    async with room.joined() as client:
        hello = json.loads(await client.recv())
        snapshot = json.loads(await client.recv())
        presence = json.loads(await client.recv())
        mine = json.loads(await client.recv())

    assert client.subprotocol == "backline.v1"
    assert hello == {
        "type": "hello",
        "protocol": "backline.v1",
        "server_time": "2026-11-21T20:00:00Z",
        "revision": 412,
    }
    assert snapshot == {
        "type": "snapshot",
        "revision": 412,
        "queue": {"revision": 412, "items": []},
    }
    assert presence == {"type": "presence", "present": 1}
    assert mine == {"type": "mine", "voted": ["a"]}


async def test_changes_arrive_as_patches(room: Room) -> None:
    room.publish(1, items=[{"id": "a"}])

    async with room.joined() as client:
        document = (await told(client, "snapshot"))["queue"]
        room.publish(2, items=[{"id": "b"}, {"id": "a"}])
        patch = await told(client, "patch")

    assert (patch["base"], patch["revision"]) == (1, 2)
    assert jsonpatch.apply_patch(document, patch["changes"]) == {
        "revision": 2,
        "items": [{"id": "b"}, {"id": "a"}],
    }


async def test_who_comes_before_the_document_gets_it_when_it_is_there(room: Room) -> None:
    async with room.joined() as client:
        assert (await told(client, "hello"))["revision"] == 0
        room.publish(5, items=[])

        assert (await told(client, "snapshot"))["revision"] == 5


async def test_an_old_revision_changes_nothing(room: Room) -> None:
    room.publish(3, items=[])
    room.publish(2, items=[{"id": "stale"}])

    async with room.joined() as client:
        assert (await told(client, "snapshot"))["queue"] == {"revision": 3, "items": []}


async def test_a_reset_shows_everybody_the_new_document(room: Room) -> None:
    room.publish(9, items=[])

    async with room.joined() as client:
        await told(client, "snapshot")
        room.hub.reset({"revision": 4}, 4)

        assert (await told(client, "snapshot"))["queue"] == {"revision": 4}
    assert room.hub.revision == 4


@pytest.mark.parametrize(
    ("since", "kinds"),
    [
        ("?since=4", []),
        ("?since=3", ["patch"]),
        ("?since=2", ["patch", "patch"]),
        ("?since=1", ["snapshot"]),  # too old for a ring of two
        ("?since=99", ["snapshot"]),  # from the future of a backup that was restored
        ("?since=-1", ["snapshot"]),
        ("?since=²", ["snapshot"]),
        ("?since=" + "9" * 400, ["snapshot"]),
        ("", ["snapshot"]),
    ],
)
async def test_a_client_that_comes_back_gets_what_it_missed(since: str, kinds: list[str]) -> None:
    async with a_room(ring=2) as room:
        for revision in (1, 2, 3, 4):
            room.publish(revision, text="long enough to be worth a patch" * 9, plays=revision)

        async with room.join(room.pass_for("t"), query=since) as client:
            messages = [json.loads(await client.recv()) for _ in range(len(kinds) + 2)]

    assert [each["type"] for each in messages] == ["hello", *kinds, "presence"]


async def test_patches_that_outweigh_the_document_become_a_snapshot(room: Room) -> None:
    room.publish(1, text="a" * 500)
    room.publish(2, text="b" * 500)
    room.publish(3, text="c")

    async with room.join(room.pass_for("t"), query="?since=1") as client:
        await told(client, "hello")
        assert json.loads(await client.recv())["type"] == "snapshot"


async def test_a_personal_message_reaches_every_socket_of_its_user_only(room: Room) -> None:
    async with room.joined(user=7) as one, room.joined(user=7) as two, room.joined(user=8) as other:
        for client in (one, two, other):
            await told(client, "presence")

        assert room.hub.send_to(7, {"type": "mine", "voted": []}) == 2
        assert room.hub.send_to(9, {"type": "mine"}) == 0
        room.hub.broadcast({"type": "last"})

        assert await told(one, "mine")
        assert await told(two, "mine")
        assert json.loads(await other.recv()) == {"type": "last"}


async def test_a_greeting_that_was_overtaken_is_read_again(room: Room) -> None:
    voted: list[str] = []
    asked: list[int] = []

    async def greeting(actor: Actor) -> list[dict[str, Any]]:
        asked.append(actor.id)
        seen = list(voted)
        if len(asked) == 1:  # A vote comes in while the greeting is on its way.
            voted.append("a")
            room.hub.send_to(actor.id, {"type": "mine", "voted": ["a"]})
        return [{"type": "mine", "voted": seen}]

    room.hub._greeting = greeting

    async with room.joined() as client:
        first = await told(client, "mine")
        second = await told(client, "mine")

    assert (first["voted"], second["voted"]) == (["a"], ["a"])


async def test_presence_counts_users_and_is_told_at_the_next_tick(room: Room) -> None:
    async with room.joined(user=7) as client:
        await told(client, "presence")
        async with room.joined(user=8), room.joined(user=8):
            await eventually(lambda: room.hub.present_users == {7, 8})
            room.hub.tick()

            assert (await told(client, "presence"))["present"] == 2
        await eventually(lambda: room.hub.present == 1)
        room.hub.tick()
        room.hub.tick()
        room.hub.broadcast({"type": "last"})

        assert (await told(client, "presence"))["present"] == 1
        assert json.loads(await client.recv()) == {"type": "last"}


async def test_a_ping_is_answered_with_the_servers_time(room: Room) -> None:
    async with room.joined() as client:
        await client.send('{"type": "ping", "t": 123}')

        assert await told(client, "pong") == {
            "type": "pong",
            "t": 123,
            "server_time": "2026-11-21T20:00:00Z",
        }


# Who may come in.


async def test_the_ticket_may_come_in_the_first_message(room: Room) -> None:
    room.pass_for("t")

    async with room.join() as client:
        await client.send('{"type": "auth", "ticket": "t"}')
        assert await told(client, "hello")

    assert client.subprotocol is None


async def test_a_program_may_bring_its_access_token(room: Room) -> None:
    room.pass_for("token")

    async with room.join(additional_headers={"Authorization": "Bearer token"}) as client:
        assert await told(client, "hello")


async def test_a_token_beside_an_origin_is_nobodys(room: Room) -> None:
    room.pass_for("token")
    headers = {"Authorization": "Bearer token"}

    async with room.join(additional_headers=headers, origin=f"http://{room.address}") as client:
        await client.send('{"type": "auth", "ticket": "no"}')
        assert await closed(client) == (4401, "invalid token")


async def test_a_ticket_is_good_once(room: Room) -> None:
    room.pass_for("t")

    async with room.join("t") as first, room.join("t") as second:
        assert await told(first, "hello")
        error = await told(second, "error")
        assert await closed(second) == (4401, "invalid token")

    assert error["problem"]["reason"] == "INVALID_TOKEN"


@pytest.mark.parametrize(
    "first",
    ['{"type": "ping"}', '{"type": "auth"}', '{"type": "auth", "ticket": 7}'],
)
async def test_a_first_message_without_a_ticket_ends_it(room: Room, first: str) -> None:
    async with room.join() as client:
        await client.send(first)

        assert await closed(client) == (4401, "ticket missing")


async def test_a_first_message_that_is_no_json_ends_it(room: Room) -> None:
    async with room.join() as client:
        await client.send("{")

        assert await closed(client) == (4400, "invalid message")


async def test_a_socket_that_says_nothing_is_closed() -> None:
    async with (
        a_room(limits=SocketLimits(authenticate_within_s=0.05)) as room,
        room.join() as client,
    ):
        assert await closed(client) == (4401, "ticket missing")


async def test_sockets_without_a_ticket_are_counted() -> None:
    async with a_room(limits=SocketLimits(waiting_sockets=2)) as room:
        async with room.join(), room.join():
            await eventually(lambda: room.hub._waiting == 2)
            with pytest.raises(InvalidStatus) as refused:
                await room.join()
            async with room.joined() as client:
                assert await told(client, "hello")
        await eventually(lambda: room.hub._waiting == 0)

    assert refused.value.response.status_code == 429


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://{host}", True),
        ("https://{host}", True),
        ("https://listed.example", True),
        ("https://listed.example.evil", False),
        ("https://evil.example", False),
        ("http://{host}.evil", False),
        ("http://evil@{host}", False),
        ("ftp://{host}", False),
        ("null", False),
    ],
)
async def test_only_known_origins_open_sockets(room: Room, origin: str, *, allowed: bool) -> None:
    joining = room.join(room.pass_for("t"), origin=origin.format(host=room.address))

    if allowed:
        async with joining as client:
            assert await told(client, "hello")
        assert room.redeemed == [("t", origin.format(host=room.address))]
    else:
        with pytest.raises(InvalidStatus) as refused:
            await joining
        assert refused.value.response.status_code == 403
        assert json.loads(refused.value.response.body)["reason"] == "FOREIGN_ORIGIN"
        assert room.redeemed == []


async def test_a_user_has_five_sockets(room: Room) -> None:
    async with AsyncExitStack() as open_sockets:
        for _ in range(5):
            client = await open_sockets.enter_async_context(room.joined())
            await told(client, "hello")

        async with room.joined() as sixth, room.joined(user=8) as other:
            assert await closed(sixth) == (4429, "more than 5 sockets")
            assert await told(other, "hello")


# Who may stay.


async def test_an_expired_token_ends_the_socket_after_its_grace(room: Room) -> None:
    async with room.joined(lives_s=600) as client:
        await told(client, "presence")
        room.clock.advance(timedelta(seconds=629))
        room.hub.tick()
        room.hub.broadcast({"type": "still here"})
        assert await told(client, "still here")

        room.clock.advance(timedelta(seconds=1))
        room.hub.tick()

        assert await closed(client) == (4401, "token expired")


async def test_a_fresh_token_keeps_the_socket_open(room: Room) -> None:
    async with room.joined(lives_s=600) as client:
        await told(client, "presence")
        room.clock.advance(timedelta(seconds=500))
        fresh = room.pass_for("fresh", lives_s=600)
        await client.send(json.dumps({"type": "auth.renew", "access_token": fresh}))
        assert await told(client, "auth.renewed") == {"type": "auth.renewed", "expires_in": 600}

        room.clock.advance(timedelta(seconds=500))
        room.hub.tick()
        room.hub.broadcast({"type": "still here"})

        assert await told(client, "still here")


@pytest.mark.parametrize(
    ("token", "reason"),
    [("forged", "INVALID_TOKEN"), ("another's", "FOREIGN_TOKEN"), (7, "INVALID_MESSAGE")],
)
async def test_a_wrong_renewal_is_refused_and_changes_nothing(
    room: Room, token: object, reason: str
) -> None:
    room.pass_for("another's", user=8)

    async with room.joined() as client:
        await client.send(json.dumps({"type": "auth.renew", "access_token": token, "id": 4}))
        error = await told(client, "error")

        assert error["re"] == 4
        assert error["problem"]["reason"] == reason
        assert room.hub.send_to(7, {"type": "mine"}) == 1


async def test_a_logout_ends_the_sockets_of_that_login(room: Room) -> None:
    async with room.joined(session="s1") as out, room.joined(session="s2") as stays:
        await told(out, "presence")
        await told(stays, "presence")

        room.hub.revoke(7, "s1")

        assert await closed(out) == (4401, "logged out")
        room.hub.broadcast({"type": "still here"})
        assert await told(stays, "still here")


async def test_changed_rights_end_all_sockets_of_the_user(room: Room) -> None:
    async with room.joined(user=7) as mine, room.joined(user=8) as other:
        await told(mine, "presence")
        await told(other, "presence")

        room.hub.revoke(7)

        assert await closed(mine) == (4403, "rights changed")
        assert room.hub.present_users == {8}


async def test_the_loop_closes_everybody_at_the_end(room: Room) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(room.hub.run(stop))

    async with room.joined() as client:
        await told(client, "presence")
        stop.set()

        assert await closed(client) == (1012, "restarting")
    await running


async def test_a_server_that_ends_closes_with_1012() -> None:
    async with AsyncExitStack() as stack:
        async with a_room() as room:
            client = await stack.enter_async_context(room.joined())
            await told(client, "hello")

        assert (await closed(client))[0] == 1012


# What a client may send.


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


# Raw bytes on the wire.


class RawClient:
    """A socket whose bytes the test writes by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, opcode: Opcode, data: bytes, *, fin: bool = True, mask: bool = True) -> None:
        self.writer.write(Frame(opcode, data, fin=fin).serialize(mask=mask))

    async def close_code(self) -> int | None:
        """The code of the close frame; None if the connection was cut without one."""
        async with asyncio.timeout(20):
            try:
                rest = await self.reader.read()
            except ConnectionResetError:
                return None
        at = rest.rfind(b"\x88")
        return int.from_bytes(rest[at + 2 : at + 4]) if at >= 0 else None


@asynccontextmanager
async def raw_client(room: Room, *, receive_buffer: int | None = None) -> AsyncIterator[RawClient]:
    ticket = room.pass_for(f"raw-{len(room.redeemed)}", user=66)
    at = urlsplit(f"//{room.address}")
    plain = socket.socket()
    if receive_buffer is not None:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    plain.setblocking(False)  # noqa: FBT003
    await asyncio.get_running_loop().sock_connect(plain, (at.hostname, at.port))
    reader, writer = await asyncio.open_connection(sock=plain, limit=1024)
    writer.write(
        f"GET /ws HTTP/1.1\r\nHost: {room.address}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: backline.v1, bl.ticket.{ticket}\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    await eventually(lambda: 66 in room.hub.present_users)
    try:
        yield RawClient(reader, writer)
    finally:
        writer.transport.abort()


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


async def test_a_client_that_vanishes_is_forgotten(room: Room) -> None:
    async with raw_client(room) as raw:
        raw.writer.transport.abort()

        await eventually(lambda: room.hub.present == 0)


# Slow clients.


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
    async with raw_client(room, receive_buffer=4096) as slow:
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
