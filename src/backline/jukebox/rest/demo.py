"""First steps of a new room, and content for trying."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from backline.jukebox.commands.demo import RequestDemo
from backline.jukebox.domain.demo import DemoAction
from backline.jukebox.queries.demo import DemoView, FirstStepsView, GetDemo, GetFirstSteps
from backline.kit.auth.http import CurrentActor
from backline.kit.http.dependencies import IdempotencyKey, Mediate

router = APIRouter(tags=["room"])


class DemoBody(BaseModel):
    """`force`: also in a room where people have queued or heard songs of their own."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"force": False}]})

    force: bool = False


@router.get("/first-steps", summary="How far a new room is (hosts)")
async def get_first_steps(mediator: Mediate, actor: CurrentActor) -> FirstStepsView:
    """Looked up from the room itself, so that it is right on every device."""
    return await mediator.send(GetFirstSteps(), actor=actor)


@router.get("/demo", summary="How far the demo content is (hosts)")
async def get_demo(mediator: Mediate, actor: CurrentActor) -> DemoView:
    return await mediator.send(GetDemo(), actor=actor)


@router.post("/demo", status_code=202, summary="Fill the room with demo content (hosts)")
async def fill_with_demo(
    body: DemoBody, mediator: Mediate, actor: CurrentActor, key: IdempotencyKey = None
) -> DemoView:
    """People, sounds made on the spot, a queue with votes, and a history that nobody has heard.

    The worker does it within a minute; look at `GET /demo`. Done twice, nothing is there twice.
    """
    command = RequestDemo(action=DemoAction.FILL, force=body.force)
    await mediator.send(command, actor=actor, key=key)
    return await mediator.send(GetDemo(), actor=actor)


@router.delete("/demo", status_code=202, summary="Take the demo content away (hosts)")
async def remove_demo(
    mediator: Mediate, actor: CurrentActor, key: IdempotencyKey = None
) -> DemoView:
    """What people brought themselves stays."""
    await mediator.send(RequestDemo(action=DemoAction.REMOVE), actor=actor, key=key)
    return await mediator.send(GetDemo(), actor=actor)
