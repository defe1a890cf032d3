"""The line-up over gRPC, for the other services. Hosts' calls carry their access token."""

from datetime import UTC, datetime
from typing import Any, Protocol

from google.protobuf.timestamp_pb2 import Timestamp
from typing_extensions import override

from backline.api.lineup.v1 import lineup_pb2 as pb
from backline.api.lineup.v1 import lineup_pb2_grpc
from backline.kit.auth.rpc import current_actor
from backline.kit.core.context import current
from backline.kit.core.errors import BacklineError, InvalidArgument, Violation
from backline.kit.core.failpoints import failpoint
from backline.kit.mediator import Mediator
from backline.lineup.commands import CreateEvent, UpdateEvent
from backline.lineup.domain.acts import InvalidDeadline, Outcome
from backline.lineup.domain.scores import Apply, EventId, Refusal, Revert, ScoreId, Standing
from backline.lineup.domain.tallies import Kind, Phase, Status, Tally
from backline.lineup.queries import GetEvent, ListEvents

SERVICE = "backline.api.lineup.v1.EventService"
MOST_LISTED = 200
USUALLY_LISTED = 50

_PHASES = {
    Phase.COMING: pb.EVENT_PHASE_COMING,
    Phase.OPEN: pb.EVENT_PHASE_OPEN,
    Phase.CLOSED: pb.EVENT_PHASE_CLOSED,
}
_STATUSES = {
    Status.PROCESSING: pb.EVENT_STATUS_PROCESSING,
    Status.HIGH_SCORE: pb.EVENT_STATUS_HIGH_SCORE,
    Status.LOW_SCORE: pb.EVENT_STATUS_LOW_SCORE,
}
_KINDS = {Kind.ACT: pb.EVENT_KIND_ACT, Kind.SONG: pb.EVENT_KIND_SONG}
_REFUSALS = {
    None: pb.REFUSAL_UNSPECIFIED,
    Refusal.DEADLINE_PASSED: pb.REFUSAL_DEADLINE_PASSED,
    Refusal.NOT_OPEN: pb.REFUSAL_NOT_OPEN,
    Refusal.SUPERSEDED: pb.REFUSAL_SUPERSEDED,
    Refusal.REVERTED: pb.REFUSAL_REVERTED,
}


class InvalidPage(InvalidArgument):
    """The page's size or phase cannot be."""


class ScoreDesk(Protocol):
    """Decides changes of scores, those of the same moment together."""

    async def submit(self, item: Apply | Revert) -> Outcome | BacklineError: ...


class EventServicer(lineup_pb2_grpc.EventServiceServicer):
    def __init__(self, mediator: Mediator, desk: ScoreDesk) -> None:
        self._mediator = mediator
        self._desk = desk

    @override
    async def CreateEvent(
        self, request: pb.CreateEventRequest, context: Any
    ) -> pb.CreateEventResponse:
        deadline = _moment(request, "deadline")
        if deadline is None:
            raise _wrong_time("deadline", "An act has a deadline.", "MISSING")
        command = CreateEvent(
            title=request.title,
            description=request.description,
            deadline=deadline,
            opens_at=_moment(request, "opens_at"),
        )
        key = current().idempotency_key
        tally = await self._mediator.send(command, actor=current_actor(), key=key)
        return pb.CreateEventResponse(event=_event(tally))

    @override
    async def UpdateEvent(
        self, request: pb.UpdateEventRequest, context: Any
    ) -> pb.UpdateEventResponse:
        command = UpdateEvent(
            event_id=EventId(request.event_id),
            title=request.title if request.HasField("title") else None,
            description=request.description if request.HasField("description") else None,
            deadline=_moment(request, "deadline"),
            opens_at=_moment(request, "opens_at"),
        )
        key = current().idempotency_key
        tally = await self._mediator.send(command, actor=current_actor(), key=key)
        return pb.UpdateEventResponse(event=_event(tally))

    @override
    async def GetEvent(self, request: pb.GetEventRequest, context: Any) -> pb.GetEventResponse:
        tally = await self._mediator.send(GetEvent(event_id=EventId(request.event_id)))
        return pb.GetEventResponse(event=_event(tally))

    @override
    async def ListEvents(
        self, request: pb.ListEventsRequest, context: Any
    ) -> pb.ListEventsResponse:
        phases = {number: phase for phase, number in _PHASES.items()}
        if request.phase and request.phase not in phases:
            raise InvalidPage(
                "There is no such phase.", violations=(Violation("#/phase", "Not known."),)
            )
        size = request.page_size or USUALLY_LISTED
        if not 1 <= size <= MOST_LISTED:
            detail = f"A page has 1 to {MOST_LISTED} acts."
            raise InvalidPage(detail, violations=(Violation("#/page_size", detail),))
        query = ListEvents(
            phase=phases.get(request.phase), cursor=request.page_token or None, limit=size
        )
        page = await self._mediator.send(query)
        return pb.ListEventsResponse(
            events=map(_event, page.items), next_page_token=page.next_cursor or ""
        )

    @override
    async def ApplyScore(
        self, request: pb.ApplyScoreRequest, context: Any
    ) -> pb.ApplyScoreResponse:
        outcome = await self._decide(
            Apply(
                event_id=EventId(request.event_id),
                score_id=ScoreId(request.score_id),
                user_id=request.user_id,
                version=request.version,
                score=request.score,
            )
        )
        return pb.ApplyScoreResponse(
            applied=outcome.applied,
            refusal=_REFUSALS[outcome.refusal],
            standing=_standing(outcome.standing),
            event=_event(outcome.act),
        )

    @override
    async def RevertScore(
        self, request: pb.RevertScoreRequest, context: Any
    ) -> pb.RevertScoreResponse:
        outcome = await self._decide(
            Revert(
                event_id=EventId(request.event_id),
                score_id=ScoreId(request.score_id),
                version=request.version,
            )
        )
        return pb.RevertScoreResponse(
            applied=outcome.applied,
            standing=_standing(outcome.standing),
            event=_event(outcome.act),
        )

    async def _decide(self, change: Apply | Revert) -> Outcome:
        outcome = await self._desk.submit(change)
        failpoint("lineup.applied")
        if isinstance(outcome, BacklineError):
            raise outcome
        return outcome


def _moment(request: Any, field: str) -> datetime | None:
    """Raises `InvalidDeadline` for a moment that no calendar has."""
    if not request.HasField(field):
        return None
    try:
        moment: datetime = getattr(request, field).ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise _wrong_time(field, "There is no such moment.", "UNKNOWN") from error
    return moment


def _wrong_time(field: str, detail: str, reason: str) -> InvalidDeadline:
    return InvalidDeadline(detail, violations=(Violation(f"#/{field}", detail, reason),))


def _standing(standing: Standing | None) -> pb.StandingScore | None:
    if standing is None:
        return None
    return pb.StandingScore(version=standing.version, score=standing.score)


def _event(tally: Tally) -> pb.Event:
    return pb.Event(
        id=tally.id,
        title=tally.title,
        description=tally.description,
        kind=_KINDS[tally.kind],
        created_at=_timestamp(tally.created_at),
        opens_at=_timestamp(tally.opens_at),
        deadline=_timestamp(tally.deadline),
        phase=_PHASES[tally.phase],
        status=_STATUSES[tally.status],
        score_count=tally.score_count,
        score_sum=tally.score_sum,
        score_mean=tally.score_mean,
        revision=tally.revision,
    )


def _timestamp(moment: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(moment)
    return timestamp
