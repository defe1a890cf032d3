"""RFC 9457 problem documents: how a refusal looks over HTTP, whatever refused."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from math import ceil
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from backline.kit.core.clock import Clock, SystemClock
from backline.kit.core.context import current
from backline.kit.core.errors import BacklineError, Internal, InvalidArgument, Kind, Violation

MEDIA_TYPE = "application/problem+json"
HTTP_DOMAIN = "http"
_BOUNDS = frozenset({"min_length", "max_length", "ge", "gt", "le", "lt"})

logger = logging.getLogger(__name__)


class FieldProblem(BaseModel):
    """One field at fault."""

    pointer: str
    detail: str
    reason: str = ""
    metadata: dict[str, str] = {}


class Problem(BaseModel):
    """Why a request was refused, and what would make it succeed (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    reason: str
    domain: str
    metadata: dict[str, str] = {}
    retryable: bool = False
    trace_id: str = ""
    errors: list[FieldProblem] = []


class RequestTooLarge(InvalidArgument):
    """The body is larger than its route accepts. Answered 413."""

    http_status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def document(
    *,
    domain: str,
    reason: str,
    status: int,
    detail: str,
    metadata: Mapping[str, str] | None = None,
    retryable: bool = False,
    violations: Sequence[Violation] = (),
) -> dict[str, object]:
    """A problem document with the trace of the current request."""
    slug = reason.lower().replace("_", "-")
    return {
        "type": f"urn:backline:{domain}:{slug}",
        "title": reason.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "reason": reason,
        "domain": domain,
        "metadata": dict(metadata or {}),
        "retryable": retryable,
        "trace_id": current().trace_id,
        "errors": [
            {
                "pointer": at.pointer,
                "detail": at.detail,
                "reason": at.reason,
                "metadata": dict(at.metadata),
            }
            for at in violations
        ],
    }


def problem(error: BacklineError) -> dict[str, object]:
    """The problem document of `error`: the body over HTTP, a member of a WebSocket error frame."""
    return document(
        domain=error.domain,
        reason=error.reason,
        status=status_of(error),
        detail=error.detail,
        metadata=error.metadata,
        retryable=error.kind.retryable,
        violations=error.violations,
    )


def status_of(error: BacklineError) -> int:
    """The HTTP status: the kind's, unless the error's class names one in `http_status`."""
    return int(getattr(error, "http_status", error.kind.http))


def headers_of(error: BacklineError, now: datetime) -> dict[str, str]:
    """`Retry-After` in whole seconds where the moment is known, `WWW-Authenticate` for 401."""
    headers = {}
    if error.retry_at is not None:
        headers["Retry-After"] = str(max(1, ceil((error.retry_at - now).total_seconds())))
    if error.kind is Kind.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def response_of(error: BacklineError, clock: Clock) -> JSONResponse:
    """The whole answer to a refused request."""
    return JSONResponse(
        problem(error),
        status_code=status_of(error),
        headers=headers_of(error, clock.now()),
        media_type=MEDIA_TYPE,
    )


def response_to_bug(error: BaseException, where: str) -> JSONResponse:
    """Log `error` with its traceback and answer with nothing but the trace id."""
    logger.error("unhandled error in %s", where, exc_info=error)
    return response_of(Internal("Something went wrong on our side."), SystemClock())


def install(app: FastAPI) -> None:
    """Answer every refusal of `app`, FastAPI's own included, with a problem document."""
    app.add_exception_handler(BacklineError, _refused)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(HTTPException, _http_exception)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    return response_of(cast(BacklineError, error), request.app.state.clock)


async def _not_understood(request: Request, error: Exception) -> JSONResponse:
    violations = [violation(each) for each in cast(RequestValidationError, error).errors()]
    first = violations[0]
    where = first.pointer.removeprefix("#").removeprefix("/") or "body"
    body = document(
        domain=request.app.state.service,
        reason="INVALID_REQUEST",
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        detail=f"The request could not be understood: {where}: {first.detail}.",
        violations=violations,
    )
    return JSONResponse(body, HTTPStatus.UNPROCESSABLE_ENTITY, media_type=MEDIA_TYPE)


def violation(error: Mapping[str, Any]) -> Violation:
    """One of pydantic's errors. The input itself is left out: it may be a password."""
    source, *path = error["loc"]
    if error["type"] == "json_invalid":
        reason = error.get("ctx", {}).get("error", "malformed")
        return Violation("#", f"no valid JSON at character {path[-1] if path else 0}: {reason}")
    if source not in {"body", "query", "path", "header", "cookie"}:
        path = [source, *path]
    steps = [str(step).replace("~", "~0").replace("/", "~1") for step in path]
    detail = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    bounds = {name: f"{bound}" for name, bound in error.get("ctx", {}).items() if name in _BOUNDS}
    return Violation(
        "#" + "".join(f"/{step}" for step in steps), detail, str(error["type"]).upper(), bounds
    )


async def _http_exception(request: Request, error: Exception) -> JSONResponse:
    refusal = cast(HTTPException, error)
    if isinstance(refusal.__cause__, BacklineError):
        # FastAPI wraps whatever is raised while it reads a body into a 400.
        return response_of(refusal.__cause__, request.app.state.clock)
    phrase = HTTPStatus(refusal.status_code).phrase
    detail = str(refusal.detail or phrase)
    if detail == phrase:
        detail = _plain(request, refusal)
    body = document(
        domain=HTTP_DOMAIN,
        reason=phrase.upper().replace(" ", "_").replace("-", "_"),
        status=refusal.status_code,
        detail=detail,
        retryable=refusal.status_code in {429, 502, 503, 504},
    )
    return JSONResponse(
        body, refusal.status_code, headers=dict(refusal.headers or {}), media_type=MEDIA_TYPE
    )


def _plain(request: Request, refusal: HTTPException) -> str:
    path = request.scope["path"]
    if refusal.status_code == HTTPStatus.NOT_FOUND:
        return f"There is nothing at {path}."
    if refusal.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (refusal.headers or {}).get("Allow", "")
        return f"{request.method} is not possible at {path}. Possible: {allowed}."
    return f"{HTTPStatus(refusal.status_code).phrase}."
