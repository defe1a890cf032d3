"""The checker finds each kind of fault, and none where there is none."""

from dataclasses import replace
from uuid import UUID

import pytest

from tests.chaos.checker import (
    Accepted,
    Applied,
    Logged,
    Score,
    Sent,
    Tally,
    accepted_once,
    applied_in_order,
    applied_once,
    decided,
    published,
    published_in_order,
    recounted,
)


def sent(*keys: str) -> list[Sent]:
    return [Sent(number, UUID(int=number), key) for number, key in enumerate(keys, start=1)]


def logged(*ids: int, keys: str) -> list[Logged]:
    """The log of one partition, whose n-th event has the n-th letter of `keys` as its key."""
    return [
        Logged(0, offset, UUID(int=id_), keys[id_ - 1]) for offset, id_ in enumerate(ids, start=1)
    ]


def applied(*ids: int, keys: str) -> list[Applied]:
    return [Applied(order, UUID(int=id_), keys[id_ - 1]) for order, id_ in enumerate(ids, start=1)]


@pytest.mark.parametrize(
    ("ids", "faults"),
    [
        ((1, 2, 3), []),
        ((1, 2, 1, 2, 3), []),
        ((1, 3), ["never published"]),
        ((1, 2, 3, 4), ["published and never committed"]),
        ((), ["never published"] * 3),
    ],
)
def test_what_was_committed_is_published(ids: tuple[int, ...], faults: list[str]):
    found = published(sent("a", "b", "a"), logged(*ids, keys="abaa"))
    assert [fault.partition(":")[0] for fault in found] == faults


@pytest.mark.parametrize(
    ("ids", "wrong"),
    [
        ((1, 2, 3), 0),
        ((2, 1, 3), 0),  # of different keys
        ((1, 2, 1, 2, 3), 0),  # repeated after a crash
        ((1, 3, 1, 3, 2), 0),
        ((3, 1, 2), 1),
        ((3, 2, 1, 3), 1),
    ],
)
def test_the_order_of_a_key_in_the_log(ids: tuple[int, ...], wrong: int):
    assert len(published_in_order(sent("a", "b", "a"), logged(*ids, keys="aba"))) == wrong


def test_a_key_has_one_partition():
    first, second = logged(1, 2, keys="aa")
    apart = [first, replace(second, partition=1)]
    assert len(published_in_order(sent("a", "a"), apart)) == 1


@pytest.mark.parametrize(
    ("ids", "faults"),
    [
        ((1, 2), []),
        ((2, 1), []),
        ((1,), ["never applied"]),
        ((1, 2, 1), ["applied 2 times"]),
        ((1, 2, 3), ["applied and not in the log"]),
    ],
)
def test_each_message_has_its_effect_once(ids: tuple[int, ...], faults: list[str]):
    found = applied_once(logged(1, 2, 2, keys="aba"), applied(*ids, keys="aba"))
    assert [fault.partition(":")[0] for fault in found] == faults


@pytest.mark.parametrize(("ids", "wrong"), [((1, 2, 3), 0), ((2, 1, 3), 0), ((3, 1, 2), 1)])
def test_effects_of_a_key_keep_the_order(ids: tuple[int, ...], wrong: int):
    assert len(applied_in_order(sent("a", "b", "a"), applied(*ids, keys="aba"))) == wrong


SCORE = Score(id=1, event_id=7, user_id=3, version=2, value=4, status="confirmed", counts=4)
PROMISE = Accepted(idempotency_key="k", score_id=1, event_id=7, user_id=3, version=2, value=4)


@pytest.mark.parametrize(
    ("scores", "faults"),
    [
        ([SCORE], []),
        ([replace(SCORE, status="rejected")], []),
        ([replace(SCORE, version=3, value=1, counts=1)], []),
        ([replace(SCORE, status="pending")], ["still pending"]),
        ([], ["accepted and lost"]),
        ([replace(SCORE, version=1)], ["accepted and lost"]),
        ([replace(SCORE, value=5)], ["accepted as something else"]),
        ([replace(SCORE, counts=5)], ["confirmed as something else"]),
        ([replace(SCORE, user_id=4)], ["accepted for somebody else"]),
    ],
)
def test_what_was_accepted_is_decided(scores: list[Score], faults: list[str]):
    assert [fault.partition(":")[0] for fault in decided([PROMISE], scores)] == faults


def test_a_request_that_is_sent_again_gets_the_same_answer():
    assert accepted_once([PROMISE, PROMISE], [SCORE]) == []
    assert len(accepted_once([PROMISE, replace(PROMISE, version=3)], [SCORE])) == 1
    assert len(accepted_once([PROMISE], [SCORE, replace(SCORE, id=2)])) == 1


@pytest.mark.parametrize(
    ("tally", "right"),
    [
        (Tally(7, 2, 3.5), True),
        (Tally(7, 3, 3.5), False),
        (Tally(7, 1, 4.0), False),
        (Tally(7, 2, 3.0), False),
        (Tally(7, 2, None), False),
        (Tally(8, 2, 3.5), False),
    ],
)
def test_count_and_mean_are_those_of_the_confirmed_scores(tally: Tally, right: bool):  # noqa: FBT001
    scores = [
        SCORE,
        replace(SCORE, id=2, user_id=4, value=1, status="rejected", counts=3),
        replace(SCORE, id=3, user_id=5, value=1, status="rejected", counts=None),
    ]
    assert (recounted([tally], scores) == []) is right


def test_an_event_without_scores_has_no_mean():
    assert recounted([Tally(7, 0, None), Tally(8, 0, 0.0)], []) == []
    assert len(recounted([Tally(7, 1, 5.0)], [])) == 1
