"""What the scores take from what the line-up tells."""

from datetime import datetime, timedelta

import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from backline.api.lineup.v1 import events_pb2 as pb
from backline.kit.core.ids import uuid7
from backline.kit.messaging.log import Delivered
from backline.kit.testing.clock import EPOCH
from backline.scores.commands import ChangeScore, ConfirmScore, GiveScore
from backline.scores.consumers import OnLineup, window_of
from backline.scores.domain import Window
from backline.scores.queries.tallies import GetTallies
from tests.scores.stage import ANN, BOB, Stage

PEOPLE = (ANN, BOB)
LATER = EPOCH + timedelta(minutes=5)
OPEN = Window(event_id=3, title="Lamplight", opens_at=EPOCH, deadline=LATER, revision=7)


def stamp(moment: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(moment)
    return made


@pytest.mark.parametrize(
    ("told", "window"),
    [
        (
            pb.EventCreated(
                event_id=3, title="Lamplight", deadline=stamp(LATER), opens_at=stamp(EPOCH)
            ),
            OPEN,
        ),
        (
            pb.EventUpdated(
                event_id=3, title="Lamplight", deadline=stamp(LATER), opens_at=stamp(EPOCH)
            ),
            OPEN,
        ),
        (
            pb.EventClosed(event_id=3, deadline=stamp(EPOCH), closed_at=stamp(LATER)),
            Window(event_id=3, deadline=EPOCH, revision=7),
        ),
        (
            pb.EventCancelled(event_id=3, cancelled_at=stamp(LATER)),
            Window(event_id=3, deadline=LATER, revision=7),
        ),
        (pb.ScoreApplied(event_id=3, score=5), None),
    ],
    ids=lambda each: type(each).__name__,
)
def test_when_an_event_takes_scores_is_taken_from_whatever_tells_it(
    told: Message, window: Window | None
) -> None:
    told.revision = 7  # type: ignore[attr-defined]
    kind = f"lineup.v1.{type(told).__name__}"
    assert window_of(kind, told.SerializeToString()) == window


def delivered(told: Message) -> Delivered:
    return Delivered(
        id=uuid7(),
        topic="lineup.v1",
        key="event:1",
        type=f"lineup.v1.{type(told).__name__}",
        payload=told.SerializeToString(),
        headers={},
        partition=0,
        offset=0,
        at=EPOCH,
    )


async def test_nothing_counts_of_an_event_that_was_taken_off(stage: Stage) -> None:
    event_id = await stage.lineup.add()
    given = [(await stage.send(GiveScore(event_id=event_id, score=4), who), who) for who in PEOPLE]
    async with stage.working("scores-sagas"):
        for score, who in given:
            await stage.settled(score.id, who)
    later = await stage.send(ChangeScore(event_id=event_id, score=1), ANN)
    handle = OnLineup(stage.mediator, stage.scores.doorbell)
    demo = pb.DemoScored(event_id=event_id, histogram=[0, 1, 1, 4, 6], revision=3)
    await handle(delivered(demo))
    await handle(delivered(demo))
    tallies = await stage.send(GetTallies(event_ids=(event_id,)))
    assert tallies[event_id].histogram == (0, 1, 1, 6, 6)

    gone = pb.EventCancelled(event_id=event_id, cancelled_at=stamp(EPOCH), revision=9)
    await handle(delivered(gone))
    await handle(delivered(gone))
    # What the line-up had said of it before comes late.
    confirm = ConfirmScore(score_id=later.id, version=later.version, score=1)
    await stage.send(confirm)

    assert await stage.send(GetTallies(event_ids=(event_id,))) == {}
    for score, who in given:
        found = await stage.score(score.id, who)
        assert (found.status, found.reason) == ("rejected", "NO_SUCH_EVENT")
        assert (found.confirmed_score, found.mutable) == (None, False)
    assert (await stage.told()).count("ScoreRejected") == len(PEOPLE)
