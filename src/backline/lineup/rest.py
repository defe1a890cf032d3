"""The line-up over HTTP. Everybody who has joined may read it; hosts write."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from backline.kit.auth.http import CurrentActor
from backline.kit.db.personal_data import PersonalDataPage
from backline.kit.http.dependencies import IdempotencyKey, Mediate
from backline.kit.messaging.parking import rest as parking_rest
from backline.lineup.commands import (
    ChangeOptions,
    CloseEvent,
    CreateEvent,
    DeleteEvent,
    UpdateEvent,
)
from backline.lineup.domain.options import Options
from backline.lineup.domain.scores import LARGEST_ID, EventId
from backline.lineup.domain.tallies import Kind, Phase, Status, Tally
from backline.lineup.queries import GetEvent, GetMyData, GetOptions, ListEvents

router = APIRouter(tags=["events"])
options_router = APIRouter(tags=["options"])
personal_router = APIRouter(tags=["me"])
ROUTERS = (router, options_router, personal_router, parking_rest.router)

_MUCH_TEXT = 20_000
"""More than the domain takes, so that its own words say what is too long."""

_EXAMPLE: JsonDict = {
    "id": 7,
    "title": "The Tin Roofs",
    "description": "Kettle folk from Leith",
    "kind": "act",
    "created_at": "2026-11-21T22:20:00Z",
    "opens_at": "2026-11-21T22:36:00Z",
    "deadline": "2026-11-21T22:41:00Z",
    "phase": "open",
    "status": "HIGH_SCORE",
    "score_count": 87,
    "score_mean": 4.2,
    "revision": 91,
}


class EventView(BaseModel):
    """An act. `status` and `score_mean` are live, and final once `phase` is `closed`.

    `score_mean` is null without a score; `revision` rises by one with every change.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: int
    title: str
    description: str
    kind: Kind
    created_at: datetime
    opens_at: datetime
    deadline: datetime
    phase: Phase
    status: Status
    score_count: int
    score_mean: float | None
    revision: int

    @classmethod
    def of(cls, tally: Tally) -> "EventView":
        return cls(
            id=tally.id,
            title=tally.title,
            description=tally.description,
            kind=tally.kind,
            created_at=tally.created_at,
            opens_at=tally.opens_at,
            deadline=tally.deadline,
            phase=tally.phase,
            status=tally.status,
            score_count=tally.score_count,
            score_mean=tally.score_mean,
            revision=tally.revision,
        )


class EventPage(BaseModel):
    """Some acts; the next ones are at `next_cursor`, until that is null."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_EXAMPLE], "next_cursor": None}]}
    )

    items: list[EventView]
    next_cursor: str | None


class NewEvent(BaseModel):
    """An act to be. Times say their zone; without `opens_at` it opens at once."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "title": "The Tin Roofs",
                    "description": "Kettle folk from Leith",
                    "opens_at": "2026-11-21T22:36:00Z",
                    "deadline": "2026-11-21T22:41:00Z",
                }
            ]
        },
    )

    title: str = Field(max_length=_MUCH_TEXT)
    description: str = Field(default="", max_length=_MUCH_TEXT)
    deadline: datetime
    opens_at: datetime | None = None


class EventChange(BaseModel):
    """What is to be another; what is left out or null stays as it is."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"deadline": "2026-11-21T22:42:00Z"}]}
    )

    title: str | None = Field(default=None, max_length=_MUCH_TEXT)
    description: str | None = Field(default=None, max_length=_MUCH_TEXT)
    deadline: datetime | None = None
    opens_at: datetime | None = None


class OptionsView(BaseModel):
    """Whether every song can be scored once it was played, and for how many seconds."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"score_played_songs": True, "song_window_s": 300}]}
    )

    score_played_songs: bool
    song_window_s: int

    @classmethod
    def of(cls, options: Options) -> "OptionsView":
        return cls(
            score_played_songs=options.score_played_songs, song_window_s=options.song_window_s
        )


