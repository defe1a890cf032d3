"""How a saga is written: its steps, in their order, and how each is undone.

    Saga(
        ApplyScore,
        Compensatable("keep", undo=Send(reject)),
        Compensatable("apply", do=Call(apply), undo=Call(revert)),
        Retriable("confirm", do=Send(confirm)),
        deadline=timedelta(seconds=20),
    )

The three kinds of step, and their order, are those of Garcia-Molina & Salem (1987) as Richardson
(Microservices Patterns, 2018, ch. 4) names them: what can be compensated, one pivot, what can only
be repeated.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from backline.kit.core.messages import Command
from backline.kit.saga.port import SagaData

D = TypeVar("D", bound=SagaData)

TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Retry:
    """How an action is tried again.

    What passes by itself (the callee is away, slow or busy) is tried until it succeeds, or until
    the saga's deadline where that can still be. A bug, here or there, is tried `attempts` times.

    Attributes:
        first_pause_s: At most, before the first repetition; then it doubles, with jitter.
        longest_pause_s: No pause is longer.
        attempts: Failures by a bug after which the action is given up.
    """

    first_pause_s: float = 0.1
    longest_pause_s: float = 5.0
    attempts: int = 8


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one action.

    Attributes:
        key: Identifies the action for whoever is called: the same for every try of it.
        number: 1 for the first try. A higher one may follow a try of which nothing is known.
        timeout_s: The call is cancelled after so many seconds.
        replies: What earlier steps have answered, by the names of the steps.
        reason: Why the saga is being undone, as in `BacklineError.reason`; else empty.
        detail: The same for people.
    """

    saga_id: UUID
    key: str
    number: int = 1
    timeout_s: float = TIMEOUT_S
    replies: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """The call has done (or undone) it.

    Attributes:
        command: What that means here; handled in the transaction that records the step.
        reply: Plain JSON data that later steps need; see `Attempt.replies`.
    """

    command: Command[Any] | None = None
    reply: Any = None


@dataclass(frozen=True, slots=True)
class Stands:
    """Undoing came too late, and what the step did is final: the saga goes on behind the step.

    From here on there is no deadline and no way back.
    """

    command: Command[Any] | None = None
    reply: Any = None


@dataclass(frozen=True, slots=True)
class Call(Generic[D]):
    """An action that calls somebody, between two transactions. It may happen more than once.

    Attributes:
        run: Returns `Done`, or None for `Done()`; as an undo also `Stands`. It raises what the
            callee refused. What is worth a retry, or took too long, counts as unknown.
        timeout_s: Of one try.
    """

    run: Callable[[D, Attempt], Awaitable[Done | Stands | None]]
    timeout_s: float = TIMEOUT_S
    retry: Retry = field(default_factory=Retry)


@dataclass(frozen=True, slots=True)
class Send(Generic[D]):
    """An action of this service alone: a command, in the transaction that records the step."""

    command: Callable[[D, Attempt], Command[Any]]
    retry: Retry = field(default_factory=Retry)


Action: TypeAlias = Call[D] | Send[D]


@dataclass(frozen=True, slots=True)
class Compensatable(Generic[D]):
    """A step that can be undone, also when nobody knows whether it was done.

    Attributes:
        do: None if the use case that starts the saga has done it already.
        undo: Idempotent, and right for what was never done.
    """

    name: str
    do: Action[D] | None = None
    undo: Action[D] | None = None


@dataclass(frozen=True, slots=True)
class Pivot(Generic[D]):
    """The step that decides: before it everything can be undone, after it nothing need be.

    Once begun it is tried until its outcome is known, past the deadline too. A refusal must mean
    that no try of it was done.
    """

    name: str
    do: Action[D]


@dataclass(frozen=True, slots=True)
class Retriable(Generic[D]):
    """A step that succeeds in the end, however often it has to be tried."""

    name: str
    do: Action[D]


Step: TypeAlias = Compensatable[D] | Pivot[D] | Retriable[D]


class WrongDeclaration(ValueError):
    """The steps are not in an order that can be carried out."""


class Saga(Generic[D]):
    """One kind of saga.

    Args:
        data: What it is about; its class name is the saga's.
        steps: Compensatable ones first, then at most one pivot, then retriable ones.
        deadline: A try that fails so long after the start is the last one, as long as the pivot is
            not begun: what was done, or may have been done, is undone in reverse order. None: it
            is tried again without end.

    Raises:
        WrongDeclaration: The steps are in another order, share a name, or do nothing.
    """

    def __init__(self, data: type[D], *steps: Step[D], deadline: timedelta | None = None) -> None:
        self.name = data.__name__
        self.steps: Sequence[Step[D]] = steps
        self.deadline = deadline
        self.adapter: TypeAdapter[D] = TypeAdapter(data)
        _check(self.name, steps)


def _check(name: str, steps: Sequence[Step[Any]]) -> None:
    order = [(Compensatable, Pivot, Retriable).index(type(step)) for step in steps]
    if order != sorted(order) or order.count(1) > 1:
        raise WrongDeclaration(
            f"{name}: compensatable steps come first, then at most one pivot, then retriable ones."
        )
    if len({step.name for step in steps}) < len(steps):
        raise WrongDeclaration(f"{name}: each step has a name of its own.")
    if all(step.do is None for step in steps):
        raise WrongDeclaration(f"{name}: no step does anything.")
    passive = [step.do is None for step in steps]
    if passive != sorted(passive, reverse=True):
        raise WrongDeclaration(f"{name}: what is done already comes first.")


class SagaUnknown(LookupError):
    """A saga was started that no `Saga` declares: a mistake in the wiring."""


class SagaRegistry:
    """Every kind of saga that a service has.

    Raises:
        WrongDeclaration: Two have one name.
    """

    def __init__(self, sagas: Iterable[Saga[Any]]) -> None:
        self.by_name: dict[str, Saga[Any]] = {}
        for saga in sagas:
            if saga.name in self.by_name:
                raise WrongDeclaration(f"{saga.name} is declared twice.")
            self.by_name[saga.name] = saga

    def of(self, data: SagaData) -> Saga[Any]:
        """What is declared for `data`.

        Raises:
            SagaUnknown: Nothing is.
        """
        name = type(data).__name__
        if name not in self.by_name:
            raise SagaUnknown(f"No saga is declared for {name}. Add it to the service's registry.")
        return self.by_name[name]
