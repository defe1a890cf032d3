"""What the line-up is told when it starts."""

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of the line-up, `LINEUP_…`.

    Attributes:
        database_url: `postgresql+asyncpg://…`.
        events_url: The event log, `BACKLINE_EVENTS_URL`. Without one nothing is published, and
            songs that were played are not noticed.
        identity_target: Where identity listens: `unix:/…/identity.sock`, `identity:50057`.
        keep_published_hours: For how long an event log that has lost events can be given them
            again, `BACKLINE_KEEP_PUBLISHED_HOURS`.
        pool_size: Connections to the database, per process.
    """

    model_config = SettingsConfigDict(
        env_prefix="LINEUP_", frozen=True, extra="forbid", populate_by_name=True
    )

    database_url: str
    events_url: str = Field(
        default="", validation_alias=AliasChoices("LINEUP_EVENTS_URL", "BACKLINE_EVENTS_URL")
    )
    identity_target: str = "127.0.0.1:50057"
    keep_published_hours: int = Field(
        default=24,
        ge=1,
        validation_alias=AliasChoices(
            "LINEUP_KEEP_PUBLISHED_HOURS", "BACKLINE_KEEP_PUBLISHED_HOURS"
        ),
    )
    pool_size: int = Field(default=8, ge=1, le=200)
