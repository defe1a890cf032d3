"""What admins ask of the whole box."""

from collections.abc import AsyncIterator

import httpx
import pytest

from backline.front.admin import Administration, Backups
from backline.front.app import build_front
from backline.kit.auth.gate import InvalidToken
from backline.kit.checks import Checks, Found, FunctionCheck
from backline.kit.core.actor import Actor, Role
from backline.kit.http.app import build_app
from backline.kit.service import Service
from backline.kit.settings_report import Entry, Origin
from backline.kit.testing.clock import FixedClock

ROLES = {role.value: Actor(7, role, role.value, "s") for role in Role}
DOORS = (
    "GET /api/settings",
    "GET /api/integrity",
    "POST /api/integrity/run",
    "POST /api/integrity/room.votes/repair",
    "GET /api/backups",
    "POST /api/backups",
)


class NamesAsTokens:
    stale = False

    def verify(self, token: str) -> Actor:
        if token not in ROLES:
            raise InvalidToken
        return ROLES[token]

    async def confirm(self, actor: Actor) -> None:
        pass


class MemoryArchives:
    def __init__(self) -> None:
        self.running = False

    async def listed(self) -> Backups:
        return Backups(items=[], running=self.running, failed="", possible="", command="b")

    async def start(self) -> None:
        self.running = True


class Votes:
    wrong = 1

    async def look(self) -> Found:
        return Found(3, self.wrong, ("Night Bus: 5 shown, 3 counted",) * self.wrong)

    async def repair(self) -> None:
        self.wrong = 0


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    votes = Votes()
    check = FunctionCheck(
        name="room.votes",
        proves="They are right.",
        mend="",
        function=votes.look,
        repair=votes.repair,
    )
    entry = Entry(
        name="ROOM_GUESTS",
        service="room",
        value="on",
        default="on",
        origin=Origin.DEFAULT,
        means="Whether.",
        secret=False,
    )

    async def nothing() -> str | None:
        return None

    tokens = NamesAsTokens()
    app = build_app(title="Identity", state={"gate": tokens, "session_check": tokens})
    identity = Service(name="identity", app=app)
    administration = Administration(
        checks=Checks([check], FixedClock()),
        settings=lambda: [entry],
        archives=MemoryArchives(),
    )
    front = build_front([identity], why_not_ready=nothing, administration=administration)
    transport = httpx.ASGITransport(front)
    async with httpx.AsyncClient(transport=transport, base_url="http://box") as client:
        yield client


def as_(role: str) -> dict[str, str]:
    return {"authorization": f"Bearer {role}"}


@pytest.mark.parametrize("door", DOORS)
async def test_admins_only(client: httpx.AsyncClient, door: str) -> None:
    method, path = door.split()
    for role in (*ROLES, "stranger"):
        answer = await client.request(method, path, headers=as_(role))
        expected = {"admin": {200, 202}, "stranger": {401}}.get(role, {403})
        assert answer.status_code in expected, f"{role}: {answer.text}"


async def test_settings_and_backups_are_shown_as_they_are(client: httpx.AsyncClient) -> None:
    settings = (await client.get("/api/settings", headers=as_("admin"))).json()["items"]
    assert settings[0] == {
        "name": "ROOM_GUESTS",
        "service": "room",
        "value": "on",
        "default": "on",
        "origin": "default",
        "means": "Whether.",
        "secret": False,
    }
    assert not (await client.get("/api/backups", headers=as_("admin"))).json()["running"]
    assert (await client.post("/api/backups", headers=as_("admin"))).json()["running"]


async def test_a_check_is_run_and_mended_on_demand(client: httpx.AsyncClient) -> None:
    async def state(method: str, path: str) -> tuple[str, int]:
        answer = (await client.request(method, path, headers=as_("admin"))).json()
        view = answer["items"][0] if "items" in answer else answer
        return view["state"], view["wrong"]

    assert await state("GET", "/api/integrity") == ("never", 0)
    assert await state("POST", "/api/integrity/run?name=room.votes") == ("wrong", 1)
    assert await state("GET", "/api/integrity") == ("wrong", 1)
    assert await state("POST", "/api/integrity/room.votes/repair") == ("well", 0)
    unknown = await client.post("/api/integrity/run?name=room.other", headers=as_("admin"))
    assert (unknown.status_code, unknown.json()["reason"]) == (404, "NO_SUCH_CHECK")
