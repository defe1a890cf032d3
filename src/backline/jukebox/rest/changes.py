"""What people did to the room, and taking it back, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from backline.jukebox.commands.changes import UndoChange, UndoLast, Undone
from backline.jukebox.queries.changes import ChangesView, GetChanges
from backline.jukebox.rest.queue import board_of
from backline.kit.auth.http import CurrentActor
from backline.kit.http.dependencies import IdempotencyKey, Mediate

router = APIRouter(prefix="/queue", tags=["queue"])

_LARGEST = 2**53


@router.post("/undo", summary="Undo one's last removal or move")
async def undo(
    request: Request, mediator: Mediate, actor: CurrentActor, key: IdempotencyKey = None
) -> Undone:
    """Within a minute. What has played since stays as it is."""
    undone = await mediator.send(UndoLast(), actor=actor, key=key)
    await board_of(request).forget()
    return undone


@router.get("/changes", summary="What people did: added, moved, removed, skipped, changed the rule")
async def get_changes(
    mediator: Mediate,
    actor: CurrentActor,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[int | None, Query(ge=0, le=_LARGEST)] = None,
) -> ChangesView:
    """Latest first. Songs that were refused are shown to hosts, and to whoever asked for them.

    The latest 2,000 of the last seven days are kept. When there is a new one, hosts get
    `{"type": "changed"}` over the WebSocket.
    """
    return await mediator.send(GetChanges(limit=limit, cursor=cursor), actor=actor)


@router.post("/changes/{change_id}/undo", summary="Undo a removal or a move from the list")
async def undo_change(
    change_id: Annotated[int, Path(ge=1, le=_LARGEST)],
    request: Request,
    mediator: Mediate,
    actor: CurrentActor,
    key: IdempotencyKey = None,
) -> Undone:
    """For 15 minutes: hosts anybody's, everybody else their own.

    Refused with CHANGED_SINCE if the same songs were arranged again later: undo that first.
    """
    undone = await mediator.send(UndoChange(change_id=change_id), actor=actor, key=key)
    await board_of(request).forget()
    return undone
