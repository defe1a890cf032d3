"""What the line-up hears of the room: songs that were played, and the demo."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from google.protobuf.message import Message

from backline.api.jukebox.v1 import events_pb2
from backline.kit.core.ids import uuid7
from backline.kit.messaging.log import Delivered
from backline.kit.testing.clock import EPOCH
from backline.lineup.commands import (
    DEMO_ACTS,
    DEMO_HISTOGRAM,
    DEMO_PAST,
    ChangeOptions,
    DeleteEvent,
)
from backline.lineup.consumers import on_event
from backline.lineup.domain.tallies import Kind, Phase
from backline.lineup.queries import ListEvents
from tests.lineup.stage import HAL, Stage, apply_


def delivered(event: Message, *, message_id: UUID | None = None) -> Delivered:
    return Delivered(
        id=message_id or uuid7(),
        topic="jukebox.v1",
        key="item:1",
        type=f"jukebox.v1.{type(event).__name__}",
        payload=event.SerializeToString(),
        headers={},
        partition=0,
        offset=0,
        at=EPOCH,
    )


def played(stage: Stage, item_id: str = "i1", *, ago: float = 0, **changes: Any) -> Message:
    given = {"title": "Night Bus", "artist": "The Owls", "track_id": "t1"} | changes
    event = events_pb2.TrackPlayed(item_id=item_id, **given)
    event.ended_at.FromDatetime(stage.in_(-ago))
    return event


async def songs(stage: Stage) -> list[Any]:
    page = await stage.send(ListEvents())
    return [act for act in page.items if act.kind is Kind.SONG]


async def switch_on(stage: Stage, window_s: int = 300) -> None:
    command = ChangeOptions(score_played_songs=True, song_window_s=window_s)
    await stage.send(command, HAL)


async def test_nothing_happens_unless_hosts_want_it(stage: Stage) -> None:
    await on_event(delivered(played(stage)), stage.mediator)

    assert await songs(stage) == []


async def test_a_song_that_was_played_is_scored_once_per_play(stage: Stage) -> None:
    await switch_on(stage)
    message = delivered(played(stage))

    await on_event(message, stage.mediator)
    await on_event(message, stage.mediator)
    await on_event(delivered(played(stage)), stage.mediator)
    await on_event(delivered(played(stage, "i2")), stage.mediator)

    first, second = await songs(stage)
    assert (first.title, first.description) == ("Night Bus", "The Owls")
    assert (first.phase, first.deadline) == (Phase.OPEN, stage.in_(5))
    assert first.id != second.id
    told = await stage.told()
    assert [(event.kind, event.item_id) for event in told] == [("song", "i1"), ("song", "i2")]


async def test_a_song_that_hosts_took_off_does_not_come_back(stage: Stage) -> None:
    await switch_on(stage)
    message = delivered(played(stage))
    await on_event(message, stage.mediator)
    (song,) = await songs(stage)
    await stage.send(DeleteEvent(event_id=song.id), HAL)

    await on_event(message, stage.mediator)

    assert await songs(stage) == []


async def test_a_song_of_long_ago_or_that_was_skipped_is_not_scored(stage: Stage) -> None:
    await switch_on(stage, window_s=60)

    await on_event(delivered(played(stage, "i1", ago=1)), stage.mediator)
    await on_event(delivered(played(stage, "i2", skipped=True)), stage.mediator)
    await on_event(delivered(played(stage, "i3", ago=0.5, title="\u202e")), stage.mediator)
    await on_event(delivered(events_pb2.TrackDeleted(track_id="t1")), stage.mediator)

    (song,) = await songs(stage)
    assert (song.title, song.deadline) == ("…", stage.in_(1))


async def test_the_demo_has_acts_and_takes_them_away(stage: Stage) -> None:
    own = await stage.act("Our own", minutes=600)
    fill = events_pb2.DemoRequested(request_id="r1", action="fill")
    await on_event(delivered(fill), stage.mediator)
    open_now = (await stage.send(ListEvents(phase=Phase.OPEN))).items
    await stage.change(apply_(open_now[0].id, 1, 4))
    (past,) = (await stage.send(ListEvents(phase=Phase.CLOSED))).items
    assert (past.title, past.score_count, past.score_mean) == (DEMO_PAST.title, 12, 4.25)
    assert await stage.recounted(past.id) == (12, 51, 12, 51)
    before = (await stage.send(ListEvents())).items

    await on_event(delivered(fill), stage.mediator)

    assert (await stage.send(ListEvents())).items == before
    stage.clock.advance(timedelta(hours=2))
    await on_event(delivered(fill), stage.mediator)
    acts = (await stage.send(ListEvents())).items
    assert sorted(act.title for act in acts) == sorted(
        ["Our own", DEMO_PAST.title, *(each.title for each in DEMO_ACTS)]
    )
    assert sum(act.score_count for act in acts) == sum(DEMO_HISTOGRAM)
    remove = events_pb2.DemoRequested(request_id="r2", action="remove")
    await on_event(delivered(remove), stage.mediator)
    assert [act.id for act in (await stage.send(ListEvents())).items] == [own]
    told = [type(event).__name__ for event in await stage.told()]
    assert told.count("EventCancelled") == 2 * (len(DEMO_ACTS) + 1)
    assert told.count("DemoScored") == 2
