"""Other processes: they check tokens by themselves, and hear of every revocation at once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated, Any

import grpc.aio
import httpx
import pytest
from fastapi import FastAPI

from backline.api.identity.v1 import identity_pb2 as pb
from backline.api.identity.v1 import identity_pb2_grpc
from backline.identity.commands.users import ChangeUser
from backline.identity.wiring import key_files
from backline.kit.auth.gate import InvalidToken, KeysUnknown
from backline.kit.auth.http import CurrentActor, OptionalActor, require
from backline.kit.auth.identity import IdentityClient
from backline.kit.auth.revocations import STALE_AFTER_S, Revocation
from backline.kit.auth.rpc import BearerInterceptor, current_actor
from backline.kit.core.actor import SYSTEM, Actor, Role
from backline.kit.core.errors import Unauthenticated, Unavailable
from backline.kit.http.app import build_app
from backline.kit.rpc.client import channel
from backline.kit.rpc.errors import error_of
from backline.kit.rpc.server import build_server
from backline.kit.testing.eventually import eventually
from tests.identity.conftest import PASSWORD, log_in, register, served, watching


def token_of(client) -> str:
    token: str = client.headers["authorization"].removeprefix("Bearer ")
    return token


def refuses(client, token) -> bool:
    try:
        client.gate.verify(token)
    except InvalidToken:
        return True
    return False


async def test_identity_hears_itself_too(service, elsewhere) -> None:
    await eventually(lambda: not service.app.state.gate.stale)


async def test_a_token_is_checked_without_asking_anybody(ann, elsewhere) -> None:
    me = (await ann.get("/auth/me")).json()

    actor = elsewhere.gate.verify(token_of(ann))

    assert (actor.id, actor.role, actor.name) == (me["id"], Role.LISTENER, "Ann")


async def logout(ann, admin) -> None:
    await ann.post("/auth/logout")


async def reuse(ann, admin) -> None:
    stolen = {"refresh_token": ann.cookies["bl_rt"]}
    for _ in range(2):
        await ann.post("/auth/refresh")
    await ann.post("/auth/refresh", json=stolen)


async def disabled(ann, admin) -> None:
    user_id = (await ann.get("/auth/me")).json()["id"]
    await admin.patch(f"/users/{user_id}", json={"disabled": True})


async def role_change(ann, admin) -> None:
    user_id = (await ann.get("/auth/me")).json()["id"]
    await admin.patch(f"/users/{user_id}", json={"role": "host"})


async def password_reset(ann, admin) -> None:
    user_id = (await ann.get("/auth/me")).json()["id"]
    token = (await admin.post(f"/users/{user_id}/reset-link")).json()["token"]
    await ann.post("/auth/reset", json={"token": token, "password": "another room tonight"})


@pytest.mark.parametrize("deed", [logout, reuse, disabled, role_change, password_reset])
async def test_what_ends_a_token_is_known_elsewhere(ann, admin, elsewhere, deed) -> None:
    token = token_of(ann)
    heard: list[Revocation] = []
    elsewhere.gate.on_revoked(heard.append)
    assert not refuses(elsewhere, token)

    await deed(ann, admin)

    await eventually(lambda: refuses(elsewhere, token))
    assert len(heard) == 1
    assert not refuses(elsewhere, token_of(admin))


async def test_a_password_change_elsewhere_ends_the_other_session_only(
    ann, another, elsewhere
) -> None:
    phone = another()
    await log_in(phone)

    await ann.post(
        "/auth/password",
        json={"current_password": PASSWORD, "new_password": "another room tonight"},
    )

    await eventually(lambda: refuses(elsewhere, token_of(phone)))
    assert not refuses(elsewhere, token_of(ann))


async def test_a_revocation_by_another_process_is_heard_too(ann, identity, elsewhere) -> None:
    """`backline users disable` runs beside the box."""
    user_id = (await ann.get("/auth/me")).json()["id"]

    await identity.mediator.send(ChangeUser(user_id=user_id, disabled=True), actor=SYSTEM)

    await eventually(lambda: refuses(elsewhere, token_of(ann)))


async def test_whoever_begins_to_watch_later_knows_it_as_well(service, ann, target, clock) -> None:
    token = token_of(ann)
    async with served(service, target):
        await ann.post("/auth/logout")

        async with watching(target, clock) as late:
            await eventually(lambda: not late.gate.stale)
            assert refuses(late, token)


async def test_a_rotated_key_is_known_before_it_signs_and_a_revoked_one_gone_at_once(
    ann, settings, clock, elsewhere
) -> None:
    token = token_of(ann)
    files = key_files(settings, clock)
    former = files.current().active.kid

    files.rotate()
    await log_in(ann)
    assert not refuses(elsewhere, token_of(ann))
    assert not refuses(elsewhere, token)

    files.revoke(former)
    await eventually(lambda: refuses(elsewhere, token))
    assert not refuses(elsewhere, token_of(ann))


async def test_a_watcher_survives_a_restart_of_identity(service, ann, target, clock) -> None:
    async with watching(target, clock) as client:
        with pytest.raises(KeysUnknown):
            client.gate.verify(token_of(ann))
        async with served(service, target):
            await eventually(lambda: not refuses_or_unknown(client, token_of(ann)))
        async with served(service, target):
            await ann.post("/auth/logout")
            await eventually(lambda: refuses(client, token_of(ann)))


def refuses_or_unknown(client, token) -> bool:
    try:
        return refuses(client, token)
    except KeysUnknown:
        return True


# While the feed is silent


@pytest.fixture
def room(elsewhere, clock) -> FastAPI:
    """An app of another service."""
    app = build_app(
        title="Room", state={"gate": elsewhere.gate, "session_check": elsewhere}, clock=clock
    )

    @app.get("/read")
    async def read(actor: CurrentActor) -> str:
        return actor.name

    @app.get("/maybe")
    async def maybe(actor: OptionalActor) -> str:
        return actor.name or "nobody"

    @app.post("/write")
    async def write(actor: CurrentActor) -> str:
        return actor.name

    @app.post("/host")
    async def host(actor: Annotated[Actor, require(Role.HOST)]) -> str:
        return actor.name

    return app


@pytest.fixture
async def visitor(room, ann) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=room),
        base_url="http://room",
        headers={"authorization": ann.headers["authorization"]},
    ) as client:
        yield client


async def test_a_role_that_is_not_enough_is_told_who_may(visitor) -> None:
    refused = await visitor.post("/host")

    assert refused.status_code == 403
    assert refused.json()["detail"] == "Only hosts and admins may do this."
    assert refused.json()["metadata"] == {"required_role": "host"}


async def test_some_doors_are_open_to_nobody_in_particular_but_not_to_a_bad_token(
    visitor,
) -> None:
    assert (await visitor.get("/maybe")).json() == "Ann"
    visitor.headers["authorization"] = "Bearer forged"
    assert (await visitor.get("/maybe")).status_code == 401
    del visitor.headers["authorization"]
    assert (await visitor.get("/maybe")).json() == "nobody"


def deafen(client, monkeypatch) -> None:
    """As if nothing had been heard of identity for a while."""
    revocations = client.gate.revocations
    monkeypatch.setattr(revocations, "heard", lambda: None)
    later = revocations._monotonic() + STALE_AFTER_S + 1
    monkeypatch.setattr(revocations, "_monotonic", lambda: later)
    assert client.gate.stale


async def test_while_the_feed_is_silent_writes_are_confirmed(
    visitor, ann, elsewhere, monkeypatch
) -> None:
    deafen(elsewhere, monkeypatch)
    monkeypatch.setattr(elsewhere.gate.revocations, "add", lambda revocation: False)
    assert (await visitor.post("/write")).status_code == 200

    await ann.post("/auth/logout")

    assert (await visitor.get("/read")).status_code == 200
    assert (await visitor.post("/write")).status_code == 401


async def test_while_identity_is_away_writes_are_refused_and_reads_go_on(
    service, ann, target, clock, monkeypatch
) -> None:
    async with watching(target, clock) as client:
        app = build_app(title="Room", state={"gate": client.gate, "session_check": client})

        @app.api_route("/thing", methods=["GET", "POST"])
        async def thing(actor: CurrentActor) -> str:
            return actor.name

        async with (
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app),
                base_url="http://room",
                headers={"authorization": ann.headers["authorization"]},
            ) as visitor,
        ):
            async with served(service, target):
                await eventually(lambda: not client.gate.stale)
                assert (await visitor.post("/thing")).status_code == 200
            deafen(client, monkeypatch)

            assert (await visitor.get("/thing")).status_code == 200
            refused = await visitor.post("/thing")
            assert (refused.status_code, refused.json()["retryable"]) == (503, True)


# gRPC


_Servicer: Any = identity_pb2_grpc.IdentityServiceServicer


class Echo(_Servicer):  # type: ignore[misc]
    """Any service will do: it says who called."""

    async def GetUsers(self, request, context):  # noqa: N802
        return pb.GetUsersResponse(users=[pb.User(display_name=current_actor().name)])

    async def WatchRevocations(self, request, context):  # noqa: N802
        yield pb.WatchRevocationsResponse(
            revocations=[pb.Revocation(reason=current_actor().name or "nobody")]
        )


@pytest.fixture
async def echo(elsewhere) -> AsyncIterator[Any]:
    server = build_server(
        lambda server: identity_pb2_grpc.add_IdentityServiceServicer_to_server(Echo(), server),
        ["backline.api.identity.v1.IdentityService"],
        interceptors=[BearerInterceptor(elsewhere.gate, elsewhere)],
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with channel(f"127.0.0.1:{port}") as open_channel:
        yield identity_pb2_grpc.IdentityServiceStub(open_channel)
    await server.stop(None)


async def test_a_call_speaks_for_the_user_of_its_token(ann, echo) -> None:
    metadata = (("authorization", ann.headers["authorization"]),)

    answer = await echo.GetUsers(pb.GetUsersRequest(), metadata=metadata)
    assert answer.users[0].display_name == "Ann"
    async for told in echo.WatchRevocations(pb.WatchRevocationsRequest(), metadata=metadata):
        assert told.revocations[0].reason == "Ann"
    anonymous = await echo.GetUsers(pb.GetUsersRequest())
    assert anonymous.users[0].display_name == ""


@pytest.mark.parametrize(
    "metadata",
    [
        (("authorization", "Bearer forged"),),
        (("authorization", "Basic YW5uOnB3"),),
        (("authorization", "Bearer {}"), ("authorization", "Bearer {}")),
        (("authorization", "{}"),),
    ],
)
async def test_a_call_with_a_bad_token_is_refused(ann, echo, metadata) -> None:
    filled = tuple((name, value.replace("{}", token_of(ann))) for name, value in metadata)

    for call in (
        echo.GetUsers(pb.GetUsersRequest(), metadata=filled),
        echo.WatchRevocations(pb.WatchRevocationsRequest(), metadata=filled).read(),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call
        assert error_of(refused.value).reason == "INVALID_TOKEN"


async def test_while_the_feed_is_silent_calls_are_confirmed(
    ann, echo, elsewhere, monkeypatch
) -> None:
    metadata = (("authorization", ann.headers["authorization"]),)
    deafen(elsewhere, monkeypatch)
    monkeypatch.setattr(elsewhere.gate.revocations, "add", lambda revocation: False)
    assert (await echo.GetUsers(pb.GetUsersRequest(), metadata=metadata)).users

    await ann.post("/auth/logout")

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await echo.GetUsers(pb.GetUsersRequest(), metadata=metadata)
    assert error_of(refused.value).reason == "INVALID_TOKEN"


async def test_a_plain_user_number_is_nobody(ann, echo) -> None:
    answer = await echo.GetUsers(pb.GetUsersRequest(), metadata=(("x-user-id", "1"),))

    assert answer.users[0].display_name == ""


async def test_names_come_by_number_and_unknown_numbers_are_left_out(ann, elsewhere) -> None:
    me = (await ann.get("/auth/me")).json()

    assert await elsewhere.names_of([me["id"], 10**12]) == {me["id"]: "Ann"}


async def test_published_keys_are_public(elsewhere, target) -> None:
    async with channel(target) as open_channel:
        stub = identity_pb2_grpc.IdentityServiceStub(open_channel)
        answer = await stub.GetKeys(pb.GetKeysRequest())

    assert len(answer.keys) == 2
    assert all(len(key.x) == 43 and len(key.kid) == 43 for key in answer.keys)


# Tickets


async def ticket_of(client, **headers) -> str:
    answer = await client.post("/auth/ws-ticket", headers=headers)
    assert answer.json()["expires_in"] == 30
    ticket: str = answer.json()["ticket"]
    assert len(ticket) == 43
    return ticket


async def test_a_ticket_lets_in_once(ann, elsewhere, clock) -> None:
    ticket = await ticket_of(ann)

    holder = await elsewhere.redeem_ticket(ticket, "")

    assert holder.actor == elsewhere.gate.verify(token_of(ann))
    assert holder.expires_at == clock.now().timestamp() + 600
    with pytest.raises(Unauthenticated) as refused:
        await elsewhere.redeem_ticket(ticket, "")
    assert refused.value.reason == "INVALID_TICKET"


async def test_of_many_who_show_one_ticket_one_gets_in(ann, elsewhere) -> None:
    ticket = await ticket_of(ann)

    results = await asyncio.gather(
        *(elsewhere.redeem_ticket(ticket, "") for _ in range(10)), return_exceptions=True
    )

    assert sum(not isinstance(each, BaseException) for each in results) == 1


@pytest.mark.parametrize(
    ("asked", "shown", "lets_in"),
    [
        ("http://box", "http://box", True),
        ("http://box", "http://evil.test", False),
        ("http://box", "", False),
        ("", "http://box", True),
        ("", "", True),
        ("http://box", None, True),
    ],
)
async def test_a_ticket_of_a_page_opens_sockets_of_that_page(
    ann, elsewhere, asked, shown, lets_in
) -> None:
    ticket = await ticket_of(ann, **({"origin": asked} if asked else {}))

    if lets_in:
        assert (await elsewhere.redeem_ticket(ticket, shown)).actor.name == "Ann"
    else:
        with pytest.raises(Unauthenticated):
            await elsewhere.redeem_ticket(ticket, shown)


async def test_a_ticket_expires(ann, elsewhere, clock) -> None:
    ticket = await ticket_of(ann)
    clock.advance(timedelta(seconds=30))

    with pytest.raises(Unauthenticated):
        await elsewhere.redeem_ticket(ticket, "")


async def test_a_ticket_dies_with_its_session(ann, elsewhere) -> None:
    ticket = await ticket_of(ann)
    await ann.post("/auth/logout")

    with pytest.raises(Unauthenticated):
        await elsewhere.redeem_ticket(ticket, "")


async def test_without_identity_a_ticket_can_be_tried_later(target) -> None:
    client = IdentityClient(target)
    try:
        with pytest.raises(Unavailable):
            await client.redeem_ticket("x" * 43, "")
    finally:
        await client.close()


async def test_an_unknown_session_is_not_active(ann, elsewhere) -> None:
    await register(ann, "bob")
    actor = elsewhere.gate.verify(token_of(ann))
    await elsewhere.confirm(actor)

    for wrong in (
        Actor(actor.id, Role.ADMIN, actor.name, actor.session_id),
        Actor(actor.id + 1, actor.role, actor.name, actor.session_id),
        Actor(actor.id, actor.role, actor.name, "x"),
    ):
        with pytest.raises(InvalidToken):
            await elsewhere.confirm(wrong)
