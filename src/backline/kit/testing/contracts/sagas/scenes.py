"""A journey of several bookings, those who are called for it, and a world to run it in."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from prometheus_client import CollectorRegistry
from typing_extensions import override

from backline.kit.core.errors import FailedPrecondition
from backline.kit.core.messages import Command
from backline.kit.saga.declaration import (
    Attempt,
    Call,
    Compensatable,
    Done,
    Pivot,
    Retriable,
    Retry,
    Saga,
    SagaRegistry,
    Send,
    Stands,
)
from backline.kit.saga.metrics import SagaMeter
from backline.kit.saga.port import SagaData
from backline.kit.saga.progress import State
from backline.kit.saga.runner import SagaRunner
from backline.kit.saga.store import SagaDesk, SagaStatus, SagaStore, Transactions
from backline.kit.testing.eventually import eventually

QUICK = Retry(first_pause_s=0.002, longest_pause_s=0.02, attempts=3)
WITHIN_S = 60.0
LONG_LEASE_S = 3600.0

Behaviour = Callable[[Attempt], Awaitable[Done | Stands | None]]


class SoldOut(FailedPrecondition):
    """The answer will be the same tomorrow."""


@dataclass(frozen=True, slots=True)
class Journey(SagaData):
    """Flight and hotel can be given back, the fare cannot; then the ticket is printed."""

    who: str
    seat: str | None = None

    @property
    @override
    def resource(self) -> str | None:
        return self.seat


@dataclass(frozen=True, slots=True)
class Note(Command[None]):
    """An effect here: something is written down."""

    text: str


class Called:
    """Everybody who is called. They do as they are told, and otherwise what they are asked.

    Attributes:
        calls: In their order: `hotel`, or `undo hotel`.
        attempts: The same, as they came.
        plans: What an answer is to be, by the call's name: errors, results or functions, the next
            one first. The last one stays.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.attempts: defaultdict[str, list[Attempt]] = defaultdict(list)
        self.plans: dict[str, list[Any]] = {}

    def plan(self, name: str, *answers: Any) -> None:
        self.plans[name] = list(answers)

    def on(self, name: str) -> Callable[[Journey, Attempt], Awaitable[Done | Stands | None]]:
        async def answer(_: Journey, attempt: Attempt) -> Done | Stands | None:
            self.calls.append(name)
            self.attempts[name].append(attempt)
            plan = self.plans.get(name, [None])
            then = plan.pop(0) if len(plan) > 1 else plan[0]
            if isinstance(then, Exception):
                raise then
            if callable(then):
                result: Done | Stands | None = await then(attempt)
                return result
            assert then is None or isinstance(then, Done | Stands)
            return then

        return answer


def journey(
    called: Called, *, deadline: timedelta | None = None, timeout_s: float = WITHIN_S
) -> Saga[Journey]:
    def call(name: str) -> Call[Journey]:
        return Call(called.on(name), timeout_s=timeout_s, retry=QUICK)

    def note(text: str) -> Send[Journey]:
        def write(data: Journey, attempt: Attempt) -> Note:
            because = f" because {attempt.reason}" if attempt.reason else ""
            return Note(f"{data.who}: {text}{because}")

        return Send(write, retry=QUICK)

    return Saga(
        Journey,
        Compensatable("ask", undo=note("called off")),
        Compensatable("flight", do=call("flight"), undo=call("undo flight")),
        Compensatable("seat", do=note("seat taken"), undo=note("seat given back")),
        Compensatable("hotel", do=call("hotel"), undo=call("undo hotel")),
        Pivot("fare", do=call("fare")),
        Retriable("ticket", do=call("ticket")),
        Retriable("tell", do=note("ready")),
        deadline=deadline,
    )


@dataclass
class World:
    """One service with its sagas.

    Attributes:
        begin: Starts sagas, in one transaction.
        notes: What was written down and committed, in its order.
        set_deadline: To so many seconds from now, for whoever claims the saga next.
        meter: Of its runners.
        refuse: Texts that the handler of `Note` refuses, and why.
    """

    registry: SagaRegistry
    store: SagaStore
    desk: SagaDesk
    transactions: Transactions
    begin: Callable[[Sequence[SagaData]], Awaitable[Sequence[UUID]]]
    notes: Callable[[], Awaitable[Sequence[str]]]
    set_deadline: Callable[[UUID, float], Awaitable[None]]
    refuse: dict[str, Exception] = field(default_factory=dict)
    meter: SagaMeter | None = None

    async def start(self, who: str = "ann", seat: str | None = None) -> UUID:
        (saga_id,) = await self.begin([Journey(who, seat)])
        return saga_id

    async def expire(self, saga_id: UUID, in_s: float = 0.0) -> None:
        """Let the deadline of a saga pass, without waiting for it."""
        await self.set_deadline(saga_id, in_s)

    def runner(self, **options: Any) -> SagaRunner:
        options = {
            "look_again_s": 0.05,
            "lease_s": LONG_LEASE_S,
            "meter": self.meter or SagaMeter(CollectorRegistry()),
            **options,
        }
        return SagaRunner(self.registry, self.store, self.transactions, **options)

    @asynccontextmanager
    async def running(self, **options: Any) -> AsyncIterator[None]:
        """A runner at work; it stops at the end of the context."""
        stop = asyncio.Event()
        task = asyncio.create_task(self.runner(**options).run(stop))
        try:
            yield
        finally:
            stop.set()
            await task

    async def reached(self, saga_id: UUID, state: State) -> SagaStatus:
        async def there() -> SagaStatus | None:
            status = await self.desk.get(saga_id)
            return status if status.progress.state is state else None

        found = await eventually(there, within=WITHIN_S)
        assert found is not None
        return found

    async def carried_to(self, saga_id: UUID, state: State, **options: Any) -> SagaStatus:
        async with self.running(**options):
            return await self.reached(saga_id, state)


MakeWorld = Callable[[Saga[Any]], Awaitable[World]]
"""What an adapter under contract provides."""


def story(status: SagaStatus) -> list[str]:
    """What came of each action: `hotel done`, `undo hotel done`."""
    return [
        ("undo " if entry.action == "undo" else "") + f"{entry.step} {entry.outcome}"
        for entry in status.story
    ]
