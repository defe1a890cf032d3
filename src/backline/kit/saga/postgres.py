"""Sagas in the database of their service."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from itertools import zip_longest
from time import monotonic
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.kit.core.actor import SYSTEM
from backline.kit.core.context import current
from backline.kit.core.ids import uuid7
from backline.kit.core.messages import Command
from backline.kit.db.connection import Pool
from backline.kit.db.doorbell import Doorbell
from backline.kit.db.uow import UnitOfWork
from backline.kit.saga.declaration import SagaRegistry
from backline.kit.saga.port import SagaData
from backline.kit.saga.progress import Progress, State, starting
from backline.kit.saga.store import (
    DOORBELL_CHANNEL,
    Held,
    Recording,
    SagaLost,
    Transactions,
)

# Whoever starts a saga holds the row of its resource until the commit, and draws the saga's
# position only then: positions on one resource are in the order in which transactions commit.
_START = text(
    """
    WITH locked AS (
      INSERT INTO saga_lock (resource, saga_id)
      SELECT CAST(:resource AS text), CAST(:id AS uuid) WHERE CAST(:resource AS text) IS NOT NULL
      ON CONFLICT (resource) DO UPDATE SET saga_id = saga_lock.saga_id
      RETURNING saga_id
    ), turn AS MATERIALIZED (
      SELECT COALESCE(bool_and(saga_id = CAST(:id AS uuid)), true) AS mine FROM locked
    )
    INSERT INTO saga (id, name, data, resource, traceparent, step, deadline, state, due_at)
    SELECT CAST(:id AS uuid), CAST(:name AS text), CAST(:data AS jsonb), CAST(:resource AS text),
      CAST(:traceparent AS text), CAST(:step AS text),
      clock_timestamp() + CAST(:deadline AS interval),
      CASE WHEN mine THEN 'running' ELSE 'waiting' END,
      CASE WHEN mine THEN clock_timestamp() END
    FROM turn
    """
)
_CLAIM = """
UPDATE saga SET epoch = epoch + 1, attempts = attempts + 1,
  due_at = clock_timestamp() + $3::interval
FROM (
  SELECT id FROM saga WHERE due_at <= clock_timestamp() AND name = ANY($1::text[])
  ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
) AS due
WHERE saga.id = due.id
RETURNING saga.*, extract(epoch FROM deadline - clock_timestamp())::float8 AS remaining_s,
  extract(epoch FROM clock_timestamp() - started_at)::float8 AS age_s,
  (SELECT json_object_agg(step, reply ORDER BY round) FROM saga_step
   WHERE saga_id = saga.id AND action = 'do' AND reply IS NOT NULL) AS replies
