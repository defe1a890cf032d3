"""Dead letters over HTTP, for admins of whichever service mounts it.

The app's state holds them as `dead_letters`.
"""

import base64
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from backline.kit.auth.http import require
from backline.kit.core.actor import Actor, Role
from backline.kit.messaging.parking.payload import decoded
from backline.kit.messaging.parking.port import DeadLetter, DeadLetters, Decision

SHOWN_BEHIND = 50
"""How many of those that wait behind a letter are shown with it."""

_EXAMPLE: dict[str, Any] = {
    "id": "019aa7f0-6a1c-7c1e-9d0a-3f1f5a0c2b44",
    "group": "jukebox",
    "topic": "jukebox.v1",
    "key": "room",
    "type": "jukebox.v1.PauseRequested",
    "message_id": "019aa7ef-1b2c-7d3e-8f4a-5b6c7d8e9f00",
    "happened_at": "2026-11-21T21:14:03Z",
    "parked_at": "2026-11-21T21:14:09Z",
    "reason": "INTERNAL",
    "detail": "KeyError: 'anchor'",
    "attempts": 8,
    "decision": None,
    "decided_at": None,
    "decided_by": "",
    "behind": 3,
}

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/dead-letters", tags=["dead letters"])

Admin = Annotated[Actor, require(Role.ADMIN)]
Id = Annotated[UUID, Path(alias="letter_id", description="The letter's, not the message's.")]


class DeadLetterView(BaseModel):
    """A message that could not be handled, or that waits behind such a one of its key."""

    model_config = ConfigDict(title="DeadLetter", json_schema_extra={"examples": [_EXAMPLE]})

    id: UUID
    group: Annotated[str, Field(description="The consumer group that parked it.")]
    topic: str
    key: str
    type: str
    message_id: UUID
    happened_at: Annotated[datetime, Field(description="By the clock of the service that says so.")]
    parked_at: datetime
    reason: Annotated[str | None, Field(description="Null for one that only waits behind another.")]
    detail: str
    attempts: Annotated[int, Field(description="How often it was tried.")]
    decision: Annotated[
        Decision | None, Field(description="Left for the consumer, which acts within a second.")
    ]
    decided_at: datetime | None
    decided_by: str
    behind: Annotated[int, Field(description="How many later messages of its key wait for it.")]

    @classmethod
    def of(cls, letter: DeadLetter) -> "DeadLetterView":
        return cls(**_facts(letter))


class DeadLetterDetail(DeadLetterView):
    """A letter with what the message says."""

    model_config = ConfigDict(
        title="DeadLetterDetail",
        json_schema_extra={
            "examples": [
                {
                    **_EXAMPLE,
                    "partition": 3,
                    "offset": 4711,
                    "headers": {"traceparent": "00-4bf9…-01"},
                    "payload": {"item_id": "019aa7ef-1b2c-7d3e-8f4a-5b6c7d8e9f00"},
                    "payload_base64": "CiQwMTlhYTdlZi0xYjJjLTdkM2U=",
                    "waiting": [],
                }
            ]
        },
    )

    partition: int
    offset: int
    headers: dict[str, str]
    payload: Annotated[
        dict[str, Any] | None, Field(description="As JSON; null if its type is not known here.")
    ]
    payload_base64: Annotated[str, Field(description="The bytes of the message.")]
    waiting: Annotated[
        list[DeadLetterView], Field(description="The first 50 that wait behind it, in order.")
    ]


class DeadLetterPage(BaseModel):
    items: list[DeadLetterView]
    next_cursor: Annotated[str | None, Field(description="For the next page; null on the last.")]


async def _letters(request: Request) -> DeadLetters:
    letters: DeadLetters = request.app.state.dead_letters
    return letters


Letters = Annotated[DeadLetters, Depends(_letters)]


@router.get("", summary="What could not be handled")
async def list_dead_letters(
    *,
    admin: Admin,
    letters: Letters,
    group: Annotated[str | None, Query(max_length=255, description="Of one group only.")] = None,
    cursor: Annotated[
        UUID | None, Query(description="`next_cursor` of the page before; none for the first.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Most rows of a page.")] = 50,
) -> DeadLetterPage:
    """The first message of each key that stands still, those that wait longest first."""
    found = await letters.waiting(group=group, after=cursor, limit=limit)
    return DeadLetterPage(
        items=[DeadLetterView.of(letter) for letter in found],
        next_cursor=str(found[-1].id) if len(found) == limit else None,
    )


@router.get("/{letter_id}", summary="What a message that could not be handled says")
async def get_dead_letter(letter_id: Id, admin: Admin, letters: Letters) -> DeadLetterDetail:
    """The letter, its message, and what waits behind it."""
    letter = await letters.get(letter_id)
    message = letter.message
    return DeadLetterDetail(
        **_facts(letter),
        partition=message.partition,
        offset=message.offset,
        headers=dict(message.headers),
        payload=decoded(message),
        payload_base64=base64.b64encode(message.payload).decode(),
        waiting=[DeadLetterView.of(later) for later in await letters.behind(letter, SHOWN_BEHIND)],
    )


@router.post("/{letter_id}/replay", status_code=202, summary="Handle it again")
async def replay_dead_letter(letter_id: Id, admin: Admin, letters: Letters) -> DeadLetterView:
    """The consumer handles it, then what waits behind it, in order; until then it is listed.

    Refused with WAITS_BEHIND_ANOTHER unless it is the first of its key. Twice is once.
    """
    return await _decide(letters, letter_id, Decision.REPLAY, admin)


@router.delete("/{letter_id}", status_code=202, summary="Never handle it")
async def discard_dead_letter(letter_id: Id, admin: Admin, letters: Letters) -> DeadLetterView:
    """The consumer passes it over and goes on with what waits behind it; until then it is listed.

    This cannot be undone once the consumer has acted.
    """
    return await _decide(letters, letter_id, Decision.DISCARD, admin)


async def _decide(
    letters: DeadLetters, letter_id: UUID, decision: Decision, admin: Actor
) -> DeadLetterView:
    by = admin.name or f"user {admin.id}"
    letter = await letters.decide(letter_id, decision, by=by)
    log.info(
        "dead_letter_decided",
        letter=str(letter.id),
        group=letter.group,
        type=letter.message.type,
        key=letter.message.key,
        decision=decision.value,
        user_id=admin.id,
    )
    return DeadLetterView.of(letter)


def _facts(letter: DeadLetter) -> dict[str, Any]:
    message, refusal = letter.message, letter.refusal
    return {
        "id": letter.id,
        "group": letter.group,
        "topic": message.topic,
        "key": message.key,
        "type": message.type,
        "message_id": message.id,
        "happened_at": message.at,
        "parked_at": letter.parked_at,
        "reason": refusal.reason if refusal else None,
        "detail": refusal.detail if refusal else "",
        "attempts": refusal.attempts if refusal else 0,
        "decision": letter.decision,
        "decided_at": letter.decided_at,
        "decided_by": letter.decided_by,
        "behind": letter.behind,
    }
