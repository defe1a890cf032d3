"""The whole line-up: what the room plays comes in, what counts goes out over the event log."""

import asyncio
from datetime import timedelta

from backline.api.jukebox.v1 import events_pb2 as jukebox
from backline.api.lineup.v1 import events_pb2
from backline.kit.core.clock import SystemClock
from backline.kit.core.ids import uuid7
from backline.kit.messaging.consumer import consume
from backline.kit.messaging.log import Delivered, Record
from backline.kit.messaging.open import open_event_log
from backline.kit.outbox.codec import Envelope
from backline.kit.outbox.outbox import shard_of
from backline.kit.testing.clock import FixedClock
from backline.kit.testing.eventually import eventually
from backline.kit.testing.memory_parking import MemoryParking
from backline.lineup.commands import ChangeOptions, CreateEvent
from backline.lineup.settings import Settings
from backline.lineup.wiring import Lineup, build_workers
from tests.lineup.stage import HAL, Stage


async def test_a_song_becomes_an_act_and_a_deadline_an_event(
    lineup_database: str, log_database: str
) -> None:
    clock = SystemClock()
    lineup = Lineup(Settings(database_url=lineup_database, events_url=log_database), clock)
    log = open_event_log(log_database)
    heard: list[Delivered] = []

    async def hear(message: Delivered) -> None:
        heard.append(message)

    stop = asyncio.Event()
    running = [asyncio.ensure_future(worker(stop)) for worker in build_workers(lineup).values()]
    running.append(
        asyncio.ensure_future(
            consume(log, ("lineup.v1",), "test", hear, stop, parking=MemoryParking())
        )
    )
    try:
        await lineup.mediator.send(ChangeOptions(score_played_songs=True), actor=HAL)
        far = clock.now() + timedelta(hours=1)
        act = await lineup.mediator.send(
            CreateEvent(title="Brief", description="", deadline=far), actor=HAL
        )
        await Stage(lineup, FixedClock()).execute("UPDATE events SET deadline = now()")
        played = jukebox.TrackPlayed(item_id="i1", title="Night Bus", artist="The Owls")
        played.ended_at.FromDatetime(clock.now())
        envelope = Envelope(
            id=uuid7(),
            topic="jukebox.v1",
            key="item:i1",
            type="jukebox.v1.TrackPlayed",
            payload=played.SerializeToString(),
        )
        shard = shard_of(envelope.key)
        writer, _ = await log.take("test", [shard])
        await writer.append(shard, [Record.of(envelope, clock.now())])

        def all_told() -> bool:
            titles = {
                events_pb2.EventCreated.FromString(each.payload).title
                for each in heard
                if each.type == "lineup.v1.EventCreated"
            }
            closed = [
                events_pb2.EventClosed.FromString(each.payload).event_id
                for each in heard
                if each.type == "lineup.v1.EventClosed"
            ]
            return titles == {"Brief", "Night Bus"} and closed == [act.id]

        await eventually(all_told)
    finally:
        stop.set()
        await asyncio.gather(*running)
        await log.close()
        await lineup.close()
