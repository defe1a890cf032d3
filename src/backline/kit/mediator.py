"""Runs one message at a time through the handler that claims it.

A handler is any async function whose first parameter is a `Command` or a `Query`.
Its other parameters are what it needs; they are looked up by type in the container.

    async def add_to_queue(command: AddToQueue, queue: QueueRepository) -> ItemId: ...

REST, gRPC and broker doors only ever hold a `Mediator`, which is why one use case
serves all three.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar, cast, get_type_hints

from dishka import AsyncContainer
from pydantic import TypeAdapter
from sqlalchemy.exc import DBAPIError
from typing_extensions import get_original_bases

from backline.kit.core.actor import ANONYMOUS, Actor
from backline.kit.core.backoff import Backoff
from backline.kit.core.errors import Aborted, BacklineError, Unavailable
from backline.kit.core.messages import Command, Query
from backline.kit.db.outage import is_outage
from backline.kit.db.uow import UnitOfWork
from backline.kit.inbox.inbox import Delivery, fingerprint

R = TypeVar("R")
Handler: TypeAlias = Callable[..., Awaitable[Any]]

ATTEMPTS = 5
_FIRST_PAUSE_S = 0.04
_LONGEST_PAUSE_S = 0.32
_RETRIED_SQLSTATES = {"40001", "40P01"}  # serialization_failure, deadlock_detected


class OutcomeUnknown(Unavailable):
    """The connection broke during a commit. Send a key, and this cannot happen."""


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
            Aborted: Others changed the same things, again and again; nothing was written.
            Unavailable: The database does not answer; nothing was written.
            OutcomeUnknown: It went away during the commit of a command without a key.
        """
        backoff = Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S)
        attempt = 1
        while True:
            try:
                return await self._once(message, actor, key)
            except Exception as error:
                refusal = _after_retries(error)
                if refusal is None:
                    raise
                if attempt == ATTEMPTS:
                    raise refusal from error
            attempt += 1
            await asyncio.sleep(backoff.next_s())

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
            try:
                await uow.commit()
            except Exception as error:
                # With a key it may be tried again: what was done will not be done twice.
                if uow.in_doubt and key is None and is_outage(error):
                    raise OutcomeUnknown(
                        "The database went away while this was being saved."
                        " Look whether it was done before you try again."
                    ) from error
                raise
            return cast(R, result)


def _after_retries(error: Exception) -> BacklineError | None:
    """What to tell if trying `error` again does not help; None if it cannot help."""
    if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", "") in _RETRIED_SQLSTATES:
        return Aborted("Too many changes at once. Try again.")
    if is_outage(error):
        return Unavailable("The database does not answer. Try again in a moment.")
    return None


def _register(function: Handler) -> tuple[type, _Registration]:
    hints = get_type_hints(function)
    first, *rest = inspect.signature(function).parameters
    message = hints[first]
    (promised,) = get_original_bases(message)[0].__args__
    if promised != (returned := hints["return"]):
        raise TypeError(f"{function.__name__} returns {returned}, {message.__name__} is {promised}")
    needs = {name: hints[name] for name in rest}
    return message, _Registration(function, needs, TypeAdapter(promised))
