"""How the scores are, in figures."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.kit.core.clock import Clock
from backline.kit.core.messages import Query

_VITALS = text(
    """
    SELECT count(*) AS waiting,
      CAST(extract(epoch FROM CAST(:now AS timestamptz) - min(changed_at)) AS float8) AS oldest_s,
      (SELECT CAST(extract(epoch FROM clock_timestamp() - min(created_at)) AS float8)
        FROM outbox) AS outbox_age_s
    FROM score WHERE status = 'pending'
    """
)


@dataclass(frozen=True, slots=True)
class Vitals:
    """One look at the database.

    Attributes:
        waiting: Scores that the line-up has not answered yet.
        oldest_s: How long the first of them has waited.
        outbox_age_s: How long the oldest event has waited for the relay.
    """

    waiting: int
    oldest_s: float | None
    outbox_age_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetVitals(Query[Vitals]):
    """For the console's health list."""


async def get_vitals(query: GetVitals, clock: Clock, connection: AsyncConnection) -> Vitals:
    row = (await connection.execute(_VITALS, {"now": clock.now()})).one()
    return Vitals(row.waiting, row.oldest_s, row.outbox_age_s)


QUERIES = (get_vitals,)
