"""The room over a WebSocket: everybody sees every change, once, and soon."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import jsonpatch
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from backline.jukebox.commands.moving import TakeBackVote, VoteFor
from backline.jukebox.commands.queue import RemoveFromQueue
from backline.jukebox.domain.policy import AlreadyQueued
from backline.jukebox.domain.wishes import Wish
from backline.jukebox.feed import Greeter
from backline.jukebox.wiring import gather_wishes
from backline.kit.core.actor import Actor
from backline.kit.testing.eventually import eventually
from backline.kit.testing.serving import serving
from tests.jukebox.rooms import ANN, BOB, HAL, TestRoom
from tests.jukebox.test_rest import Door
from tests.kit.tokens import claims, token


class Screen:
    """One client: applies what it is told to what it has."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._task = asyncio.create_task(self._listen())
        self.queue: dict[str, Any] = {}
        self.revision = -1
        self.mine: dict[str, Any] = {}
        self.present = -1
        self.changed = 0
        self.patches: list[list[dict[str, Any]]] = []

    async def _listen(self) -> None:
        with suppress(ConnectionClosed):
            async for frame in self._socket:
                self._take(json.loads(frame))

    def _take(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "snapshot":
                self.queue, self.revision = message["queue"], message["revision"]
            case "patch":
                assert message["base"] == self.revision
                self.queue = jsonpatch.apply_patch(self.queue, message["changes"])
                self.revision = message["revision"]
                self.patches.append(message["changes"])
            case "mine":
                self.mine = message
            case "changed":
                self.changed = message["latest"]
            case "presence":
                self.present = message["present"]

    @property
    def titles(self) -> list[str]:
        return [item["track"]["title"] for item in self.queue.get("items", [])]

    async def close(self) -> None:
        await self._socket.close()
        await self._task


class Screens:
    def __init__(self, door: Door, address: str, stack: AsyncExitStack) -> None:
        self.door = door
        self.room: TestRoom = door.room
        self._address = address
        self._stack = stack

    async def open(self, actor: Actor) -> Screen:
        mine = claims(self.room.clock, sub=str(actor.id), role=actor.role.value, name=actor.name)
        socket = await connect(
            f"ws://{self._address}/ws",
            additional_headers={"authorization": f"Bearer {token(mine)}"},
        )
        screen = Screen(socket)
        self._stack.push_async_callback(screen.close)
        await eventually(lambda: screen.queue and screen.mine)
        return screen


@asynccontextmanager
async def screens_of(room: TestRoom) -> AsyncIterator[Screens]:
    door = Door(room)
    door.hub._greeting = Greeter(room.mediator)
    stop = asyncio.Event()
    async with door.client, serving(door.app) as address, AsyncExitStack() as stack:
        feed = asyncio.create_task(door.feed(stop))
        await eventually(lambda: door.hub.revision is not None and door.feed._revision >= 0)
        yield Screens(door, address, stack)
        stop.set()
        await feed
        door.hub.close()


@pytest.fixture
async def screens(room: TestRoom) -> AsyncIterator[Screens]:
    async with screens_of(room) as screens:
        yield screens


async def test_hosts_hear_that_somebody_did_something(screens: Screens) -> None:
    hal, ann = await screens.open(HAL), await screens.open(ANN)
    track_id = await screens.room.track("Night Bus")
    wishes = gather_wishes(screens.room.mediator)

    await wishes.submit(Wish(track_id, HAL))
    await eventually(lambda: hal.changed)
    first = hal.changed
    refused = await wishes.submit(Wish(track_id, ANN))
    await eventually(lambda: hal.changed > first)

    assert isinstance(refused, AlreadyQueued)
    assert ann.changed == 0


async def test_a_change_reaches_every_screen(screens: Screens) -> None:
    ann, bob = await screens.open(ANN), await screens.open(BOB)

    item_id = await screens.room.add(ANN, "Night Bus")
    await eventually(lambda: ann.titles == bob.titles == ["Night Bus"])
    await screens.room.send(RemoveFromQueue(item_id=item_id), HAL)
    await eventually(lambda: ann.titles == bob.titles == [])

    assert ann.queue == bob.queue == await screens.door("GET", "/queue")


async def test_a_change_is_told_as_a_patch(screens: Screens) -> None:
    for title in ("a", "b", "c"):
        await screens.room.add(HAL, title)
    screen = await screens.open(ANN)
    await eventually(lambda: len(screen.titles) == 3)
    screen.patches.clear()
    item_id = screen.queue["items"][1]["id"]

    await screens.room.send(VoteFor(item_id=item_id), BOB)

    await eventually(lambda: screen.patches)
    (patch,) = screen.patches
    changed = {change["path"] for change in patch if change["op"] == "replace"}
    assert changed == {"/revision", "/items/0/votes"}
    assert screen.titles == ["b", "a", "c"]


async def test_ones_own_votes_come_to_oneself_only(screens: Screens) -> None:
    item_id = await screens.room.add(HAL)
    ann, bob = await screens.open(ANN), await screens.open(BOB)
    assert ann.mine == {"type": "mine", "voted": [], "skip_voted": False}

    await screens.room.send(VoteFor(item_id=item_id), ANN)

    await eventually(lambda: ann.mine["voted"] == [item_id])
    await eventually(lambda: bob.queue["items"][0]["votes"] == 1)
    assert bob.mine["voted"] == []
    assert not ann.queue["items"][0]["voted"]
    assert (await screens.open(ANN)).mine["voted"] == [item_id]
    await screens.room.send(TakeBackVote(item_id=item_id), ANN)
    await eventually(lambda: ann.mine["voted"] == [])


async def test_those_present_are_counted_for_votes_to_skip(screens: Screens) -> None:
    for number in range(20, 25):
        await screens.open(Actor(id=number, role=ANN.role, name=f"user {number}"))

    async def needed() -> bool:
        playback = await screens.door("GET", "/playback")
        return bool(playback["skip"]["needed"] == 3)

    await eventually(needed)


async def test_estimates_that_hardly_move_are_left_alone(screens: Screens) -> None:
    await screens.room.add(HAL, "a")
    item_id = await screens.room.play_next()
    for title in ("b", "c"):
        await screens.room.add(HAL, title)
    screen = await screens.open(ANN)
    await eventually(lambda: len(screen.titles) == 2)
    before = [item["starts_at"] for item in screen.queue["items"]]

    await screens.room.move(item_id, position_s=1.0)
    await eventually(lambda: screen.queue["playback"]["position_s"] == 1.0)
    assert [item["starts_at"] for item in screen.queue["items"]] == before

    await screens.room.move(item_id, position_s=60.0)
    await eventually(lambda: screen.queue["playback"]["position_s"] == 60.0)
    assert [item["starts_at"] for item in screen.queue["items"]] != before
