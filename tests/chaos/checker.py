"""What must hold after any crash, as pure functions over what was read from databases and log.

Each returns the faults that it found, as sentences; an empty list is the proof. The observations
are taken beside the machinery under test: by a trigger on the outbox, from the log itself, and
from what the load generator was promised.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

DECIDED = {"confirmed", "rejected"}


@dataclass(frozen=True, slots=True)
class Sent:
    """A row that was in an outbox when its transaction committed.

    Attributes:
        position: Drawn by the row; of one key, in the order of the commits.
    """

    position: int
    id: UUID
    key: str


@dataclass(frozen=True, slots=True)
class Logged:
    """A message in the log, as anybody can read it."""

    partition: int
    offset: int
    id: UUID
    key: str


@dataclass(frozen=True, slots=True)
class Applied:
    """An effect that a consumer committed.

    Attributes:
        order: In which the effects of one key were written.
    """

    order: int
    id: UUID
    key: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """A score that was answered with 202.

    Attributes:
        idempotency_key: What the load generator sent, as often as it took.
        version: Counts the changes of the score.
    """

    idempotency_key: str
    score_id: int
    event_id: int
    user_id: int
    version: int
    value: int


@dataclass(frozen=True, slots=True)
class Score:
    """A score as the service of scores keeps it.

    Attributes:
        version: Of its owner's last wish; `value` and `status` are that one's.
        counts: The value that was confirmed last, also if a later wish was rejected; None without.
    """

    id: int
    event_id: int
    user_id: int
    version: int
    value: int
    status: str
    counts: int | None


@dataclass(frozen=True, slots=True)
class Tally:
    """What the line-up says of an event.

    Attributes:
        mean: None without a score.
    """

    event_id: int
    count: int
    mean: float | None


def published(sent: Iterable[Sent], logged: Iterable[Logged]) -> list[str]:
    """Every committed event is in the log, and nothing else is."""
    committed, read = {one.id: one for one in sent}, {one.id: one for one in logged}
    return [
        *(f"never published: {committed[id_]}" for id_ in committed.keys() - read.keys()),
        *(f"published and never committed: {read[id_]}" for id_ in read.keys() - committed.keys()),
    ]


def published_in_order(sent: Iterable[Sent], logged: Iterable[Logged]) -> list[str]:
    """The events of a key stand in the log in the order of their commits.

    A repetition after a crash is no fault: what counts is where an event stands first.
    """
    position = {one.id: one.position for one in sent}
    faults, last = [], dict[str, Logged]()
    for one in _firsts(sorted(logged, key=lambda each: (each.partition, each.offset))):
        before = last.get(one.key)
        if before is not None and before.partition != one.partition:
            faults.append(f"one key in two partitions: {before}, {one}")
        elif before is not None and position.get(before.id, 0) > position.get(one.id, 0):
            faults.append(f"out of order in the log: {before} stands before {one}")
        last[one.key] = one
    return faults


def applied_once(logged: Iterable[Logged], applied: Iterable[Applied]) -> list[str]:
    """Every message of the log had its effect, once."""
    times = Counter(one.id for one in applied)
    read = {one.id: one for one in logged}
    return [
        *(f"never applied: {one}" for id_, one in read.items() if not times[id_]),
        *(f"applied {many} times: {id_}" for id_, many in times.items() if many > 1),
        *(f"applied and not in the log: {id_}" for id_ in times.keys() - read.keys()),
    ]


def applied_in_order(sent: Iterable[Sent], applied: Iterable[Applied]) -> list[str]:
    """The effects of a key were written in the order of the commits that caused them."""
    position = {one.id: one.position for one in sent}
    faults, last = [], dict[str, Applied]()
    for one in sorted(applied, key=lambda each: each.order):
        before = last.get(one.key)
        if before is not None and position.get(before.id, 0) > position.get(one.id, 0):
            faults.append(f"out of order in effect: {before} came before {one}")
        last[one.key] = one
    return faults


def decided(accepted: Iterable[Accepted], scores: Iterable[Score]) -> list[str]:
    """Every score that was accepted is there, at least as new, and confirmed or rejected."""
    kept = {score.id: score for score in scores}
    faults = [
        f"still {score.status}: {score}" for score in kept.values() if score.status not in DECIDED
    ]
    for one in accepted:
        score = kept.get(one.score_id)
        if score is None or score.version < one.version:
            faults.append(f"accepted and lost: {one}, kept: {score}")
        elif score.version == one.version and score.value != one.value:
            faults.append(f"accepted as something else: {one}, kept: {score}")
        elif score.status == "confirmed" and score.counts != score.value:
            faults.append(f"confirmed as something else: {score}")
        elif (score.event_id, score.user_id) != (one.event_id, one.user_id):
            faults.append(f"accepted for somebody else: {one}, kept: {score}")
    return faults


def accepted_once(accepted: Iterable[Accepted], scores: Iterable[Score]) -> list[str]:
    """A request that is sent again gets its first answer; a user has one score per event."""
    answers = defaultdict[str, set[Accepted]](set)
    for one in accepted:
        answers[one.idempotency_key].add(one)
    owners = Counter((score.event_id, score.user_id) for score in scores)
    return [
        *(
            f"one key, several answers: {several}"
            for several in answers.values()
            if len(several) > 1
        ),
        *(f"{many} scores of (event, user) {pair}" for pair, many in owners.items() if many > 1),
    ]


def recounted(tallies: Iterable[Tally], scores: Iterable[Score]) -> list[str]:
    """The line-up's count and mean are those of what was confirmed."""
    values = defaultdict[int, list[int]](list)
    for score in scores:
        if score.counts is not None:
            values[score.event_id].append(score.counts)
    faults = []
    said = {tally.event_id: tally for tally in tallies}
    for event_id in said.keys() | values.keys():
        tally, there = said.get(event_id), values[event_id]
        mean = sum(there) / len(there) if there else None
        if tally is None or tally.count != len(there) or not _same(tally.mean, mean):
            faults.append(f"counted wrong: {tally}, the scores say {len(there)} with mean {mean}")
    return faults


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return (one or None) == (other or None)
    return abs(one - other) < 0.005


def _firsts(logged: Sequence[Logged]) -> Iterable[Logged]:
    seen = set[UUID]()
    for one in logged:
        if one.id not in seen:
            seen.add(one.id)
            yield one
