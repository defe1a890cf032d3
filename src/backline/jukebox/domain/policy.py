"""By what rule the queue plays, and what it refuses to take. Pure functions, no I/O."""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from backline.kit.core.actor import Actor, Role
from backline.kit.core.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    ResourceExhausted,
    Violation,
)


class PolicyKind(StrEnum):
    """How what waits is put in order.

    `fifo`: as it was added. `fair_turns`: whoever was heard least often comes next.
    `fair_seconds`: whoever was heard for the shortest time comes next. `votes`: most votes first.
    """

    FIFO = "fifo"
    FAIR_TURNS = "fair_turns"
    FAIR_SECONDS = "fair_seconds"
    VOTES = "votes"


class QueueClosed(FailedPrecondition):
    """The host takes no more songs."""


class QueueFull(ResourceExhausted):
    """The queue holds as many songs as the policy allows."""


class TooManyWaiting(ResourceExhausted):
    """Somebody has as many songs waiting as the policy allows."""


class TrackTooLong(FailedPrecondition):
    """The policy takes shorter tracks only."""


class AlreadyQueued(AlreadyExists):
    """The same track waits or plays already."""


class PlayedRecently(FailedPrecondition):
    """The same track was heard a short while ago."""


class ArtistWaiting(FailedPrecondition):
    """As many songs of this artist wait as the policy allows."""


class InvalidPolicy(InvalidArgument):
    """A number of the policy is out of its range."""


