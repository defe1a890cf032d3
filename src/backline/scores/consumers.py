"""What the scores hear of the line-up."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from backline.api.lineup.v1 import events_pb2 as pb
from backline.kit.core.actor import SYSTEM
from backline.kit.db.doorbell import Doorbell
from backline.kit.mediator import Mediator
from backline.kit.messaging.log import Delivered
from backline.scores.commands import CountDemo, DropEvent, NoteWindows
from backline.scores.domain import Window
from backline.scores.ports import NEWS_CHANNEL

TOPICS = ("lineup.v1",)

_KNOWN: Mapping[str, Any] = {
    "lineup.v1.EventCreated": pb.EventCreated,
    "lineup.v1.EventUpdated": pb.EventUpdated,
    "lineup.v1.EventClosed": pb.EventClosed,
    "lineup.v1.EventCancelled": pb.EventCancelled,
}


def window_of(kind: str, payload: bytes) -> Window | None:
    """When an event takes scores from now on; None if the message is of something else."""
    if kind not in _KNOWN:
        return None
    told = _KNOWN[kind].FromString(payload)
    match told:
        case pb.EventClosed():
            return Window(
                event_id=told.event_id, deadline=_moment(told.deadline), revision=told.revision
            )
        case pb.EventCancelled():
            return Window(
                event_id=told.event_id, deadline=_moment(told.cancelled_at), revision=told.revision
            )
    return Window(
        event_id=told.event_id,
        title=told.title,
        opens_at=_moment(told.opens_at),
        deadline=_moment(told.deadline),
        revision=told.revision,
    )


class OnLineup:
    """Handles one message: what it says of times is kept, and whoever shows events looks again.

    Scores of an event that was taken off are withdrawn. All of this can be repeated.
    """

    def __init__(self, mediator: Mediator, doorbell: Doorbell) -> None:
        self._mediator = mediator
        self._doorbell = doorbell

    async def __call__(self, message: Delivered) -> None:
        window = window_of(message.type, message.payload)
        if window is not None:
            await self._mediator.send(NoteWindows(windows=(window,)), actor=SYSTEM)
        if message.type == "lineup.v1.EventCancelled":
            gone = pb.EventCancelled.FromString(message.payload)
            await self._mediator.send(DropEvent(event_id=gone.event_id), actor=SYSTEM)
        elif message.type == "lineup.v1.DemoScored":
            told = pb.DemoScored.FromString(message.payload)
            count = CountDemo(event_id=told.event_id, histogram=tuple(told.histogram))
            await self._mediator.send(count, actor=SYSTEM)
        self._doorbell.ring(NEWS_CHANNEL)


def _moment(stamp: Any) -> datetime:
    moment: datetime = stamp.ToDatetime(tzinfo=UTC)
    return moment
