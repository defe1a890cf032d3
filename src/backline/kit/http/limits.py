"""How much a request may bring and how long it may take, per app and per route."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, TypeVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backline.kit.core.context import current, enter
from backline.kit.http.problems import RequestTooLarge

KIB = 1024
MIB = 1024 * KIB
DEFAULT_BODY_BYTES = 1 * MIB
DEFAULT_TIMEOUT_S = 30.0

DEADLINE = "backline.deadline"
_ATTRIBUTE = "__backline_limits__"
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Limits:
    """What one route accepts.

    Attributes:
        body_bytes: The largest body; None for no limit (the route counts for itself).
        timeout_s: Seconds until the answer must have begun; None for no limit.
    """

    body_bytes: int | None = DEFAULT_BODY_BYTES
    timeout_s: float | None = DEFAULT_TIMEOUT_S


def limits(
    *, body_bytes: int | None = DEFAULT_BODY_BYTES, timeout_s: float | None = DEFAULT_TIMEOUT_S
) -> Callable[[F], F]:
    """Give the route function below limits of its own.

    @router.post("/tracks")
    @limits(body_bytes=512 * MIB, timeout_s=None)
    async def upload(request: Request) -> ...
    """

    def mark(function: F) -> F:
        setattr(function, _ATTRIBUTE, Limits(body_bytes, timeout_s))
        return function

    return mark


class BodyLimit:
    """ASGI middleware: a body larger than its route accepts is refused while it arrives.

    The limit is looked up when the route asks for the first byte, because only then is it known
    which route that is. `Content-Length` is believed when it is too large and counted anyway
    when it is not.
    """

    def __init__(self, app: ASGIApp, default: Limits) -> None:
        self._app = app
        self._default = default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        counted = _CountedBody(scope, receive, self._default)
        await self._app(scope, counted.receive, send)


class _CountedBody:
    def __init__(self, scope: Scope, receive: Receive, default: Limits) -> None:
        self._scope = scope
        self._receive = receive
        self._default = default
        self._limits: Limits | None = None
        self._seen = 0

    async def receive(self) -> Message:
        if self._limits is None:
            self._limits = self._begin()
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        self._check(self._seen)
        return message

    def _begin(self) -> Limits:
        endpoint = self._scope.get("endpoint")
        known: Limits = getattr(endpoint, _ATTRIBUTE, self._default)
        self._limits = known
        if known.timeout_s != self._default.timeout_s:
            self._reschedule(known.timeout_s)
        for name, value in self._scope["headers"]:
            if name == b"content-length" and value.isdigit():
                self._check(int(value))
        return known

    def _reschedule(self, timeout_s: float | None) -> None:
        if self._scope.get("backline.caller_deadline"):
            return  # The caller asked for less time than the route allows.
        deadline: asyncio.Timeout | None = self._scope.get(DEADLINE)
        if deadline is not None:
            loop = asyncio.get_running_loop()
            deadline.reschedule(None if timeout_s is None else loop.time() + timeout_s)
        enter(replace(current(), deadline=None if timeout_s is None else monotonic() + timeout_s))

    def _check(self, size: int) -> None:
        assert self._limits is not None
        most = self._limits.body_bytes
        if most is not None and size > most:
            raise RequestTooLarge(
                f"The request is larger than the {_in_words(most)} that this address accepts.",
                limit_bytes=str(most),
            )


def _in_words(size: int) -> str:
    if size % MIB == 0:
        return f"{size // MIB} MiB"
    if size % KIB == 0:
        return f"{size // KIB} KiB"
    return f"{size} bytes"
