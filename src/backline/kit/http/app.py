"""Builds the FastAPI app of a service: every door the same at its edges."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from prometheus_client import REGISTRY, CollectorRegistry

from backline.kit.core.clock import Clock, SystemClock
from backline.kit.http import health, problems
from backline.kit.http.context import Edge
from backline.kit.http.limits import DEFAULT_BODY_BYTES, DEFAULT_TIMEOUT_S, BodyLimit, Limits
from backline.kit.http.metrics import HttpMeter, metrics
from backline.kit.http.openapi import document_problems
from backline.kit.http.reference import install_reference


async def _always() -> None:
    """Ready without asking anybody."""


def untraced(scope: MutableMapping[str, Any]) -> bool:
    """Whether a request stays out of the traces: probes, and links that hold a one-time token."""
    path = scope.get("path", "")
    return path.startswith(("/health", "/metrics")) or b"token=" in scope.get("query_string", b"")


def build_app(
    *,
    title: str,
    description: str = "",
    routers: Sequence[APIRouter] = (),
    service: str | None = None,
    version: str = "1",
    mediator: Any = None,
    ready: Callable[[], Awaitable[None]] = _always,
    clock: Clock | None = None,
    state: Mapping[str, Any] | None = None,
    tags: Sequence[Mapping[str, Any]] = (),
    body_bytes: int = DEFAULT_BODY_BYTES,
    timeout_s: float | None = DEFAULT_TIMEOUT_S,
    docs_url: str | None = "/docs",
    docs_assets: Path | None = None,
    registry: CollectorRegistry = REGISTRY,
    public_metrics: bool = True,
) -> FastAPI:
    """An app that answers every refusal with a problem document.

    It has `/health/live`, `/health/ready`, `/metrics` and, at `docs_url`, Swagger UI.

    Args:
        service: The domain of its problems and the label of its metrics; `title` in lower case
            if left out.
        mediator: What `Mediate` gives to routes.
        ready: Raises `Unavailable` while the database or the broker does not answer.
        state: Put into `app.state`, such as the `gate`.
        tags: Names and descriptions for the groups of the API reference.
        body_bytes: The largest body; a route raises it by `@limits(...)`.
        timeout_s: Seconds until an answer must have begun; a route changes it by `@limits(...)`.
        docs_assets: A folder with npm's `swagger-ui-dist`, for a room without internet.
        registry: Where the metrics are counted.
        public_metrics: Whether everybody who reaches the app may read `/metrics`. False is for
            doors that face the room: then only this machine may. So it is for mounted apps.
    """
    app = FastAPI(
        title=title,
        description=description,
        version=version,
        openapi_tags=[dict(tag) for tag in tags] or None,
        docs_url=None,
        redoc_url=None,
        # FastAPI opens the spans, if traces are configured; what is counted and logged is ours.
        telemetry={
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "exclude": untraced,
        },
    )
    app.state.service = service or title.lower()
    app.state.mediator = mediator
    app.state.ready = ready
    app.state.clock = clock or SystemClock()
    app.state.registry = registry
    app.state.public_metrics = public_metrics
    for name, value in (state or {}).items():
        setattr(app.state, name, value)
    for router in routers:
        app.include_router(router)
    app.include_router(health.router)
    app.add_route("/metrics", metrics, include_in_schema=False)
    problems.install(app)
    document_problems(app)
    if docs_url is not None:
        install_reference(app, docs_url, docs_assets)
    limits = Limits(body_bytes, timeout_s)
    app.add_middleware(BodyLimit, default=limits)
    app.add_middleware(
        Edge,
        clock=app.state.clock,
        meter=HttpMeter(app.state.service, registry),
        limits=limits,
    )
    return app
