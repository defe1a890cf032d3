"""What the jukebox keeps of the caller."""

from typing import Annotated

from fastapi import APIRouter, Query

from backline.jukebox.queries.personal import GetMyData
from backline.kit.auth.http import CurrentActor
from backline.kit.db.personal_data import PersonalDataPage
from backline.kit.http.dependencies import Mediate

router = APIRouter(tags=["me"])


@router.get("/me/data", summary="All that is kept of me")
async def get_my_data(
    mediator: Mediate,
    actor: CurrentActor,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> PersonalDataPage:
    """One's tracks, uploads, queued and played songs and votes, one part after the other.

    Begin without a cursor and read on until `next_cursor` is null.
    """
    return await mediator.send(GetMyData(cursor=cursor, limit=limit), actor=actor)
