"""What can be proved about the scores, also against what the line-up has counted."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import asyncpg

from backline.kit import common_checks
from backline.kit.checks import Check, Found, FunctionCheck, SqlCheck
from backline.kit.db.engine import CONNECT_TIMEOUT_S, asyncpg_url
from backline.scores.domain import LineupEvent, NoSuchEvent
from backline.scores.ports import Lineup

MOST_EVENTS = 50
LATE_S = 120
"""A saga has ended long before, or waits for a line-up that does not answer."""

# Scores on their way are counted here or there first: what they belong to is looked at later.
_COUNTED = f"""
    SELECT event_id, CAST(sum(count) AS bigint) AS count, CAST(sum(count * score) AS bigint) AS sum
    FROM (
      SELECT event_id, confirmed_score AS score, count(*) AS count FROM score
      WHERE confirmed_score IS NOT NULL GROUP BY event_id, confirmed_score
      UNION ALL SELECT event_id, score, count FROM tally
    ) AS counted
    WHERE NOT EXISTS (SELECT FROM score s WHERE s.event_id = counted.event_id AND (
      s.status = 'pending' OR s.reason = 'LINEUP_UNREACHABLE'))
    GROUP BY event_id ORDER BY event_id DESC LIMIT {MOST_EVENTS}
"""  # noqa: S608 - a constant


def checks(database_url: str, lineup: Lineup) -> Sequence[Check]:
    """All of them; `lineup` is asked for its counts."""
    return (
        FunctionCheck(
            name="scores.lineup",
            proves="The line-up counts exactly the scores that are confirmed here.",
            mend="backline saga list",
            function=_Counts(database_url, lineup.get_event),
        ),
        SqlCheck(
            name="scores.pending",
            proves=f"Every score is settled within {LATE_S} seconds.",
            mend="backline saga list",
            url=database_url,
            counted="SELECT count(*) FROM score",
            wrong=f"""
                SELECT 'score ' || id || ' of event ' || event_id || ', since '
                  || date_trunc('second', changed_at)
                FROM score WHERE status = 'pending'
                  AND changed_at < now() - interval '{LATE_S} seconds' ORDER BY changed_at
            """,  # noqa: S608 - a constant
        ),
        common_checks.outbox("scores", database_url),
        common_checks.parked("scores", database_url),
        common_checks.migrations("scores", database_url, "backline.scores"),
    )


class _Counts:
    """Compares count and sum per event, for the latest events whose scores are all settled."""

    def __init__(
        self, database_url: str, get_event: Callable[[int], Awaitable[LineupEvent]]
    ) -> None:
        self._url = database_url
        self._get_event = get_event

    async def __call__(self) -> Found:
        before = await self._counted()
        told: dict[int, tuple[int, int]] = {}
        for event_id in before:
            try:
                event = await self._get_event(event_id)
            except NoSuchEvent:
                told[event_id] = 0, 0
                continue
            told[event_id] = (
                event.score_count,
                round(event.score_count * (event.score_mean or 0.0)),
            )
        # What has changed while it was looked at proves nothing.
        after = await self._counted()
        steady = [each for each in told if after.get(each) == before[each]]
        wrong = [
            f"event {each}: {before[each][0]} scores here (sum {before[each][1]}),"
            f" {told[each][0]} in the line-up (sum {told[each][1]})"
            for each in steady
            if told[each] != before[each]
        ]
        return Found(len(steady), len(wrong), tuple(wrong))

    async def _counted(self) -> Mapping[int, tuple[int, int]]:
        connection = await asyncpg.connect(asyncpg_url(self._url), timeout=CONNECT_TIMEOUT_S)
        try:
            rows = await connection.fetch(_COUNTED)
        finally:
            await connection.close()
        return {row["event_id"]: (row["count"], row["sum"]) for row in rows}
