"""Open WebSockets: they begin with a ticket, and end with the session or the role behind it."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI, WebSocket
from websockets import Subprotocol
from websockets.asyncio.client import connect

from backline.kit.realtime.admission import SocketAuthenticator
from backline.kit.realtime.hub import Hub
from backline.kit.testing.serving import serving
from tests.identity.conftest import log_in
from tests.kit.sockets import closed, told


@pytest.fixture
async def address(elsewhere, clock) -> AsyncIterator[str]:
    """A room in another process, which knows of identity only by its client."""
    hub = Hub(
        name="test",
        member="queue",
        authenticator=SocketAuthenticator(
            redeem=elsewhere.redeem_ticket, verify=elsewhere.gate.inspect
        ),
        clock=clock,
    )
    elsewhere.gate.on_revoked(lambda each: hub.revoke(each.user_id, each.session_id))
    app = FastAPI()

    @app.websocket("/ws")
    async def ws(websocket: WebSocket) -> None:
        await hub.serve(websocket)

    async with serving(app) as address:
        yield address


async def ticket_of(client) -> str:
    ticket: str = (await client.post("/auth/ws-ticket")).json()["ticket"]
    return ticket


def joining(address, ticket) -> connect:
    offered = [Subprotocol("backline.v1"), Subprotocol(f"bl.ticket.{ticket}")]
    return connect(f"ws://{address}/ws", subprotocols=offered, compression=None)


async def logout(ann, admin) -> None:
    await ann.post("/auth/logout")


async def disabled(ann, admin) -> None:
    user_id = (await ann.get("/auth/me")).json()["id"]
    await admin.patch(f"/users/{user_id}", json={"disabled": True})


async def role_change(ann, admin) -> None:
    user_id = (await ann.get("/auth/me")).json()["id"]
    await admin.patch(f"/users/{user_id}", json={"role": "host"})


@pytest.mark.parametrize(("deed", "code"), [(logout, 4401), (disabled, 4401), (role_change, 4403)])
async def test_what_ends_a_token_closes_its_sockets_within_a_second(
    ann, admin, address, deed, code
) -> None:
    async with (
        joining(address, await ticket_of(ann)) as socket,
        joining(address, await ticket_of(admin)) as bystander,
    ):
        await told(socket, "hello")
        await told(bystander, "hello")

        await deed(ann, admin)

        async with asyncio.timeout(1):
            assert (await closed(socket))[0] == code
        await bystander.send(json.dumps({"type": "ping", "t": 1}))
        await told(bystander, "pong")


async def test_after_a_role_change_one_comes_back_with_the_new_role(
    ann, admin, address, elsewhere
) -> None:
    await role_change(ann, admin)
    fresh = (await ann.post("/auth/refresh")).json()
    ann.headers["authorization"] = f"Bearer {fresh['access_token']}"

    async with joining(address, await ticket_of(ann)) as socket:
        await told(socket, "hello")


async def test_an_open_socket_is_renewed_by_a_fresh_token(ann, address) -> None:
    async with joining(address, await ticket_of(ann)) as socket:
        await told(socket, "hello")
        fresh = await log_in(ann)

        await socket.send(json.dumps({"type": "auth.renew", "access_token": fresh["access_token"]}))

        assert (await told(socket, "auth.renewed"))["expires_in"] == 600


async def test_a_used_ticket_opens_nothing(ann, address) -> None:
    ticket = await ticket_of(ann)
    async with joining(address, ticket) as socket:
        await told(socket, "hello")

    async with joining(address, ticket) as again:
        assert (await closed(again))[0] == 4401
