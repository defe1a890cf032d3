"""A score from the wish to what came of it, whatever the order in which that is heard."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backline.kit.testing.clock import EPOCH
from backline.scores.domain import (
    UNREACHABLE,
    Confirmed,
    DeadlinePassed,
    NotOpenYet,
    Score,
    ScoreConfirmed,
    ScoreRejected,
    ScoreStatus,
    ScoreSubmitted,
    Window,
)


def a_score(value: int = 4) -> Score:
    score = Score(id=90, event_id=3, user_id=7, score=value, changed_at=EPOCH)
    score.submitted()
    return score


def test_a_score_is_pending_until_the_line_up_has_answered() -> None:
    score = a_score(4)
    assert (score.status, score.confirmed) == (ScoreStatus.PENDING, None)
    score.confirm(Confirmed(1, 4), at=EPOCH)
    assert (score.status, score.confirmed) == (ScoreStatus.CONFIRMED, Confirmed(1, 4))
    assert [type(event) for event in score.events] == [ScoreSubmitted, ScoreConfirmed]


def test_what_is_repeated_is_told_once() -> None:
    score = a_score(4)
    for _ in range(3):
        score.confirm(Confirmed(1, 4), at=EPOCH)
    score.reject(1, "DEADLINE_PASSED", at=EPOCH)
    assert score.status is ScoreStatus.CONFIRMED
    assert len(score.events) == 2


def test_a_version_that_was_replaced_is_not_what_the_score_ends_with() -> None:
    score = a_score(4)
    assert score.change(1, at=EPOCH)
    score.confirm(Confirmed(1, 4), at=EPOCH)
    assert (score.status, score.score, score.confirmed) == (
        ScoreStatus.PENDING,
        1,
        Confirmed(1, 4),
    )
    score.reject(1, "DEADLINE_PASSED", at=EPOCH)
    assert score.status is ScoreStatus.PENDING
    score.confirm(Confirmed(2, 1), at=EPOCH)
    score.confirm(Confirmed(1, 4), at=EPOCH)
    assert (score.status, score.confirmed) == (ScoreStatus.CONFIRMED, Confirmed(2, 1))


def test_what_was_confirmed_outlives_a_change_that_is_rejected() -> None:
    score = a_score(4)
    score.confirm(Confirmed(1, 4), at=EPOCH)
    score.change(1, at=EPOCH)
    score.reject(2, "DEADLINE_PASSED", at=EPOCH)
    assert (score.status, score.reason) == (ScoreStatus.REJECTED, "DEADLINE_PASSED")
    assert score.confirmed == Confirmed(1, 4)
    assert isinstance(score.events[-1], ScoreRejected)


def test_the_word_of_the_line_up_outdoes_that_it_was_not_heard_in_time() -> None:
    score = a_score(4)
    score.reject(1, UNREACHABLE, at=EPOCH)
    score.confirm(Confirmed(1, 4), at=EPOCH)
    assert (score.status, score.reason) == (ScoreStatus.CONFIRMED, None)


def test_the_same_score_again_changes_nothing_unless_it_was_rejected() -> None:
    score = a_score(4)
    assert not score.change(4, at=EPOCH)
    score.reject(1, UNREACHABLE, at=EPOCH)
    assert score.change(4, at=EPOCH)
    assert (score.version, score.status, score.reason) == (2, ScoreStatus.PENDING, None)


def test_a_window_opens_and_closes_to_the_moment() -> None:
    minute = timedelta(minutes=1)
    window = Window(
        event_id=3, title="Lamplight", opens_at=EPOCH, deadline=EPOCH + minute, revision=1
    )
    with pytest.raises(NotOpenYet) as early:
        window.check_open(EPOCH - timedelta(microseconds=1))
    window.check_open(EPOCH)
    window.check_open(EPOCH + minute - timedelta(microseconds=1))
    with pytest.raises(DeadlinePassed) as late:
        window.check_open(EPOCH + minute)
    assert early.value.retry_at == EPOCH
    assert late.value.metadata["deadline"] == (EPOCH + minute).isoformat()


said = st.one_of(
    st.tuples(st.just("change"), st.integers(1, 5)),
    st.tuples(st.just("confirm"), st.integers(1, 4)),
    st.tuples(st.just("reject"), st.integers(1, 4)),
)


@given(st.lists(said, max_size=30))
def test_whatever_is_heard_in_whatever_order_the_newest_confirmed_counts(
    story: list[tuple[str, int]],
) -> None:
    """A story of changes, and of answers that come late, twice, or in another order."""
    score = a_score(3)
    values = {1: 3}
    heard: list[int] = []
    for what, number in story:
        version = min(number, score.version)
        if what == "change":
            if score.change(number, at=EPOCH):
                values[score.version] = number
        elif what == "confirm":
            score.confirm(Confirmed(version, values[version]), at=EPOCH)
            heard.append(version)
        else:
            score.reject(version, "DEADLINE_PASSED", at=EPOCH)
    newest = max(heard, default=0)
    assert score.confirmed == (Confirmed(newest, values[newest]) if heard else None)
    assert (score.reason is not None) == (score.status is ScoreStatus.REJECTED)
    if score.status is ScoreStatus.CONFIRMED:
        assert score.confirmed == Confirmed(score.version, score.score)
