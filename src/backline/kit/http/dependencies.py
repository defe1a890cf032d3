"""What a route may ask for."""

from typing import Annotated, cast

from fastapi import Depends, Header, Request

from backline.kit.core.context import RequestContext, current
from backline.kit.mediator import Mediator


async def _mediator(request: Request) -> Mediator:
    return cast(Mediator, request.app.state.mediator)


async def _context() -> RequestContext:
    return current()


Mediate = Annotated[Mediator, Depends(_mediator)]
"""The mediator of the app: `await mediator.send(...)`."""

Context = Annotated[RequestContext, Depends(_context)]
"""The context of the request."""

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Chosen by the caller; a repeated request with it gets the first answer.",
    ),
]
"""The caller's `Idempotency-Key`, or None: `await mediator.send(command, key=key)`."""
