"""What people ask of playback, as it arrives over the event log."""

from datetime import UTC, datetime

from backline.api.jukebox.v1 import events_pb2 as pb
from backline.jukebox.commands.playback import TakePlaybackRequest
from backline.jukebox.domain.playback import Action
from backline.jukebox.domain.queue import ItemId
from backline.kit.mediator import Mediator
from backline.kit.messaging.log import Delivered

GROUP = "jukebox.conductor"


async def on_playback_requested(message: Delivered, mediator: Mediator) -> None:
    """Take a request once, however often it is delivered."""
    request = pb.PlaybackRequested.FromString(message.payload)
    command = TakePlaybackRequest(
        request_id=str(message.id),
        action=Action(request.action),
        actor_id=request.actor_id,
        actor_name=request.actor_name,
        item_id=ItemId(request.item_id) if request.HasField("item_id") else None,
        position_s=request.position_s if request.HasField("position_s") else None,
        volume=request.volume if request.HasField("volume") else None,
        muted=request.muted if request.HasField("muted") else None,
        output=request.output if request.HasField("output") else None,
        crossfade_s=request.crossfade_s if request.HasField("crossfade_s") else None,
        asked_at=_moment(request),
    )
    await mediator.deliver({message.id: command})


def _moment(request: pb.PlaybackRequested) -> datetime | None:
    return request.asked_at.ToDatetime(tzinfo=UTC) if request.HasField("asked_at") else None


SUBSCRIPTIONS = {"jukebox.v1.PlaybackRequested": on_playback_requested}