class OptionsChange(BaseModel):
    """What is to be another; what is left out or null stays as it is."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"score_played_songs": True}]}
    )

    score_played_songs: bool | None = None
    song_window_s: int | None = None


Id = Annotated[int, Path(ge=1, le=LARGEST_ID, examples=[7])]


@router.get("/events", summary="The acts of the line-up")
async def list_events(
    mediator: Mediate,
    actor: CurrentActor,
    phase: Annotated[Phase | None, Query(description="Only those; all if left out.")] = None,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> EventPage:
    """Open ones by their deadline, coming ones in the order in which they open, closed ones with
    the latest deadline first; all of them with the last to open first.
    """  # noqa: D205 - one sentence
    page = await mediator.send(ListEvents(phase=phase, cursor=cursor, limit=limit), actor=actor)
    return EventPage(items=list(map(EventView.of, page.items)), next_cursor=page.next_cursor)


@router.post("/events", status_code=201, summary="Put an act on the line-up (hosts)")
async def create_event(
    body: NewEvent, mediator: Mediate, actor: CurrentActor, key: IdempotencyKey = None
) -> EventView:
    """An `opens_at` that has passed means at once. The deadline is in the future, after the
    opening, and at most a year away.
    """  # noqa: D205
    command = CreateEvent(
        title=body.title,
        description=body.description,
        deadline=body.deadline,
        opens_at=body.opens_at,
    )
    return EventView.of(await mediator.send(command, actor=actor, key=key))


@router.get("/events/{event_id}", summary="One act")
async def get_event(event_id: Id, mediator: Mediate, actor: CurrentActor) -> EventView:
    """As of now: scores, status and phase included."""
    return EventView.of(await mediator.send(GetEvent(event_id=EventId(event_id)), actor=actor))


@router.put("/events/{event_id}", summary="Change an act that has not closed (hosts)")
async def update_event(
    event_id: Id,
    body: EventChange,
    mediator: Mediate,
    actor: CurrentActor,
    key: IdempotencyKey = None,
) -> EventView:
    """The deadline may move either way as long as it is in the future. `opens_at` is for acts that
    are still coming; a moment that has passed opens them now. A closed act stays as it is.
    """  # noqa: D205
    command = UpdateEvent(
        event_id=EventId(event_id),
        title=body.title,
        description=body.description,
        deadline=body.deadline,
        opens_at=body.opens_at,
    )
    return EventView.of(await mediator.send(command, actor=actor, key=key))


@router.post("/events/{event_id}/close", summary="Close an act now (hosts)")
async def close_event(
    event_id: Id, mediator: Mediate, actor: CurrentActor, key: IdempotencyKey = None
) -> EventView:
    """Its deadline becomes this moment, and its result final. Closing a closed act changes
    nothing; there is no way to open it again.
    """  # noqa: D205
    command = CloseEvent(event_id=EventId(event_id))
    return EventView.of(await mediator.send(command, actor=actor, key=key))


@router.delete("/events/{event_id}", status_code=204, summary="Take an act off again (hosts)")
async def delete_event(
    event_id: Id, mediator: Mediate, actor: CurrentActor, key: IdempotencyKey = None
) -> None:
    """Only while no score counts for it; close it instead."""
    await mediator.send(DeleteEvent(event_id=EventId(event_id)), actor=actor, key=key)


@options_router.get("/options", summary="What hosts have chosen for the line-up")
async def get_options(mediator: Mediate, actor: CurrentActor) -> OptionsView:
    """Songs are not scored unless hosts want it."""
    return OptionsView.of(await mediator.send(GetOptions(), actor=actor))


@options_router.put("/options", summary="Choose for the line-up (hosts)")
async def put_options(
    body: OptionsChange, mediator: Mediate, actor: CurrentActor, key: IdempotencyKey = None
) -> OptionsView:
    """With `score_played_songs`, every song that was played and not skipped is put on the line-up,
    once per play, for `song_window_s` seconds: 30 to 3,600.
    """  # noqa: D205
    command = ChangeOptions(
        score_played_songs=body.score_played_songs, song_window_s=body.song_window_s
    )
    return OptionsView.of(await mediator.send(command, actor=actor, key=key))


@personal_router.get("/me/data", summary="All that is kept of me")
async def get_my_data(
    mediator: Mediate,
    actor: CurrentActor,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> PersonalDataPage:
    """The versions of one's scores as they were counted, and the acts one has made.

    Begin without a cursor and read on until `next_cursor` is null.
    """
    return await mediator.send(GetMyData(cursor=cursor, limit=limit), actor=actor)