_RANGES: dict[str, tuple[float, float]] = {
    "max_waiting": (1, 1_000),
    "max_items": (1, 5_000),
    "max_track_s": (10, 86_400),
    "cooldown_s": (0, 604_800),
    "artist_limit": (1, 100),
    "skip_share": (0.01, 1.0),
    "catch_up": (0.0, 100.0),
    "vote_credit": (0.0, 10.0),
    "memory_s": (0, 604_800),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rule of the room.

    Attributes:
        kind: How what waits is put in order.
        open: Whether people may add songs. Hosts always may.
        max_waiting: Songs one person may have waiting; None for no limit. Hosts are exempt.
        max_items: Songs that may wait in all, whoever adds them.
        max_track_s: Longest track that is taken, in seconds; None for any. Hosts are exempt.
        cooldown_s: Seconds after a track was heard until it may be added again. Hosts are exempt.
        duplicates: Whether a track that waits or plays may be added again.
        artist_limit: Songs of one artist that may wait; None for no limit. Hosts are exempt.
        skip_share: Share of those present whose votes skip what plays.
        catch_up: Turns by which somebody who was heard less can be ahead at most, so that a
            latecomer does not own the queue. In `fair_seconds` a turn is `TURN_S`.
        vote_credit: Turns that one vote is worth in the fair policies; all votes of a song
            together are never worth more than one turn.
        memory_s: How long what somebody was heard counts, in seconds.
    """

    kind: PolicyKind = PolicyKind.FAIR_TURNS
    open: bool = True
    max_waiting: int | None = 3
    max_items: int = 500
    max_track_s: int | None = 900
    cooldown_s: int = 3_600
    duplicates: bool = False
    artist_limit: int | None = None
    skip_share: float = 0.5
    catch_up: float = 1.0
    vote_credit: float = 0.1
    memory_s: int = 43_200

    def changed(self, changes: dict[str, Any]) -> "Policy":
        """The same policy with some fields changed.

        Raises:
            InvalidPolicy: A number is out of its range.
        """
        policy = replace(self, **changes)
        policy.check()
        return policy

    def check(self) -> None:
        """Raise `InvalidPolicy` unless every number is in its range."""
        wrong = []
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and low <= value <= high):
                bounds = {"least": f"{low:g}", "most": f"{high:g}"}
                detail = f"Choose a value from {low:g} to {high:g}."
                wrong.append(Violation(f"#/{name}", detail, "OUT_OF_RANGE", bounds))
        if wrong:
            raise InvalidPolicy("A number of the policy is out of range.", violations=tuple(wrong))


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """The live item that holds the same track; `position` counts from 1, None if not known."""

    item_id: str
    playing: bool
    position: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the queue holds at the moment of an addition.

    Attributes:
        waiting: Songs that wait, of everybody.
        own: Songs of the person who adds that wait.
        twin_id: The live item with the same track, if there is one.
        last_heard_at: When the same track was last heard to its end, if ever.
        of_artist: Songs of the same artist that wait.
    """

    waiting: int
    own: int
    twin_id: str | None = None
    last_heard_at: datetime | None = None
    of_artist: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """The track that somebody wants to add."""

    title: str
    artist: str
    duration_s: float | None


def exempt(actor: Actor) -> bool:
    """Whether the limits for guests and listeners do not bind this person."""
    return actor.role.at_least(Role.HOST)


def check_limits(
    policy: Policy, standing: Standing, candidate: Candidate, actor: Actor, now: datetime
) -> None:
    """Let an addition pass, or refuse it and say why. A twin and a full share come separately.

    Raises:
        QueueClosed, QueueFull, TrackTooLong, PlayedRecently, ArtistWaiting: As they say.
    """
    if standing.waiting >= policy.max_items:
        raise QueueFull(
            f"The queue is full: {policy.max_items} songs wait. "
            "There is room again when the next one has started.",
            count=str(policy.max_items),
        )
    if exempt(actor):
        return
    if not policy.open:
        raise QueueClosed("The queue is closed for now. A host can open it again.")
    check_length(policy, candidate)
    heard = standing.last_heard_at
    if heard is not None and (free := heard + timedelta(seconds=policy.cooldown_s)) > now:
        raise PlayedRecently(
            f"“{candidate.title}” was played {in_words(now - heard)} ago. "
            f"It can be added again in {in_words(free - now)}.",
            retry_at=free,
            title=candidate.title,
            heard_at=heard.isoformat(),
        )
    limit = policy.artist_limit
    if limit is not None and candidate.artist and standing.of_artist >= limit:
        raise ArtistWaiting(
            f"{_songs(standing.of_artist)} by {candidate.artist} already "
            f"{'waits' if standing.of_artist == 1 else 'wait'}. "
            "Add this one when one of them has started, or choose another artist.",
            artist=candidate.artist,
            count=str(standing.of_artist),
        )


def check_length(policy: Policy, candidate: Candidate) -> None:
    """Refuse what is longer than the policy takes.

    Raises:
        TrackTooLong: Shown with the limit. A track of unknown length passes.
    """
    longest, length = policy.max_track_s, candidate.duration_s
    if longest is not None and length is not None and length > longest:
        raise TrackTooLong(
            f"“{candidate.title}” lasts {in_words(timedelta(seconds=length))}; songs of up to "
            f"{in_words(timedelta(seconds=longest))} are taken here. A host can add it.",
            title=candidate.title,
            max_track_s=str(longest),
        )


def already_queued(candidate: Candidate, twin: Twin) -> AlreadyQueued:
    """The refusal of a second copy, with the way out."""
    if twin.playing:
        return AlreadyQueued(
            f"“{candidate.title}” is playing right now.",
            item_id=twin.item_id,
            title=candidate.title,
            case="playing",
        )
    if twin.position is None:
        return AlreadyQueued(
            f"“{candidate.title}” is already in the queue. Vote for it to hear it sooner.",
            item_id=twin.item_id,
            title=candidate.title,
        )
    place = "next" if twin.position == 1 else f"number {twin.position}"
    return AlreadyQueued(
        f"“{candidate.title}” is already {place}. Vote for it to hear it sooner.",
        item_id=twin.item_id,
        title=candidate.title,
        position=str(twin.position),
        case="next" if twin.position == 1 else "placed",
    )


def too_many_waiting(own: int, free_at: datetime | None, now: datetime) -> TooManyWaiting:
    """The refusal of one song too many; `free_at` is when the person's next one should start."""
    when = "when one of them has started"
    if free_at is not None and free_at > now:
        when = f"in about {in_words(free_at - now)}, when one of them has started"
    return TooManyWaiting(
        f"You have {_songs(own)} waiting. Your next free place is {when}.",
        retry_at=free_at,
        count=str(own),
    )


def in_words(span: timedelta) -> str:
    """A time span as people say it: "40 seconds", "4 minutes", "2 hours"."""
    seconds = max(1, round(span.total_seconds()))
    if seconds < 60:  # noqa: PLR2004 - a minute
        return _plural(seconds, "second")
    minutes = math.ceil(seconds / 60)
    if minutes < 120:  # noqa: PLR2004 - two hours
        return _plural(minutes, "minute")
    return _plural(math.ceil(minutes / 60), "hour")


def _plural(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _songs(count: int) -> str:
    return _plural(count, "song")
