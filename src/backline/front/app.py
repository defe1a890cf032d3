"""The front door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from backline.front import admin, health
from backline.front.admin import Administration
from backline.front.openapi import merge
from backline.front.web_app import BUILT, WebApp
from backline.kit.core.clock import SystemClock
from backline.kit.core.errors import NotFound, Unavailable
from backline.kit.health import Checkup, Probe
from backline.kit.http.app import build_app
from backline.kit.messaging.parking import rest as parking_rest
from backline.kit.messaging.parking.every import EveryDeadLetter
from backline.kit.messaging.parking.probe import parking_probe
from backline.kit.service import Service

DESCRIPTION = """
One room's audio queue and everything around it: this page describes every service of the box.

*Authorize* with a name and a password to try the calls from here.
"""


TAGS = (
    {"name": "administration", "description": "Of the whole box. For admins."},
    {
        "name": "dead letters",
        "description": "Messages that could not be handled, by service and all. For admins.",
    },
)


class NotReady(Unavailable):
    """A service of the box cannot do its work yet."""


class NoSuchAddress(NotFound):
    """Nothing of any service answers to this address."""


def build_front(
    services: Sequence[Service],
    *,
    why_not_ready: Callable[[], Awaitable[str | None]],
    probes: Mapping[str, Probe] | None = None,
    administration: Administration | None = None,
    web: Path = BUILT,
) -> FastAPI:
    """Put the services' doors and the web app under one origin.

    Args:
        why_not_ready: What one of the services still lacks, in words; None if nothing.
        probes: How the box itself is; those of the services are added.
        administration: What the doors for admins need; without it there are none.
        web: The folder of the built web app.
    """

    async def ready() -> None:
        if (reason := await why_not_ready()) is not None:
            raise NotReady(reason)

    doors = {service.name: service.app for service in services if service.app is not None}
    measured = {name: probe for each in services for name, probe in each.probes.items()}
    parked = {each.name: each.dead_letters for each in services if each.dead_letters is not None}
    letters = EveryDeadLetter(parked)
    if parked:
        measured["messages"] = parking_probe(letters)
    front = build_app(
        title="Backline",
        description=DESCRIPTION,
        routers=(
            health.router,
            *(() if administration is None else (admin.router,)),
            *((dead_letters_router(),) if parked else ()),
        ),
        service="front",
        tags=TAGS,
        state={
            "checkup": Checkup({**measured, **(probes or {})}, SystemClock()),
            "administration": administration,
            "dead_letters": letters,
            **_keys(doors),
        },
        ready=ready,
        docs_assets=web / "docs-assets",
        public_metrics=False,
    )
    for name, app in doors.items():
        front.mount(f"/api/{name}", app, name=name)
    front.mount("/api", _no_such_address)
    front.add_route("/api", _api_itself, include_in_schema=False)
    _describe(front, doors)
    front.mount("/", WebApp(web), name="web")
    return front


def dead_letters_router() -> APIRouter:
    """Those of all services at once."""
    router = APIRouter(prefix="/api")
    router.include_router(parking_rest.router)
    return router


def _keys(doors: Mapping[str, FastAPI]) -> dict[str, Any]:
    """What a service tells by who is asking; the front door tells by the same."""
    for app in doors.values():
        if hasattr(app.state, "gate"):
            return {"gate": app.state.gate, "session_check": app.state.session_check}
    return {}


async def _api_itself(request: Request) -> Response:
    raise _unknown(request.scope)


async def _no_such_address(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer for every address under `/api` that is nobody's."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4404})
        return
    raise _unknown(scope)


def _unknown(scope: Scope) -> NoSuchAddress:
    return NoSuchAddress(f"There is nothing at {scope['path']}. /docs lists what there is.")


def _describe(front: FastAPI, doors: Mapping[str, FastAPI]) -> None:
    own = front.openapi
    merged: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not merged:
            merged.update(merge(own(), {name: app.openapi() for name, app in doors.items()}))
        return merged

    front.openapi = openapi  # type: ignore[method-assign]
