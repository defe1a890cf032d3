"""What the scores take from what the line-up tells."""

from datetime import datetime, timedelta

import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from backline.api.lineup.v1 import events_pb2 as pb
from backline.kit.testing.clock import EPOCH
from backline.scores.consumers import window_of
from backline.scores.domain import Window

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
