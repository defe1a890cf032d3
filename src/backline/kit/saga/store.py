"""What keeps sagas: for the runner, and for people who look after them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Protocol
from uuid import UUID

from backline.kit.core.actor import Actor
from backline.kit.core.errors import FailedPrecondition, NotFound
from backline.kit.core.messages import Command
from backline.kit.db.uow import UnitOfWork
from backline.kit.saga.progress import Entry, Move, Progress, State

DOORBELL_CHANNEL = "saga"


OVERDUE_AFTER_S = 60.0
"""So long after its deadline a saga that is still under way is worth a look."""


class SagaNotFound(NotFound):
    """There is no such saga. It may have ended long ago, and been forgotten."""

    @classmethod
    def of(cls, saga_id: UUID) -> "SagaNotFound":
        return cls("There is no such saga. It may have been forgotten.", saga_id=str(saga_id))


class SagaNotStuck(FailedPrecondition):
    """Only a stuck saga waits for a person; the others go on by themselves."""

    @classmethod
    def of(cls, saga_id: UUID, state: State) -> "SagaNotStuck":
        return cls(
            f"The saga is {state}; only a stuck one can be tried again.",
            saga_id=str(saga_id),
            state=state.value,
        )


class SagaLost(Exception):
    """Another runner has taken the saga over; nothing was recorded."""


@dataclass(frozen=True, slots=True)
class Held:
    """A saga that this runner carries on, until its lease ends.

    Attributes:
        data: As JSON.
        epoch: Fences the record: it counts claims and records.
        started_at: In seconds of the monotonic clock.
        ends_at: The saga's deadline, by the same clock; None for none.
        replies: What steps have answered, by their names.
    """

    id: UUID
    name: str
    data: Any
    resource: str | None
    traceparent: str
    progress: Progress
    epoch: int
    started_at: float
    ends_at: float | None = None
    replies: Mapping[str, Any] = field(default_factory=dict)

    @property
    def overdue(self) -> bool:
        return self.ends_at is not None and monotonic() >= self.ends_at

    @property
    def remaining_s(self) -> float | None:
        """Seconds to the deadline, never below zero; None without one."""
        return None if self.ends_at is None else max(0.0, self.ends_at - monotonic())


@dataclass(frozen=True, slots=True)
class Recording:
    """What one saga's action came to, and what that means here.

    Attributes:
        commands: Handled in the same transaction, in this order, before the move is recorded.
        due_in_s: Seconds until others may claim it: the pause before the next try, or the lease of
            the runner that goes on with it. None where it has ended or is stuck.
    """

    held: Held
    move: Move
    commands: Sequence[Command[Any]] = ()
    due_in_s: float | None = None


class Transactions(Protocol):
    """The part of the `Mediator` that the runner needs."""

    async def together(
        self,
        commands: Sequence[Command[Any]],
        *,
        actor: Actor,
        within: Callable[[UnitOfWork], Awaitable[None]],
    ) -> None: ...


class SagaStore(Protocol):
    """Sagas under way, as runners share them."""

    async def claim(self, names: Sequence[str], limit: int, *, lease_s: float) -> Sequence[Held]:
        """Take up to `limit` sagas that are due, the longest due first, for `lease_s` seconds.

        Each has begun another try when this returns, so that a crash leaves a trace of it.
        """
        ...

    async def record(self, recordings: Sequence[Recording], transactions: Transactions) -> bool:
        """Handle the commands and record the moves, in one transaction.

        No two of them may be on the same resource.

        Returns:
            Whether a saga that waited for one of these may go on now.

        Raises:
            SagaLost: Another runner has one of them by now. Nothing was done.
            BacklineError: A command was refused. Nothing was done.
        """
        ...

    async def renew(self, held: Sequence[Held], *, lease_s: float) -> None:
        """Hold these for `lease_s` seconds more, as far as they are still held."""
        ...

    async def release(self, held: Sequence[Held]) -> None:
        """Let others go on with these at once; whether the try was made is not known."""
        ...

    async def prune(self, ended_before: timedelta) -> int:
        """Forget sagas that ended longer ago than this; how many, some thousands at a time."""
        ...

    def wakeups(self, *, every_s: float, until: asyncio.Event) -> AsyncIterator[None]:
        """Yield at once, when a saga may have become due, and every `every_s` seconds."""
        ...


@dataclass(frozen=True, slots=True)
class SagaStatus:
    """One saga, as people see it.

    Attributes:
        position: Counts sagas in the order of their start.
        due_at: When it is looked at next; None where nobody will.
        story: What its actions came to, oldest first; empty in lists.
    """

    id: UUID
    position: int
    name: str
    data: Any
    resource: str | None
    progress: Progress
    deadline: datetime | None
    due_at: datetime | None
    started_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    story: Sequence[Entry] = ()


@dataclass(frozen=True, slots=True)
class Census:
    """How many sagas there are.

    Attributes:
        counts: Of those that have not ended, by state.
        overdue: Under way although their deadline passed more than a minute ago.
    """

    counts: Mapping[State, int]
    overdue: int


class SagaDesk(Protocol):
    """Sagas as people look after them."""

    async def list(
        self, *, state: State | None = None, before: int | None = None, limit: int = 50
    ) -> Sequence[SagaStatus]:
        """The latest started first.

        Args:
            state: Only these; None for all.
            before: Only those with a lower position.
        """
        ...

    async def get(self, saga_id: UUID) -> SagaStatus:
        """One saga, with its story.

        Raises:
            SagaNotFound: There is none, or it has been forgotten.
        """
        ...

    async def retry(self, saga_id: UUID) -> None:
        """Try the action at which a saga is stuck again, now.

        Raises:
            SagaNotFound: There is none, or it has been forgotten.
            SagaNotStuck: It goes on by itself, or has ended.
        """
        ...

    async def census(self) -> Census: ...
