"""What scores are told when they start."""

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from backline.kit.settings import Origins


class Settings(BaseSettings):
    """Settings of the scores, `SCORES_…`.

    Attributes:
        database_url: `postgresql+asyncpg://…`.
        events_url: The event log, `BACKLINE_EVENTS_URL`. Without one no event leaves, and those
            of the line-up are not heard: lists are as old as they may be.
        redis_url: The cache, `BACKLINE_REDIS_URL`; in the process without one.
        identity_target: Where identity listens: `unix:/…/identity.sock`, `identity:50057`.
        lineup_target: Where the line-up listens: `unix:/…/lineup.sock`, `lineup:50051`.
        origins: Origins other than the server's own whose pages may open sockets, such as
            `https://room.example`; separated by commas.
        keep_published_hours: For how long an event log that has lost events can be given them
            again, `BACKLINE_KEEP_PUBLISHED_HOURS`.
        pool_size: Connections to the database, per process.
        lineup_timeout_s: How long one answer of the line-up is waited for.
        events_ttl_s: How old a list of events may be that the line-up has told nothing new about.
        confirm_within_s: A score that the line-up was asked for in vain until then is rejected,
            and taken back there as soon as it answers.
        keep_days: How long it is kept who gave which score; then only the tally stays.
    """

    model_config = SettingsConfigDict(
        env_prefix="SCORES_", frozen=True, extra="forbid", populate_by_name=True
    )

    database_url: str
    events_url: str = Field(
        default="", validation_alias=AliasChoices("SCORES_EVENTS_URL", "BACKLINE_EVENTS_URL")
    )
    redis_url: str = Field(
        default="", validation_alias=AliasChoices("SCORES_REDIS_URL", "BACKLINE_REDIS_URL")
    )
    identity_target: str = "127.0.0.1:50057"
    lineup_target: str = "127.0.0.1:50051"
    origins: Origins = ()
    keep_published_hours: int = Field(
        default=24,
        ge=1,
        validation_alias=AliasChoices(
            "SCORES_KEEP_PUBLISHED_HOURS", "BACKLINE_KEEP_PUBLISHED_HOURS"
        ),
    )
    pool_size: int = Field(default=8, ge=1, le=200)
    lineup_timeout_s: float = Field(default=2.0, gt=0, le=30)
    events_ttl_s: float = Field(default=5.0, gt=0, le=3600)
    confirm_within_s: float = Field(default=30.0, gt=0, le=3600)
    keep_days: int = Field(default=365, ge=1)
