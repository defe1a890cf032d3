"""What the scores hear of the line-up."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from backline.api.lineup.v1 import events_pb2 as pb
from backline.kit.core.actor import SYSTEM
from backline.kit.db.doorbell import Doorbell
from backline.kit.mediator import Mediator
from backline.kit.messaging.log import Delivered
from backline.scores.commands import NoteWindows
from backline.scores.domain import Window

TOPICS = ("lineup.v1",)
GROUP = "scores"
NEWS_CHANNEL = "scores.lineup"
"""The doorbell that rings when the line-up has news: what is kept of it is old."""


def _created(payload: bytes) -> Window:
    told = pb.EventCreated.FromString(payload)
    return Window(
        event_id=told.event_id,
        title=told.title,
        opens_at=_moment(told.opens_at),
        deadline=_moment(told.deadline),
        revision=told.revision,
    )


def _updated(payload: bytes) -> Window:
    told = pb.EventUpdated.FromString(payload)
    return Window(
        event_id=told.event_id,
        title=told.title,
        opens_at=_moment(told.opens_at),
        deadline=_moment(told.deadline),
        revision=told.revision,
    )


def _closed(payload: bytes) -> Window:
    told = pb.EventClosed.FromString(payload)
    return Window(event_id=told.event_id, deadline=_moment(told.deadline), revision=told.revision)


def _cancelled(payload: bytes) -> Window:
    told = pb.EventCancelled.FromString(payload)
    return Window(
        event_id=told.event_id, deadline=_moment(told.cancelled_at), revision=told.revision
    )


_WINDOWS: dict[str, Callable[[bytes], Window]] = {
    "lineup.v1.EventCreated": _created,
    "lineup.v1.EventUpdated": _updated,
    "lineup.v1.EventClosed": _closed,
    "lineup.v1.EventCancelled": _cancelled,
}


class OnLineup:
    """Handles one message: what it says of times is kept, and whoever shows events looks again.

    Both can be repeated: an older revision changes nothing.
    """

    def __init__(self, mediator: Mediator, doorbell: Doorbell) -> None:
        self._mediator = mediator
        self._doorbell = doorbell

    async def __call__(self, message: Delivered) -> None:
        window_of = _WINDOWS.get(message.type)
        if window_of is not None:
            window = window_of(message.payload)
            await self._mediator.send(NoteWindows(windows=(window,)), actor=SYSTEM)
        self._doorbell.ring(NEWS_CHANNEL)


def _moment(stamp: Any) -> datetime:
    moment: datetime = stamp.ToDatetime(tzinfo=UTC)
    return moment
