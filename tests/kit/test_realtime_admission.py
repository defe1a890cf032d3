"""Who may open a socket, and who may keep it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from backline.kit.realtime.connection import SocketLimits
from backline.kit.testing.eventually import eventually
from tests.kit.sockets import (
    Room,
    a_room,
    closed,
    told,
)


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with a_room() as room:
        yield room


async def test_the_ticket_may_come_in_the_first_message(room: Room) -> None:
    room.pass_for("t")

    async with room.join() as client:
        await client.send('{"type": "auth", "ticket": "t"}')
        assert await told(client, "hello")

    assert client.subprotocol is None


async def test_compression_is_not_agreed_on(room: Room) -> None:
    subprotocols = [Subprotocol("backline.v1"), Subprotocol(f"bl.ticket.{room.pass_for('t')}")]

    async with connect(f"ws://{room.address}/ws", subprotocols=subprotocols) as client:
        assert await told(client, "hello")

    assert client.request is not None
    assert "permessage-deflate" in client.request.headers["Sec-WebSocket-Extensions"]
    assert client.protocol.extensions == []


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
