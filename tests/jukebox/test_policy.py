"""What the queue refuses to take, and in which words."""

from datetime import timedelta

import pytest

from backline.jukebox.domain.policy import (
    ArtistWaiting,
    Candidate,
    InvalidPolicy,
    PlayedRecently,
    Policy,
    QueueClosed,
    QueueFull,
    Standing,
    TrackTooLong,
    Twin,
    already_queued,
    check_limits,
    in_words,
    too_many_waiting,
)
from backline.kit.core.actor import Actor, Role
from backline.kit.core.errors import BacklineError
from backline.kit.testing.clock import EPOCH

GUEST = Actor(id=5, role=Role.GUEST, name="Gus")
HOST = Actor(id=1, role=Role.HOST, name="Hal")
NIGHT_BUS = Candidate(title="Night Bus", artist="Lamplight", duration_s=183.2)
EMPTY = Standing(waiting=0, own=0)


def check(
    policy: Policy,
    standing: Standing = EMPTY,
    candidate: Candidate = NIGHT_BUS,
    actor: Actor = GUEST,
) -> None:
    check_limits(policy, standing, candidate, actor, EPOCH)


@pytest.mark.parametrize(
    ("policy", "standing", "error", "words"),
    [
        (
            Policy(open=False),
            EMPTY,
            QueueClosed,
            "The queue is closed for now. A host can open it again.",
        ),
        (
            Policy(max_track_s=120),
            EMPTY,
            TrackTooLong,
            (
                "“Night Bus” lasts 4 minutes; songs of up to 2 minutes are taken here. "
                "A host can add it."
            ),
        ),
        (
            Policy(cooldown_s=3600),
            Standing(waiting=0, own=0, last_heard_at=EPOCH - timedelta(minutes=10)),
            PlayedRecently,
            "“Night Bus” was played 10 minutes ago. It can be added again in 50 minutes.",
        ),
        (
            Policy(artist_limit=2),
            Standing(waiting=5, own=0, of_artist=2),
            ArtistWaiting,
            (
                "2 songs by Lamplight already wait. "
                "Add this one when one of them has started, or choose another artist."
            ),
        ),
    ],
)
def test_guests_are_told_why_and_what_would_help(
    policy: Policy, standing: Standing, error: type[BacklineError], words: str
) -> None:
    with pytest.raises(error) as refused:
        check(policy, standing)

    assert refused.value.detail == words
    check(policy, standing, actor=HOST)


def test_a_full_queue_is_full_for_hosts_too() -> None:
    for actor in (GUEST, HOST):
        with pytest.raises(QueueFull, match="500 songs wait"):
            check(Policy(), Standing(waiting=500, own=0), actor=actor)


def test_a_cooldown_says_when_it_is_over() -> None:
    heard = EPOCH - timedelta(minutes=10)

    with pytest.raises(PlayedRecently) as refused:
        check(Policy(cooldown_s=3600), Standing(waiting=0, own=0, last_heard_at=heard))

    assert refused.value.retry_at == heard + timedelta(hours=1)
    check(Policy(cooldown_s=600), Standing(waiting=0, own=0, last_heard_at=heard))


def test_a_track_of_unknown_length_is_taken() -> None:
    check(Policy(max_track_s=10), candidate=Candidate(title="?", artist="", duration_s=None))


def test_an_unknown_artist_is_no_artist() -> None:
    unknown = Candidate(title="?", artist="", duration_s=10)
    check(Policy(artist_limit=1), Standing(waiting=9, own=0, of_artist=9), unknown)


def test_a_copy_is_refused_with_its_place_and_the_way_out() -> None:
    fourth = already_queued(NIGHT_BUS, Twin(item_id="i", playing=False, position=4))
    assert fourth.detail == "“Night Bus” is already number 4. Vote for it to hear it sooner."
    assert fourth.metadata == {
        "item_id": "i",
        "title": "Night Bus",
        "position": "4",
        "case": "placed",
    }
    assert already_queued(NIGHT_BUS, Twin(item_id="i", playing=True, position=None)).detail == (
        "“Night Bus” is playing right now."
    )
    assert "in the queue" in (
        already_queued(NIGHT_BUS, Twin(item_id="i", playing=False, position=None)).detail
    )


def test_a_full_share_says_when_the_next_place_is_free() -> None:
    free_at = EPOCH + timedelta(minutes=12)
    refused = too_many_waiting(3, free_at, EPOCH)
    assert refused.detail == (
        "You have 3 songs waiting. Your next free place is in about 12 minutes, "
        "when one of them has started."
    )
    assert refused.retry_at == free_at
    assert too_many_waiting(1, None, EPOCH).detail == (
        "You have 1 song waiting. Your next free place is when one of them has started."
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 second"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (61, "2 minutes"),
        (7139, "119 minutes"),
        (7200, "2 hours"),
        (9000, "3 hours"),
    ],
)
def test_time_is_told_as_people_tell_it(seconds: float, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    "changes",
    [
        {"max_waiting": 0},
        {"max_items": 0},
        {"skip_share": 0.0},
        {"skip_share": 1.5},
        {"catch_up": -1.0},
        {"vote_credit": float("nan")},
        {"max_track_s": 5},
    ],
)
def test_numbers_out_of_range_are_refused(changes: dict[str, float]) -> None:
    with pytest.raises(InvalidPolicy) as refused:
        Policy().changed(changes)

    assert [violation.pointer for violation in refused.value.violations] == [
        f"#/{name}" for name in changes
    ]


def test_a_limit_may_be_lifted() -> None:
    policy = Policy().changed({"max_waiting": None, "max_track_s": None, "artist_limit": None})
    assert policy.max_waiting is None
