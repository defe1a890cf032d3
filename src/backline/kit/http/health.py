"""Whether the process lives, and whether it can do its work."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

from fastapi import APIRouter, Request
from pydantic import BaseModel

from backline.kit.core.errors import Unavailable

READY_WITHIN_S = 2.0

router = APIRouter(prefix="/health", tags=["health"])


class Health(BaseModel):
    status: str


@router.get("/live")
async def live() -> Health:
    """The process answers."""
    return Health(status="live")


@router.get("/ready")
async def ready(request: Request) -> Health:
    """Its database and its broker answer too."""
    check = cast(Callable[[], Awaitable[None]], request.app.state.ready)
    try:
        await asyncio.wait_for(check(), READY_WITHIN_S)
    except TimeoutError as error:
        raise NotReady("Something this service needs does not answer. Try again soon.") from error
    return Health(status="ready")


class NotReady(Unavailable):
    """A database or a broker does not answer in time."""
