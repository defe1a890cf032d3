"""What a supervisor runs."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a program is."""

    STARTING = "starting"
    READY = "ready"
    WAITING = "waiting"  # it runs, but something it needs does not answer
    RESTARTING = "restarting"  # it ended; the next attempt is due soon
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One program that is kept running.

    Attributes:
        name: One word; names its log file.
        command: Arguments of the process. One that speaks the supervision protocol gets its
            descriptor's number in place of the argument `{channel}`, and those of `descriptors`
            in place of `{0}`, `{1}`, ….
        forked: Whether it is forked from the nursery; `command` is then what its `main` gets.
        environment: All of the process's environment.
        after: Programs that have to be ready before this one is told to go.
        once: Runs to its end; counts as ready once it has ended with 0.
        descriptors: Open files that the process inherits.
        prepare: Runs before each start, in a thread.
        enter: Runs in the forked child before it becomes the program.
        is_ready: Asks from outside; for a program that does not speak the protocol.
        once_ready: Runs each time that the program has become ready, in a thread, before the
            programs after it are told to go.
        stop_signal: Asks it to end; it gets SIGKILL when it takes longer than `stop_within_s`.
        stop_last: Ends only after all others have ended.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    after: tuple[str, ...] = ()
    forked: bool = False
    once: bool = False
    descriptors: tuple[int, ...] = ()
    prepare: Callable[[], None] | None = None
    enter: Callable[[], None] | None = None
    is_ready: Callable[[], bool] | None = None
    once_ready: Callable[[], None] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_within_s: float = 5.5
    stop_last: bool = False

    @property
    def speaks(self) -> bool:
        """Whether it speaks the supervision protocol."""
        return "{channel}" in self.command


@dataclass(slots=True)
class Status:
    """What is known about one program.

    Attributes:
        reason: Why it is not ready, for people; empty when it is.
    """

    name: str
    pid: int | None = None
    state: State = State.STARTING
    restarts: int = 0
    reason: str = ""

    def as_json(self) -> dict[str, str | int | None]:
        return {
            "name": self.name,
            "pid": self.pid,
            "state": self.state.value,
            "restarts": self.restarts,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before a program that ended is started again.

    Attributes:
        first_s: After the first end.
        most_s: Never longer than this.
        steady_s: A program that ran this long begins anew with `first_s`.
    """

    first_s: float = 0.2
    most_s: float = 5.0
    steady_s: float = 30.0

    def next(self, last_s: float | None, ran_s: float) -> float:
        """Seconds to wait now, after waiting `last_s` the time before (None: never)."""
        if last_s is None or ran_s >= self.steady_s:
            return self.first_s
        return min(last_s * 2, self.most_s)
