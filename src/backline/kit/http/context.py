"""The outermost layer of every app: one request context, one answer to bugs, one measurement."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from time import monotonic, perf_counter

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backline.kit.core.clock import Clock
from backline.kit.core.context import RequestContext, current, enter
from backline.kit.core.errors import BacklineError, DeadlineExceeded, InvalidArgument, Violation
from backline.kit.core.tracing import new_traceparent
from backline.kit.http.limits import DEADLINE, Limits
from backline.kit.http.metrics import HttpMeter
from backline.kit.http.problems import response_of, response_to_bug
from backline.kit.telemetry.traces import active_traceparent

TIMEOUT_HEADER = b"x-request-timeout"
LONGEST_TIMEOUT_S = 3600.0
_EDGE = "backline.edge"
_NOT_MODIFIED = 304

_SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_POLICY = b"content-security-policy"
API_POLICY = b"default-src 'none'; frame-ancestors 'none'"
HTML_POLICY = (
    b"default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    b" img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:;"
    b" connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; object-src 'none';"
    b" base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

logger = logging.getLogger(__name__)


class _Exchange:
    """What the outermost layer remembers of one request; found again by apps mounted inside."""

    __slots__ = ("started", "status")

    def __init__(self) -> None:
        self.started = False
        self.status = 500


class Edge:
    """ASGI middleware: context in, security headers and measurement out, bugs caught.

    It reads `traceparent` (or begins a trace), `Idempotency-Key`, `Authorization` and
    `X-Request-Timeout` (seconds) into the `RequestContext`. An answer that has not begun when
    the time is up becomes 504; what ran for it is cancelled. An exception that nobody expected
    is logged once with its traceback and answered with a trace id.

    An app mounted inside another one finds the exchange already begun, and only catches bugs.
    """

    def __init__(self, app: ASGIApp, clock: Clock, meter: HttpMeter, limits: Limits) -> None:
        self._app = app
        self._clock = clock
        self._meter = meter
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if _EDGE in scope:
                await self._guarded(scope, receive, send, scope[_EDGE])
            else:
                await self._outermost(scope, receive, send)
            return
        if scope["type"] == "websocket":
            headers = dict(scope["headers"])
            parent = headers.get(b"traceparent", b"").decode("latin-1")
            enter(RequestContext(traceparent=new_traceparent(parent)))
        await self._app(scope, receive, send)

    async def _outermost(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = scope[_EDGE] = _Exchange()
        begun = perf_counter()

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.started = True
                exchange.status = message["status"]
                add_security_headers(message)
                deadline = scope.get(DEADLINE)
                if deadline is not None and not deadline.expired():
                    deadline.reschedule(None)  # A long answer may take its time.
            await send(message)

        headers = dict(scope["headers"])
        timeout_s = self._limits.timeout_s
        enter(_context_of(headers, timeout_s))
        try:
            if (asked := headers.get(TIMEOUT_HEADER)) is not None:
                timeout_s = _timeout(asked)
                scope["backline.caller_deadline"] = True
                enter(replace(current(), deadline=monotonic() + timeout_s))
            await self._in_time(scope, receive, send_on, exchange, timeout_s)
        except InvalidArgument as error:
            await response_of(error, self._clock)(scope, receive, send_on)
        finally:
            self._meter.observe(scope, exchange.status, perf_counter() - begun)

    async def _in_time(
        self, scope: Scope, receive: Receive, send: Send, exchange: _Exchange, limit: float | None
    ) -> None:
        try:
            async with asyncio.timeout(limit) as deadline:
                scope[DEADLINE] = deadline
                await self._guarded(scope, receive, send, exchange)
        except TimeoutError:
            late = DeadlineExceeded("This took longer than it may. Try again.")
            await response_of(late, self._clock)(scope, receive, send)

    async def _guarded(
        self, scope: Scope, receive: Receive, send: Send, exchange: _Exchange
    ) -> None:
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            logger.debug("the client left before it had sent its request")
        except BacklineError as error:
            # Raised outside the routes, where no handler of the app sees it.
            await self._answer(response_of(error, self._clock), scope, receive, send, exchange)
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends here
            response = response_to_bug(error, f"{scope['method']} {scope['path']}")
            await self._answer(response, scope, receive, send, exchange)

    async def _answer(
        self, response: Response, scope: Scope, receive: Receive, send: Send, exchange: _Exchange
    ) -> None:
        # An answer that has begun cannot be taken back: the server cuts the connection, so that
        # the client sees that it is not whole.
        if not exchange.started:
            await response(scope, receive, send)


def add_security_headers(start: Message) -> None:
    """Put them onto an `http.response.start`; what a route has set itself is left as it is."""
    headers = start["headers"] = list(start.get("headers", ()))
    present = dict(headers)
    headers += [each for each in _SECURITY_HEADERS if each[0] not in present]
    # "Not modified" says nothing of its type, and what it says replaces what browsers have kept.
    if _POLICY not in present and start["status"] != _NOT_MODIFIED:
        is_page = present.get(b"content-type", b"").startswith(b"text/html")
        headers.append((_POLICY, HTML_POLICY if is_page else API_POLICY))


def _context_of(headers: Mapping[bytes, bytes], timeout_s: float | None) -> RequestContext:
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    key = headers.get(b"idempotency-key")
    return RequestContext(
        # FastAPI opens a span around every request where traces are configured.
        traceparent=new_traceparent(
            active_traceparent() or headers.get(b"traceparent", b"").decode("latin-1")
        ),
        deadline=None if timeout_s is None else monotonic() + timeout_s,
        idempotency_key=key.decode("latin-1") if key else None,
        access_token=token.strip() if scheme.lower() == "bearer" else "",
    )


def _timeout(raw: bytes) -> float:
    try:
        seconds = float(raw)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= LONGEST_TIMEOUT_S:
        detail = f"must be seconds between 0 and {LONGEST_TIMEOUT_S:.0f}"
        raise InvalidRequestTimeout(
            f"X-Request-Timeout {detail}.", violations=(Violation("#/X-Request-Timeout", detail),)
        )
    return seconds


class InvalidRequestTimeout(InvalidArgument):
    """The caller's own limit cannot be read."""
