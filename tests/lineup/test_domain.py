"""Acts and their scores, without anything around them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backline.kit.core.errors import BacklineError
from backline.lineup.domain.acts import (
    Act,
    EventHasScores,
    EventIsClosed,
    EventIsOpen,
    EventNotOpen,
    InvalidDeadline,
)
from backline.lineup.domain.events import EventClosed, EventUpdated, ScoreApplied, ScoreReverted
from backline.lineup.domain.scores import (
    Ballot,
    EventId,
    InvalidScore,
    Refusal,
    ScoreId,
    ScoreOfAnother,
    ScoreVersionReused,
    Standing,
)
from backline.lineup.domain.tallies import Phase, Status
from backline.lineup.domain.words import (
    InvalidDescription,
    InvalidTitle,
    description_of,
    readable_title,
    title_of,
)
from tests.lineup.stage import apply_, revert

NOW = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def an_act(**changes: Any) -> Act:
    given_: dict[str, Any] = {
        "title": "The Tin Roofs",
        "description": "Kettle folk",
        "deadline": NOW + 5 * MINUTE,
        "opens_at": None,
        "now": NOW,
    }
    return Act.create(EventId(3), **(given_ | changes))


def a_ballot(score_id: int = 70) -> Ballot:
    return Ballot(EventId(3), ScoreId(score_id))


def test_an_act_opens_at_once_unless_it_says_when() -> None:
    assert an_act().phase(NOW) is Phase.OPEN
    assert an_act(opens_at=NOW - MINUTE).opens_at == NOW

    coming = an_act(opens_at=NOW + MINUTE)

    assert coming.phase(NOW) is Phase.COMING
    assert coming.phase(NOW + MINUTE) is Phase.OPEN
    assert coming.phase(NOW + 5 * MINUTE) is Phase.CLOSED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"deadline": NOW}, "PAST"),
        ({"deadline": NOW - MINUTE}, "PAST"),
        ({"deadline": datetime(2026, 11, 22)}, "NAIVE"),  # noqa: DTZ001 - it is what is refused
        ({"opens_at": datetime(2026, 11, 22)}, "NAIVE"),  # noqa: DTZ001 - as above
        ({"opens_at": NOW + 5 * MINUTE}, "BEFORE_OPENING"),
        ({"deadline": datetime(9999, 12, 31, tzinfo=UTC)}, "TOO_FAR"),
    ],
)
def test_a_deadline_that_cannot_be_says_why(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidDeadline) as refusal:
        an_act(**changes)

    assert [each.reason for each in refusal.value.violations] == [reason]
    assert refusal.value.metadata["case"] == reason.lower()


@pytest.mark.parametrize("title", ["", "   ", "x" * 121, "x" * 10_000, "\u202etitle", "\u200d"])
def test_a_title_can_be_read(title: str) -> None:
    with pytest.raises(InvalidTitle, match="1 to 120"):
        title_of(title)


def test_words_are_kept_as_they_are_meant() -> None:
    assert title_of("  Otto  &\tthe Drift ") == "Otto & the Drift"
    assert title_of("cafe\u0301") == "café"
    assert title_of("👩\u200d🎤") == "👩\u200d🎤"
    assert description_of(" Slow surf.\r\nTrio. ") == "Slow surf.\nTrio."
    with pytest.raises(InvalidDescription):
        description_of("x" * 2_001)


@pytest.mark.parametrize(
    ("title", "shown"),
    [("Night Bus", "Night Bus"), ("", "…"), ("\u202eab", "ab"), ("y" * 500, "y" * 119 + "…")],
)
def test_a_song_that_nobody_here_has_named_gets_a_title_all_the_same(
    title: str, shown: str
) -> None:
    assert readable_title(title) == shown
    assert title_of(readable_title(title)) == shown


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ((1, 1, 0), "score"),
        ((1, 1, 6), "score"),
        ((1, 0, 3), "version"),
        ((0, 1, 3), "event_id"),
        ((2**53, 1, 3), "event_id"),
    ],
)
def test_what_cannot_be_a_score_names_its_field(change: tuple[int, int, int], field: str) -> None:
    with pytest.raises(InvalidScore) as refusal:
        apply_(*change)

    assert [each.pointer for each in refusal.value.violations] == [f"#/{field}"]


def test_a_version_counts_once_and_a_higher_one_takes_its_place() -> None:
    act, ballot = an_act(), a_ballot()

    first = act.apply(ballot, apply_(3, 1, 2), NOW)
    again = act.apply(ballot, apply_(3, 1, 2), NOW)
    second = act.apply(ballot, apply_(3, 2, 5), NOW)
    late = act.apply(ballot, apply_(3, 1, 2), NOW)

    assert (first.applied, first.act.status) == (True, Status.LOW_SCORE)
    assert again == first
    assert (second.act.score_count, second.act.score_sum) == (1, 5)
    assert second.act.status is Status.HIGH_SCORE
    assert (late.applied, late.refusal) == (False, Refusal.SUPERSEDED)
    assert late.standing == Standing(2, 5)
    assert [type(event) for event in act.events][1:] == [ScoreApplied, ScoreApplied]


def test_a_version_lower_than_the_highest_seen_changes_nothing() -> None:
    act, ballot = an_act(), a_ballot()
    act.apply(ballot, apply_(3, 3, 4), NOW)

    late = act.apply(ballot, apply_(3, 2, 1), NOW)

    assert (late.refusal, late.standing) == (Refusal.SUPERSEDED, Standing(3, 4))
    assert (act.score_count, act.score_sum) == (1, 4)


def test_a_revert_brings_the_version_before_back() -> None:
    act, ballot = an_act(), a_ballot()
    act.apply(ballot, apply_(3, 1, 4), NOW)
    act.apply(ballot, apply_(3, 2, 1), NOW)

    back = act.revert(ballot, revert(3, 2), NOW)
    again = act.revert(ballot, revert(3, 2), NOW)
    empty = act.revert(ballot, revert(3, 1), NOW)

    assert back == again
    assert (back.applied, back.standing, back.act.score_sum) == (False, Standing(1, 4), 4)
    assert (empty.standing, empty.act.score_count, empty.act.score_sum) == (None, 0, 0)
    assert empty.act.status is Status.PROCESSING
    assert empty.act.score_mean is None
    reverted = [event for event in act.events if isinstance(event, ScoreReverted)]
    assert [(event.version, event.standing_version) for event in reverted] == [(2, 1), (1, None)]


def test_a_revert_that_overtakes_its_version_keeps_it_out() -> None:
    act, ballot = an_act(), a_ballot()
    act.apply(ballot, apply_(3, 1, 4), NOW)

    act.revert(ballot, revert(3, 2), NOW)
    late = act.apply(ballot, apply_(3, 2, 1), NOW)
    third = act.apply(ballot, apply_(3, 3, 2), NOW)

    assert (late.applied, late.refusal) == (False, Refusal.REVERTED)
    assert late.standing == Standing(1, 4)
    assert (third.applied, act.score_sum) == (True, 2)


def test_at_the_deadline_nothing_is_applied_or_reverted_and_the_answer_says_what_stands() -> None:
    act, ballot, other = an_act(), a_ballot(), a_ballot(71)
    act.apply(ballot, apply_(3, 1, 4), NOW)
    end = NOW + 5 * MINUTE

    stands = act.apply(ballot, apply_(3, 1, 4), end)
    change = act.apply(ballot, apply_(3, 2, 1), end)
    stranger = act.apply(other, apply_(3, 1, 1, score_id=71, user_id=8), end)
    kept = act.revert(ballot, revert(3, 1), end)
    nothing = act.revert(other, revert(3, 1, score_id=71), end)

    assert stands.applied
    assert (change.applied, change.refusal) == (False, Refusal.DEADLINE_PASSED)
    assert change.standing == Standing(1, 4)
    assert (stranger.refusal, stranger.standing) == (Refusal.DEADLINE_PASSED, None)
    assert (kept.applied, kept.standing) == (True, Standing(1, 4))
    assert (nothing.applied, nothing.standing) == (False, None)
    assert (act.score_count, act.score_sum) == (1, 4)


def test_nothing_counts_before_the_opening() -> None:
    act = an_act(opens_at=NOW + MINUTE)

    early = act.apply(a_ballot(), apply_(3, 1, 4), NOW)

    assert (early.applied, early.refusal) == (False, Refusal.NOT_OPEN)


def test_once_told_it_is_closed_whatever_the_clock_says() -> None:
    act = an_act()
    act.finish(NOW + 5 * MINUTE)

    outcome = act.apply(a_ballot(), apply_(3, 1, 4), NOW)

    assert outcome.refusal is Refusal.DEADLINE_PASSED
    assert act.phase(NOW) is Phase.CLOSED


def test_the_number_of_a_score_and_of_a_version_mean_one_thing() -> None:
    act, ballot = an_act(), a_ballot()
    act.apply(ballot, apply_(3, 1, 4), NOW)

    with pytest.raises(ScoreVersionReused, match="next version"):
        act.apply(ballot, apply_(3, 1, 5), NOW)
    with pytest.raises(ScoreOfAnother, match="a number of its own"):
        act.apply(ballot, apply_(3, 2, 5, user_id=8), NOW)

    assert act.score_sum == 4


@pytest.mark.parametrize(
    ("scores", "status"),
    [((3,), Status.HIGH_SCORE), ((2, 4), Status.HIGH_SCORE), ((2, 3), Status.LOW_SCORE)],
)
def test_a_mean_of_three_is_a_high_score(scores: tuple[int, ...], status: Status) -> None:
    act = an_act()

    for number, score in enumerate(scores, 1):
        change = apply_(3, 1, score, score_id=number, user_id=number)
        act.apply(a_ballot(number), change, NOW)

    assert act.status is status


def test_a_deadline_moves_while_the_act_is_open_but_not_into_the_past() -> None:
    act = an_act()
    act.events.clear()

    def move(deadline: datetime, now: datetime = NOW) -> None:
        act.change(title=None, description=None, opens_at=None, deadline=deadline, now=now)

    move(NOW + 6 * MINUTE)
    move(NOW + 6 * MINUTE)
    with pytest.raises(InvalidDeadline):
        move(NOW)
    assert (act.deadline, len(act.events)) == (NOW + 6 * MINUTE, 1)
    assert isinstance(act.events[0], EventUpdated)
    with pytest.raises(EventIsClosed, match="its result stands"):
        move(NOW + 9 * MINUTE, now=NOW + 6 * MINUTE)


def test_a_coming_act_is_opened_early_and_an_open_one_is_not_put_off() -> None:
    act = an_act(opens_at=NOW + MINUTE)

    def open_at(moment: datetime) -> None:
        act.change(title=None, description=None, opens_at=moment, deadline=None, now=NOW)

    with pytest.raises(InvalidDeadline):
        open_at(NOW + 9 * MINUTE)
    open_at(NOW - MINUTE)
    assert (act.opens_at, act.phase(NOW)) == (NOW, Phase.OPEN)
    open_at(NOW)
    with pytest.raises(EventIsOpen, match="is open already"):
        open_at(NOW + 2 * MINUTE)


def test_closing_now_moves_the_deadline_and_is_told_once() -> None:
    act = an_act()
    act.apply(a_ballot(), apply_(3, 1, 4), NOW)
    act.events.clear()

    act.close(NOW + MINUTE)
    act.close(NOW + 2 * MINUTE)
    act.finish(NOW + 9 * MINUTE)

    (closed,) = act.events
    assert isinstance(closed, EventClosed)
    assert (closed.deadline, closed.status) == (NOW + MINUTE, "HIGH_SCORE")
    assert act.deadline == NOW + MINUTE


def test_what_has_not_opened_is_not_closed_and_what_is_scored_is_not_deleted() -> None:
    with pytest.raises(EventNotOpen):
        an_act(opens_at=NOW + MINUTE).close(NOW)
    act, ballot = an_act(), a_ballot()
    act.apply(ballot, apply_(3, 1, 4), NOW)
    with pytest.raises(EventHasScores, match="Close it instead"):
        act.cancel(NOW)
    act.revert(ballot, revert(3, 1), NOW)
    act.cancel(NOW)


CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("apply"), st.integers(1, 3), st.integers(1, 4), st.integers(1, 5)),
        st.tuples(st.just("revert"), st.integers(1, 3), st.integers(1, 4), st.just(0)),
        st.tuples(st.just("end"), st.just(0), st.just(0), st.just(0)),
    ),
    max_size=30,
)


@given(CHANGES)
def test_whatever_comes_in_whatever_order_the_tally_is_that_of_what_stands(changes: Any) -> None:
    act, now = an_act(), NOW
    ballots = {number: a_ballot(number) for number in (1, 2, 3)}
    for what, score_id, version, score in changes:
        final = act.phase(now) is Phase.CLOSED
        before, revision = (act.score_count, act.score_sum), act.revision
        if what == "end":
            now = act.deadline
            continue
        change = (
            apply_(3, version, score, score_id=score_id, user_id=score_id)
            if what == "apply"
            else revert(3, version, score_id=score_id)
        )
        try:
            outcomes = [_change(act, ballots[score_id], change, now) for _ in range(2)]
        except BacklineError:
            continue
        assert outcomes[0] == outcomes[1]
        assert outcomes[0].applied is (
            outcomes[0].standing is not None and outcomes[0].standing.version == version
        )
        assert not final or ((act.score_count, act.score_sum), act.revision) == (before, revision)

    standing = [ballot.standing for ballot in ballots.values() if ballot.standing]
    assert act.score_count == len(standing)
    assert act.score_sum == sum(each.score for each in standing)


def _change(act: Act, ballot: Ballot, change: Any, now: datetime) -> Any:
    return (act.apply if hasattr(change, "score") else act.revert)(ballot, change, now)
