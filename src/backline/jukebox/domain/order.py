"""The order of play: what the host arranged, then the policy.

Fair queueing after the virtual-time schedulers of packet networks (Demers, Keshav, Shenker 1989):
each person is a lane whose clock advances by what was heard of them, and the lane that is furthest
behind plays next. A lane may be behind by a bounded amount only, so that somebody who comes late
catches up by one turn instead of owning the queue.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from backline.jukebox.domain.policy import Policy, PolicyKind

TURN_S = 240.0
"""What a song is taken to last, in seconds, where that is not known."""

MAX_CREDIT = 1.0
"""Turns that all votes of one song together are worth at most."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One waiting song, as far as its place depends on it.

    Attributes:
        id: The item.
        user_id: Whose lane it stands in.
        place: Grows with each addition; people swap it among their own songs.
        rank: Where a host put it; None where the policy decides.
        votes: How many people want it sooner.
        duration_s: None where it is not known.
    """

    id: str
    user_id: int
    place: int
    rank: int | None = None
    votes: int = 0
    duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What the room heard of one person within the policy's memory, the playing song included."""

    turns: float = 0.0
    seconds: float = 0.0


def play_order(
    policy: Policy,
    entries: Iterable[Entry],
    *,
    heard: Mapping[int, Heard] | None = None,
    locked: str | None = None,
) -> list[str]:
    """Put waiting songs in the order in which they will play.

    The locked one comes first, whatever the policy says. Then what a host arranged, by rank.
    The rest follows the policy. Runs in O(n log n).

    Args:
        policy: The rule.
        entries: What waits, in any order.
        heard: Per person; whoever is missing was not heard.
        locked: The item that the player holds already.

    Returns:
        The ids of all entries, each once.
    """
    waiting = list(entries)
    head = [entry for entry in waiting if entry.id == locked]
    arranged = sorted(
        (entry for entry in waiting if entry.rank is not None and entry.id != locked),
        key=lambda entry: (entry.rank, entry.place),
    )
    rest = [entry for entry in waiting if entry.rank is None and entry.id != locked]
    first = head + arranged
    if policy.kind is PolicyKind.FIFO:
        rest.sort(key=_by_place)
    elif policy.kind is PolicyKind.VOTES:
        rest.sort(key=_by_votes)
    else:
        rest = _fair(policy, first, rest, heard or {})
    return [entry.id for entry in first + rest]


def _by_place(entry: Entry) -> tuple[int, str]:
    return (entry.place, entry.id)


def _by_votes(entry: Entry) -> tuple[int, int, str]:
    return (-entry.votes, entry.place, entry.id)


def _fair(
    policy: Policy, first: Sequence[Entry], rest: Sequence[Entry], heard: Mapping[int, Heard]
) -> list[Entry]:
    in_seconds = policy.kind is PolicyKind.FAIR_SECONDS
    turn = TURN_S if in_seconds else 1.0

    def cost(entry: Entry) -> float:
        if not in_seconds:
            return 1.0
        return TURN_S if entry.duration_s is None else entry.duration_s

    lanes: dict[int, list[Entry]] = defaultdict(list)
    for entry in rest:
        lanes[entry.user_id].append(entry)
    for lane in lanes.values():
        # Popped from the end, hence the reverse order.
        lane.sort(key=_by_votes, reverse=True)

    clock = {user: _units(heard.get(user), in_seconds=in_seconds) for user in lanes}
    for entry in first:
        if entry.user_id in clock:
            clock[entry.user_id] += cost(entry)
    furthest = max(clock.values(), default=0.0)
    behind = furthest - policy.catch_up * turn

    def due(lane: Sequence[Entry], time: float) -> tuple[float, int, str, int]:
        entry = lane[-1]
        credit = min(entry.votes * policy.vote_credit, MAX_CREDIT) * turn
        # Rounded, so that sums of floats that mean the same time compare as equal.
        return (round(time - credit, 6), entry.place, entry.id, entry.user_id)

    for user in clock:
        clock[user] = max(clock[user], behind)
    heap = [due(lane, clock[user]) for user, lane in lanes.items()]
    heapq.heapify(heap)
    ordered = []
    while heap:
        user = heap[0][3]
        lane = lanes[user]
        entry = lane.pop()
        ordered.append(entry)
        clock[user] += cost(entry)
        if lane:
            heapq.heapreplace(heap, due(lane, clock[user]))
        else:
            heapq.heappop(heap)
    return ordered


def _units(heard: Heard | None, *, in_seconds: bool) -> float:
    if heard is None:
        return 0.0
    return heard.seconds if in_seconds else heard.turns
