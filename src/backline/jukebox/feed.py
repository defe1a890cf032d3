"""The room over a WebSocket: watches the database, publishes each new revision to everybody."""

import asyncio
import contextlib
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from fastapi import APIRouter, WebSocket

from backline.jukebox.commands.leading import TellAbsence
from backline.jukebox.commands.room import ReportPresence
from backline.jukebox.queries.board import Board, mine_of
from backline.jukebox.queries.room import (
    NOTHING_MINE,
    GetMine,
    GetPulse,
    GetRoomDocument,
    Mine,
    RoomDocument,
)
from backline.kit.core.actor import SYSTEM, Actor, Role
from backline.kit.db.doorbell import Doorbell
from backline.kit.db.outage import Patience
from backline.kit.mediator import Mediator
from backline.kit.realtime.hub import Hub

ROOM_CHANNEL = "jukebox.room"

_LOOK_EVERY_S = 1.0
_PUT_EVERY_S = 4.0
_STEADY = timedelta(seconds=2)
_SHARE = 4.0
_PATIENCE_S = 10.0

router = APIRouter()


@router.websocket("/ws")
async def room(websocket: WebSocket) -> None:
    """Serve one socket: `hello`, `snapshot`, then a `patch` per revision."""
    hub: Hub = websocket.app.state.hub
    await hub.serve(websocket)


class Greeter:
    """Tells everybody who opens a socket what they have voted for."""

    def __init__(self, mediator: Mediator) -> None:
        self._mediator = mediator

    async def __call__(self, actor: Actor) -> list[dict[str, Any]]:
        return [(await self._mediator.send(GetMine(), actor=actor)).message()]


class Feed:
    """Loads the room when its revision has risen, once for all sockets and for the cache.

    Args:
        patience_s: How long nobody may conduct before people are told.
    """

    def __init__(
        self,
        mediator: Mediator,
        hub: Hub,
        board: Board,
        doorbell: Doorbell,
        *,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        self._mediator = mediator
        self._hub = hub
        self._board = board
        self._doorbell = doorbell
        self._revision = -1
        self._changed = -1
        self._document: dict[str, Any] = {}
        self._votes: dict[int, Mine] = {}
        self._put_at = 0.0
        self._told_present = -1
        self._told_at = 0.0
        self._patience_s = patience_s
        self._conducted_at = monotonic()

    async def __call__(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set."""
        patience = Patience("jukebox feed")
        bells = self._doorbell.listen(ROOM_CHANNEL, every_s=_LOOK_EVERY_S, until=stop)
        async for _ in bells:
            if stop.is_set():
                return
            began = monotonic()
            try:
                await self.refresh()
            except Exception as error:  # noqa: BLE001 - the next round may do better
                await patience.wait(error, stop)
                continue
            patience.over()
            # A queue that changes all the time must leave the doors four fifths of the time.
            took = monotonic() - began
            await _pause(stop, min(_SHARE * took, _LOOK_EVERY_S))

    async def refresh(self) -> None:
        """Publish the room if it has changed."""
        await self._report_presence()
        pulse = await self._mediator.send(GetPulse())
        await self._notice(conducted=pulse.conducted)
        self._tell_changed(pulse.changed)
        if pulse.revision == self._revision:
            if monotonic() - self._put_at > _PUT_EVERY_S:
                await self._put()
            return
        await self._publish(await self._mediator.send(GetRoomDocument()))

    def _tell_changed(self, latest: int) -> None:
        """Let hosts know that somebody did something; what it was they read themselves."""
        before, self._changed = self._changed, latest
        if before not in {-1, latest}:
            self._hub.broadcast({"type": "changed", "latest": latest}, to=_is_host)

    async def _notice(self, *, conducted: bool) -> None:
        """Say so if nobody has conducted for a while."""
        now = monotonic()
        if conducted:
            self._conducted_at = now
        elif now - self._conducted_at > self._patience_s:
            self._conducted_at = now
            await self._mediator.send(TellAbsence(), actor=SYSTEM)

    async def _publish(self, found: RoomDocument) -> None:
        document = found.queue
        _keep_steady(self._document, document)
        if found.revision < self._revision:
            # The database is an older one: a backup was restored.
            self._hub.reset(document, found.revision)
        else:
            self._hub.publish(document, found.revision)
        self._revision, self._document = found.revision, document
        self._tell_mine(found)
        await self._put()

    async def _put(self) -> None:
        self._put_at = monotonic()
        await self._board.put(self._document, self._votes)

    def _tell_mine(self, found: RoomDocument) -> None:
        before, self._votes = self._votes, dict(found.mine)
        for user_id in before.keys() | self._votes.keys():
            mine = mine_of(found, user_id)
            if mine != before.get(user_id, NOTHING_MINE):
                self._hub.send_to(user_id, mine.message())

    async def _report_presence(self) -> None:
        present, now = self._hub.present, monotonic()
        if present != self._told_present and now - self._told_at >= _LOOK_EVERY_S:
            self._told_present, self._told_at = present, now
            await self._mediator.send(ReportPresence(present=present), actor=SYSTEM)


def _is_host(actor: Actor) -> bool:
    return actor.role.at_least(Role.HOST)


def _keep_steady(before: dict[str, Any], now: dict[str, Any]) -> None:
    """Leave estimates alone that moved by a moment only: no patch for what nobody can see."""
    known = {item["id"]: item["starts_at"] for item in before.get("items", ())}
    for item in now["items"]:
        was, starts_at = known.get(item["id"]), item["starts_at"]
        if was is None or starts_at is None or was == starts_at:
            continue
        if abs(datetime.fromisoformat(was) - datetime.fromisoformat(starts_at)) <= _STEADY:
            item["starts_at"] = was


async def _pause(stop: asyncio.Event, for_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(for_s):
            await stop.wait()
