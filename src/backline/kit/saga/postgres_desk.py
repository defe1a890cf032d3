"""Sagas in the database of their service, as people look after them."""

import json
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg

from backline.kit.db.connection import Pool
from backline.kit.db.doorbell import Doorbell
from backline.kit.db.outage import answering
from backline.kit.saga.postgres import to_progress
from backline.kit.saga.progress import Entry, State
from backline.kit.saga.store import (
    DOORBELL_CHANNEL,
    OVERDUE_AFTER_S,
    Census,
    SagaNotFound,
    SagaNotStuck,
    SagaStatus,
)

_SAGAS = "The database of sagas"

_LIST = """
SELECT * FROM saga
WHERE ($1::text IS NULL OR state = $1) AND ($2::bigint IS NULL OR position < $2)
ORDER BY position DESC LIMIT $3
"""
_GET = "SELECT * FROM saga WHERE id = $1"
_STORY = "SELECT * FROM saga_step WHERE saga_id = $1 ORDER BY at, attempts"
_RETRY = """
UPDATE saga SET state = CASE WHEN backward THEN 'compensating' ELSE 'running' END,
  failures = 0, due_at = clock_timestamp(), updated_at = clock_timestamp(), epoch = epoch + 1
WHERE id = $1 AND state = 'stuck'
"""
_CENSUS = """
SELECT state, count(*) AS counted,
  count(*) FILTER (WHERE deadline < clock_timestamp() - $1::interval) AS late
FROM saga WHERE ended_at IS NULL GROUP BY state
"""


class PostgresSagaDesk:
    """See `SagaDesk`. Raises `Unavailable` while the database is away.

    Args:
        url: Of the service's database.
    """

    def __init__(self, url: str, doorbell: Doorbell) -> None:
        self._pool = Pool(url, size=1, application_name="backline sagas")
        self._doorbell = doorbell

    async def list(
        self, *, state: State | None = None, before: int | None = None, limit: int = 50
    ) -> Sequence[SagaStatus]:
        with answering(_SAGAS):
            rows = await self._pool.fetch(_LIST, None if state is None else state, before, limit)
        return [_to_status(row, ()) for row in rows]

    async def get(self, saga_id: UUID) -> SagaStatus:
        with answering(_SAGAS):
            row = await self._pool.fetchrow(_GET, saga_id)
            story = await self._pool.fetch(_STORY, saga_id)
        if row is None:
            raise SagaNotFound.of(saga_id)
        return _to_status(row, story)

    async def retry(self, saga_id: UUID) -> None:
        with answering(_SAGAS):
            done = await self._pool.execute(_RETRY, saga_id)
        if done == "UPDATE 0":
            raise SagaNotStuck.of(saga_id, (await self.get(saga_id)).progress.state)
        self._doorbell.ring(DOORBELL_CHANNEL)

    async def census(self) -> Census:
        with answering(_SAGAS):
            rows = await self._pool.fetch(_CENSUS, timedelta(seconds=OVERDUE_AFTER_S))
        counts = dict.fromkeys((state for state in State if not state.ended), 0)
        counts |= {State(row["state"]): row["counted"] for row in rows}
        return Census(counts, sum(row["late"] for row in rows))

    async def close(self) -> None:
        await self._pool.close()


def _to_status(row: asyncpg.Record, story: Sequence[asyncpg.Record]) -> SagaStatus:
    return SagaStatus(
        id=row["id"],
        position=row["position"],
        name=row["name"],
        data=json.loads(row["data"]),
        resource=row["resource"],
        progress=to_progress(row),
        deadline=row["deadline"],
        due_at=row["due_at"],
        started_at=row["started_at"],
        updated_at=row["updated_at"],
        ended_at=row["ended_at"],
        story=tuple(
            Entry(
                step=entry["step"],
                action=entry["action"],
                round=entry["round"],
                outcome=entry["outcome"],
                attempts=entry["attempts"],
                reply=None if entry["reply"] is None else json.loads(entry["reply"]),
                reason=entry["reason"],
                detail=entry["detail"],
            )
            for entry in story
        ),
    )
