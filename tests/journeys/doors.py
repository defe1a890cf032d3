"""The public doors of a running Backline, as people and their screens use them."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import jsonpatch
from websockets.asyncio.client import ClientConnection, connect

from backline.kit.testing.eventually import eventually

PASSWORD = "a valve amplifier glows"


@dataclass(frozen=True)
class Doors:
    """Where the services of one Backline answer.

    Attributes:
        identity: The address of identity's REST doors.
        jukebox: The address of the jukebox's REST doors and its WebSocket.
    """

    client: httpx.AsyncClient
    identity: str
    jukebox: str

    async def register(self, name: str) -> "Visitor":
        body = {"username": name, "password": PASSWORD, "display_name": name.capitalize()}
        made = await self.client.post(f"{self.identity}/auth/register", json=body)
        assert made.status_code == 201, made.text
        return await self.log_in(name)

    async def log_in(self, name: str) -> "Visitor":
        login = {"username": name, "password": PASSWORD}
        found = await self.client.post(f"{self.identity}/auth/login", json=login)
        assert found.status_code == 200, found.text
        return Visitor(self, found.json())

    async def guest(self, name: str) -> "Visitor":
        made = await self.client.post(f"{self.identity}/auth/guest", json={"display_name": name})
        assert made.is_success, made.text
        return Visitor(self, made.json())

    async def room(self) -> dict[str, Any]:
        answer = await self.client.get(f"{self.jukebox}/queue")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


class Visitor:
    """Somebody with a login, and what they do."""

    def __init__(self, doors: Doors, tokens: Mapping[str, Any]) -> None:
        self._doors = doors
        self.user: Mapping[str, Any] = tokens["user"]
        self.headers = {"Authorization": f"Bearer {tokens['access_token']}"}

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask identity (paths under /auth) or the jukebox; any answer is an answer."""
        base = self._doors.identity if path.startswith("/auth") else self._doors.jukebox
        headers = self.headers | options.pop("headers", {})
        return await self._doors.client.request(method, base + path, headers=headers, **options)

    async def call(self, method: str, path: str, **options: Any) -> Any:
        """As `ask`, for what has to succeed; the answer's body."""
        answer = await self.ask(method, path, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def upload(self, sound: bytes, name: str) -> str:
        """Upload a sound and wait until it has been listened to; the track's id."""
        track = await self.call("POST", "/tracks", files={"file": (name, sound)})

        async def is_analysed() -> bool:
            seen = await self.call("GET", f"/tracks/{track['id']}")
            return bool(seen["status"] != "analysing")

        await eventually(is_analysed)
        return str(track["id"])

    async def add(self, track: str) -> str:
        """Put a track into the queue; the item's id."""
        return str((await self.call("POST", "/queue", json={"track_id": track}))["id"])

    @asynccontextmanager
    async def screen(self) -> AsyncIterator["Screen"]:
        """An open page: the room as the WebSocket tells it."""
        ticket = (await self.call("POST", "/auth/ws-ticket"))["ticket"]
        url = self._doors.jukebox.replace("http", "ws", 1) + "/ws"
        protocols: list[Any] = ["backline.v1", f"bl.ticket.{ticket}"]
        async with connect(url, subprotocols=protocols) as socket:
            yield Screen(socket)


class Screen:
    """What one WebSocket has told so far."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.room: dict[str, Any] = {}

    async def see(self, wanted: Any) -> dict[str, Any]:
        """Read on until `wanted(room)` holds; the room as it is then."""
        while not (self.room and wanted(self.room)):
            frame = json.loads(await self.socket.recv())
            match frame["type"]:
                case "snapshot":
                    self.room = frame["queue"]
                case "patch":
                    self.room = jsonpatch.apply_patch(self.room, frame["changes"])
                case "error":
                    raise AssertionError(frame)
        return self.room


def titles(room: Mapping[str, Any]) -> list[str]:
    """What waits, in the order of play."""
    return [item["track"]["title"] for item in room["items"]]


def now_playing(room: Mapping[str, Any]) -> str | None:
    """The title that plays."""
    item = room["playback"]["item"]
    return str(item["track"]["title"]) if item else None
