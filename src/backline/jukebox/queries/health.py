"""How the queue is, in figures."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.kit.core.messages import Query

_VITALS = text(
    """
    SELECT coalesce(lease_until > clock_timestamp(), false) AS conducted,
      CAST(extract(epoch FROM clock_timestamp() - contact_at) AS float8) AS contact_age_s,
      (SELECT count(*) FROM queue_items WHERE state IN ('queued', 'locked')) AS waiting,
      (SELECT count(*) FROM tracks WHERE status = 'analysing' AND deleted_at IS NULL) AS analysing,
      (SELECT CAST(extract(epoch FROM clock_timestamp() - min(uploaded_at)) AS float8) FROM tracks
        WHERE status = 'analysing' AND deleted_at IS NULL) AS analysing_s,
      (SELECT count(*) FROM tracks WHERE status = 'failed' AND deleted_at IS NULL
        AND uploaded_at > clock_timestamp() - interval '12 hours') AS failed,
      (SELECT CAST(extract(epoch FROM clock_timestamp() - min(created_at)) AS float8)
        FROM outbox) AS outbox_age_s
    FROM room
    """
)


@dataclass(frozen=True, slots=True)
class Vitals:
    """One look at the database.

    Attributes:
        conducted: Whether somebody steers the player.
        contact_age_s: How long ago the conductor last wrote down what the player does.
        waiting: Songs that could play next.
        analysing: Uploads that wait for the worker, or that it listens to.
        analysing_s: How long the oldest of them has waited.
        failed: Uploads of the last twelve hours that cannot be played.
        outbox_age_s: How long the oldest event has waited for the relay.
    """

    conducted: bool
    contact_age_s: float | None
    waiting: int
    analysing: int
    analysing_s: float | None
    failed: int
    outbox_age_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetVitals(Query[Vitals]):
    """For the console's health list."""


async def get_vitals(query: GetVitals, connection: AsyncConnection) -> Vitals:
    row = (await connection.execute(_VITALS)).one()
    return Vitals(
        conducted=row.conducted,
        contact_age_s=row.contact_age_s,
        waiting=row.waiting,
        analysing=row.analysing,
        analysing_s=row.analysing_s,
        failed=row.failed,
        outbox_age_s=row.outbox_age_s,
    )


QUERIES = (get_vitals,)
