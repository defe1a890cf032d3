"""Runs one message at a time through the handler that claims it.

A handler is any async function whose first parameter is a `Command` or a `Query`.
Its other parameters are what it needs; they are looked up by type in the container.

    async def add_to_queue(command: AddToQueue, queue: QueueRepository) -> ItemId: ...

REST, gRPC and broker doors only ever hold a `Mediator`, which is why one use case
serves all three.

A handler whose first parameter is a `Sequence` of commands takes many at a time, so that what a
batch of messages asks for is one statement:

    async def count_plays(commands: Sequence[CountPlay], plays: PlayRepository) -> None: ...
"""

import asyncio
import inspect
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import NoneType
from typing import Any, TypeAlias, TypeVar, cast, get_args, get_origin, get_type_hints
from uuid import UUID

from dishka import AsyncContainer
from pydantic import TypeAdapter
from sqlalchemy.exc import DBAPIError
from typing_extensions import get_original_bases

from backline.kit.core.actor import ANONYMOUS, SYSTEM, Actor
from backline.kit.core.backoff import Backoff
from backline.kit.core.errors import Aborted, BacklineError, Unavailable
from backline.kit.core.messages import Command, Query
from backline.kit.db.outage import is_outage
from backline.kit.db.uow import UnitOfWork
from backline.kit.inbox.inbox import Delivery, fingerprint

R = TypeVar("R")
T = TypeVar("T")
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
    takes_many: bool

    async def run(
        self, messages: Sequence[Command[Any] | Query[Any]], scope: AsyncContainer
    ) -> Any:
        """Handle `messages` in their order; what the last one came to."""
        needs: dict[str, Any] = {name: await scope.get(kind) for name, kind in self.needs.items()}
        if self.takes_many:
            return await self.function(messages, **needs)
        result = None
        for message in messages:
            result = await self.function(message, **needs)
        return result


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
            key: Identifies this request (an Idempotency-Key). A command seen before under the
                same key from the same actor is not run again; its first result is returned.

        Raises:
            BacklineError: The handler refused; nothing was written.
            Aborted: Others changed the same things, again and again; nothing was written.
            Unavailable: The database does not answer; nothing was written.
            OutcomeUnknown: It went away during the commit of a command without a key.
        """
        return await _persistently(lambda: self._once(message, actor, key))

    async def deliver(
        self, commands: Mapping[UUID, Command[Any]], *, actor: Actor = SYSTEM
    ) -> None:
        """Handle commands that came as messages, each once, all in one transaction.

        Commands of one kind are handled in the order given, and what they return is not kept.

        Args:
            commands: By the id of the message that asked for it, a UUIDv7. A command that was
                handled before under the same id is passed over; another kind of command under
                that id is not the same.

        Raises:
            MessageIdInvalid, MessageTooOld: Nothing was written; see `MessageInbox`.
            BacklineError: A handler refused; nothing of all this was written.
            Aborted: Others changed the same things, again and again; nothing was written.
            Unavailable: The database does not answer. Deliver them again.
        """
        if commands:
            await _persistently(lambda: self._deliver_once(commands, actor))

    async def together(
        self,
        commands: Sequence[Command[Any]],
        *,
        actor: Actor = SYSTEM,
        within: Callable[[UnitOfWork], Awaitable[None]],
    ) -> None:
        """Handle commands, in this order and in one transaction, with something recorded in it.

        Args:
            within: Called last before the commit. It is repeated with the transaction, also where
                a commit was sent and not answered, so it must see whether it was here before.

        Raises:
            BacklineError: A handler refused, or `within` did; nothing was written.
            Aborted: Others changed the same things, again and again; nothing was written.
            Unavailable: The database does not answer.
        """
        await _persistently(lambda: self._together_once(commands, actor, within))

    async def _once(self, message: Command[R] | Query[R], actor: Actor, key: str | None) -> R:
        handler = self._handlers[type(message)]
        async with self._container(context={Actor: actor}) as scope:
            if isinstance(message, Query):
                return cast(R, await handler.run([message], scope))
            uow = await scope.get(UnitOfWork)
            delivery = None
            if key is not None:
                name = type(message).__qualname__
                delivery = Delivery(f"{name}:{actor.id}", key, fingerprint(repr(message)))
                if not await uow.inbox.first_delivery(delivery):
                    return cast(R, handler.result.validate_python(await uow.inbox.recall(delivery)))
            result = await handler.run([message], scope)
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

    async def _deliver_once(self, commands: Mapping[UUID, Command[Any]], actor: Actor) -> None:
        async with self._container(context={Actor: actor}) as scope:
            uow = await scope.get(UnitOfWork)
            claimed = await uow.message_inbox.claim(
                {id_: type(command).__qualname__ for id_, command in commands.items()}
            )
            kinds: defaultdict[type, list[Command[Any]]] = defaultdict(list)
            for id_, command in commands.items():
                if id_ in claimed:
                    kinds[type(command)].append(command)
            for kind, some in kinds.items():
                await self._handlers[kind].run(some, scope)
            await uow.commit()

    async def _together_once(
        self,
        commands: Sequence[Command[Any]],
        actor: Actor,
        within: Callable[[UnitOfWork], Awaitable[None]],
    ) -> None:
        async with self._container(context={Actor: actor}) as scope:
            uow = await scope.get(UnitOfWork)
            for kind, some in groupby(commands, type):
                await self._handlers[kind].run(list(some), scope)
            uow.before_commit(lambda: within(uow))
            await uow.commit()


async def _persistently(once: Callable[[], Awaitable[T]]) -> T:
    """Try again what others, or an outage, were in the way of."""
    backoff = Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S)
    attempt = 1
    while True:
        try:
            return await once()
        except Exception as error:
            refusal = _after_retries(error)
            if refusal is None:
                raise
            if attempt == ATTEMPTS:
                raise refusal from error
        attempt += 1
        await asyncio.sleep(backoff.next_s())


def _after_retries(error: Exception) -> BacklineError | None:
    """What to tell if trying `error` again does not help; None if it cannot help."""
    said = error.orig if isinstance(error, DBAPIError) else error
    if getattr(said, "sqlstate", "") in _RETRIED_SQLSTATES:
        return Aborted("Too many changes at once. Try again.")
    if is_outage(error):
        return Unavailable("The database does not answer. Try again in a moment.")
    return None


def _register(function: Handler) -> tuple[type, _Registration]:
    hints = get_type_hints(function)
    first, *rest = inspect.signature(function).parameters
    takes_many = get_origin(hints[first]) is Sequence
    message = get_args(hints[first])[0] if takes_many else hints[first]
    (promised,) = get_original_bases(message)[0].__args__
    if promised != (returned := hints["return"]) or (takes_many and promised is not NoneType):
        raise TypeError(f"{function.__name__} returns {returned}, {message.__name__} is {promised}")
    needs = {name: hints[name] for name in rest}
    return message, _Registration(function, needs, TypeAdapter(promised), takes_many)
