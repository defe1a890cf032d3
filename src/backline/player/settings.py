"""What the player is told when it starts."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of the player, `PLAYER_…`.

    Attributes:
        driver: `miniaudio` makes sound, `emulated` only keeps time.
        output: `auto` takes the default sound device, or none if there is none; `null` plays
            silently on purpose; anything else is the id of one output.
        buffer_ms: What the sound device holds. More forgives a busier machine; less answers
            sooner.
        niceness: The priority that the process asks for, as PulseAudio does; without the right
            to it (root, or CAP_SYS_NICE) it goes without.
        clock: Of the emulated driver: `real` follows the machine's, `virtual` only moves when
            it is told to.
        volume: At the start, 0 to 1.
        crossfade_s: At the start; controllers may change it.
        need_next_s: How long before the end of an item the player asks for the next one.
        failures_in_a_row: So many unplayable items make the player stop and raise an alert.
        media_root: Only files below it are played; empty for any file.
        metrics_port: Of `GET /metrics` on the loopback interface; 0 for none.
        id: Names this player to controllers, and in logs.
        name: The same for people.
    """

    model_config = SettingsConfigDict(
        env_prefix="PLAYER_", env_ignore_empty=True, frozen=True, extra="forbid"
    )

    driver: Literal["miniaudio", "emulated"] = "miniaudio"
    output: str = "auto"
    buffer_ms: int = Field(default=240, ge=40, le=2000)
    niceness: int = Field(default=-11, ge=-20, le=19)
    clock: Literal["real", "virtual"] = "real"
    volume: float = Field(default=1.0, ge=0, le=1)
    crossfade_s: float = Field(default=0.0, ge=0, le=12)
    need_next_s: float = Field(default=20.0, ge=0, le=600)
    failures_in_a_row: int = Field(default=3, ge=1, le=100)
    media_root: Path | None = None
    metrics_port: int = Field(default=0, ge=0, le=65535)
    id: str = "player"
    name: str = "Backline player"
