"""google.rpc.Status: how a `BacklineError` looks over gRPC, in both directions."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc.aio
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from backline.kit.core import errors
from backline.kit.core.errors import BacklineError, Internal, Violation

_DOMAIN_SUFFIX = ".backline"
_RETRY_DELAY_S = 1.0

_BY_CODE: dict[int, type[BacklineError]] = {
    cls.kind.grpc: cls
    for cls in vars(errors).values()
    if isinstance(cls, type) and issubclass(cls, BacklineError) and cls is not BacklineError
}
_BARE = {
    grpc.StatusCode.UNAVAILABLE: "A service that this needs does not answer. Try again soon.",
    grpc.StatusCode.DEADLINE_EXCEEDED: "A service that this needs took too long. Try again.",
}


def to_status(error: BacklineError, now: datetime | None = None) -> status_pb2.Status:
    """The rich status of `error`: ErrorInfo, BadRequest for fields, RetryInfo if it may help."""
    info = error_details_pb2.ErrorInfo(
        reason=error.reason, domain=error.domain + _DOMAIN_SUFFIX, metadata=error.metadata
    )
    details = [_pack(info)]
    if error.violations:
        fields = error_details_pb2.BadRequest()
        for violation in error.violations:
            fields.field_violations.add(
                field=violation.pointer, description=violation.detail, reason=violation.reason
            )
        details.append(_pack(fields))
    if error.kind.retryable:
        delay = Duration()
        delay.FromTimedelta(_retry_delay(error, now))
        details.append(_pack(error_details_pb2.RetryInfo(retry_delay=delay)))
    return status_pb2.Status(code=error.kind.grpc, message=error.detail, details=details)


def from_status(status: status_pb2.Status) -> BacklineError:
    """Rebuild the error a peer raised, so that it can travel on through this service."""
    error = _BY_CODE.get(status.code, Internal)(status.message)
    for detail in status.details:
        info = error_details_pb2.ErrorInfo()
        fields = error_details_pb2.BadRequest()
        if detail.Unpack(info):
            error.reason = info.reason
            error.domain = info.domain.removesuffix(_DOMAIN_SUFFIX)
            error.metadata = dict(info.metadata)
            error.retry_at = _moment(info.metadata.get("retry_at", ""))
        elif detail.Unpack(fields):
            error.violations = tuple(
                Violation(each.field, each.description, each.reason)
                for each in fields.field_violations
            )
    return error


def error_of(failure: grpc.aio.AioRpcError) -> BacklineError:
    """The error a peer raised, or the nearest one to a bare status code.

    What gRPC itself says about a lost connection names addresses and sockets: it stays in the
    cause of the exception, for the log.
    """
    status = _rich(failure)
    if status is None:
        code = failure.code()
        message = _BARE.get(code) or failure.details() or code.name
        status = status_pb2.Status(code=code.value[0], message=message)
    error = from_status(status)
    error.__cause__ = failure
    return error


@contextmanager
def peer_errors() -> Iterator[None]:
    """Turn what a call raises into the peer's own error.

        with peer_errors():
            return await stub.GetKeys(request)

    Raises:
        BacklineError: As the peer raised it; `Unavailable` where it could not be reached.
    """
    try:
        yield
    except grpc.aio.AioRpcError as failure:
        raise error_of(failure) from failure


def _rich(failure: grpc.aio.AioRpcError) -> status_pb2.Status | None:
    try:
        status: status_pb2.Status | None = rpc_status.from_call(failure)
    except (ValueError, DecodeError):
        return None  # Somebody on the way changed one half of it.
    return status


def _retry_delay(error: BacklineError, now: datetime | None) -> timedelta:
    if error.retry_at is None or now is None:
        return timedelta(seconds=_RETRY_DELAY_S)
    return max(error.retry_at - now, timedelta())


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _pack(message: Message) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed


async def abort(context: Any, error: BacklineError, now: datetime | None = None) -> None:
    """End a call on the server with `error`. Does not return."""
    await context.abort_with_status(rpc_status.to_status(to_status(error, now)))
