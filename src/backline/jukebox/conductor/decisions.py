"""What to do next, given what the database says and what the player does. Pure functions.

Both sides are compared as a whole each time, instead of remembering what was sent: a conductor that
takes over in the middle of anything comes to the same conclusions. A player's state is only ever
judged when every event up to it is in the database.
"""

from dataclasses import dataclass
from typing import TypeAlias

from backline.jukebox.commands.conducting import resume_at
from backline.jukebox.domain.playback import PlayerStatus, SeekRequest, Wanted
from backline.jukebox.domain.player import Media, Snapshot
from backline.jukebox.domain.queue import ItemId
from backline.jukebox.queries.stage import Stage

_VOLUME_STEP = 0.005


@dataclass(frozen=True, slots=True)
class SetVolume:
    volume: float
    muted: bool
    request: str


@dataclass(frozen=True, slots=True)
class Play:
    media: Media
    start_at_s: float
    paused: bool


@dataclass(frozen=True, slots=True)
class Prepare:
    media: Media
    current: ItemId


@dataclass(frozen=True, slots=True)
class ClearPrepared:
    item_id: ItemId


@dataclass(frozen=True, slots=True)
class Advance:
    item_id: ItemId
    request: str


@dataclass(frozen=True, slots=True)
class Pause:
    item_id: ItemId
    request: str


@dataclass(frozen=True, slots=True)
class Resume:
    item_id: ItemId
    request: str


@dataclass(frozen=True, slots=True)
class Stop:
    request: str


@dataclass(frozen=True, slots=True)
class Seek:
    request: SeekRequest


@dataclass(frozen=True, slots=True)
class PlayTestTone:
    request: str


@dataclass(frozen=True, slots=True)
class Lock:
    """Lock the head of the queue. Changes the database only, as the following three."""


@dataclass(frozen=True, slots=True)
class Meet:
    """Write down what the player does: it differs from what was last known."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    item_id: ItemId


@dataclass(frozen=True, slots=True)
class DropSeek:
    request: SeekRequest


Step: TypeAlias = (
    SetVolume
    | Play
    | Prepare
    | ClearPrepared
    | Advance
    | Pause
    | Resume
    | Stop
    | Seek
    | PlayTestTone
    | Lock
    | Meet
    | GiveUp
    | DropSeek
)


def decide(stage: Stage, player: Snapshot, *, lock_due: bool) -> Step | None:
    """The next step towards what is wanted; None when everything is as it should be.

    Args:
        stage: What the database says, every event of the player up to `player` included.
        player: What the player does.
        lock_due: Whether it is time to hand the next item over.
    """
    if stage.status is not player.status:
        return Meet()
    if (step := _tune(stage, player)) is not None:
        return step
    if stage.wanted is Wanted.STOPPED:
        return _stop(stage, player)
    if player.current is None:
        return _from_silence(stage)
    if stage.playing is None or player.current != stage.playing.item_id:
        return _replace(stage)
    return _while_playing(stage, player, stage.playing, lock_due=lock_due)


def _tune(stage: Stage, player: Snapshot) -> Step | None:
    if abs(stage.volume - player.volume) > _VOLUME_STEP or stage.muted != player.muted:
        return SetVolume(stage.volume, stage.muted, stage.volume_by)
    # At the volume that is wanted. The player refuses it while something sounds.
    return None if stage.test_tone is None else PlayTestTone(stage.test_tone)


def _stop(stage: Stage, player: Snapshot) -> Step | None:
    if player.current is not None:
        return Stop(stage.wanted_by)
    return None if stage.playing is None else GiveUp(stage.playing.item_id)


def _from_silence(stage: Stage) -> Step | None:
    paused = stage.wanted is Wanted.PAUSED
    if stage.playing is not None:
        if stage.skip_request is not None:
            return GiveUp(stage.playing.item_id)
        media = stage.playing
        at = resume_at(stage.anchor, media.item_id, media.duration_s)
        return Play(media, at, paused)
    if paused:
        return None
    if stage.locked is not None:
        return Play(stage.locked, 0.0, paused=False)
    return Lock() if stage.more else None


def _replace(stage: Stage) -> Step | None:
    """The player plays what nobody here knows: a backup was restored, or it served another box."""
    if stage.playing is None:
        return Stop("")
    media = stage.playing
    at = resume_at(stage.anchor, media.item_id, media.duration_s)
    return Play(media, at, stage.wanted is Wanted.PAUSED)


def _while_playing(
    stage: Stage, player: Snapshot, playing: Media, *, lock_due: bool
) -> Step | None:
    skipping = stage.skip_request is not None
    if stage.locked is None and stage.more and (lock_due or skipping):
        return Lock()
    if (step := _hand_over(stage, player, playing)) is not None:
        return step
    if stage.skip_request is not None:
        return Advance(playing.item_id, stage.skip_request)
    if stage.seek is not None:
        return Seek(stage.seek) if stage.seek.item_id == playing.item_id else DropSeek(stage.seek)
    return _hold_or_go_on(stage, player, playing)


def _hold_or_go_on(stage: Stage, player: Snapshot, playing: Media) -> Step | None:
    if stage.wanted is Wanted.PAUSED and player.status in {
        PlayerStatus.PLAYING,
        PlayerStatus.BUFFERING,
    }:
        return Pause(playing.item_id, stage.wanted_by)
    if stage.wanted is Wanted.PLAYING and player.status is PlayerStatus.PAUSED:
        return Resume(playing.item_id, stage.wanted_by)
    return None


def _hand_over(stage: Stage, player: Snapshot, playing: Media) -> Step | None:
    if stage.locked is not None and player.prepared != stage.locked.item_id:
        return Prepare(stage.locked, playing.item_id)
    if stage.locked is None and player.prepared is not None:
        return ClearPrepared(player.prepared)
    return None
