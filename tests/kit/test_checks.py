"""A check says what it saw; the checks of the kit see what is wrong."""

import asyncio
import uuid

import asyncpg
import pytest

from backline.kit import common_checks
from backline.kit.checks import (
    Check,
    Checks,
    Found,
    FunctionCheck,
    NoSuchCheck,
    NothingToMend,
    SqlCheck,
    State,
)
from backline.kit.db.engine import asyncpg_url
from backline.kit.testing.clock import FixedClock


async def said(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(asyncpg_url(url))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def wrong(check: Check) -> tuple[int, tuple[str, ...]]:
    found = await check.look()
    return found.wrong, found.evidence


def function(answer, **rest) -> FunctionCheck:
    return FunctionCheck(name="kit.it", proves="It is so.", mend="do it", function=answer, **rest)


async def well() -> Found:
    return Found(3, 0)


async def never_ends() -> Found:
    await asyncio.Event().wait()
    return Found(0, 0)


async def breaks() -> Found:
    raise OSError("no such disk")


@pytest.mark.parametrize(
    ("answer", "state", "why"),
    [
        (well, State.WELL, ""),
        (never_ends, State.UNKNOWN, "No answer within 0 s."),
        (breaks, State.UNKNOWN, "OSError: no such disk"),
    ],
)
async def test_a_check_that_cannot_look_never_says_that_all_is_well(answer, state, why) -> None:
    checks = Checks([function(answer)], FixedClock(), within_s=0.05)
    assert [each.state for each in checks.verdicts()] == [State.NEVER]

    (verdict,) = await checks.run()

    assert (verdict.state, verdict.why) == (state, why)
    assert verdict.at == FixedClock().now()
    assert list(checks.verdicts()) == [verdict]


async def test_a_button_mends_and_looks_again() -> None:
    left = ["one"]

    async def look() -> Found:
        return Found(1, len(left), tuple(left))

    async def repair() -> None:
        left.clear()

    checks = Checks([function(look, repair=repair)], FixedClock())
    assert (await checks.run())[0].state is State.WRONG
    assert (await checks.repair("kit.it")).state is State.WELL


async def test_what_has_no_button_or_does_not_exist_is_refused() -> None:
    checks = Checks([function(well)], FixedClock())

    with pytest.raises(NothingToMend):
        await checks.repair("kit.it")
    with pytest.raises(NoSuchCheck):
        await checks.run("kit.other")


async def test_a_check_can_change_nothing(kit_database: str) -> None:
    check = SqlCheck(
        name="kit.it",
        proves="",
        mend="",
        url=kit_database,
        counted="DELETE FROM outbox RETURNING 1",
        wrong="SELECT 'x'",
    )

    (verdict,) = await Checks([check], FixedClock()).run()

    assert verdict.state is State.UNKNOWN
    assert "read-only" in verdict.why


async def test_an_event_that_stays_in_the_outbox_is_seen(kit_database: str) -> None:
    check = common_checks.outbox("kit", kit_database)

    def row(age: str) -> str:
        return (
            "INSERT INTO outbox (shard, id, topic, key, type, headers, payload, created_at) VALUES"
            f" (0, '{uuid.uuid4()}', 't', '7', 'kit.v1.Said', '{{}}', '', now() - interval '{age}')"
        )

    await said(kit_database, row("1 second"))
    assert (await wrong(check))[0] == 0

    await said(kit_database, row("2 minutes"))

    count, evidence = await wrong(check)
    assert count == 1
    assert evidence[0].startswith("kit.v1.Said 7, since ")


async def test_a_database_that_is_not_at_the_head_is_seen(kit_database: str) -> None:
    check = common_checks.migrations("kit", kit_database, "backline.front")
    assert (await wrong(check))[0] == 0

    await said(kit_database, "DELETE FROM alembic_version WHERE version_num = 'inbox_0002'")

    assert await wrong(check) == (1, ("inbox_0002",))


def event(offset: int, age: str = "0 seconds") -> str:
    return (
        'INSERT INTO event (topic, number, "offset", id, key, type, headers, payload,'
        f" happened_at, appended_at) VALUES ('t', 0, {offset}, '{uuid.uuid4()}', 'k', 'x', '{{}}',"
        f" '', now(), now() - interval '{age}')"
    )


async def test_a_gap_in_the_log_is_seen(log_database: str) -> None:
    log, _ = common_checks.event_log("kit", log_database)
    await said(
        log_database, "INSERT INTO partition VALUES ('t', 0, 3)", event(0), event(1), event(2)
    )
    assert (await wrong(log))[0] == 0

    await said(log_database, 'DELETE FROM event WHERE "offset" = 1')
    assert await wrong(log) == (1, ("t 0: 1 missing, ends at 2 of 2",))

    await said(log_database, event(1), 'DELETE FROM event WHERE "offset" = 2')
    assert await wrong(log) == (1, ("t 0: 0 missing, ends at 1 of 2",))


async def test_a_reader_that_stands_still_is_seen(log_database: str) -> None:
    _, readers = common_checks.event_log("kit", log_database)
    await said(
        log_database,
        event(0, "5 minutes"),
        event(1, "5 minutes"),
        event(2),
        "INSERT INTO group_offset (group_name, topic, number, \"offset\") VALUES ('g', 't', 0, 2)",
    )
    assert (await wrong(readers))[0] == 0

    await said(log_database, 'UPDATE group_offset SET "offset" = 1')

    count, evidence = await wrong(readers)
    assert count == 1
    assert evidence[0].startswith("g t 0: 2 unread, since ")


async def test_a_parked_message_is_seen(kit_database: str) -> None:
    check = common_checks.parked("kit", kit_database)
    assert (await wrong(check))[0] == 0
    columns = 'group_name, topic, number, key, type, headers, payload, happened_at, "offset"'
    letter = "'g', 't', 0, 'k', 'x', '{}', '', now()"

    await said(
        kit_database,
        f"INSERT INTO dead_letter (id, message_id, reason, detail, {columns})"
        f" VALUES ('{uuid.uuid4()}', '{uuid.uuid4()}', 'INTERNAL', 'why', {letter}, 0)",
        f"INSERT INTO dead_letter (id, message_id, {columns})"
        f" VALUES ('{uuid.uuid4()}', '{uuid.uuid4()}', {letter}, 1)",
    )

    assert await wrong(check) == (1, ("x k: INTERNAL, why",))


async def test_work_that_was_given_up_is_seen_and_tried_again(jobs_database: str) -> None:
    check = common_checks.jobs("kit", jobs_database)
    assert (await wrong(check))[0] == 0
    await said(
        jobs_database,
        "INSERT INTO job (id, kind, payload, traceparent, state, run_at, max_attempts, reason,"
        f" error, finished_at) VALUES ('{uuid.uuid4()}', 'listen', '{{}}', '', 'dead', now(), 5,"
        " 'INTERNAL', 'why', now())",
    )
    checks = Checks([check], FixedClock())

    (verdict,) = await checks.run()
    assert (verdict.state, verdict.wrong, verdict.repairable) == (State.WRONG, 1, True)

    assert (await checks.repair("kit.jobs")).state is State.WELL
