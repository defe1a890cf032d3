"""One person's score of one act, in all its versions."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from backline.kit.core.errors import FailedPrecondition, InvalidArgument, Violation

EventId = NewType("EventId", int)
ScoreId = NewType("ScoreId", int)

LOWEST, HIGHEST = 1, 5
LARGEST_ID = 2**53 - 1
LARGEST_VERSION = 2**31 - 1


class InvalidScore(InvalidArgument):
    """A score is a whole number from 1 to 5, of one person, in a version."""


class ScoreVersionReused(FailedPrecondition):
    """The same version of the same score came before with another value."""


class ScoreOfAnother(FailedPrecondition):
    """The number of the score belongs to another person's."""


class Refusal(StrEnum):
    """Why a version does not count."""

    DEADLINE_PASSED = "DEADLINE_PASSED"
    NOT_OPEN = "NOT_OPEN"
    SUPERSEDED = "SUPERSEDED"
    """A higher version has been seen."""
    REVERTED = "REVERTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply:
    """Let this version count."""

    event_id: EventId
    score_id: ScoreId
    user_id: int
    version: int
    score: int

    def __post_init__(self) -> None:
        """Raises `InvalidScore`, with every field at fault."""
        _check(
            {
                "event_id": (self.event_id, LARGEST_ID),
                "score_id": (self.score_id, LARGEST_ID),
                "user_id": (self.user_id, LARGEST_ID),
                "version": (self.version, LARGEST_VERSION),
                "score": (self.score, HIGHEST),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Revert:
    """Let this version count no more."""

    event_id: EventId
    score_id: ScoreId
    version: int

    def __post_init__(self) -> None:
        """Raises `InvalidScore`, with every field at fault."""
        _check(
            {
                "event_id": (self.event_id, LARGEST_ID),
                "score_id": (self.score_id, LARGEST_ID),
                "version": (self.version, LARGEST_VERSION),
            }
        )


@dataclass(slots=True)
class Version:
    """A version that has been seen.

    Attributes:
        score: None for one that was taken back before it came.
    """

    score: int | None
    reverted: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts of a score."""

    version: int
    score: int


@dataclass(slots=True)
class Ballot:
    """What has been seen of one score.

    Attributes:
        user_id: None as long as nothing but a revert has been seen.
        changed: Numbers of the versions that have to be saved.
    """

    event_id: EventId
    score_id: ScoreId
    user_id: int | None = None
    versions: dict[int, Version] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)

    @property
    def seen(self) -> int:
        """The highest version; 0 if there is none."""
        return max(self.versions, default=0)

    @property
    def standing(self) -> Standing | None:
        """The highest version that came and was not taken back."""
        for number in sorted(self.versions, reverse=True):
            version = self.versions[number]
            if version.score is not None and not version.reverted:
                return Standing(number, version.score)
        return None

    def check(self, change: Apply) -> None:
        """Refuse what cannot be the same score.

        Raises:
            ScoreOfAnother: It is somebody else's.
            ScoreVersionReused: The version has another value.
        """
        if self.user_id not in {None, change.user_id}:
            raise ScoreOfAnother(
                f"Score {self.score_id} is another person's. Every score has a number of its own.",
                score_id=str(self.score_id),
            )
        known = self.versions.get(change.version)
        if known is not None and known.score not in {None, change.score}:
            raise ScoreVersionReused(
                f"Version {change.version} of score {self.score_id} is {known.score}."
                " Send another value as the next version.",
                score_id=str(self.score_id),
                version=str(change.version),
                score=str(known.score),
            )

    def add(self, change: Apply) -> None:
        self.user_id = change.user_id
        self.versions[change.version] = Version(change.score)
        self.changed.add(change.version)

    def take_back(self, number: int) -> None:
        """One that has not been seen will be refused when it comes."""
        version = self.versions.setdefault(number, Version(None))
        if not version.reverted:
            version.reverted = True
            self.changed.add(number)


def _check(fields: dict[str, tuple[int, int]]) -> None:
    wrong = tuple(
        Violation(
            f"#/{name}",
            f"A whole number from 1 to {most:,}.",
            "OUT_OF_RANGE",
            {"least": "1", "most": str(most)},
        )
        for name, (value, most) in fields.items()
        if not 1 <= value <= most
    )
    if wrong:
        named = ", ".join(each.pointer.removeprefix("#/") for each in wrong)
        raise InvalidScore(
            f"This cannot be a score: {named}. Scores go from {LOWEST} to {HIGHEST};"
            " numbers and versions begin with 1.",
            violations=wrong,
        )
