"""What identity is told when it starts."""

from pathlib import Path

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from backline.kit.auth.gate import MAX_LIFETIME_S
from backline.kit.auth.passwords import ITERATIONS, MEMORY_KIB, PARALLELISM

_DAY_S = 24 * 3600


class Settings(BaseSettings):
    """Settings of identity, `IDENTITY_…`.

    Attributes:
        database_url: `postgresql+asyncpg://…`.
        key_dir: Where the signing keys are kept; made for this user only.
        events_url: The event log, `BACKLINE_EVENTS_URL`; without one, events wait in the outbox.
        keep_published_hours: For how long an event log that has lost events can be given them
            again, `BACKLINE_KEEP_PUBLISHED_HOURS`.
        pool_size: Connections to the database, per process.
        access_token_s: How long an access token is believed.
        session_idle_s: A session ends without a refresh for so long.
        session_absolute_s: A session ends after so long, whatever happens.
        guest_session_s: A guest's session ends after so long.
        link_s: How long the links for setup and for passwords work.
        key_rotation_s: The signing key is replaced when it is so old.
        public_url: Where others reach the room, `BACKLINE_PUBLIC_URL`; QR codes lead there.
        network_url: Where phones in the same network reach it, if nothing stands in front; found
            by `backline up`. QR codes lead there where a page was opened as localhost.
        registration: Whether people may make accounts by themselves.
        guests: Whether people may come in by name alone.
        argon2_memory_kib: Memory of one password hash; the default is the least that is safe.
        argon2_iterations: Passes over it.
        argon2_parallelism: Lanes.
        hashes_waiting: Logins that may wait for a core; more are refused.
    """

    model_config = SettingsConfigDict(
        env_prefix="IDENTITY_", frozen=True, extra="forbid", populate_by_name=True
    )

    database_url: str
    key_dir: Path
    events_url: str = Field(
        default="", validation_alias=AliasChoices("IDENTITY_EVENTS_URL", "BACKLINE_EVENTS_URL")
    )
    keep_published_hours: int = Field(
        default=24,
        ge=1,
        validation_alias=AliasChoices(
            "IDENTITY_KEEP_PUBLISHED_HOURS", "BACKLINE_KEEP_PUBLISHED_HOURS"
        ),
    )
    pool_size: int = Field(default=5, ge=1, le=200)
    access_token_s: int = Field(default=600, ge=30, le=MAX_LIFETIME_S)
    session_idle_s: int = Field(default=14 * _DAY_S, ge=600)
    session_absolute_s: int = Field(default=90 * _DAY_S, ge=600)
    guest_session_s: int = Field(default=_DAY_S, ge=600)
    link_s: int = Field(default=_DAY_S, ge=60)
    key_rotation_s: int = Field(default=30 * _DAY_S, ge=3600)
    public_url: str = Field(
        default="", validation_alias=AliasChoices("IDENTITY_PUBLIC_URL", "BACKLINE_PUBLIC_URL")
    )
    network_url: str = ""
    registration: bool = True
    guests: bool = True
    argon2_memory_kib: int = Field(default=MEMORY_KIB, ge=MEMORY_KIB, le=1024 * 1024)
    argon2_iterations: int = Field(default=ITERATIONS, ge=ITERATIONS, le=20)
    argon2_parallelism: int = Field(default=PARALLELISM, ge=PARALLELISM, le=16)
    hashes_waiting: int = Field(default=64, ge=0, le=10_000)
