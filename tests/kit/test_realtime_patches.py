"""Patches are small, and lead from one document to the next."""

import copy
from typing import Any

import jsonpatch
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backline.kit.realtime.patches import changes_between


def applied(old: Any, changes: Any) -> Any:
    return jsonpatch.apply_patch(copy.deepcopy(old), changes)


def items(order: str) -> dict[str, Any]:
    return {"items": [{"id": each, "votes": 0} for each in order]}


@pytest.mark.parametrize(
    ("before", "after", "operations"),
    [
        ("ABCD", "ABCD", []),
        ("ABCD", "BCDA", ["move"]),
        ("ABCD", "DABC", ["move"]),
        ("ABCD", "ABXCD", ["add"]),
        ("ABCD", "ACD", ["remove"]),
        ("ABCD", "DCBA", ["move", "move", "move"]),
        ("ABCD", "XBDC", ["remove", "add", "move"]),
        ("", "AB", ["add", "add"]),
        ("AB", "", ["remove", "remove"]),
    ],
)
def test_what_moves_is_moved(before: str, after: str, operations: list[str]) -> None:
    changes = changes_between(items(before), items(after))

    assert [change["op"] for change in changes] == operations
    assert applied(items(before), changes) == items(after)


def test_an_item_that_moves_and_changes_is_both() -> None:
    after = items("BCA")
    after["items"][2]["votes"] = 3

    changes = changes_between(items("ABC"), after)

    assert changes == [
        {"op": "move", "from": "/items/0", "path": "/items/2"},
        {"op": "replace", "path": "/items/2/votes", "value": 3},
    ]


def test_names_are_escaped_as_json_pointers_are() -> None:
    changes = changes_between({"a/b": 1, "m~n": 1}, {"a/b": 2, "m~n": 2})

    assert [change["path"] for change in changes] == ["/a~1b", "/m~0n"]


def test_lists_without_keys_are_replaced() -> None:
    assert changes_between({"voted": [1, 2]}, {"voted": [2]}) == [
        {"op": "replace", "path": "/voted", "value": [2]}
    ]


def test_doubled_ids_are_no_keys() -> None:
    before = {"items": [{"id": 1, "a": 1}, {"id": 1, "a": 2}]}
    after = {"items": [{"id": 1, "a": 2}]}

    assert changes_between(before, after) == [
        {"op": "replace", "path": "/items", "value": after["items"]}
    ]


keys = st.sampled_from(["", "a", "b", "a/b", "~", "~1", "é", "0"])
scalars = st.none() | st.sampled_from(["", "x", "é"]) | st.integers(2, 9)
keyed = st.lists(
    st.fixed_dictionaries({"id": st.integers(2, 12)}, optional={"votes": st.integers(2, 4)}),
    unique_by=lambda each: each["id"],
    max_size=9,
)
documents = st.recursive(
    scalars | keyed,
    lambda inner: st.dictionaries(keys, inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=12,
)


# The machine that runs this may be busy: time is no part of what is promised here.
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@untimed
@given(st.dictionaries(keys, documents), st.dictionaries(keys, documents))
def test_every_patch_leads_to_the_new_document(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert applied(old, changes_between(old, new)) == new


@untimed
@given(st.permutations(range(8)), st.sets(st.integers(0, 12), max_size=9))
def test_no_more_moves_than_needed(order: list[int], kept: set[int]) -> None:
    before = {"items": [{"id": each} for each in range(8)]}
    after = {"items": [{"id": each} for each in [*(e for e in order if e in kept), *range(20, 22)]]}

    changes = changes_between(before, after)

    assert applied(before, changes) == after
    assert len(changes) <= 8 + 2
