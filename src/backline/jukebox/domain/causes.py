"""Why something is not as people want it: a code for programs, and a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class CauseCode(StrEnum):
    """Why a file, a song or the room is silent. Programs choose their words by it."""

    # What is wrong with a file.
    NOT_A_SOUND_FILE = "NOT_A_SOUND_FILE"
    CUT_SHORT = "CUT_SHORT"
    ENDS_EARLY = "ENDS_EARLY"
    NO_SOUND = "NO_SOUND"
    DAMAGED = "DAMAGED"
    TOO_LONG = "TOO_LONG"
    TOO_MUCH_SOUND = "TOO_MUCH_SOUND"
    TOO_MANY_CHANNELS = "TOO_MANY_CHANNELS"
    SAMPLE_RATE = "SAMPLE_RATE"
    TOO_MUCH_MEMORY = "TOO_MUCH_MEMORY"
    TOO_SLOW = "TOO_SLOW"
    TOO_LARGE = "TOO_LARGE"
    # What is wrong with the machine.
    FILE_GONE = "FILE_GONE"
    ANALYSIS_STUCK = "ANALYSIS_STUCK"
    FILE_UNREACHABLE = "FILE_UNREACHABLE"
    OUTPUT_FAILED = "OUTPUT_FAILED"
    NOT_PLAYABLE = "NOT_PLAYABLE"
    # What somebody wanted.
    REMOVED = "REMOVED"
    SKIPPED = "SKIPPED"
    # Why the whole room is silent.
    PLAYER_AWAY = "PLAYER_AWAY"
    NOBODY_CONDUCTS = "NOBODY_CONDUCTS"
    OUTPUT_GONE = "OUTPUT_GONE"
    SONGS_FAILED = "SONGS_FAILED"


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason.

    Attributes:
        code: None for one that was written down before there were codes.
        detail: One sentence or two, in English.
        metadata: What a sentence about it names, as in a refusal: seconds end in `_s`, and `case`
            tells apart what one code says in several ways.
    """

    code: CauseCode | None
    detail: str
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def by(cls, name: str, code: CauseCode, done: str) -> "Cause":
        """What somebody did: "Removed by Ann."; without `name` nobody is named."""
        if not name:
            return cls(code, f"{done}.")
        return cls(code, f"{done} by {name}.", {"case": "by", "by": name})


def known_code(code: str | None) -> CauseCode | None:
    """None also for one that a later version wrote down."""
    return None if code is None else CauseCode.__members__.get(code)
