"""What can be proved about the line-up."""

from collections.abc import Awaitable, Callable, Sequence

from backline.kit import common_checks
from backline.kit.checks import Check, SqlCheck


def checks(database_url: str, *, recount: Callable[[], Awaitable[None]]) -> Sequence[Check]:
    """All of them.

    Args:
        recount: Sets every act's count and sum to their recount.
    """
    return [
        SqlCheck(
            name="lineup.tallies",
            proves="The count and the sum of every act equal their recount.",
            mend="",
            url=database_url,
            counted="SELECT count(*) FROM events",
            wrong="""
                SELECT title || ': ' || score_count || ' scores of ' || score_sum || ' shown, '
                  || counted || ' of ' || summed || ' counted'
                FROM events JOIN recounted ON events.id = recounted.event_id
                WHERE (score_count, score_sum) IS DISTINCT FROM (counted, summed)
            """,
            repair=recount,
        ),
        SqlCheck(
            name="lineup.people",
            proves="Everybody counts once for an act.",
            mend="backline logs api",
            url=database_url,
            counted="SELECT count(DISTINCT (event_id, score_id)) FROM scores",
            wrong="""
                SELECT 'person ' || user_id || ', act ' || event_id || ': scores '
                  || string_agg(DISTINCT score_id::text, ', ')
                FROM scores WHERE NOT reverted AND score IS NOT NULL
                GROUP BY event_id, user_id HAVING count(DISTINCT score_id) > 1
            """,
        ),
        SqlCheck(
            name="lineup.closed",
            proves="Every act is closed when its deadline has passed.",
            mend="backline logs worker",
            url=database_url,
            counted="SELECT count(*) FROM events WHERE deadline < now()",
            wrong="""
                SELECT title || ': was to close at ' || deadline FROM events
                WHERE closed_at IS NULL AND deadline < now() - interval '30 seconds'
            """,
        ),
        common_checks.outbox("lineup", database_url),
        common_checks.parked("lineup", database_url),
        common_checks.migrations("lineup", database_url, "backline.lineup"),
    ]
