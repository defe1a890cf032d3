"""The line-up over gRPC, behind this service's port."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import grpc.aio

from backline.api.lineup.v1 import lineup_pb2 as pb
from backline.api.lineup.v1 import lineup_pb2_grpc
from backline.kit.core.errors import Kind, NotFound
from backline.kit.rpc.errors import error_of
from backline.scores.domain import LineupEvent, LineupUnreachable, NoSuchEvent
from backline.scores.ports import EventPage, Phase, Verdict, Wish

_PHASES = {
    None: pb.EVENT_PHASE_UNSPECIFIED,
    Phase.COMING: pb.EVENT_PHASE_COMING,
    Phase.OPEN: pb.EVENT_PHASE_OPEN,
    Phase.CLOSED: pb.EVENT_PHASE_CLOSED,
}
_STATUS = {
    pb.EVENT_STATUS_PROCESSING: "PROCESSING",
    pb.EVENT_STATUS_HIGH_SCORE: "HIGH_SCORE",
    pb.EVENT_STATUS_LOW_SCORE: "LOW_SCORE",
}
_KINDS = {pb.EVENT_KIND_ACT: "act", pb.EVENT_KIND_SONG: "song"}
_REFUSALS = {
    pb.REFUSAL_DEADLINE_PASSED: "DEADLINE_PASSED",
    pb.REFUSAL_NOT_OPEN: "NOT_OPEN_YET",
    pb.REFUSAL_SUPERSEDED: "SUPERSEDED",
    pb.REFUSAL_REVERTED: "REVERTED",
}
_PASSES = {Kind.UNAVAILABLE, Kind.DEADLINE_EXCEEDED, Kind.ABORTED, Kind.RESOURCE_EXHAUSTED}


class GrpcLineup:
    """The line-up at the other end of a channel.

    Args:
        channel: Stays the caller's; it reconnects by itself.
        timeout_s: Of every call.
    """

    def __init__(self, channel: grpc.aio.Channel, *, timeout_s: float) -> None:
        self._stub: Any = lineup_pb2_grpc.EventServiceStub(channel)
        self._timeout_s = timeout_s

    async def list_events(
        self, *, phase: Phase | None = None, limit: int = 200, cursor: str = ""
    ) -> EventPage:
        request = pb.ListEventsRequest(phase=_PHASES[phase], page_size=limit, page_token=cursor)
        answer = await self._ask(self._stub.ListEvents, request)
        return EventPage([_event(each) for each in answer.events], answer.next_page_token)

    async def get_event(self, event_id: int) -> LineupEvent:
        request = pb.GetEventRequest(event_id=event_id)
        with _known(event_id):
            return _event((await self._ask(self._stub.GetEvent, request)).event)

    async def apply(self, wish: Wish) -> Verdict:
        request = pb.ApplyScoreRequest(
            event_id=wish.event_id,
            score_id=wish.score_id,
            user_id=wish.user_id,
            version=wish.version,
            score=wish.score,
        )
        with _known(wish.event_id):
            answer = await self._ask(self._stub.ApplyScore, request)
            return Verdict(answer.applied, _REFUSALS.get(answer.refusal, ""))

    async def revert(self, wish: Wish) -> Verdict:
        request = pb.RevertScoreRequest(
            event_id=wish.event_id, score_id=wish.score_id, version=wish.version
        )
        with _known(wish.event_id):
            answer = await self._ask(self._stub.RevertScore, request)
            return Verdict(answer.applied)

    async def _ask(self, call: Any, request: Any) -> Any:
        """Raises what the line-up refused, or `LineupUnreachable` for what passes."""
        try:
            return await call(request, timeout=self._timeout_s)
        except grpc.aio.AioRpcError as failure:
            error = error_of(failure)
            if error.kind in _PASSES:
                raise LineupUnreachable(
                    "The line-up does not answer. Try again in a moment."
                ) from error
            raise error from failure


@contextmanager
def _known(event_id: int) -> Iterator[None]:
    try:
        yield
    except NotFound as error:
        raise NoSuchEvent(
            "There is no such event in the line-up. GET /events lists them.",
            event_id=str(event_id),
        ) from error


def _event(event: Any) -> LineupEvent:
    return LineupEvent(
        id=event.id,
        title=event.title,
        description=event.description,
        kind=_KINDS.get(event.kind, "act"),
        created_at=_moment(event.created_at),
        opens_at=_moment(event.opens_at),
        deadline=_moment(event.deadline),
        status=_STATUS[event.status],
        score_count=event.score_count,
        score_mean=event.score_mean if event.HasField("score_mean") else None,
        revision=event.revision,
    )


def _moment(stamp: Any) -> datetime:
    moment: datetime = stamp.ToDatetime(tzinfo=UTC)
    return moment
