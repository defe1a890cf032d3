"""The line-up with its live tallies over a WebSocket, and to everybody their own scores."""

import asyncio
import contextlib
from collections.abc import Sequence
from time import monotonic
from typing import Any

from fastapi import APIRouter, WebSocket

from backline.kit.core.actor import Actor
from backline.kit.core.clock import Clock
from backline.kit.db.doorbell import Doorbell
from backline.kit.db.outage import Patience
from backline.kit.mediator import Mediator
from backline.kit.realtime.hub import Hub
from backline.scores.domain import LineupEvent, LineupUnreachable
from backline.scores.ports import NEWS_CHANNEL, SCORES_CHANNEL
from backline.scores.queries.board import EventBoard
from backline.scores.queries.scores import GetScoresOf
from backline.scores.queries.tallies import GetTallies, Tally
from backline.scores.queries.views import ScoreView, event_view

TALLIES_EVERY_S = 0.2

_LOOK_EVERY_S = 1.0
_HEAR_EVERY_S = 60.0
_SHARE = 4.0

router = APIRouter()


@router.websocket("/ws")
async def line_up(websocket: WebSocket) -> None:
    """Serve one socket: `hello`, `snapshot`, then a `patch` per change; `mine` in between."""
    hub: Hub = websocket.app.state.hub
    await hub.serve(websocket)


class Greeter:
    """Tells everybody who opens a socket their own scores of what is shown."""

    def __init__(self, mediator: Mediator, board: EventBoard) -> None:
        self._mediator = mediator
        self._board = board

    async def __call__(self, actor: Actor) -> list[dict[str, Any]]:
        try:
            shown = tuple(event.id for event in await self._board.live())
        except LineupUnreachable:
            shown = ()
        own = await self._mediator.send(GetScoresOf(user_ids=(actor.id,), event_ids=shown))
        return [_mine([each.score for each in own])]


class Feed:
    """Watches the scores and the line-up, once for all sockets of this process.

    Own scores are told at once, tallies at most five times a second. The document's revision is
    the moment of its publishing in microseconds: a socket that comes back to another process finds
    no such revision there, and gets a snapshot.
    """

    def __init__(
        self, mediator: Mediator, hub: Hub, board: EventBoard, doorbell: Doorbell, clock: Clock
    ) -> None:
        self._mediator = mediator
        self._hub = hub
        self._board = board
        self._doorbell = doorbell
        self._clock = clock
        self._changed = asyncio.Event()
        self._document: dict[str, Any] | None = None
        self._revision = 0
        self._own: dict[int, list[ScoreView]] = {}

    async def __call__(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._hear_lineup(stop))
            group.create_task(self._hear_scores(stop))
            group.create_task(self._count(stop))

    async def _hear_lineup(self, stop: asyncio.Event) -> None:
        async for _ in self._doorbell.listen(NEWS_CHANNEL, every_s=_HEAR_EVERY_S, until=stop):
            await self._board.forget()
            self._changed.set()
            await _pause(stop, TALLIES_EVERY_S)

    async def _hear_scores(self, stop: asyncio.Event) -> None:
        patience = Patience("scores feed, own scores")
        async for _ in self._doorbell.listen(SCORES_CHANNEL, every_s=_LOOK_EVERY_S, until=stop):
            if stop.is_set():
                return
            self._changed.set()
            began = monotonic()
            try:
                await self.tell_own()
            except Exception as error:  # noqa: BLE001 - the next round may do better
                await patience.wait(error, stop)
                continue
            patience.over()
            # Scores that come in all the time must leave the doors four fifths of the time.
            await _pause(stop, min(_SHARE * (monotonic() - began), _LOOK_EVERY_S))

    async def _count(self, stop: asyncio.Event) -> None:
        patience = Patience("scores feed, tallies")
        while not stop.is_set():
            self._changed.clear()
            began = monotonic()
            try:
                await self.publish()
            except Exception as error:  # noqa: BLE001 - as above
                await patience.wait(error, stop)
                continue
            patience.over()
            took = monotonic() - began
            await _pause(stop, max(TALLIES_EVERY_S, min(_SHARE * took, _LOOK_EVERY_S)))
            await _first_of(self._changed, stop, _LOOK_EVERY_S)

    async def publish(self) -> None:
        """Count, and publish what differs from the last time."""
        try:
            events = await self._board.live()
        except LineupUnreachable:
            if self._document is not None:
                return  # what was shown last still is, until the line-up answers
            events = ()
        ids = tuple(event.id for event in events)
        tallies = await self._mediator.send(GetTallies(event_ids=ids))
        acts = [_act(event, tallies.get(event.id, Tally())) for event in events]
        document = {"acts": acts}
        if document == self._document:
            return
        now = int(self._clock.now().timestamp() * 1_000_000)
        self._revision = max(now, self._revision + 1)
        self._document = document
        self._hub.publish(document, self._revision)

    async def tell_own(self) -> None:
        """Tell everybody who is here what has become of their own scores."""
        present = self._hub.present_users
        self._own = {user: own for user, own in self._own.items() if user in present}
        if not present:
            return
        try:
            shown = tuple(event.id for event in await self._board.live())
        except LineupUnreachable:
            return
        query = GetScoresOf(user_ids=tuple(present), event_ids=shown)
        found: dict[int, list[ScoreView]] = {user: [] for user in present}
        for each in await self._mediator.send(query):
            found[each.user_id].append(each.score)
        for user, own in found.items():
            if own != self._own.get(user):
                self._hub.send_to(user, _mine(own))
        self._own = found


def _act(event: LineupEvent, tally: Tally) -> dict[str, Any]:
    """An event with what is confirmed of it, all of one moment."""
    act = event_view(event)
    del act["my_score"]
    return {
        **act,
        "score_count": tally.count,
        "score_mean": tally.mean,
        "histogram": list(tally.histogram),
    }


def _mine(own: Sequence[ScoreView]) -> dict[str, Any]:
    return {"type": "mine", "scores": [score.model_dump(mode="json") for score in own]}


async def _pause(stop: asyncio.Event, for_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(for_s):
            await stop.wait()


async def _first_of(one: asyncio.Event, other: asyncio.Event, within_s: float) -> None:
    """Return when either is set, at the latest after `within_s` seconds."""
    waits = [asyncio.ensure_future(each.wait()) for each in (one, other)]
    try:
        await asyncio.wait(waits, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
