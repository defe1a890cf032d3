"""Who is asking, at the gRPC doors.

The caller's access token travels as `authorization` metadata, is checked again by every callee,
and is never replaced by a plain user number. `kit.rpc.client.channel` passes it on.
"""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import grpc
import grpc.aio
from typing_extensions import override

from backline.kit.auth.gate import Gate, InvalidToken
from backline.kit.auth.http import SessionCheck
from backline.kit.core.actor import Actor
from backline.kit.core.context import current, enter


class BearerInterceptor(grpc.aio.ServerInterceptor):
    """Puts the actor into the `RequestContext`; calls without a token stay anonymous.

    Goes behind the kit's own interceptor, which answers what this one raises.
    """

    def __init__(self, gate: Gate, check: SessionCheck) -> None:
        self._gate = gate
        self._check = check

    @override
    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        codec = (handler.request_deserializer, handler.response_serializer)
        if handler.response_streaming:
            streaming = self._streaming(handler.stream_stream or handler.unary_stream)
            if handler.request_streaming:
                return grpc.stream_stream_rpc_method_handler(streaming, *codec)
            return grpc.unary_stream_rpc_method_handler(streaming, *codec)
        single = self._single(handler.stream_unary or handler.unary_unary)
        if handler.request_streaming:
            return grpc.stream_unary_rpc_method_handler(single, *codec)
        return grpc.unary_unary_rpc_method_handler(single, *codec)

    def _single(self, inner: Any) -> Any:
        async def single(request: Any, context: Any) -> Any:
            await self._identify(context)
            return await inner(request, context)

        return single

    def _streaming(self, inner: Any) -> Any:
        async def streaming(request: Any, context: Any) -> AsyncIterator[Any]:
            await self._identify(context)
            answers = inner(request, context)
            if inspect.isawaitable(answers):
                await answers  # It wrote by itself, through the context.
                return
            async for answer in answers:
                yield answer

        return streaming

    async def _identify(self, context: Any) -> None:
        metadata = context.invocation_metadata() or ()
        values = [str(value) for name, value in metadata if name == "authorization"]
        if not values:
            return
        scheme, _, token = values[0].partition(" ")
        if len(values) > 1 or scheme.lower() != "bearer":
            raise InvalidToken
        actor = self._gate.verify(token)
        if self._gate.stale:
            await self._check.confirm(actor)
        enter(replace(current(), actor=actor, access_token=token))


def current_actor() -> Actor:
    """Who asks, in a servicer's method; `ANONYMOUS` without a token."""
    return current().actor
