"""The health list behind the front door: for hosts."""

from collections.abc import AsyncIterator

import httpx
import pytest

from backline.front.app import build_front
from backline.front.health import BoxHealth
from backline.kit.auth.gate import Gate
from backline.kit.auth.keys import KeyRing
from backline.kit.auth.revocations import Revocations
from backline.kit.core.clock import SystemClock
from backline.kit.health import Alarm, Condition, Finding
from backline.kit.http.app import build_app
from backline.kit.service import Service
from tests.kit.tokens import KEY, claims, public_jwk, token


async def _queue() -> Finding:
    return Finding(condition=Condition.WELL, word="in_charge", figures={"waiting": 3})


async def _disk() -> Finding:
    alarm = Alarm("disk_low", {"free_bytes": 5})
    return Finding(condition=Condition.BAD, word="nearly_full", alarms=(alarm,))


async def _fine() -> None:
    return None


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    ring = KeyRing()
    ring.replace([public_jwk(KEY)])
    gate = Gate(keys=ring, revocations=Revocations(), clock=SystemClock())
    app = build_app(title="Jukebox", state={"gate": gate, "session_check": None})
    service = Service(name="jukebox", app=app, probes={"queue": _queue})
    front = build_front([service], why_not_ready=_fine, probes={"disk": _disk})
    transport = httpx.ASGITransport(front)
    async with httpx.AsyncClient(transport=transport, base_url="http://box") as client:
        yield client


def _as(role: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token(claims(SystemClock(), role=role))}"}


async def test_hosts_read_how_every_part_is(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/health", headers=_as("host"))

    health = BoxHealth.model_validate(answer.json())
    assert [(part.name, part.word) for part in health.parts] == [
        ("queue", "in_charge"),
        ("disk", "nearly_full"),
    ]
    (alarm,) = health.alarms
    assert (alarm.code, alarm.metadata) == ("disk_low", {"free_bytes": 5})


async def test_it_is_nobody_elses_business(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/health")).status_code == 401
    assert (await client.get("/api/health", headers=_as("listener"))).status_code == 403


async def test_it_is_in_the_reference(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]

    assert "/api/health" in paths
