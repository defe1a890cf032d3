"""Dead letters in the service's own database."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from backline.kit.core.ids import uuid7
from backline.kit.db.doorbell import Doorbell
from backline.kit.db.outage import answering
from backline.kit.messaging.log import Delivered, Partition
from backline.kit.messaging.parking.port import (
    DeadLetter,
    DeadLetterNotFound,
    Decision,
    Held,
    ParkedKey,
    Refusal,
    Tally,
    WaitsBehindAnother,
)

DOORBELL_CHANNEL = "dead_letters"

_LOOK_AGAIN_S = 1.0
_REMEMBER_DISCARDED = timedelta(days=14)
"""As long as the event log keeps its messages, so that none comes back."""

_WHAT = "The service's database"
_OF_ITS_KEY = "group_name = :group AND topic = :topic AND number = :number AND key = :key"

_KEYS = text(
    """
    SELECT DISTINCT ON (key) key, reason IS NULL OR decision IS NOT NULL AS due
    FROM dead_letter WHERE group_name = :group AND topic = :topic AND number = :number
    ORDER BY key, "offset"
    """
)
_DISCARDED = text(
    "SELECT message_id FROM dead_letter_discarded"
    " WHERE group_name = :group AND topic = :topic AND number = :number"
)
_FORGET_DISCARDED = text(
    "DELETE FROM dead_letter_discarded WHERE discarded_at < now() - CAST(:kept AS interval)"
)
_ADD = """
INSERT INTO dead_letter (id, group_name, topic, number, "offset", key, message_id, type, headers,
  payload, happened_at, reason, detail, attempts)
SELECT id, :group, topic, number, "offset", key, message_id, type, headers, payload, happened_at,
  :reason, :detail, :attempts
