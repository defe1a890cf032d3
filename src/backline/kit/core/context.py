"""What travels with one request through all doors and layers."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic

from backline.kit.core.actor import ANONYMOUS, Actor


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One request, wherever it has got to.

    Attributes:
        actor: On whose behalf.
        traceparent: W3C Trace Context header; empty where no trace was begun.
        deadline: In seconds of the monotonic clock; None for no limit.
        idempotency_key: Identifies this delivery, as the caller chose it.
        access_token: The caller's own credentials, for calls to other services.
    """

    actor: Actor = ANONYMOUS
    traceparent: str = ""
    deadline: float | None = None
    idempotency_key: str | None = None
    access_token: str = field(default="", repr=False)

    def remaining_s(self) -> float | None:
        """Seconds left until the deadline, never below zero; None for no limit."""
        return None if self.deadline is None else max(0.0, self.deadline - monotonic())

    @property
    def trace_id(self) -> str:
        """The 32 hex digits of the trace; empty where no trace was begun."""
        parts = self.traceparent.split("-")
        return parts[1] if len(parts) == 4 else ""  # noqa: PLR2004 - W3C: version-trace-span-flags


_NOBODYS = RequestContext()
_current: ContextVar[RequestContext] = ContextVar("request_context", default=_NOBODYS)


def current() -> RequestContext:
    return _current.get()


def enter(context: RequestContext) -> None:
    """Make `context` the current one for this task and what it starts."""
    _current.set(context)
