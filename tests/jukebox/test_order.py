"""The order of play: fair by what was heard, votes bounded, the locked one first."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backline.jukebox.domain.order import Entry, Turn, play_order
from backline.jukebox.domain.policy import Policy, PolicyKind

ANN, BOB, CID = 1, 2, 3
FAIR = Policy(kind=PolicyKind.FAIR_TURNS, vote_credit=0)


def songs(user: int, *ids: str, start: int, duration_s: float | None = 180.0) -> list[Entry]:
    return [Entry(song, user, start + n, duration_s=duration_s) for n, song in enumerate(ids)]


def turns(user: int, count: int, seconds: float = 180.0) -> list[Turn]:
    return [Turn(user, 1.0, seconds)] * count


def test_whoever_plays_now_has_had_a_turn() -> None:
    """One person queued five songs first; two others come while the first of them plays."""
    waiting = songs(ANN, "A2", "A3", "A4", start=2)
    waiting += songs(BOB, "B1", start=10) + songs(CID, "C1", start=11)

    assert play_order(FAIR, waiting, history=turns(ANN, 1)) == ["B1", "C1", "A2", "A3", "A4"]


def test_a_latecomer_catches_up_by_one_turn_only() -> None:
    waiting = songs(ANN, "A9", "A10", start=1) + songs(BOB, "B1", "B2", "B3", start=3)

    assert play_order(FAIR, waiting, history=turns(ANN, 8)) == ["B1", "A9", "B2", "A10", "B3"]


def test_a_newcomer_does_not_starve_the_regulars() -> None:
    """Two people have taken turns for hours; a third comes with many songs and alternates."""
    regulars = [turn for _ in range(20) for turn in (*turns(ANN, 1), *turns(BOB, 1))]
    waiting = songs(ANN, "a1", start=1) + songs(BOB, "b1", start=2)
    waiting += songs(CID, "c1", "c2", "c3", "c4", start=3) + songs(ANN, "a2", start=8)

    order = play_order(FAIR, waiting, history=regulars)

    assert order == ["c1", "a1", "b1", "c2", "c3", "a2", "c4"]
    assert order.index("a1") <= 2
    assert order.index("b1") <= 3


def test_catching_up_is_not_granted_anew_after_each_song() -> None:
    """The bound holds over an evening, not just within one look at the queue."""
    history = turns(ANN, 8)
    waiting = songs(ANN, *[f"a{n}" for n in range(10)], start=1)
    waiting += songs(BOB, *[f"b{n}" for n in range(10)], start=100)
    played = []
    for _ in range(10):
        head = play_order(FAIR, waiting, history=history)[0]
        entry = next(entry for entry in waiting if entry.id == head)
        waiting.remove(entry)
        history.append(Turn(entry.user_id, 1.0, 180.0))
        played.append(entry.user_id)

    assert Counter(played)[ANN] >= 4
    assert played[0] == BOB


def test_a_song_that_was_skipped_early_is_no_turn() -> None:
    waiting = songs(ANN, "a", start=5) + songs(BOB, "b", start=1)

    assert play_order(FAIR, waiting, history=[Turn(BOB, 0.0, 4.0)]) == ["b", "a"]
    assert play_order(FAIR, waiting, history=[Turn(BOB, 1.0, 4.0)]) == ["a", "b"]


def test_what_is_locked_stays_next() -> None:
    waiting = songs(ANN, "A2", "A3", start=2) + songs(BOB, "B1", start=10)

    order = play_order(FAIR, waiting, history=turns(ANN, 1), locked="A2")

    assert order == ["A2", "B1", "A3"]


@pytest.mark.parametrize("kind", list(PolicyKind))
def test_nothing_moves_the_locked_one(kind: PolicyKind) -> None:
    waiting = [
        Entry("locked", ANN, 50),
        Entry("loved", BOB, 1, votes=99),
        Entry("arranged", CID, 2, rank=1),
    ]

    order = play_order(Policy(kind=kind), waiting, locked="locked")

    assert order == ["locked", "arranged", "loved"]


def test_a_long_song_costs_more_than_short_ones() -> None:
    policy = Policy(kind=PolicyKind.FAIR_SECONDS, catch_up=100, vote_credit=0)
    waiting = songs(ANN, "long", start=1, duration_s=600.0) + songs(ANN, "a2", start=2)
    waiting += songs(BOB, "b1", "b2", "b3", start=3)

    assert play_order(policy, waiting) == ["long", "b1", "b2", "b3", "a2"]


def test_votes_reorder_within_ones_own_songs() -> None:
    waiting = [*songs(ANN, "a1", start=1), Entry("a2", ANN, 2, votes=5), *songs(BOB, "b1", start=3)]

    assert play_order(FAIR, waiting) == ["a2", "b1", "a1"]


def test_votes_are_never_worth_more_than_a_turn() -> None:
    policy = Policy(kind=PolicyKind.FAIR_TURNS, vote_credit=0.5, catch_up=10)
    loved = [Entry(f"a{n}", ANN, n, votes=1000) for n in range(5)]
    waiting = loved + songs(BOB, "b1", "b2", start=100)

    order = play_order(policy, waiting)

    assert order.index("b1") <= 2


def test_votes_order_the_queue_where_they_are_the_rule() -> None:
    waiting = [Entry("none", ANN, 1), Entry("two", ANN, 2, votes=2), Entry("one", BOB, 3, votes=1)]

    assert play_order(Policy(kind=PolicyKind.VOTES), waiting) == ["two", "one", "none"]


def test_first_in_first_out() -> None:
    waiting = [Entry("late", ANN, 9, votes=9), Entry("early", ANN, 1)]

    assert play_order(Policy(kind=PolicyKind.FIFO), waiting) == ["early", "late"]


entries = st.lists(
    st.builds(
        Entry,
        id=st.uuids().map(str),
        user_id=st.integers(1, 6),
        place=st.integers(1, 1000),
        rank=st.none() | st.integers(1, 20),
        votes=st.integers(0, 30),
        duration_s=st.none() | st.floats(1, 900),
    ),
    unique_by=(lambda entry: entry.id, lambda entry: entry.place),
    max_size=40,
)
histories = st.lists(
    st.builds(Turn, st.integers(1, 6), st.sampled_from([0.0, 1.0]), st.floats(0, 900)), max_size=40
)


@given(st.sampled_from(list(PolicyKind)), entries, histories, st.data())
def test_an_order_is_all_of_what_waits_in_a_settled_way(
    kind: PolicyKind, waiting: list[Entry], history: list[Turn], data: st.DataObject
) -> None:
    locked = data.draw(st.sampled_from([entry.id for entry in waiting])) if waiting else None
    policy = Policy(kind=kind)

    order = play_order(policy, waiting, history=history, locked=locked)

    assert sorted(order) == sorted(entry.id for entry in waiting)
    assert order[:1] == ([locked] if locked else [])
    assert order == play_order(policy, list(reversed(waiting)), history=history, locked=locked)
    ranks = [e.rank for i in order for e in waiting if e.id == i and e.id != locked]
    known = [rank for rank in ranks if rank is not None]
    assert ranks[: len(known)] == sorted(known)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 5))
def test_over_an_evening_nobody_is_more_than_a_turn_ahead(
    heard_ann: int, heard_bob: int, rounds: int
) -> None:
    """Two people who both always have something waiting get the same, up to one turn."""
    history = [*turns(ANN, heard_ann), *turns(BOB, heard_bob)]
    count = Counter({ANN: 0, BOB: 0})
    for song in range(rounds * 6):
        waiting = songs(ANN, f"a{song}", start=2 * song) + songs(
            BOB, f"b{song}", start=2 * song + 1
        )
        user = ANN if play_order(FAIR, waiting, history=history)[0].startswith("a") else BOB
        history.append(Turn(user, 1.0, 180.0))
        count[user] += 1

    assert abs(count[ANN] - count[BOB]) <= 2
