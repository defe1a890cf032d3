"""Expected failures, and what each one means at every edge of a service.

A use case raises a `BacklineError`; it never knows whether it was called over HTTP,
gRPC, a broker or a WebSocket. The edge looks the error's `Kind` up in the table
below and answers in its own language. Anything that is *not* a `BacklineError` is a
bug: it is logged with a traceback and leaves the service as `INTERNAL`, without its
message.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import ClassVar


class Kind(Enum):
    """The canonical gRPC codes, with their HTTP and WebSocket equivalents.

    HTTP follows google.rpc.Code except for FAILED_PRECONDITION, which is 409 and not
    400: the request was well formed, the state of the resource was in the way.
    """

    #                      grpc  http  ws    worth retrying unchanged
    INVALID_ARGUMENT = (3, 400, 4400, False)
    DEADLINE_EXCEEDED = (4, 504, 1013, True)
    NOT_FOUND = (5, 404, 4404, False)
    ALREADY_EXISTS = (6, 409, 4409, False)
    PERMISSION_DENIED = (7, 403, 4403, False)
    RESOURCE_EXHAUSTED = (8, 429, 4429, True)
    FAILED_PRECONDITION = (9, 409, 4409, False)
    ABORTED = (10, 409, 4409, True)
    INTERNAL = (13, 500, 1011, True)
    UNAVAILABLE = (14, 503, 1013, True)
    UNAUTHENTICATED = (16, 401, 4401, False)

    def __init__(self, grpc: int, http: int, ws: int, retryable: bool) -> None:  # noqa: FBT001
        self.grpc = grpc
        self.http = http
        self.ws = ws
        self.retryable = retryable


@dataclass(frozen=True, slots=True)
class Violation:
    """One field that cannot be accepted.

    Attributes:
        pointer: Where, as a JSON pointer in a URI fragment: `#/score`.
        detail: Why, in words for people.
        reason: Why, for programs, which choose words of their own by it: `TOO_LONG`.
        metadata: The figures that those words need.
    """

    pointer: str
    detail: str
    reason: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)


def _upper_snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).upper()


def _service_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if parts[0] == "backline" and len(parts) > 1 else parts[0]


class BacklineError(Exception):
    """An expected failure. Subclass one of the kinds below, never this class.

    Args:
        detail: One sentence for the person who has to react. Shown to callers.
        retry_at: When the same request may succeed, if that is known.
        violations: The fields at fault, if there are any.
        metadata: What a program may need: identifiers (`order_id="…"`), and all that a sentence
            in another language has to name. `case` tells sentences of one reason apart.
    """

    kind: ClassVar[Kind]
    reason: str = "BACKLINE_ERROR"
    domain: str = "backline"

    def __init_subclass__(cls) -> None:  # type: ignore[explicit-override] # typing's is 3.12's
        """Name the refusal after its class and its service, unless the class says otherwise."""
        if "reason" not in vars(cls):
            cls.reason = _upper_snake(cls.__name__)
        if "domain" not in vars(cls):
            cls.domain = _service_of(cls.__module__)

    def __init__(
        self,
        detail: str,
        /,
        *,
        retry_at: datetime | None = None,
        violations: tuple[Violation, ...] = (),
        **metadata: str,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_at = retry_at
        self.violations = violations
        self.metadata = metadata
        if retry_at is not None:
            self.metadata["retry_at"] = retry_at.isoformat()


class InvalidArgument(BacklineError):
    kind = Kind.INVALID_ARGUMENT


class Unauthenticated(BacklineError):
    kind = Kind.UNAUTHENTICATED


class PermissionDenied(BacklineError):
    kind = Kind.PERMISSION_DENIED


class NotFound(BacklineError):
    kind = Kind.NOT_FOUND


class AlreadyExists(BacklineError):
    kind = Kind.ALREADY_EXISTS


class FailedPrecondition(BacklineError):
    kind = Kind.FAILED_PRECONDITION


class Aborted(BacklineError):
    """Someone else changed the same thing first; a retry from the start may succeed."""

    kind = Kind.ABORTED


class ResourceExhausted(BacklineError):
    kind = Kind.RESOURCE_EXHAUSTED


class Unavailable(BacklineError):
    kind = Kind.UNAVAILABLE


class DeadlineExceeded(BacklineError):
    kind = Kind.DEADLINE_EXCEEDED


class Internal(BacklineError):
    """What a caller sees of a bug. Raised by edges, never by use cases."""

    kind = Kind.INTERNAL
