"""Checks of what every service has: its migrations, its outbox; and of the log and the jobs."""

from collections.abc import Sequence

from backline.kit.checks import Check, Found, FunctionCheck, SqlCheck
from backline.kit.db.migrations import pending
from backline.kit.jobs.open import open_job_queue

OLD_OUTBOX_S = 30
"""A relay that lives carries an event on within milliseconds."""

OLD_UNREAD_S = 60


def migrations(service: str, url: str, package: str) -> Check:
    async def look() -> Found:
        known, missing = await pending(url, package)
        return Found(known, len(missing), tuple(sorted(missing)))

    return FunctionCheck(
        name=f"{service}.migrations",
        proves="The database is as this version needs it.",
        mend="backline migrate",
        function=look,
    )


def outbox(service: str, url: str) -> Check:
    return SqlCheck(
        name=f"{service}.outbox",
        proves=f"Every event leaves within {OLD_OUTBOX_S} seconds.",
        mend="backline logs worker",
        url=url,
        counted="SELECT count(*) FROM outbox",
        wrong=f"""
            SELECT type || ' ' || key || ', since ' || date_trunc('second', created_at)
            FROM outbox WHERE created_at < now() - interval '{OLD_OUTBOX_S} seconds'
            ORDER BY position
        """,  # noqa: S608 - a constant
    )


def event_log(service: str, url: str) -> Sequence[Check]:
    """Of the whole log, whoever writes into it."""
    return (
        SqlCheck(
            name=f"{service}.log",
            proves="The event log has no gaps.",
            mend="backline restore FILE",
            url=url,
            counted="SELECT count(*) FROM event",
            wrong="""
                SELECT topic || ' ' || number || ': '
                  || max("offset") - min("offset") + 1 - count(*) || ' missing, ends at '
                  || max("offset") || ' of ' || p.next_offset - 1
                FROM event JOIN partition p USING (topic, number)
                GROUP BY topic, number, p.next_offset
                HAVING count(*) <> max("offset") - min("offset") + 1
                  OR max("offset") <> p.next_offset - 1
            """,
        ),
        SqlCheck(
            name=f"{service}.readers",
            proves=f"Whoever reads the event log is less than {OLD_UNREAD_S} seconds behind.",
            mend="backline logs worker",
            url=url,
            counted="SELECT count(*) FROM group_offset",
            wrong=f"""
                SELECT g.group_name || ' ' || g.topic || ' ' || g.number || ': '
                  || count(*) || ' unread, since ' || date_trunc('second', min(e.appended_at))
                FROM group_offset g JOIN event e
                  ON e.topic = g.topic AND e.number = g.number AND e."offset" >= g."offset"
                GROUP BY g.group_name, g.topic, g.number
                HAVING min(e.appended_at) < now() - interval '{OLD_UNREAD_S} seconds'
            """,  # noqa: S608 - a constant
        ),
    )


def parked(service: str, url: str) -> Check:
    """Of a service that consumes."""
    return SqlCheck(
        name=f"{service}.parked",
        proves="No message was set aside because nobody could handle it.",
        mend="backline dead-letters list",
        url=url,
        counted="SELECT count(*) FROM dead_letter",
        wrong="""
            SELECT type || ' ' || key || ': ' || reason || ', ' || detail
            FROM dead_letter WHERE reason IS NOT NULL ORDER BY parked_at DESC
        """,
    )


def jobs(service: str, url: str) -> Check:
    async def revive() -> None:
        queue = open_job_queue(url)
        try:
            for job in await queue.dead():
                await queue.revive(job.id)
        finally:
            await queue.close()

    return SqlCheck(
        name=f"{service}.jobs",
        proves="No work was given up.",
        mend="backline logs worker",
        url=url,
        counted="SELECT count(*) FROM job",
        wrong="""
            SELECT kind || ' ' || coalesce(key, id::text) || ': ' || reason || ', ' || error
            FROM job WHERE state = 'dead' ORDER BY finished_at DESC
        """,
        repair=revive,
    )
