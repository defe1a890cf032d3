"""The room's name and rule over HTTP."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from backline.jukebox.commands.queue import Changed
from backline.jukebox.commands.room import ChangePolicy, RenameRoom
from backline.jukebox.domain.policy import PolicyKind
from backline.jukebox.queries.board import Board
from backline.jukebox.queries.room import GetPolicy, GetRoom
from backline.jukebox.queries.views import PolicyView, RoomView
from backline.jukebox.rest.queue import IfMatch, revision_of
from backline.kit.auth.http import CurrentActor
from backline.kit.http.dependencies import IdempotencyKey, Mediate

router = APIRouter(tags=["room"])


class RoomBody(BaseModel):
    """What the room is called, and a line below it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "The Valve Room", "tagline": "Open stage, Friday"}]
        },
    )

    name: str = Field(max_length=1_000)
    tagline: str = Field(default="", max_length=1_000)


class PolicyBody(BaseModel):
    """The rule of the room; what is left out stays as it is. A limit of null does not bind."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"kind": "fair_turns", "max_waiting": 3, "open": True}]},
    )

    kind: PolicyKind = PolicyKind.FAIR_TURNS
    open: bool = True
    max_waiting: int | None = None
    max_items: int = 500
    max_track_s: int | None = None
    cooldown_s: int = 3_600
    duplicates: bool = False
    artist_limit: int | None = None
    skip_share: float = 0.5
    catch_up: float = 1.0
    vote_credit: float = 0.1
    memory_s: int = 43_200

    def changes(self) -> dict[str, Any]:
        """What was sent."""
        return {name: getattr(self, name) for name in sorted(self.model_fields_set)}


@router.get("/room", summary="What the room is called, and how many are in it")
async def get_room(mediator: Mediate) -> RoomView:
    """Needs no token."""
    return await mediator.send(GetRoom())


@router.put("/room", summary="Name the room (hosts)")
async def put_room(
    body: RoomBody,
    request: Request,
    mediator: Mediate,
    actor: CurrentActor,
    *,
    key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Changed:
    """Shown at once to everybody."""
    command = RenameRoom(name=body.name, tagline=body.tagline, if_revision=revision_of(if_match))
    changed = await mediator.send(command, actor=actor, key=key)
    await _forget(request)
    return changed


@router.get("/queue/policy", summary="By what rule the queue plays")
async def get_policy(mediator: Mediate) -> PolicyView:
    """Needs no token."""
    return await mediator.send(GetPolicy())


@router.put("/queue/policy", summary="Change the rule (hosts)")
async def put_policy(
    body: PolicyBody,
    request: Request,
    mediator: Mediate,
    actor: CurrentActor,
    *,
    key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> PolicyView:
    """What waits is put in the new order at once; what is locked stays next."""
    command = ChangePolicy(changes=body.changes(), if_revision=revision_of(if_match))
    policy = await mediator.send(command, actor=actor, key=key)
    await _forget(request)
    return PolicyView.of(policy)


async def _forget(request: Request) -> None:
    board: Board = request.app.state.board
    await board.forget()
