"""What the line-up hears of the room."""

from datetime import UTC

from backline.api.jukebox.v1 import events_pb2
from backline.kit.core.messages import Command
from backline.kit.mediator import Mediator
from backline.kit.messaging.log import Delivered
from backline.lineup.commands import OpenForSong, RemoveDemo, SettleDemo

TOPICS = ("jukebox.v1",)


async def on_track_played(message: Delivered, mediator: Mediator) -> None:
    """Let the song be scored, once per play however often it is told."""
    played = events_pb2.TrackPlayed.FromString(message.payload)
    command = OpenForSong(
        item_id=played.item_id,
        title=played.title,
        artist=played.artist,
        ended_at=played.ended_at.ToDatetime(tzinfo=UTC),
        skipped=played.skipped,
    )
    await mediator.deliver({message.id: command})


async def on_demo_requested(message: Delivered, mediator: Mediator) -> None:
    """Have acts where the room is filled for trying, and take them away with the rest."""
    request = events_pb2.DemoRequested.FromString(message.payload)
    command: Command[None] = SettleDemo() if request.action == "fill" else RemoveDemo()
    await mediator.deliver({message.id: command})


SUBSCRIPTIONS = {
    "jukebox.v1.TrackPlayed": on_track_played,
    "jukebox.v1.DemoRequested": on_demo_requested,
}


async def on_event(message: Delivered, mediator: Mediator) -> None:
    if (handle := SUBSCRIPTIONS.get(message.type)) is not None:
        await handle(message, mediator)