"""
# Taken first, and in one order: who starts, ends or waits on one of them does so one at a time.
_LOCK_RESOURCES = text(
    "SELECT FROM saga_lock WHERE saga_id = ANY(:ids) ORDER BY resource FOR UPDATE"
)
_MOVE = text(
    """
    WITH moved AS (
      UPDATE saga SET epoch = saga.epoch + 1, updated_at = clock_timestamp(),
        state = given.state, step = given.step, backward = given.backward,
        decided = given.decided, round = given.round, attempts = given.attempts,
        failures = given.failures, reason = given.reason, detail = given.detail,
        due_at = clock_timestamp() + given.pause,
        ended_at = CASE WHEN given.ended THEN clock_timestamp() END
      FROM unnest(
        CAST(:ids AS uuid[]), CAST(:epochs AS bigint[]), CAST(:states AS text[]),
        CAST(:steps AS text[]), CAST(:backwards AS boolean[]), CAST(:decideds AS boolean[]),
        CAST(:rounds AS smallint[]), CAST(:attempts AS integer[]), CAST(:failures AS integer[]),
        CAST(:reasons AS text[]), CAST(:details AS text[]), CAST(:pauses AS interval[]),
        CAST(:endeds AS boolean[])
      ) AS given (id, epoch, state, step, backward, decided, round, attempts, failures, reason,
        detail, pause, ended)
      WHERE saga.id = given.id AND saga.epoch = given.epoch
      RETURNING saga.id
    ), told AS (
      INSERT INTO saga_step (saga_id, round, step, action, outcome, attempts, reply, reason, detail)
      SELECT * FROM unnest(
        CAST(:entry_ids AS uuid[]), CAST(:entry_rounds AS smallint[]), CAST(:entry_steps AS text[]),
        CAST(:entry_actions AS text[]), CAST(:entry_outcomes AS text[]),
        CAST(:entry_attempts AS integer[]), CAST(:entry_replies AS jsonb[]),
        CAST(:entry_reasons AS text[]), CAST(:entry_details AS text[])
      )
      ON CONFLICT (saga_id, round, step, action) DO UPDATE SET
        outcome = EXCLUDED.outcome, attempts = EXCLUDED.attempts, reply = EXCLUDED.reply,
        reason = EXCLUDED.reason, detail = EXCLUDED.detail, at = EXCLUDED.at
    )
    SELECT count(*) FROM moved
    """
)
_HAND_ON = text(
    """
    WITH left_free AS (
      SELECT resource, (
        SELECT id FROM saga WHERE saga.resource = saga_lock.resource AND state = 'waiting'
        ORDER BY position LIMIT 1
      ) AS heir
      FROM saga_lock WHERE saga_id = ANY(:ids)
    ), freed AS (
      DELETE FROM saga_lock USING left_free
      WHERE saga_lock.resource = left_free.resource AND heir IS NULL
    ), passed AS (
      UPDATE saga_lock SET saga_id = heir FROM left_free
      WHERE saga_lock.resource = left_free.resource AND heir IS NOT NULL
    )
    UPDATE saga SET state = 'running', due_at = clock_timestamp()
    FROM left_free WHERE saga.id = heir
    """
)
_RENEW = """
UPDATE saga SET due_at = clock_timestamp() + $3::interval
FROM unnest($1::uuid[], $2::bigint[]) AS held (id, epoch)
WHERE saga.id = held.id AND saga.epoch = held.epoch
"""
_RELEASE = """
UPDATE saga SET due_at = clock_timestamp(), epoch = saga.epoch + 1
FROM unnest($1::uuid[], $2::bigint[]) AS held (id, epoch)
WHERE saga.id = held.id AND saga.epoch = held.epoch
"""
_PRUNE = """
WITH gone AS (
  DELETE FROM saga WHERE id = ANY(ARRAY(
    SELECT id FROM saga WHERE ended_at < clock_timestamp() - $1::interval LIMIT $2
  ))
  RETURNING id
), forgotten AS (
  DELETE FROM saga_step USING gone WHERE saga_step.saga_id = gone.id
)
SELECT count(*) FROM gone
"""
_PRUNE_AT_A_TIME = 5_000
UNDOING = "SELECT resource FROM saga WHERE state IN ('compensating', 'stuck') AND backward"
"""SQL: what sagas hold that are being undone. Those who wait for them have no end in sight."""


class PostgresSagas:
    """See `Sagas`. One per unit of work."""

    def __init__(self, uow: UnitOfWork, registry: SagaRegistry) -> None:
        self._uow = uow
        self._registry = registry
        self._started: list[dict[str, Any]] = []

    def start(self, data: SagaData) -> UUID:
        saga = self._registry.of(data)
        if not self._started:
            self._uow.before_commit(self._write)
            self._uow.ring(DOORBELL_CHANNEL)
        saga_id = uuid7()
        self._started.append(
            {
                "id": saga_id,
                "name": saga.name,
                "data": saga.adapter.dump_json(data).decode(),
                "resource": data.resource,
                "traceparent": current().traceparent,
                "step": starting(saga).step,
                "deadline": saga.deadline,
            }
        )
        return saga_id

    async def _write(self) -> None:
        # Stable, so that two on one resource keep their order.
        for row in sorted(self._started, key=lambda row: row["resource"] or ""):
            await self._uow.connection.execute(_START, row)
        self._started.clear()


class PostgresSagaStore:
    """See `SagaStore`.

    Args:
        url: Of the service's database.
    """

    def __init__(self, url: str, doorbell: Doorbell) -> None:
        self._pool = Pool(url, size=2, application_name="backline sagas")
        self._doorbell = doorbell

    async def claim(self, names: Sequence[str], limit: int, *, lease_s: float) -> Sequence[Held]:
        rows = await self._pool.fetch(_CLAIM, list(names), limit, timedelta(seconds=lease_s))
        now = monotonic()
        return [_to_held(row, now) for row in sorted(rows, key=lambda row: row["position"])]

    async def record(self, recordings: Sequence[Recording], transactions: Transactions) -> bool:
        handed_on = False

        async def within(uow: UnitOfWork) -> None:
            nonlocal handed_on
            handed_on = await _record(uow.connection, recordings)

        await transactions.together(_in_order(recordings), actor=SYSTEM, within=within)
        if handed_on:
            self._doorbell.ring(DOORBELL_CHANNEL)
        return handed_on

    async def renew(self, held: Sequence[Held], *, lease_s: float) -> None:
        await self._pool.execute(_RENEW, *_names(held), timedelta(seconds=lease_s))

    async def release(self, held: Sequence[Held]) -> None:
        await self._pool.execute(_RELEASE, *_names(held))
        self._doorbell.ring(DOORBELL_CHANNEL)

    async def prune(self, ended_before: timedelta) -> int:
        return int(await self._pool.fetchval(_PRUNE, ended_before, _PRUNE_AT_A_TIME))

    def wakeups(self, *, every_s: float, until: asyncio.Event) -> AsyncIterator[None]:
        return self._doorbell.listen(DOORBELL_CHANNEL, every_s=every_s, until=until)

    async def close(self) -> None:
        await self._pool.close()


async def _record(connection: AsyncConnection, recordings: Sequence[Recording]) -> bool:
    ending = [
        each.held.id for each in recordings if each.move.to.state.ended and each.held.resource
    ]
    if ending:
        await connection.execute(_LOCK_RESOURCES, {"ids": ending})
    moved = await connection.scalar(_MOVE, _moves(recordings) | _entries(recordings))
    if moved != len(recordings):
        raise SagaLost("Another runner has taken this saga over.")
    if not ending:
        return False
    return (await connection.execute(_HAND_ON, {"ids": ending})).rowcount > 0


def _moves(recordings: Sequence[Recording]) -> dict[str, list[Any]]:
    to = [each.move.to for each in recordings]
    return {
        "ids": [each.held.id for each in recordings],
        "epochs": [each.held.epoch for each in recordings],
        "states": [at.state.value for at in to],
        "steps": [at.step for at in to],
        "backwards": [at.backward for at in to],
        "decideds": [at.decided for at in to],
        "rounds": [at.round for at in to],
        "attempts": [at.attempts for at in to],
        "failures": [at.failures for at in to],
        "reasons": [at.reason for at in to],
        "details": [at.detail for at in to],
        "pauses": [
            None if each.due_in_s is None else timedelta(seconds=each.due_in_s)
            for each in recordings
        ],
        "endeds": [at.state.ended for at in to],
    }


def _entries(recordings: Sequence[Recording]) -> dict[str, list[Any]]:
    # One statement may not write one row twice: the last word on an action counts.
    last = {
        (each.held.id, entry.round, entry.step, entry.action): entry
        for each in recordings
        for entry in each.move.entries
    }
    entries = last.values()
    return {
        "entry_ids": [saga_id for saga_id, *_ in last],
        "entry_rounds": [entry.round for entry in entries],
        "entry_steps": [entry.step for entry in entries],
        "entry_actions": [entry.action for entry in entries],
        "entry_outcomes": [entry.outcome for entry in entries],
        "entry_attempts": [entry.attempts for entry in entries],
        "entry_replies": [
            None if entry.reply is None else json.dumps(entry.reply) for entry in entries
        ],
        "entry_reasons": [entry.reason for entry in entries],
        "entry_details": [entry.detail for entry in entries],
    }


def _in_order(recordings: Sequence[Recording]) -> list[Command[Any]]:
    """All commands: each saga's in its order, and those of one kind beside one another."""
    stages = zip_longest(*(each.commands for each in recordings))
    return [
        command
        for stage in stages
        for command in sorted(
            (command for command in stage if command is not None),
            key=lambda command: type(command).__qualname__,
        )
    ]


def _names(held: Sequence[Held]) -> tuple[list[UUID], list[int]]:
    return [each.id for each in held], [each.epoch for each in held]


def _to_held(row: asyncpg.Record, now: float) -> Held:
    remaining_s = row["remaining_s"]
    return Held(
        id=row["id"],
        name=row["name"],
        data=json.loads(row["data"]),
        resource=row["resource"],
        traceparent=row["traceparent"],
        progress=to_progress(row),
        epoch=row["epoch"],
        started_at=now - row["age_s"],
        ends_at=None if remaining_s is None else now + remaining_s,
        replies=json.loads(row["replies"]) if row["replies"] else {},
    )


def to_progress(row: asyncpg.Record) -> Progress:
    return Progress(
        state=State(row["state"]),
        step=row["step"],
        backward=row["backward"],
        decided=row["decided"],
        round=row["round"],
        attempts=row["attempts"],
        failures=row["failures"],
        reason=row["reason"],
        detail=row["detail"],
    )
