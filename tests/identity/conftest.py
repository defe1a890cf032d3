"""Identity as a whole, on a database of its own, with a clock that stands still."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backline.identity.settings import Settings
from backline.identity.wiring import Identity, build, open_identity
from backline.kit.auth.identity import IdentityClient
from backline.kit.core.actor import SYSTEM, Role
from backline.kit.rpc.server import build_server
from backline.kit.service import Service
from backline.kit.testing.clock import FixedClock
from backline.kit.testing.eventually import eventually

PASSWORD = "valve amber tonight"
ORIGIN = "http://box"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def settings(identity_database: str, tmp_path: Path) -> Settings:
    return Settings(database_url=identity_database, key_dir=tmp_path / "keys")


@pytest.fixture
async def service(settings: Settings, clock: FixedClock) -> AsyncIterator[Service]:
    service = await build(settings, clock)
    yield service
    await service.close()


@pytest.fixture
async def identity(settings: Settings, clock: FixedClock) -> AsyncIterator[Identity]:
    """The same database and keys, without doors."""
    async with open_identity(settings, clock) as identity:
        yield identity


def browser(
    app: FastAPI | None, *, ip: str = "10.0.0.1", device: str = "Firefox/146.0 (Linux)"
) -> httpx.AsyncClient:
    """A client with cookies of its own."""
    assert app is not None
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, client=(ip, 50000)),
        base_url=ORIGIN,
        headers={"user-agent": device},
    )


@pytest.fixture
async def http(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(service.app) as client:
        yield client


@pytest.fixture
async def another(service: Service) -> AsyncIterator[Callable[..., httpx.AsyncClient]]:
    """More browsers, elsewhere."""
    opened: list[httpx.AsyncClient] = []

    def open_browser(ip: str = "10.0.0.2", device: str = "curl/8") -> httpx.AsyncClient:
        opened.append(browser(service.app, ip=ip, device=device))
        return opened[-1]

    yield open_browser
    for client in opened:
        await client.aclose()


async def register(client: httpx.AsyncClient, username: str = "ann") -> Any:
    answer = await client.post(
        "/auth/register",
        json={"username": username, "password": PASSWORD, "display_name": username.title()},
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def log_in(client: httpx.AsyncClient, username: str = "ann") -> Any:
    """Log in, and send the access token along from now on."""
    answer = await client.post("/auth/login", json={"username": username, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    client.headers["authorization"] = f"Bearer {tokens['access_token']}"
    return tokens


@pytest.fixture
async def ann(http: httpx.AsyncClient) -> httpx.AsyncClient:
    """A listener who is logged in."""
    await register(http)
    await log_in(http)
    return http


@pytest.fixture
async def admin(identity: Identity, another: Callable[..., httpx.AsyncClient]) -> httpx.AsyncClient:
    await identity.accounts.register("root", PASSWORD, role=Role.ADMIN, actor=SYSTEM)
    client = another("10.0.0.9", "Chrome/140 (Windows)")
    await log_in(client, "root")
    return client


@asynccontextmanager
async def served(service, target) -> AsyncIterator[asyncio.Event]:
    """The gRPC door and the feed of one identity process; set the event to end the feed."""
    server = build_server(service.add_servicers, service.rpc_names, listen=[target])
    await server.start()
    stop = asyncio.Event()
    feeds = [asyncio.create_task(feed(stop)) for feed in service.background.values()]
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.gather(*feeds)
        await server.stop(None)


@asynccontextmanager
async def watching(target, clock) -> AsyncIterator[IdentityClient]:
    """Another process that checks tokens."""
    client = IdentityClient(target, clock=clock)
    stop = asyncio.Event()
    watch = asyncio.create_task(client.watch(stop))
    try:
        yield client
    finally:
        stop.set()
        await watch
        await client.close()


@pytest.fixture
def target(tmp_path_factory) -> str:
    return f"unix:{tmp_path_factory.mktemp('run')}/i.sock"


@pytest.fixture
async def elsewhere(service, target, clock) -> AsyncIterator[IdentityClient]:
    async with served(service, target), watching(target, clock) as client:
        await eventually(lambda: not client.gate.stale)
        yield client
