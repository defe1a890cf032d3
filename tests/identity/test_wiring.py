"""The service as a process gets it."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from backline.identity.queries.people import FindUser
from backline.identity.settings import Settings
from backline.identity.wiring import build, open_identity
from backline.kit.core.actor import SYSTEM
from backline.kit.core.errors import Unavailable
from backline.kit.testing.eventually import eventually
from tests.identity.conftest import PASSWORD, browser, log_in, register


async def count(url, sql):
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = (await connection.execute(text(sql))).scalar_one()
    await engine.dispose()
    return found


async def test_it_says_what_it_is(service) -> None:
    assert service.name == "identity"
    assert service.rpc_names == ("backline.api.identity.v1.IdentityService",)
    assert list(service.background) == ["identity-feed", "identity-outbox-watch"]
    await service.ready()


async def test_without_its_database_it_is_built_but_not_ready(tmp_path, clock) -> None:
    url = f"postgresql+asyncpg://nobody@/nothing?host={tmp_path}"
    service = await build(Settings(database_url=url, key_dir=tmp_path / "keys"), clock)
    try:
        with pytest.raises(Unavailable):
            await service.ready()
        async with browser(service.app) as client:
            answer = await client.get("/health/ready")
            assert answer.status_code == 503
            keys = await client.get("/.well-known/jwks.json")
            assert keys.status_code == 200
    finally:
        await service.close()


async def test_events_reach_the_log(settings, clock, log_database) -> None:
    settings = settings.model_copy(update={"events_url": log_database})
    service = await build(settings, clock)
    stop = asyncio.Event()
    relay = asyncio.ensure_future(service.workers["identity-relay"](stop))
    try:
        async with browser(service.app) as client:
            await register(client)
        await eventually(lambda: count_is(settings.database_url, "SELECT count(*) FROM outbox", 0))
    finally:
        stop.set()
        await relay
        await service.close()
    assert await count(log_database, "SELECT count(*) FROM event") == 1


async def count_is(url, sql, expected):
    return await count(url, sql) == expected


async def test_without_a_log_events_wait(service) -> None:
    assert list(service.workers) == ["identity-housekeeping"]


async def test_housekeeping_forgets_what_has_expired(service, settings, ann, clock) -> None:
    await ann.post("/auth/ws-ticket")
    clock.advance(timedelta(days=40))
    stop = asyncio.Event()
    keeping = asyncio.ensure_future(service.workers["identity-housekeeping"](stop))
    try:
        rows = (
            "SELECT (SELECT count(*) FROM tickets) + (SELECT count(*) FROM sessions)"
            " + (SELECT count(*) FROM attempts)"
        )
        await eventually(lambda: count_is(settings.database_url, rows, 0))
        assert await count(settings.database_url, "SELECT count(*) FROM users") == 1

        async def rotated():
            return len((await ann.get("/.well-known/jwks.json")).json()["keys"]) == 3

        await eventually(rotated)
    finally:
        stop.set()
        await keeping


async def test_the_command_line_works_beside_a_running_box(http, settings, clock) -> None:
    async with open_identity(settings, clock) as identity:
        await identity.accounts.register("ann", PASSWORD, actor=SYSTEM)
        found = await identity.mediator.send(FindUser("ann"), actor=SYSTEM)

    assert (await log_in(http))["user"]["id"] == found.id


@pytest.mark.parametrize(
    "wrong",
    [
        {"argon2_memory_kib": 1024},
        {"argon2_iterations": 1},
        {"access_token_s": 3600},
        {"colour": "amber"},
        {"guests": "perhaps"},
    ],
)
def test_a_setting_that_is_wrong_or_unsafe_is_named(wrong, tmp_path) -> None:
    (name,) = wrong
    with pytest.raises(ValidationError, match=name):
        Settings(database_url="postgresql://", key_dir=tmp_path, **wrong)


async def test_closed_doors_are_closed(settings, clock) -> None:
    settings = settings.model_copy(update={"registration": False, "guests": False})
    service = await build(settings, clock)
    try:
        async with browser(service.app) as client:
            refused = await client.post(
                "/auth/register", json={"username": "ann", "password": PASSWORD}
            )
            assert refused.json()["reason"] == "REGISTRATION_CLOSED"
            refused = await client.post("/auth/guest", json={"display_name": "Zoë"})
            assert refused.json()["reason"] == "GUESTS_NOT_ADMITTED"
            options = (await client.get("/auth/options")).json()
            assert (options["registration"], options["guests"]) == (False, False)
    finally:
        await service.close()


async def test_pages_learn_where_phones_come_in(settings, clock, monkeypatch) -> None:
    monkeypatch.setenv("BACKLINE_PUBLIC_URL", "https://room.example/")
    monkeypatch.setenv("IDENTITY_NETWORK_URL", "http://192.168.1.20:8000")
    told = Settings(database_url=settings.database_url, key_dir=settings.key_dir)
    service = await build(told, clock)
    try:
        async with browser(service.app) as client:
            options = (await client.get("/auth/options")).json()
            assert options["public_url"] == "https://room.example"
            assert options["network_url"] == "http://192.168.1.20:8000"
    finally:
        await service.close()


def test_every_operation_is_described_with_examples(service) -> None:
    document = service.app.openapi()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert path.startswith("/health") or operation["description"], where
    assert document["components"]["securitySchemes"]["Login"]["flows"]["password"] == {
        "scopes": {},
        "tokenUrl": "/api/identity/auth/token",
    }
    for name in ("RegisterBody", "LoginBody", "Tokens", "User", "Ticket", "Options"):
        properties = document["components"]["schemas"][name]["properties"]
        for field, described in properties.items():
            plain = "$ref" in described or "const" in described or "anyOf" in described
            assert plain or described["examples"], f"{name}.{field}"


async def test_a_full_queue_of_logins_is_told_to_come_back(settings, clock) -> None:
    settings = settings.model_copy(update={"hashes_waiting": 0})
    service = await build(settings, clock)
    try:
        async with browser(service.app) as client:
            await register(client)
            logins: list[httpx.Response] = await asyncio.gather(
                *(
                    client.post("/auth/login", json={"username": f"u{number}", "password": "x"})
                    for number in range(20)
                )
            )
    finally:
        await service.close()

    full = [answer for answer in logins if answer.status_code == 429]
    assert full
    assert {answer.json()["reason"] for answer in full} == {"TOO_MANY_LOGINS"}
    assert any(answer.status_code == 401 for answer in logins)
