"""What the jukebox is told when it starts."""

from pathlib import Path

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from backline.kit.settings import Origins

_MIB = 1024**2
_GIB = 1024**3


class Settings(BaseSettings):
    """Settings of the jukebox, `JUKEBOX_…`.

    Attributes:
        database_url: `postgresql+asyncpg://…`.
        media_dir: Where uploads are kept; the player must be able to read it under this path.
        events_url: The event log, `BACKLINE_EVENTS_URL`. Without one no worker runs: playback
            stands still and uploads are not analysed.
        jobs_url: The work queue, `BACKLINE_JOBS_URL`.
        redis_url: The cache, `BACKLINE_REDIS_URL`; in the process without one.
        identity_target: Where identity listens: `unix:/…/identity.sock`, `identity:50057`.
        player_target: Where the player listens: `unix:/…/player.sock`, `player:50052`.
        origins: Origins other than the server's own whose pages may open sockets, such as
            `https://room.example`; separated by commas.
        keep_published_hours: For how long an event log that has lost events can be given them
            again, `BACKLINE_KEEP_PUBLISHED_HOURS`.
        pool_size: Connections to the database, per process.
        crossfade_s: By how much songs overlap.
        lock_ahead_s: How long before the end of a song the next one is handed to the player,
            and can no longer be passed by others; 3600 hands it over at once, so that the
            player gets across the end of any song alone.
        lease_s: A conductor that is not heard of for so long is replaced.
        max_upload_bytes: The largest file.
        user_quota_bytes: All files of one person; hosts are exempt.
        library_quota_bytes: All files of everybody.
        disk_floor_bytes: What must stay free on the disk.
        guests_may_upload: Whether people without an account may upload.
        upload_expires_s: How long an unfinished upload is kept.
        analysis_timeout_s: How long listening to one file may take.
    """

    model_config = SettingsConfigDict(
        env_prefix="JUKEBOX_", frozen=True, extra="forbid", populate_by_name=True
    )

    database_url: str
    media_dir: Path
    events_url: str = Field(
        default="", validation_alias=AliasChoices("JUKEBOX_EVENTS_URL", "BACKLINE_EVENTS_URL")
    )
    jobs_url: str = Field(
        default="", validation_alias=AliasChoices("JUKEBOX_JOBS_URL", "BACKLINE_JOBS_URL")
    )
    redis_url: str = Field(
        default="", validation_alias=AliasChoices("JUKEBOX_REDIS_URL", "BACKLINE_REDIS_URL")
    )
    identity_target: str = "127.0.0.1:50057"
    player_target: str = "127.0.0.1:50052"
    origins: Origins = ()
    keep_published_hours: int = Field(
        default=24,
        ge=1,
        validation_alias=AliasChoices(
            "JUKEBOX_KEEP_PUBLISHED_HOURS", "BACKLINE_KEEP_PUBLISHED_HOURS"
        ),
    )
    pool_size: int = Field(default=8, ge=1, le=200)
    crossfade_s: float = Field(default=0.0, ge=0, le=12)
    lock_ahead_s: float = Field(default=3600.0, ge=0, le=3600)
    lease_s: float = Field(default=6.0, ge=1, le=60)
    max_upload_bytes: int = Field(default=200 * _MIB, ge=1)
    user_quota_bytes: int = Field(default=2 * _GIB, ge=0)
    library_quota_bytes: int = Field(default=50 * _GIB, ge=0)
    disk_floor_bytes: int = Field(default=1 * _GIB, ge=0)
    guests_may_upload: bool = False
    upload_expires_s: int = Field(default=86_400, ge=60)
    analysis_timeout_s: float = Field(default=600.0, ge=1)
