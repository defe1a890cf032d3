"""What every call passes through on a server: context in, deadline kept, errors out."""

import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic, perf_counter
from typing import Any

import grpc
import grpc.aio
from typing_extensions import override

from backline.kit.core.clock import Clock, SystemClock
from backline.kit.core.context import RequestContext, enter
from backline.kit.core.errors import BacklineError, Internal, InvalidArgument, Kind
from backline.kit.core.tracing import new_traceparent
from backline.kit.rpc.errors import abort
from backline.kit.rpc.metrics import RpcMeter

logger = logging.getLogger(__name__)

OK = "OK"
CANCELLED = "CANCELLED"
ABORTED_BY_HAND = "OTHER"  # the service has called `context.abort` itself
_STANDARD = ("/grpc.health.", "/grpc.reflection.")


class DeadlineRequired(InvalidArgument):
    """A call without a deadline can hold a worker for ever."""


class EdgeInterceptor(grpc.aio.ServerInterceptor):
    """The outermost interceptor, for unary and for streaming methods.

    It makes the `RequestContext` of the call from `traceparent`, `idempotency-key`,
    `authorization` and the deadline, answers a `BacklineError` with a rich status, and any
    other exception, logged once with its traceback, with `INTERNAL`.

    Args:
        require_deadline: Refuse calls with a single answer that set no deadline. Streams of
            answers may stay open for ever.
    """

    def __init__(
        self,
        *,
        require_deadline: bool = False,
        clock: Clock | None = None,
        meter: RpcMeter | None = None,
    ) -> None:
        self._require_deadline = require_deadline
        self._clock = clock or SystemClock()
        self._meter = meter or RpcMeter()

    @override
    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        method = str(handler_call_details.method)
        try:
            handler = await continuation(handler_call_details)
        except BacklineError as refusal:
            return self._refusing(refusal)
        if handler is None:
            return None  # UNIMPLEMENTED
        codec = (handler.request_deserializer, handler.response_serializer)
        needs_deadline = self._require_deadline and not method.startswith(_STANDARD)
        if handler.response_streaming:
            streaming = self._streaming(handler.stream_stream or handler.unary_stream, method)
            if handler.request_streaming:
                return grpc.stream_stream_rpc_method_handler(streaming, *codec)
            return grpc.unary_stream_rpc_method_handler(streaming, *codec)
        single = self._single(handler.stream_unary or handler.unary_unary, method, needs_deadline)
        if handler.request_streaming:
            return grpc.stream_unary_rpc_method_handler(single, *codec)
        return grpc.unary_unary_rpc_method_handler(single, *codec)

    def _single(self, inner: Any, method: str, needs_deadline: bool) -> Any:  # noqa: FBT001
        async def single(request: Any, context: Any) -> Any:
            enter(_context_of(context))
            begun, status = perf_counter(), CANCELLED
            try:
                if needs_deadline:
                    _check_deadline(context)
                answer = await inner(request, context)
                status = OK
            except BacklineError as error:
                status = error.kind.name
                await abort(context, error, self._clock.now())
            except grpc.aio.AbortError:
                status = ABORTED_BY_HAND
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, it ends here
                status = Kind.INTERNAL.name
                await _answer_bug(context, method, error)
            else:
                return answer
            finally:
                self._meter.observe(method, status, perf_counter() - begun)

        return single

    def _streaming(self, inner: Any, method: str) -> Any:
        async def streaming(request: Any, context: Any) -> AsyncIterator[Any]:
            enter(_context_of(context))
            status = CANCELLED
            try:
                answers = inner(request, context)
                if inspect.isawaitable(answers):
                    await answers  # It wrote by itself, through the context.
                else:
                    async for answer in answers:
                        yield answer
                status = OK
            except BacklineError as error:
                status = error.kind.name
                await abort(context, error, self._clock.now())
            except grpc.aio.AbortError:
                status = ABORTED_BY_HAND
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, it ends here
                status = Kind.INTERNAL.name
                await _answer_bug(context, method, error)
            finally:
                self._meter.observe(method, status)

        return streaming

    def _refusing(self, refusal: BacklineError) -> Any:
        # An interceptor further in refused before there was a handler to wrap.
        async def refuse(_: Any, context: Any) -> None:
            await abort(context, refusal, self._clock.now())

        return grpc.unary_unary_rpc_method_handler(refuse)


def _check_deadline(context: Any) -> None:
    if context.time_remaining() is None:
        raise DeadlineRequired("Set a deadline for this call.")


async def _answer_bug(context: Any, method: str, error: Exception) -> None:
    logger.error("unhandled error in %s", method, exc_info=error)
    await abort(context, Internal("Something went wrong on our side."))


def _context_of(context: Any) -> RequestContext:
    metadata: dict[str, Any] = dict(context.invocation_metadata() or ())
    remaining = context.time_remaining()
    scheme, _, token = str(metadata.get("authorization", "")).partition(" ")
    return RequestContext(
        traceparent=new_traceparent(str(metadata.get("traceparent", ""))),
        deadline=None if remaining is None else monotonic() + remaining,
        idempotency_key=metadata.get("idempotency-key"),
        access_token=token.strip() if scheme.lower() == "bearer" else "",
    )
