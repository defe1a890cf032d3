"""What the confirmed scores of events come to, counted anew each time it is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.kit.core.messages import Query
from backline.scores.domain import HIGHEST, LOWEST

# Scores that are no longer kept one by one are in `tally`.
_TALLIES = text(
    """
    SELECT event_id, score, CAST(sum(count) AS bigint) AS number FROM (
      SELECT event_id, confirmed_score AS score, count(*) AS count FROM score
      WHERE event_id = ANY(:events) AND confirmed_score IS NOT NULL
      GROUP BY event_id, confirmed_score
      UNION ALL
      SELECT event_id, score, count FROM tally WHERE event_id = ANY(:events)
    ) AS counted GROUP BY event_id, score
    """
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many gave one, two … five."""

    histogram: Sequence[int] = (0,) * HIGHEST

    @property
    def count(self) -> int:
        return sum(self.histogram)

    @property
    def total(self) -> int:
        return sum(score * count for score, count in enumerate(self.histogram, LOWEST))

    @property
    def mean(self) -> float | None:
        return self.total / self.count if self.count else None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetTallies(Query[Mapping[int, Tally]]):
    """By event; events without a confirmed score are left out."""

    event_ids: tuple[int, ...]


async def get_tallies(query: GetTallies, connection: AsyncConnection) -> Mapping[int, Tally]:
    found: dict[int, list[int]] = {}
    for row in await connection.execute(_TALLIES, {"events": list(query.event_ids)}):
        found.setdefault(row.event_id, [0] * HIGHEST)[row.score - LOWEST] = row.number
    return {event_id: Tally(tuple(histogram)) for event_id, histogram in found.items()}


QUERIES = (get_tallies,)
