"""The line-up over a WebSocket: tallies for everybody, one's own score for oneself."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from itertools import pairwise
from time import monotonic
from typing import Any

import jsonpatch
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from backline.kit.core.actor import Actor
from backline.kit.testing.eventually import eventually
from backline.kit.testing.serving import serving
from backline.scores.commands import ChangeScore, GiveScore
from backline.scores.feed import TALLIES_EVERY_S, Feed
from tests.scores.stage import ANN, BOB, GUS, WALL, Door, Stage

SAGAS = "scores-sagas"


class Client:
    """Applies what it is told to what it has."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._task = asyncio.create_task(self._listen())
        self.document: dict[str, Any] = {}
        self.revision = -1
        self.mine: list[dict[str, Any]] | None = None
        self.told: list[list[dict[str, Any]]] = []
        self.snapshots = 0

    async def _listen(self) -> None:
        with suppress(ConnectionClosed):
            async for frame in self._socket:
                self._take(json.loads(frame))

    def _take(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "snapshot":
                self.document, self.revision = message["lineup"], message["revision"]
                self.snapshots += 1
            case "patch":
                assert message["base"] == self.revision
                self.document = jsonpatch.apply_patch(self.document, message["changes"])
                self.revision = message["revision"]
            case "mine":
                self.mine = message["scores"]
                self.told.append(message["scores"])

    async def close(self) -> None:
        await self._socket.close()
        await self._task

    def tally(self, event_id: int) -> tuple[int, float | None, list[int]] | None:
        for act in self.document.get("acts", ()):
            if act["id"] == event_id:
                return act["score_count"], act["score_mean"], act["histogram"]
        return None

    def own(self, event_id: int) -> tuple[int, str] | None:
        for score in self.mine or ():
            if score["event_id"] == event_id:
                return score["score"], score["status"]
        return None


@asynccontextmanager
async def watching(door: Door, actor: Actor, *, since: int | None = None) -> AsyncIterator[Client]:
    async with serving(door.app) as address:
        url = f"ws://{address}/ws" + ("" if since is None else f"?since={since}")
        async with connect(url, additional_headers=door.headers(actor)) as socket:
            client = Client(socket)
            try:
                yield client
            finally:
                await client.close()


@asynccontextmanager
async def feeding(door: Door) -> AsyncIterator[None]:
    stage = door.stage
    feed = Feed(stage.mediator, door.hub, door.board, stage.scores.doorbell, stage.clock)
    stop = asyncio.Event()
    task = asyncio.create_task(feed(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, timeout=20)


async def test_everybody_sees_the_tally_and_each_their_own_score(door: Door) -> None:
    stage = door.stage
    event_id = await stage.lineup.add("Lamplight")
    async with feeding(door), stage.working(SAGAS), watching(door, WALL) as wall:
        await eventually(lambda: wall.tally(event_id) == (0, None, [0, 0, 0, 0, 0]))
        async with watching(door, ANN) as ann:
            await eventually(lambda: ann.mine == [])
            await stage.send(GiveScore(event_id=event_id, score=5), ANN)
            await stage.send(GiveScore(event_id=event_id, score=2), BOB)
            await eventually(lambda: ann.own(event_id) == (5, "confirmed"))
            tally = (2, 3.5, [0, 1, 0, 0, 1])
            await eventually(lambda: wall.tally(event_id) == tally)
            await eventually(lambda: ann.tally(event_id) == tally)
            await stage.send(ChangeScore(event_id=event_id, score=1), ANN)
            await eventually(lambda: ann.own(event_id) == (1, "confirmed"))
            await eventually(lambda: wall.tally(event_id) == (2, 1.5, [1, 1, 0, 0, 0]))
            assert all(len(scores) <= 1 for scores in ann.told)
        assert wall.mine == []


async def test_whoever_comes_later_is_told_their_own_score_at_once(door: Door) -> None:
    stage = door.stage
    event_id = await stage.lineup.add()
    await stage.send(GiveScore(event_id=event_id, score=4), ANN)
    async with watching(door, ANN) as ann:
        await eventually(lambda: ann.own(event_id) == (4, "pending"))


async def test_a_score_that_becomes_immutable_is_told(door: Door) -> None:
    stage = door.stage
    event_id = await stage.lineup.add()
    await door("POST", f"/events/{event_id}/score", ANN, json={"score": 4}, expect=202)
    async with feeding(door), watching(door, ANN) as ann:
        await eventually(lambda: ann.mine and ann.mine[0]["mutable"])
        await stage.lineup.close(event_id)
        stage.scores.doorbell.ring("scores.lineup")
        await eventually(lambda: ann.mine and not ann.mine[0]["mutable"])


async def test_tallies_come_at_most_five_times_a_second(door: Door) -> None:
    """However fast scores are confirmed, and with the last one all of them are told."""
    stage = door.stage
    event_id = await stage.lineup.add()
    published: list[float] = []
    publish = door.hub.publish

    def note(document: Mapping[str, Any], revision: int) -> None:
        published.append(monotonic())
        publish(document, revision)

    door.hub.publish = note  # type: ignore[method-assign]
    async with feeding(door), stage.working(SAGAS), watching(door, WALL) as wall:
        await eventually(lambda: wall.tally(event_id))
        for number in range(40):
            person = Actor(id=100 + number, role=ANN.role, name="P", session_id=f"p{number}")
            await stage.send(GiveScore(event_id=event_id, score=3), person)
        await eventually(lambda: wall.tally(event_id) == (40, 3.0, [0, 0, 40, 0, 0]))
    gaps = [later - earlier for earlier, later in pairwise(published)]
    assert len(published) > 1
    assert min(gaps) > TALLIES_EVERY_S * 0.95


async def test_the_line_up_that_is_away_leaves_what_was_shown(door: Door) -> None:
    stage = door.stage
    event_id = await stage.lineup.add("Lamplight")
    async with feeding(door), watching(door, GUS) as gus:
        await eventually(lambda: gus.tally(event_id))
        stage.wire.away = True
        await door.board.forget()
        await stage.send(GiveScore(event_id=event_id, score=4), GUS)
        await eventually(lambda: gus.own(event_id) == (4, "pending"))
        assert gus.tally(event_id) == (0, None, [0, 0, 0, 0, 0])


async def test_a_socket_of_another_process_starts_from_a_snapshot(door: Door, stage: Stage) -> None:
    event_id = await stage.lineup.add()
    async with feeding(door), watching(door, ANN) as ann:
        await eventually(lambda: ann.tally(event_id))
        seen = ann.revision
        stage.clock.advance(timedelta(seconds=1))
        other = Door(stage)
        async with feeding(other), watching(other, ANN, since=seen) as elsewhere:
            await eventually(lambda: elsewhere.tally(event_id))
            assert elsewhere.snapshots == 1
            assert elsewhere.revision > seen
        await other.client.aclose()
