"""The order of play: what the host arranged, then the policy.

Fair queueing after the virtual-time schedulers of packet networks (Demers, Keshav, Shenker 1989):
each person is a lane whose clock advances by what was heard of them, and the lane that is furthest
behind plays next. A lane may be behind by a bounded amount only, so that somebody who comes late
catches up by one turn instead of owning the queue.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence
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
class Turn:
    """What the room heard of one song: `turns` is 1 unless it was skipped early, then 0."""

    user_id: int
    turns: float
    seconds: float


def play_order(
    policy: Policy,
    entries: Iterable[Entry],
    *,
    history: Iterable[Turn] = (),
    locked: str | None = None,
) -> list[str]:
    """Put waiting songs in the order in which they will play.

    The locked one comes first, whatever the policy says. Then what a host arranged, by rank.
    The rest follows the policy. Runs in O(h + n log n) for h turns of history.

    Args:
        policy: The rule.
        entries: What waits, in any order.
        history: What was heard within the policy's memory, oldest first; the playing song is last.
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
        rest = _fair(policy, first, rest, history)
    return [entry.id for entry in first + rest]


def _by_place(entry: Entry) -> tuple[int, str]:
    return (entry.place, entry.id)


def _by_votes(entry: Entry) -> tuple[int, int, str]:
    return (-entry.votes, entry.place, entry.id)


class _Clocks:
    """How far each person's lane has come; whoever is far behind is drawn along."""

    def __init__(self, catch_up: float) -> None:
        self._catch_up = catch_up
        self._clocks: dict[int, float] = {}
        self._furthest = 0.0

    def of(self, user_id: int) -> float:
        return max(self._clocks.get(user_id, 0.0), self._furthest - self._catch_up)

    def advance(self, user_id: int, cost: float) -> None:
        self._clocks[user_id] = clock = self.of(user_id) + cost
        self._furthest = max(self._furthest, clock)


def _fair(
    policy: Policy, first: Sequence[Entry], rest: Sequence[Entry], history: Iterable[Turn]
) -> list[Entry]:
    in_seconds = policy.kind is PolicyKind.FAIR_SECONDS
    turn = TURN_S if in_seconds else 1.0

    def cost(entry: Entry) -> float:
        if not in_seconds:
            return 1.0
        return TURN_S if entry.duration_s is None else entry.duration_s

    clocks = _Clocks(policy.catch_up * turn)
    for past in history:
        clocks.advance(past.user_id, past.seconds if in_seconds else past.turns)
    for entry in first:
        clocks.advance(entry.user_id, cost(entry))

    lanes: dict[int, list[Entry]] = defaultdict(list)
    for entry in rest:
        lanes[entry.user_id].append(entry)
    for lane in lanes.values():
        # Popped from the end, hence the reverse order.
        lane.sort(key=_by_votes, reverse=True)

    def due(user: int, time: float) -> tuple[float, int, str, int]:
        entry = lanes[user][-1]
        credit = min(entry.votes * policy.vote_credit, MAX_CREDIT) * turn
        # Rounded, so that sums of floats that mean the same time compare as equal.
        return (round(time - credit, 6), entry.place, entry.id, user)

    time = {user: clocks.of(user) for user in lanes}
    heap = [due(user, time[user]) for user in lanes]
    heapq.heapify(heap)
    ordered = []
    while heap:
        user = heap[0][3]
        entry = lanes[user].pop()
        ordered.append(entry)
        time[user] += cost(entry)
        if lanes[user]:
            heapq.heapreplace(heap, due(user, time[user]))
        else:
            heapq.heappop(heap)
    return ordered
