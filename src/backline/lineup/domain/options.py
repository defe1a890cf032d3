"""What hosts choose for the whole line-up."""

from dataclasses import dataclass

from backline.kit.core.errors import InvalidArgument, Violation

SHORTEST_WINDOW_S, LONGEST_WINDOW_S = 30, 3_600


class InvalidWindow(InvalidArgument):
    """Too short to score in, or longer than people remember a song."""


@dataclass(frozen=True, slots=True)
class Options:
    """How the line-up behaves.

    Attributes:
        score_played_songs: Whether every song can be scored once it has been played.
        song_window_s: For how long, in seconds: 30 to 3,600.
    """

    score_played_songs: bool = False
    song_window_s: int = 300

    def __post_init__(self) -> None:
        """Raises `InvalidWindow`."""
        if not SHORTEST_WINDOW_S <= self.song_window_s <= LONGEST_WINDOW_S:
            detail = f"A song is scored for {SHORTEST_WINDOW_S} to {LONGEST_WINDOW_S:,} seconds."
            bounds = {"least": str(SHORTEST_WINDOW_S), "most": str(LONGEST_WINDOW_S)}
            raise InvalidWindow(
                detail, violations=(Violation("#/song_window_s", detail, "OUT_OF_RANGE", bounds),)
            )
