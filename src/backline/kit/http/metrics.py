"""Prometheus: how many requests, how they ended, how long they took."""

from http import HTTPStatus
from typing import NamedTuple

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from backline.kit.telemetry.metrics import counter, histogram

UNMATCHED = "(none)"
_LOOPBACK = {"127.0.0.1", "::1"}


class _Series(NamedTuple):
    total: Counter
    seconds: Histogram


class HttpMeter:
    """Counts the requests of one app.

    A route is labelled by its template (`/queue/{item_id}`), never by the path that was asked
    for: a scanner must not be able to fill the memory with labels.
    """

    def __init__(self, service: str, registry: CollectorRegistry = REGISTRY) -> None:
        self._service = service
        self._total = counter(
            "backline_http_requests_total",
            "Requests answered.",
            ("service", "method", "route", "status"),
            registry,
        )
        self._seconds = histogram(
            "backline_http_request_seconds",
            "Time to the end of the answer.",
            ("service", "method", "route"),
            registry,
        )
        self._series: dict[tuple[str, str, int], _Series] = {}

    def observe(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None)
        where = UNMATCHED if route is None else scope.get("root_path", "") + route
        method = scope["method"] if where != UNMATCHED else "ANY"
        key = (method, where, status)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = _Series(
                self._total.labels(self._service, method, where, str(status)),
                self._seconds.labels(self._service, method, where),
            )
        series.total.inc()
        series.seconds.observe(seconds)


async def metrics(request: Request) -> Response:
    """Everything this process counts, in Prometheus' text format."""
    if not _may_read(request):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    registry: CollectorRegistry = request.app.state.registry
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _may_read(request: Request) -> bool:
    """Behind a public door only this machine may, and no proxy on behalf of others."""
    if request.app.state.public_metrics and not request.scope.get("root_path"):
        return True
    host = request.client.host if request.client else ""
    forwarded = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "via"))
    return host in _LOOPBACK and not forwarded
