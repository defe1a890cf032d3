"""One process opens a log or a queue once, however many use it."""

import asyncpg
import pytest

from backline.kit.core.errors import Unavailable
from backline.kit.db.engine import asyncpg_url
from backline.kit.jobs.open import UnknownQueue, open_job_queue
from backline.kit.messaging.log import EventLog
from backline.kit.messaging.open import UnknownBroker, open_event_log
from backline.kit.testing.contracts.event_log.scenes import Seen, a_record, consuming, publish
from backline.kit.testing.eventually import eventually


async def connections(url):
    connection = await asyncpg.connect(asyncpg_url(url))
    try:
        return await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()


async def test_who_opens_a_log_again_shares_its_connections(log_database):
    logs: list[EventLog] = [open_event_log(log_database) for _ in range(5)]
    seen = Seen()

    async with consuming(logs[0], seen):
        for log in logs:
            await publish(log, [a_record()])
        await eventually(lambda: len(seen.messages) == 5)
        assert await connections(log_database) <= 5

    for log in logs:
        await log.close()


async def test_the_last_one_closes_it(log_database):
    first, second = open_event_log(log_database), open_event_log(log_database)
    await publish(first, [a_record()])

    await first.close()
    await publish(second, [a_record()])
    await second.close()

    async def all_gone():
        return await connections(log_database) == 0

    await eventually(all_gone)


async def test_a_log_that_was_closed_can_be_opened_again(log_database):
    first = open_event_log(log_database)
    await first.close()

    again = open_event_log(log_database)
    await publish(again, [a_record()])
    await again.close()


async def test_a_queue_is_shared_too(jobs_database):
    first, second = open_job_queue(jobs_database), open_job_queue(jobs_database)

    job_id = await first.enqueue("sing", {})
    await first.close()

    assert (await second.get(job_id)).kind == "sing"
    await second.close()
    with pytest.raises(Unavailable):
        await second.get(job_id)


def test_an_unknown_scheme_is_named():
    with pytest.raises(UnknownBroker, match="carrier-pigeon"):
        open_event_log("carrier-pigeon://loft")
    with pytest.raises(UnknownQueue, match="carrier-pigeon"):
        open_job_queue("carrier-pigeon://loft")
