"""Sagas over HTTP, for admins of whichever service mounts it.

The app's state holds them as `sagas`.
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from backline.kit.auth.http import require
from backline.kit.core.actor import Actor, Role
from backline.kit.saga.progress import Direction, Outcome, State
from backline.kit.saga.store import SagaDesk, SagaStatus

_EXAMPLE: dict[str, Any] = {
    "id": "019aa7f0-6a1c-7c1e-9d0a-3f1f5a0c2b44",
    "position": 4711,
    "name": "ApplyScore",
    "resource": "score:90",
    "state": "stuck",
    "step": "apply",
    "compensating": True,
    "attempts": 1,
    "reason": "PERMISSION_DENIED",
    "detail": "The line-up refuses this service.",
    "deadline": "2026-11-21T21:14:29Z",
    "due_at": None,
    "started_at": "2026-11-21T21:14:09Z",
    "updated_at": "2026-11-21T21:14:31Z",
    "ended_at": None,
}

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/sagas", tags=["sagas"])

Admin = Annotated[Actor, require(Role.ADMIN)]
Id = Annotated[UUID, Path(alias="saga_id")]


class SagaView(BaseModel):
    """What takes several transactions, of several services."""

    model_config = ConfigDict(title="Saga", json_schema_extra={"examples": [_EXAMPLE]})

    id: UUID
    position: Annotated[int, Field(description="Counts sagas in the order of their start.")]
    name: str
    resource: Annotated[
        str | None, Field(description="What it holds; others on it wait until it has ended.")
    ]
    state: Annotated[
        State,
        Field(
            description="`waiting` for another on its resource; `stuck`: a person has to act;"
            " `completed` and `compensated` are the two ends."
        ),
    ]
    step: Annotated[str, Field(description="The step at hand; empty at the end.")]
    compensating: Annotated[bool, Field(description="Whether it is, or was, undone.")]
    attempts: Annotated[int, Field(description="How often what is at hand was tried.")]
    reason: Annotated[str, Field(description="Why it turned back, or is stuck.")]
    detail: Annotated[str, Field(description="The same for people.")]
    deadline: Annotated[
        datetime | None, Field(description="From then on it is compensated, if it still can be.")
    ]
    due_at: Annotated[
        datetime | None, Field(description="When somebody looks at it next; null: nobody will.")
    ]
    started_at: datetime
    updated_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, status: SagaStatus) -> "SagaView":
        return cls(**facts(status))


class SagaEntryView(BaseModel):
    """What an action of a saga came to at last."""

    model_config = ConfigDict(title="SagaEntry")

    step: str
    action: Direction
    round: Annotated[
        int, Field(description="1; 2 once an undo has answered that what was done stands.")
    ]
    outcome: Outcome
    attempts: int
    reply: Annotated[Any, Field(description="What the callee answered, for later steps.")]
    reason: str
    detail: str


class SagaDetail(SagaView):
    """A saga with what it is about and what happened."""

    model_config = ConfigDict(
        title="SagaDetail",
        json_schema_extra={
            "examples": [
                {
                    **_EXAMPLE,
                    "data": {"score_id": 90, "event_id": 3, "version": 1, "score": 5},
                    "story": [
                        {
                            "step": "apply",
                            "action": "do",
                            "round": 1,
                            "outcome": "failed",
                            "attempts": 7,
                            "reply": None,
                            "reason": "UNAVAILABLE",
                            "detail": "The line-up does not answer.",
                        }
                    ],
                }
            ]
        },
    )

    data: Annotated[dict[str, Any], Field(description="What it is about.")]
    story: Annotated[list[SagaEntryView], Field(description="Per action its outcome, in order.")]


class SagaPage(BaseModel):
    items: list[SagaView]
    next_cursor: Annotated[str | None, Field(description="For the next page; null on the last.")]


async def _desk(request: Request) -> SagaDesk:
    desk: SagaDesk = request.app.state.sagas
    return desk


Desk = Annotated[SagaDesk, Depends(_desk)]


@router.get("", summary="Sagas, the latest first")
async def list_sagas(
    *,
    admin: Admin,
    desk: Desk,
    state: Annotated[State | None, Query(description="In this state only.")] = None,
    cursor: Annotated[
        int | None, Query(ge=1, description="`next_cursor` of the page before; none for the first.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Most rows of a page.")] = 50,
) -> SagaPage:
    """Those that have ended are kept for a week."""
    found = await desk.list(state=state, before=cursor, limit=limit)
    return SagaPage(
        items=[SagaView.of(status) for status in found],
        next_cursor=str(found[-1].position) if len(found) == limit else None,
    )


@router.get("/{saga_id}", summary="What a saga is about, and what happened")
async def get_saga(saga_id: Id, admin: Admin, desk: Desk) -> SagaDetail:
    """The saga with its data and the outcome of each of its actions."""
    return await _detail(desk, saga_id)


@router.post("/{saga_id}/retry", status_code=202, summary="Try again where it is stuck")
async def retry_saga(saga_id: Id, admin: Admin, desk: Desk) -> SagaDetail:
    """Once what was in its way is mended. Refused with SAGA_NOT_STUCK for any other."""
    await desk.retry(saga_id)
    log.info("saga_retried", saga=str(saga_id), user_id=admin.id)
    return await _detail(desk, saga_id)


async def _detail(desk: SagaDesk, saga_id: UUID) -> SagaDetail:
    status = await desk.get(saga_id)
    story = [
        SagaEntryView(
            step=entry.step,
            action=entry.action,
            round=entry.round,
            outcome=entry.outcome,
            attempts=entry.attempts,
            reply=entry.reply,
            reason=entry.reason,
            detail=entry.detail,
        )
        for entry in status.story
    ]
    return SagaDetail(**facts(status), data=status.data, story=story)


def facts(status: SagaStatus) -> dict[str, Any]:
    """`status` as `SagaView` has it."""
    progress = status.progress
    return {
        "id": status.id,
        "position": status.position,
        "name": status.name,
        "resource": status.resource,
        "state": progress.state,
        "step": progress.step,
        "compensating": progress.backward,
        "attempts": progress.attempts,
        "reason": progress.reason,
        "detail": progress.detail,
        "deadline": status.deadline,
        "due_at": status.due_at,
        "started_at": status.started_at,
        "updated_at": status.updated_at,
        "ended_at": status.ended_at,
    }