FROM unnest(
  CAST(:ids AS uuid[]), CAST(:topics AS text[]), CAST(:numbers AS smallint[]),
  CAST(:offsets AS bigint[]), CAST(:keys AS text[]), CAST(:message_ids AS uuid[]),
  CAST(:types AS text[]), CAST(:headers AS jsonb[]), CAST(:payloads AS bytea[]),
  CAST(:happened AS timestamptz[])
) AS given (id, topic, number, "offset", key, message_id, type, headers, payload, happened_at)
ON CONFLICT (group_name, message_id)
"""
_KEEP = text(f"{_ADD} DO NOTHING")
_PARK = text(
    f"""
    {_ADD} DO UPDATE SET reason = excluded.reason, detail = excluded.detail,
      attempts = dead_letter.attempts + excluded.attempts
    WHERE dead_letter.reason IS NULL
    """
)
_FIRST = text(
    f"""
    SELECT * FROM dead_letter WHERE {_OF_ITS_KEY} AND "offset" > :offset
    ORDER BY group_name, topic, number, key, "offset" LIMIT 1
    """  # noqa: S608 - a constant
)
_REFUSE = text(
    """
    UPDATE dead_letter SET reason = :reason, detail = :detail, attempts = attempts + :attempts,
      decision = NULLIF(decision, 'replay'),
      decided_at = CASE decision WHEN 'discard' THEN decided_at END,
      decided_by = CASE decision WHEN 'discard' THEN decided_by ELSE '' END
    WHERE id = :id
    """
)
_FORGET = text("DELETE FROM dead_letter WHERE id = :id")
_DISCARD = text(
    """
    WITH gone AS (DELETE FROM dead_letter WHERE id = :id RETURNING *)
    INSERT INTO dead_letter_discarded
      (group_name, message_id, topic, number, key, type, reason, decided_by)
    SELECT group_name, message_id, topic, number, key, type, reason, decided_by FROM gone
    ON CONFLICT DO NOTHING
    """
)
_DECIDED = text(
    """
    SELECT DISTINCT topic, number, key FROM dead_letter AS decided
    WHERE group_name = :group AND decision IS NOT NULL AND NOT EXISTS (
      SELECT FROM dead_letter AS earlier
      WHERE earlier.group_name = decided.group_name AND earlier.topic = decided.topic
        AND earlier.number = decided.number AND earlier.key = decided.key
        AND earlier."offset" < decided."offset"
        AND earlier.reason IS NOT NULL AND earlier.decision IS NULL
    )
    """
)
_LIST = text(
    """
    SELECT * FROM (
      SELECT DISTINCT ON (group_name, topic, number, key) *,
        count(*) OVER (PARTITION BY group_name, topic, number, key) - 1 AS behind
      FROM dead_letter
      WHERE CAST(:group AS text) IS NULL OR group_name = :group
      ORDER BY group_name, topic, number, key, "offset"
    ) AS first
    WHERE CAST(:after AS uuid) IS NULL OR id > :after
    ORDER BY id LIMIT :limit
    """
)
_GET = text(
    """
    SELECT *, (
      SELECT count(*) FROM dead_letter AS later
      WHERE later.group_name = one.group_name AND later.topic = one.topic
        AND later.number = one.number AND later.key = one.key AND later."offset" > one."offset"
    ) AS behind
    FROM dead_letter AS one WHERE id = :id
    """
)
_BEHIND = text(
    f"""
    SELECT * FROM dead_letter WHERE {_OF_ITS_KEY} AND "offset" > :offset
    ORDER BY "offset" LIMIT :limit
    """  # noqa: S608 - a constant
)
_DECIDE = text(
    "UPDATE dead_letter SET decision = :decision, decided_at = now(), decided_by = :by"
    " WHERE id = :id RETURNING decided_at"
)
_TALLY = text(
    """
    SELECT count(*) AS messages, count(DISTINCT (group_name, topic, number, key)) AS keys,
      min(parked_at) AS oldest
    FROM dead_letter
    """
)


class PostgresParking:
    """See `Parking` and `DeadLetters`.

    Args:
        engine: Of the service's database.
        doorbell: Of the same database.
    """

    def __init__(
        self, engine: AsyncEngine, doorbell: Doorbell, *, keeps_order: bool = True
    ) -> None:
        self.keeps_order = keeps_order
        self._engine = engine
        self._doorbell = doorbell

    async def recall(self, group: str, partition: Partition) -> Held:
        named = {"group": group, "topic": partition.topic, "number": partition.number}
        async with self._engine.begin() as connection:
            await connection.execute(_FORGET_DISCARDED, {"kept": _REMEMBER_DISCARDED})
            keys = (await connection.execute(_KEYS, named)).all()
            discarded = (await connection.execute(_DISCARDED, named)).scalars()
            return Held(
                keys=frozenset(row.key for row in keys),
                due=frozenset(row.key for row in keys if row.due),
                discarded=frozenset(discarded),
            )

    async def park(self, group: str, message: Delivered, refusal: Refusal) -> None:
        await self._add(_PARK, group, [message], refusal)

    async def keep(self, group: str, messages: Sequence[Delivered]) -> None:
        await self._add(_KEEP, group, messages, None)

    async def first(self, group: str, parked: ParkedKey, *, after: int = -1) -> DeadLetter | None:
        rows = await self._ask(_FIRST, {"group": group, "offset": after, **_named(parked)})
        return _to_letter(rows[0]) if rows else None

    async def refuse(self, letter: DeadLetter, refusal: Refusal) -> None:
        await self._do(
            _REFUSE,
            {
                "id": letter.id,
                "reason": refusal.reason,
                "detail": refusal.detail,
                "attempts": refusal.attempts,
            },
        )

    async def settle(self, letter: DeadLetter) -> None:
        discard = letter.decision is Decision.DISCARD
        await self._do(_DISCARD if discard else _FORGET, {"id": letter.id})

    async def decided(self, group: str) -> Sequence[ParkedKey]:
        return [
            ParkedKey(Partition(row.topic, row.number), row.key)
            for row in await self._ask(_DECIDED, {"group": group})
        ]

    def decisions(self, until: asyncio.Event) -> AsyncIterator[None]:
        return self._doorbell.listen(DOORBELL_CHANNEL, every_s=_LOOK_AGAIN_S, until=until)

    async def waiting(
        self, *, group: str | None = None, after: UUID | None = None, limit: int = 50
    ) -> Sequence[DeadLetter]:
        with answering(_WHAT):
            rows = await self._ask(_LIST, {"group": group, "after": after, "limit": limit})
        return [_to_letter(row) for row in rows]

    async def get(self, letter_id: UUID) -> DeadLetter:
        with answering(_WHAT):
            rows = await self._ask(_GET, {"id": letter_id})
        if not rows:
            raise DeadLetterNotFound(letter_id)
        return _to_letter(rows[0])

    async def behind(self, letter: DeadLetter, limit: int = 50) -> Sequence[DeadLetter]:
        message = letter.message
        values = _named(ParkedKey(message.source, message.key))
        values |= {"group": letter.group, "offset": message.offset, "limit": limit}
        with answering(_WHAT):
            return [_to_letter(row) for row in await self._ask(_BEHIND, values)]

    async def decide(self, letter_id: UUID, decision: Decision, *, by: str) -> DeadLetter:
        letter = await self.get(letter_id)
        with answering(_WHAT):
            if decision is Decision.REPLAY:
                parked = ParkedKey(letter.message.source, letter.message.key)
                first = await self.first(letter.group, parked)
                if first is not None and first.id != letter_id:
                    raise WaitsBehindAnother(first.id)
            values = {"id": letter_id, "decision": decision.value, "by": by}
            async with self._engine.begin() as connection:
                decided_at = (await connection.execute(_DECIDE, values)).scalar()
        if decided_at is None:
            raise DeadLetterNotFound(letter_id)
        self._doorbell.ring(DOORBELL_CHANNEL)
        return replace(letter, decision=decision, decided_at=decided_at, decided_by=by)

    async def tally(self) -> Tally:
        with answering(_WHAT):
            (row,) = await self._ask(_TALLY, {})
        return Tally(row.messages, row.keys, row.oldest)

    async def _add(
        self,
        statement: TextClause,
        group: str,
        messages: Sequence[Delivered],
        refusal: Refusal | None,
    ) -> None:
        await self._do(
            statement,
            {
                "group": group,
                "reason": refusal.reason if refusal else None,
                "detail": refusal.detail if refusal else "",
                "attempts": refusal.attempts if refusal else 0,
                "ids": [uuid7() for _ in messages],
                "topics": [message.topic for message in messages],
                "numbers": [message.partition for message in messages],
                "offsets": [message.offset for message in messages],
                "keys": [message.key for message in messages],
                "message_ids": [message.id for message in messages],
                "types": [message.type for message in messages],
                "headers": [json.dumps(dict(message.headers)) for message in messages],
                "payloads": [message.payload for message in messages],
                "happened": [message.at for message in messages],
            },
        )

    async def _ask(self, statement: TextClause, values: Mapping[str, Any]) -> Sequence[Row[Any]]:
        async with self._engine.connect() as connection:
            return (await connection.execute(statement, values)).all()

    async def _do(self, statement: TextClause, values: Mapping[str, Any]) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(statement, values)


def _named(parked: ParkedKey) -> dict[str, Any]:
    partition, key = parked
    return {"topic": partition.topic, "number": partition.number, "key": key}


def _to_letter(row: Row[Any]) -> DeadLetter:
    return DeadLetter(
        id=row.id,
        group=row.group_name,
        message=Delivered(
            id=row.message_id,
            topic=row.topic,
            key=row.key,
            type=row.type,
            payload=row.payload,
            headers=row.headers,
            partition=row.number,
            offset=row.offset,
            at=row.happened_at,
        ),
        parked_at=row.parked_at,
        refusal=None if row.reason is None else Refusal(row.reason, row.detail, row.attempts),
        decision=None if row.decision is None else Decision(row.decision),
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        behind=getattr(row, "behind", 0),
    )
