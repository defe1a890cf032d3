"""What a player can be told. Plain data: equal commands are the same request."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from backline.player.domain import Media, Normalisation


@dataclass(frozen=True, slots=True)
class Meta:
    """What every command carries.

    Attributes:
        command_id: A repeat of it gets the first answer again.
        fence: The controller's lease number; one lower than the highest seen is refused.
        actor: For logs only.
    """

    command_id: str
    fence: int
    actor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepare:
    media: Media
    if_current_item_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearPrepared:
    if_prepared_item_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    media: Media
    start_at: timedelta | None = None
    start_paused: bool = False
    fade_in: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    if_item_id: str = ""
    fade: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    if_item_id: str = ""
    fade: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    if_item_id: str = ""
    fade: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    fade: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seek:
    position: timedelta
    if_item_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVolume:
    volume: float | None = None
    muted: bool | None = None
    ramp: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOptions:
    crossfade: timedelta | None = None
    normalisation: Normalisation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectOutput:
    output_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayTestTone:
    pass


PlayerCommand: TypeAlias = (
    Prepare
    | ClearPrepared
    | Play
    | Advance
    | Pause
    | Resume
    | Stop
    | Seek
    | SetVolume
    | SetOptions
    | SelectOutput
    | PlayTestTone
)
