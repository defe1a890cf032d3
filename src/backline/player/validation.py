"""Refuses what no player could do, before anything has changed."""

from datetime import timedelta
from math import isfinite

from backline.player.commands import Play, PlayerCommand, Prepare, SetOptions, SetVolume
from backline.player.domain import ZERO, MalformedCommand, Media

LOUDEST_GAIN_DB = 60.0
LONGEST_FADE = timedelta(seconds=30)


def validate(command: PlayerCommand, *, max_crossfade: timedelta) -> None:
    """Look at each field by itself; what the slots hold does not matter here.

    Raises:
        MalformedCommand: A field is missing or out of its range.
    """
    if isinstance(command, Play | Prepare):
        _media(command.media)
    for name in ("fade", "fade_in", "ramp"):
        fade = getattr(command, name, None)
        if fade is not None and not ZERO <= fade <= LONGEST_FADE:
            raise MalformedCommand(f"{name} must be between 0 and 30 seconds.")
    if (
        isinstance(command, SetVolume)
        and command.volume is not None
        and not 0 <= command.volume <= 1  # also refuses NaN
    ):
        raise MalformedCommand("volume must be between 0 and 1.")
    if (
        isinstance(command, SetOptions)
        and command.crossfade is not None
        and not ZERO <= command.crossfade <= max_crossfade
    ):
        longest = max_crossfade.total_seconds()
        raise MalformedCommand(f"crossfade must be between 0 and {longest:g} seconds.")


def _media(media: Media) -> None:
    if not media.item_id:
        raise MalformedCommand("media.item_id is missing.")
    if not media.path and not media.url:
        raise MalformedCommand("media.source is missing: give a path or a URL.")
    if "\0" in media.path:
        raise MalformedCommand("media.path holds a zero byte.")
    if media.duration <= ZERO:
        raise MalformedCommand("media.duration must be above zero.")
    if not ZERO <= media.cue_in < media.end:
        raise MalformedCommand("media.cue_in must lie before media.cue_out and the end.")
    if not (isfinite(media.gain_db) and abs(media.gain_db) <= LOUDEST_GAIN_DB):
        raise MalformedCommand("media.gain_db must be between -60 and 60.")
    if not (isfinite(media.peak) and media.peak >= 0):
        raise MalformedCommand("media.peak must not be negative.")
