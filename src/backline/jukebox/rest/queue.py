"""The queue over HTTP."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, model_validator

from backline.jukebox.commands.moving import (
    MoveItem,
    TakeBackVote,
    Tally,
    VoteFor,
)
from backline.jukebox.commands.queue import Changed, ClearQueue, RemoveFromQueue
from backline.jukebox.domain.queue import ItemId
from backline.jukebox.domain.tracks import TrackId
from backline.jukebox.domain.wishes import Wish
from backline.jukebox.queries.board import Board
from backline.jukebox.queries.queue import GetHistory
from backline.jukebox.queries.views import HistoryView, ItemView, QueueView, added_item
from backline.kit.auth.http import CurrentActor, OptionalActor
from backline.kit.core.actor import ANONYMOUS
from backline.kit.core.errors import BacklineError, InvalidArgument, Violation
from backline.kit.db.group_commit import GroupCommit
from backline.kit.http.dependencies import IdempotencyKey, Mediate

router = APIRouter(tags=["queue"])


class NotARevision(InvalidArgument):
    """`If-Match` does not hold a revision."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AddBody(_Body):
    """The track that somebody wants to hear."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"track_id": "0199aa31-7c1e-7f00-8a51-0c8f5d2f9b10"}]},
    )

    track_id: UUID


class PositionBody(_Body):
    """Beside which other item it shall stand: either `before` or `after` it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"before": "0199aa33-02f4-7d1c-9d3f-5a3f1a2b3c4d"}]},
    )

    before: UUID | None = None
    after: UUID | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "PositionBody":
        if (self.before is None) is (self.after is None):
            raise ValueError("Name the item before or after which it shall stand, one of the two.")
        return self


IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description='The revision that the caller has seen, in quotes: `"412"`. Refused with'
        " STALE_REVISION if something has changed since. Without it, the change is made anyway.",
        examples=['"412"'],
    ),
]


def revision_of(if_match: str | None) -> int | None:
    """The revision in an `If-Match` header.

    Raises:
        NotARevision: It holds something else.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    number = if_match.strip().removeprefix("W/").strip('"')
    if not number.isdecimal() or len(number) > 18:  # noqa: PLR2004 - digits of 2^63
        raise NotARevision(
            "If-Match holds a revision in quotes, as GET /queue gives it.",
            violations=(Violation("#/If-Match", "Not a revision."),),
        )
    return int(number)


def board_of(request: Request) -> Board:
    board: Board = request.app.state.board
    return board


def json_bytes(body: bytes) -> Response:
    return Response(body, media_type="application/json")


@router.get(
    "/queue",
    response_model=QueueView,
    summary="The room: what plays, what waits, by what rule",
)
async def get_queue(request: Request, actor: OptionalActor) -> Response:
    """Needs no token; with one, `voted` is filled in."""
    board = board_of(request)
    if actor is ANONYMOUS:
        return json_bytes(await board.shared())
    return json_bytes(await board.personal(actor))


@router.post("/queue", status_code=201, response_model=ItemView, summary="Add a track")
async def add(
    body: AddBody, request: Request, actor: CurrentActor, key: IdempotencyKey = None
) -> Response:
    """A track that is still being analysed waits as `pending` until it can be played.

    Every refusal says why, when it will be possible (`metadata.retry_at`) and the way out.
    """
    wishes: GroupCommit[Wish, Any] = request.app.state.wishes
    outcome = await wishes.submit(Wish(TrackId(str(body.track_id)), actor, key))
    if isinstance(outcome, BacklineError):
        raise outcome
    await board_of(request).forget()
    return Response(
        orjson.dumps(added_item(outcome)), status_code=201, media_type="application/json"
    )


@router.delete("/queue", summary="Remove all that waits (hosts)")
async def clear(
    request: Request,
    mediator: Mediate,
    actor: CurrentActor,
    key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Changed:
    """What plays goes on. Can be undone for a minute."""
    command = ClearQueue(if_revision=revision_of(if_match))
    changed = await mediator.send(command, actor=actor, key=key)
    await board_of(request).forget()
    return changed


@router.get("/queue/history", summary="What has been played")
async def history(
    *,
    mediator: Mediate,
    actor: OptionalActor,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: UUID | None = None,
    mine: Annotated[bool, Query(description="Only what the caller added.")] = False,
) -> HistoryView:
    """Latest first: played, skipped and failed, with the seconds that were heard."""
    after = None if cursor is None else ItemId(str(cursor))
    whose = actor.id if mine else None
    return await mediator.send(GetHistory(limit=limit, cursor=after, added_by_id=whose))


@router.delete("/queue/{item_id}", summary="Remove an item, or dismiss a failed one")
async def remove(
    item_id: UUID,
    request: Request,
    mediator: Mediate,
    actor: CurrentActor,
    key: IdempotencyKey = None,
) -> Changed:
    """One's own; hosts any. What plays is skipped instead."""
    command = RemoveFromQueue(item_id=ItemId(str(item_id)))
    changed = await mediator.send(command, actor=actor, key=key)
    await board_of(request).forget()
    return changed


@router.put("/queue/{item_id}/position", summary="Move an item")
async def move(
    item_id: UUID,
    body: PositionBody,
    request: Request,
    mediator: Mediate,
    actor: CurrentActor,
    *,
    key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Changed:
    """Hosts anywhere behind what is locked; everybody else their own among themselves."""
    command = MoveItem(
        item_id=ItemId(str(item_id)),
        beside=ItemId(str(body.before or body.after)),
        after=body.after is not None,
        if_revision=revision_of(if_match),
    )
    changed = await mediator.send(command, actor=actor, key=key)
    await board_of(request).forget()
    return changed


@router.put("/queue/{item_id}/vote", summary="Vote for an item")
async def vote(
    item_id: UUID,
    request: Request,
    mediator: Mediate,
    actor: CurrentActor,
    key: IdempotencyKey = None,
) -> Tally:
    """Voting twice counts once."""
    tally = await mediator.send(VoteFor(item_id=ItemId(str(item_id))), actor=actor, key=key)
    await board_of(request).forget()
    return tally


@router.delete("/queue/{item_id}/vote", summary="Take a vote back")
async def take_back_vote(
    item_id: UUID,
    request: Request,
    mediator: Mediate,
    actor: CurrentActor,
    key: IdempotencyKey = None,
) -> Tally:
    """Taking back what was not given changes nothing."""
    tally = await mediator.send(TakeBackVote(item_id=ItemId(str(item_id))), actor=actor, key=key)
    await board_of(request).forget()
    return tally
