"""What changed between two documents, as an RFC 6902 patch.

Lists of objects that carry an `id` are compared by it, so that an item which moves is one `move`
and not a rewrite of everything it passed.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

Change = dict[str, Any]


def changes_between(old: Any, new: Any) -> list[Change]:
    """The operations that turn `old` into `new`; both are plain JSON data.

    A member keeps its type from one document to the next: Python takes 1, 1.0 and True for equal.
    """
    found: list[Change] = []
    _compare(old, new, "", found)
    return found


def _compare(old: Any, new: Any, path: str, found: list[Change]) -> None:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        _compare_objects(old, new, path, found)
    elif _keyed(old) and _keyed(new):
        _compare_keyed(old, new, path, found)
    else:
        found.append({"op": "replace", "path": path, "value": new})


def _compare_objects(
    old: Mapping[str, Any], new: Mapping[str, Any], path: str, found: list[Change]
) -> None:
    found.extend(
        {"op": "remove", "path": f"{path}/{_escaped(key)}"} for key in old if key not in new
    )
    for key, value in new.items():
        below = f"{path}/{_escaped(key)}"
        if key in old:
            _compare(old[key], value, below, found)
        else:
            found.append({"op": "add", "path": below, "value": value})


def _keyed(value: Any) -> bool:
    """Whether `value` is a list of objects that are told apart by their `id`."""
    if not isinstance(value, (list, tuple)):
        return False
    ids = [each.get("id") for each in value if isinstance(each, dict)]
    if not all(isinstance(each, (str, int)) for each in ids):
        return False
    return len(value) == len(ids) == len(set(ids))


def _compare_keyed(
    old: Sequence[Mapping[str, Any]],
    new: Sequence[Mapping[str, Any]],
    path: str,
    found: list[Change],
) -> None:
    before = {each["id"]: each for each in old}
    wanted = [each["id"] for each in new]
    if list(before) != wanted:
        _rearrange(list(before), wanted, new, path, found)
    for index, each in enumerate(new):
        if each["id"] in before:
            _compare(before[each["id"]], each, f"{path}/{index}", found)


def _rearrange(
    now: list[Any],
    wanted: list[Any],
    new: Sequence[Mapping[str, Any]],
    path: str,
    found: list[Change],
) -> None:
    """Remove, move and add until the ids `now` are those `wanted`, moving as few as can be."""
    kept = set(wanted)
    for index in range(len(now) - 1, -1, -1):
        if now[index] not in kept:
            found.append({"op": "remove", "path": f"{path}/{index}"})
            del now[index]
    place = {key: index for index, key in enumerate(now)}
    stay = _longest_rise([place[key] for key in wanted if key in place])
    unmoved = {now[index] for index in stay}
    for index, key in enumerate(wanted):
        if key in unmoved:
            continue
        if key in place:
            origin = now.index(key)
            del now[origin]
        else:
            origin = -1
        target = now.index(wanted[index - 1]) + 1 if index else 0
        now.insert(target, key)
        if origin < 0:
            found.append({"op": "add", "path": f"{path}/{target}", "value": new[index]})
        else:
            found.append({"op": "move", "from": f"{path}/{origin}", "path": f"{path}/{target}"})


def _longest_rise(values: Sequence[int]) -> list[int]:
    """A longest increasing subsequence of distinct numbers, by patience sorting."""
    tops: list[int] = []
    at: list[int] = []
    previous: list[int] = []
    for index, value in enumerate(values):
        pile = bisect_left(tops, value)
        if pile == len(tops):
            tops.append(value)
            at.append(index)
        else:
            tops[pile] = value
            at[pile] = index
        previous.append(at[pile - 1] if pile else -1)
    rise: list[int] = []
    index = at[-1] if at else -1
    while index >= 0:
        rise.append(values[index])
        index = previous[index]
    rise.reverse()
    return rise


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
