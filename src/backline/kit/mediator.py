"""Runs one message at a time through the handler that claims it.

A handler is any async function whose first parameter is a `Command` or a `Query`.
Its other parameters are what it needs; they are looked up by type in the container.

    async def add_to_queue(command: AddToQueue, queue: QueueRepository) -> ItemId: ...

REST, gRPC and broker doors only ever hold a `Mediator`, which is why one use case
serves all three.
"""

import asyncio
import inspect
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar, cast, get_type_hints

from dishka import AsyncContainer
from pydantic import TypeAdapter
from sqlalchemy.exc import DBAPIError
from typing_extensions import get_original_bases

from backline.kit.core.actor import ANONYMOUS, Actor
from backline.kit.core.errors import Aborted
from backline.kit.core.messages import Command, Query
from backline.kit.db.uow import UnitOfWork
from backline.kit.inbox.inbox import Delivery, fingerprint

R = TypeVar("R")
Handler: TypeAlias = Callable[..., Awaitable[Any]]

ATTEMPTS = 4
_RETRIED_SQLSTATES = {"40001", "40P01"}  # serialization_failure, deadlock_detected


@dataclass(frozen=True, slots=True)
class _Registration:
    function: Handler
    needs: dict[str, type]
    result: TypeAdapter[Any]


class Mediator:
    """Opens a scope, gives the handler what it asks for, commits what it did."""

    def __init__(self, container: AsyncContainer, handlers: Iterable[Handler]) -> None:
        self._container = container
        self._handlers = dict(map(_register, handlers))

    async def send(
        self, message: Command[R] | Query[R], *, actor: Actor = ANONYMOUS, key: str | None = None
    ) -> R:
        """Handle `message` and return what its handler returned.

        Args:
            actor: On whose behalf.
            key: Identifies this delivery (a broker message id, an Idempotency-Key).
                A command seen before under the same key from the same actor is not run
                again; its first result is returned.

        Raises:
            BacklineError: The handler refused; nothing was written.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._once(message, actor, key)
            except DBAPIError as error:
                state = getattr(error.orig, "sqlstate", None)
                if state not in _RETRIED_SQLSTATES:
                    raise
                if attempt == ATTEMPTS:
                    raise Aborted("Too many changes at once. Try again.") from error
                await asyncio.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - jitter
        raise AssertionError

    async def _once(self, message: Command[R] | Query[R], actor: Actor, key: str | None) -> R:
        handler = self._handlers[type(message)]
        async with self._container(context={Actor: actor}) as scope:
            needs: dict[str, Any] = {
                name: await scope.get(kind) for name, kind in handler.needs.items()
            }
            if isinstance(message, Query):
                return cast(R, await handler.function(message, **needs))
            uow = await scope.get(UnitOfWork)
            delivery = None
            if key is not None:
                name = type(message).__qualname__
                delivery = Delivery(f"{name}:{actor.id}", key, fingerprint(repr(message)))
                if not await uow.inbox.first_delivery(delivery):
                    return cast(R, handler.result.validate_python(await uow.inbox.recall(delivery)))
            result = await handler.function(message, **needs)
            if delivery is not None:
                await uow.inbox.remember(delivery, handler.result.dump_python(result, mode="json"))
            await uow.commit()
            return cast(R, result)


def _register(function: Handler) -> tuple[type, _Registration]:
    hints = get_type_hints(function)
    first, *rest = inspect.signature(function).parameters
    message = hints[first]
    (promised,) = get_original_bases(message)[0].__args__
    if promised != (returned := hints["return"]):
        raise TypeError(f"{function.__name__} returns {returned}, {message.__name__} is {promised}")
    needs = {name: hints[name] for name in rest}
    return message, _Registration(function, needs, TypeAdapter(promised))
