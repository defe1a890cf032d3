"""Playback over HTTP. What is asked for travels to the conductor; its effect shows in the queue."""

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from backline.jukebox.commands.playback import (
    Requested,
    RequestPlayback,
    SkipTally,
    TakeBackSkipVote,
    VoteToSkip,
)
from backline.jukebox.domain.playback import Action
from backline.jukebox.domain.queue import ItemId
from backline.jukebox.queries.board import Board
from backline.jukebox.queries.views import PlaybackView
from backline.kit.auth.http import CurrentActor
from backline.kit.http.dependencies import IdempotencyKey, Mediate
from backline.kit.realtime.hub import Hub

router = APIRouter(prefix="/playback", tags=["playback"])

_ITEM = "0199aa33-02f4-7d1c-9d3f-5a3f1a2b3c4d"


def _example(value: dict[str, object]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [value]})  # type: ignore[list-item]


class MeantBody(BaseModel):
    """The song that the caller sees playing; left out for whichever plays now.

    With it, five people who skip at once skip one song.
    """

    model_config = _example({"item_id": _ITEM})

    item_id: UUID | None = None


class SeekBody(MeantBody):
    """Where to go, in seconds from the start of the song; past its end ends it."""

    model_config = _example({"position_s": 61.5, "item_id": _ITEM})

    position_s: float = Field(ge=0, allow_inf_nan=False)


class VolumeBody(BaseModel):
    """As loud as people hear it: 0 to 1. What is left out stays."""

    model_config = _example({"volume": 0.6, "muted": False})

    volume: float | None = Field(default=None, ge=0, le=1, allow_inf_nan=False)
    muted: bool | None = None


Meant = Annotated[MeantBody | None, Body()]


@router.get("", response_model=PlaybackView, summary="What plays, and where it is")
async def get_playback(request: Request) -> Response:
    """Needs no token."""
    board: Board = request.app.state.board
    document = orjson.loads(await board.shared())
    return Response(orjson.dumps(document["playback"]), media_type="application/json")


@router.post("/play", status_code=202, summary="Start or go on (hosts)")
async def play(mediator: Mediate, actor: CurrentActor, key: IdempotencyKey = None) -> Requested:
    """From a stop: with the next song. From a pause: where it was."""
    return await mediator.send(RequestPlayback(action=Action.PLAY), actor=actor, key=key)


@router.post("/resume", status_code=202, summary="Go on after a pause (hosts)")
async def resume(mediator: Mediate, actor: CurrentActor, key: IdempotencyKey = None) -> Requested:
    """The same as play."""
    return await mediator.send(RequestPlayback(action=Action.RESUME), actor=actor, key=key)


@router.post("/stop", status_code=202, summary="Stop (hosts)")
async def stop(mediator: Mediate, actor: CurrentActor, key: IdempotencyKey = None) -> Requested:
    """What plays ends as skipped; nothing follows until somebody presses play."""
    return await mediator.send(RequestPlayback(action=Action.STOP), actor=actor, key=key)


@router.post("/pause", status_code=202, summary="Pause (hosts)")
async def pause(
    mediator: Mediate, actor: CurrentActor, body: Meant = None, key: IdempotencyKey = None
) -> Requested:
    """Until somebody resumes."""
    command = RequestPlayback(action=Action.PAUSE, item_id=_meant(body))
    return await mediator.send(command, actor=actor, key=key)


@router.post("/skip", status_code=202, summary="Skip what plays (hosts, and who added it)")
async def skip(
    mediator: Mediate, actor: CurrentActor, body: Meant = None, key: IdempotencyKey = None
) -> Requested:
    """The next song starts, also from a pause."""
    command = RequestPlayback(action=Action.SKIP, item_id=_meant(body))
    return await mediator.send(command, actor=actor, key=key)


@router.put("/position", status_code=202, summary="Jump within what plays (hosts)")
async def seek(
    body: SeekBody, mediator: Mediate, actor: CurrentActor, key: IdempotencyKey = None
) -> Requested:
    """A pause stays a pause."""
    command = RequestPlayback(action=Action.SEEK, item_id=_meant(body), position_s=body.position_s)
    return await mediator.send(command, actor=actor, key=key)


@router.put("/volume", status_code=202, summary="Set the volume (hosts)")
async def volume(
    body: VolumeBody, mediator: Mediate, actor: CurrentActor, key: IdempotencyKey = None
) -> Requested:
    """Kept over restarts of the player."""
    command = RequestPlayback(action=Action.VOLUME, volume=body.volume, muted=body.muted)
    return await mediator.send(command, actor=actor, key=key)


@router.put("/skip-vote", summary="Vote to skip what plays")
async def vote_to_skip(
    request: Request,
    mediator: Mediate,
    actor: CurrentActor,
    body: Meant = None,
    key: IdempotencyKey = None,
) -> SkipTally:
    """The policy's share of those present skips it. Voting twice counts once."""
    command = VoteToSkip(present=_present(request), item_id=_meant(body))
    tally = await mediator.send(command, actor=actor, key=key)
    await _forget(request)
    return tally


@router.delete("/skip-vote", summary="Take a vote to skip back")
async def take_back_skip_vote(
    request: Request, mediator: Mediate, actor: CurrentActor, key: IdempotencyKey = None
) -> SkipTally:
    """Taking back what was not given changes nothing."""
    command = TakeBackSkipVote(present=_present(request))
    tally = await mediator.send(command, actor=actor, key=key)
    await _forget(request)
    return tally


def _meant(body: MeantBody | None) -> ItemId | None:
    return None if body is None or body.item_id is None else ItemId(str(body.item_id))


def _present(request: Request) -> int:
    hub: Hub = request.app.state.hub
    return hub.present


async def _forget(request: Request) -> None:
    board: Board = request.app.state.board
    await board.forget()
