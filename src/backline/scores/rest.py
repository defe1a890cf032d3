"""Scores over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from backline.kit.auth.http import CurrentActor, OptionalActor
from backline.kit.core.actor import ANONYMOUS, Actor
from backline.kit.db.personal_data import PersonalDataPage
from backline.kit.http.dependencies import IdempotencyKey, Mediate
from backline.kit.mediator import Mediator
from backline.scores.commands import ChangeScore, Given, GiveScore
from backline.scores.domain import HIGHEST, LOWEST
from backline.scores.ports import Phase
from backline.scores.queries.board import EventBoard, event_ids, with_own
from backline.scores.queries.personal import GetMyData
from backline.scores.queries.scores import GetMyScores, GetScore, GetScoresOf
from backline.scores.queries.tallies import GetTallies, Tally
from backline.scores.queries.views import EventsView, ResultsView, ScoresView, ScoreView

router = APIRouter()

_LARGEST = 2**53 - 1

EventId = Annotated[int, Path(ge=1, le=_LARGEST, description="The event's number.", examples=[3])]
ScoreId = Annotated[int, Path(ge=1, le=_LARGEST, description="The score's number.", examples=[90])]


def _in_words(value: Any, check: ValidatorFunctionWrapHandler) -> int:
    try:
        score: int = check(value)
    except ValidationError as error:
        raise ValueError(f"a score is a whole number from {LOWEST} to {HIGHEST}") from error
    return score


class ScoreBody(BaseModel):
    """What somebody gives: a whole number from 1 to 5."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"score": 5}]})

    score: Annotated[int, Field(strict=True, ge=LOWEST, le=HIGHEST), WrapValidator(_in_words)]


def board_of(request: Request) -> EventBoard:
    board: EventBoard = request.app.state.board
    return board


@router.get(
    "/events", tags=["events"], response_model=EventsView, summary="What can be scored, and was"
)
async def get_events(
    *,
    request: Request,
    mediator: Mediate,
    actor: OptionalActor,
    phase: Annotated[
        Phase | None, Query(description="Only what is open, has yet to open, or has closed.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The line-up as of some seconds ago at most; needs no token.

    With one, `my_score` is filled in. While the line-up does not answer, this is what it said last:
    `as_of` tells when.
    """
    page = await board_of(request).page(phase=phase, limit=limit, cursor=cursor)
    if actor is not ANONYMOUS and (ids := event_ids(page)):
        query = GetScoresOf(user_ids=(actor.id,), event_ids=ids)
        own = await mediator.send(query, actor=actor)
        page = with_own(
            page, {each.score.event_id: each.score.model_dump(mode="json") for each in own}
        )
    return Response(page, media_type="application/json")


@router.post(
    "/events/{event_id}/score",
    status_code=202,
    tags=["scores"],
    summary="Give a score",
    responses={202: {"description": "Kept, and on its way to the line-up."}},
)
async def give_score(
    event_id: EventId,
    body: ScoreBody,
    *,
    request: Request,
    response: Response,
    mediator: Mediate,
    actor: CurrentActor,
    key: IdempotencyKey = None,
) -> ScoreView:
    """One score per person and event, from 1 to 5; guests may, too.

    It is `pending` until the line-up has counted it, usually for some milliseconds: then it is
    `confirmed`, or `rejected` with its reason. See it at `GET /scores/{id}` or over the WebSocket.
    A second one is refused with ALREADY_SCORED: `PUT` changes a score. The same request with the
    same `Idempotency-Key` gets the same answer.
    """
    await board_of(request).find(event_id)  # what is not known is kept, and decided there
    command = GiveScore(event_id=event_id, score=body.score)
    return await _send(command, response, mediator, actor, key)


@router.put(
    "/events/{event_id}/score",
    status_code=202,
    tags=["scores"],
    summary="Change one's score",
    responses={202: {"description": "Kept, and on its way to the line-up."}},
)
async def change_score(
    event_id: EventId,
    body: ScoreBody,
    *,
    request: Request,
    response: Response,
    mediator: Mediate,
    actor: CurrentActor,
    key: IdempotencyKey = None,
) -> ScoreView:
    """As often as you like until the deadline, also while the last change is still `pending`.

    The score that was confirmed before counts until this one is. What was rejected may be tried
    again with the same score; otherwise the same score changes nothing.
    """
    await board_of(request).find(event_id)  # what is not known is kept, and decided there
    command = ChangeScore(event_id=event_id, score=body.score)
    return await _send(command, response, mediator, actor, key)


@router.get("/events/{event_id}/results", tags=["events"], summary="How an event was scored")
async def get_results(
    event_id: EventId, request: Request, mediator: Mediate, actor: OptionalActor
) -> ResultsView:
    """What is confirmed by now; needs no token."""
    tallies = await mediator.send(GetTallies(event_ids=(event_id,)))
    if event_id not in tallies:
        await board_of(request).find(event_id)
    return results_view(event_id, tallies.get(event_id, Tally()))


@router.get("/scores", tags=["scores"], summary="One's scores")
async def get_scores(
    mediator: Mediate,
    actor: CurrentActor,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[int | None, Query(ge=1, le=_LARGEST)] = None,
) -> ScoresView:
    """The latest first."""
    return await mediator.send(GetMyScores(limit=limit, cursor=cursor), actor=actor)


@router.get("/scores/{score_id}", tags=["scores"], summary="One of one's scores")
async def get_score(score_id: ScoreId, mediator: Mediate, actor: CurrentActor) -> ScoreView:
    """Nobody sees who gave what: somebody else's is not found."""
    return await mediator.send(GetScore(score_id=score_id), actor=actor)


@router.get("/me/data", tags=["me"], summary="All that is kept of me")
async def get_my_data(
    mediator: Mediate,
    actor: CurrentActor,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> PersonalDataPage:
    """One's scores. Begin without a cursor and read on until `next_cursor` is null."""
    return await mediator.send(GetMyData(cursor=cursor, limit=limit), actor=actor)


def results_view(event_id: int, tally: Tally) -> ResultsView:
    return ResultsView(
        event_id=event_id, count=tally.count, mean=tally.mean, histogram=list(tally.histogram)
    )


async def _send(
    command: GiveScore | ChangeScore,
    response: Response,
    mediator: Mediator,
    actor: Actor,
    key: str | None,
) -> ScoreView:
    given: Given = await mediator.send(command, actor=actor, key=key)
    response.headers["Location"] = f"../../scores/{given.id}"
    return ScoreView(
        id=given.id,
        event_id=given.event_id,
        score=given.score,
        version=given.version,
        status=given.status,
        reason=None,
        confirmed_score=given.confirmed_score,
        mutable=True,
    )
