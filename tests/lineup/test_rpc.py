"""The line-up over gRPC, as the other services and hosts' programs call it."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2, health_pb2_grpc

from backline.api.lineup.v1 import lineup_pb2 as pb
from backline.api.lineup.v1 import lineup_pb2_grpc
from backline.kit.auth.rpc import BearerInterceptor
from backline.kit.core.actor import Actor
from backline.kit.core.errors import BacklineError
from backline.kit.rpc.client import channel
from backline.kit.rpc.errors import peer_errors
from backline.kit.rpc.server import build_server
from backline.lineup.rpc import SERVICE, EventServicer
from backline.lineup.wiring import gather_changes
from tests.kit.doors import AnySession, bearer
from tests.lineup.stage import ANN, HAL, Stage


class Caller:
    """Another service, or a host's program."""

    def __init__(self, stage: Stage, target: str) -> None:
        self.stage = stage
        self.target = target
        self.channel = channel(target)
        self.stub: Any = lineup_pb2_grpc.EventServiceStub(self.channel)

    async def call(self, request: Any, *, as_: Actor | None = None, **options: Any) -> Any:
        name = type(request).__name__.removesuffix("Request")
        metadata = list(bearer(as_, self.stage.clock).items())
        metadata += [(key.replace("_", "-"), value) for key, value in options.items()]
        with peer_errors():
            return await getattr(self.stub, name)(request, metadata=metadata)

    async def refused(self, request: Any, *, as_: Actor | None = None) -> BacklineError:
        with pytest.raises(BacklineError) as refusal:
            await self.call(request, as_=as_)
        return refusal.value

    async def act(self, **changes: Any) -> Any:
        request = pb.CreateEventRequest(
            title="The Tin Roofs", deadline=moment(self.stage, 5), **changes
        )
        return (await self.call(request, as_=HAL)).event


def moment(stage: Stage, minutes: float) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(stage.in_(minutes))
    return timestamp


@pytest.fixture
async def caller(stage: Stage) -> AsyncIterator[Caller]:
    def add_servicers(server: grpc.aio.Server) -> None:
        servicer = EventServicer(stage.mediator, gather_changes(stage.mediator))
        lineup_pb2_grpc.add_EventServiceServicer_to_server(servicer, server)

    server = build_server(
        add_servicers,
        (SERVICE,),
        (BearerInterceptor(stage.gate, AnySession()),),
        require_deadline=True,
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    caller = Caller(stage, f"127.0.0.1:{port}")
    yield caller
    await caller.channel.close()
    await server.stop(None)


async def test_a_host_makes_and_changes_an_act(caller: Caller, stage: Stage) -> None:
    act = await caller.act(description="Kettle folk", opens_at=moment(stage, 1))
    moved = pb.UpdateEventRequest(event_id=act.id, deadline=moment(stage, 9))
    changed = (await caller.call(moved, as_=HAL)).event
    read = (await caller.call(pb.GetEventRequest(event_id=act.id))).event
    listed = (await caller.call(pb.ListEventsRequest(phase=pb.EVENT_PHASE_COMING))).events

    assert (act.phase, act.status) == (pb.EVENT_PHASE_COMING, pb.EVENT_STATUS_PROCESSING)
    assert (act.kind, act.revision) == (pb.EVENT_KIND_ACT, 1)
    assert not act.HasField("score_mean")
    assert (changed.title, changed.description) == ("The Tin Roofs", "Kettle folk")
    assert changed.deadline == moment(stage, 9)
    assert read == changed
    assert list(listed) == [changed]


async def test_only_hosts_write(caller: Caller, stage: Stage) -> None:
    act = await caller.act()
    for person in (None, ANN):
        for request in (
            pb.CreateEventRequest(title="Mine", deadline=moment(stage, 5)),
            pb.UpdateEventRequest(event_id=act.id, title="Mine"),
        ):
            assert (await caller.refused(request, as_=person)).reason == "ROLE_REQUIRED"


async def test_a_repeated_call_with_a_key_makes_one_act(caller: Caller, stage: Stage) -> None:
    request = pb.CreateEventRequest(title="The Tin Roofs", deadline=moment(stage, 5))

    first = await caller.call(request, as_=HAL, idempotency_key="one")
    again = await caller.call(request, as_=HAL, idempotency_key="one")

    assert first == again
    assert len((await caller.call(pb.ListEventsRequest())).events) == 1


async def test_scores_are_applied_and_reverted(caller: Caller) -> None:
    act = await caller.act()
    first = pb.ApplyScoreRequest(event_id=act.id, score_id=70, user_id=7, version=1, score=4)
    second = pb.ApplyScoreRequest(event_id=act.id, score_id=70, user_id=7, version=2, score=1)
    back = pb.RevertScoreRequest(event_id=act.id, score_id=70, version=2)

    applied = await caller.call(first)
    await caller.call(second)
    reverted = await caller.call(back)
    late = await caller.call(second)

    assert applied.applied
    assert applied.standing == pb.StandingScore(version=1, score=4)
    assert applied.event.score_mean == 4.0
    assert applied.event.status == pb.EVENT_STATUS_HIGH_SCORE
    assert (reverted.applied, reverted.standing.version) == (False, 1)
    assert (late.applied, late.refusal) == (False, pb.REFUSAL_REVERTED)
    assert await caller.stage.recounted(act.id) == (1, 4, 1, 4)


async def test_after_the_deadline_the_answer_is_what_stands(caller: Caller, stage: Stage) -> None:
    act = await caller.act()
    counted = pb.ApplyScoreRequest(event_id=act.id, score_id=70, user_id=7, version=1, score=4)
    await caller.call(counted)
    stage.clock.set(stage.in_(5))

    late = pb.ApplyScoreRequest(event_id=act.id, score_id=71, user_id=8, version=1, score=4)
    answer = await caller.call(late)
    kept = await caller.call(pb.RevertScoreRequest(event_id=act.id, score_id=70, version=1))

    assert (answer.applied, answer.refusal) == (False, pb.REFUSAL_DEADLINE_PASSED)
    assert not answer.HasField("standing")
    assert (await caller.call(counted)).applied
    assert (kept.applied, kept.event.score_count) == (True, 1)
    assert kept.event.phase == pb.EVENT_PHASE_CLOSED


async def test_what_cannot_be_a_score_names_its_field(caller: Caller) -> None:
    good = {"event_id": 1, "score_id": 70, "user_id": 7, "version": 1, "score": 4}
    for field, value in (
        ("score", 0),
        ("score", 6),
        ("version", 0),
        ("score_id", 2**53),
        ("user_id", -1),
    ):
        refusal = await caller.refused(pb.ApplyScoreRequest(**(good | {field: value})))

        assert (refusal.kind.name, refusal.reason) == ("INVALID_ARGUMENT", "INVALID_SCORE")
        assert [each.pointer for each in refusal.violations] == [f"#/{field}"]


async def test_what_is_not_there_is_said_in_words(caller: Caller, stage: Stage) -> None:
    apply_ = pb.ApplyScoreRequest(event_id=404, score_id=70, user_id=7, version=1, score=4)
    for request in (
        apply_,
        pb.RevertScoreRequest(event_id=404, score_id=70, version=1),
        pb.GetEventRequest(event_id=404),
    ):
        refusal = await caller.refused(request)
        assert (refusal.kind.name, refusal.reason) == ("NOT_FOUND", "EVENT_NOT_FOUND")
        assert refusal.metadata["event_id"] == "404"
    no_deadline = pb.CreateEventRequest(title="x")
    no_moment = pb.CreateEventRequest(title="x", deadline=Timestamp(seconds=10**15))
    for wrong, reason in ((no_deadline, "MISSING"), (no_moment, "UNKNOWN")):
        refusal = await caller.refused(wrong, as_=HAL)
        assert [each.reason for each in refusal.violations] == [reason]
    for page in (
        pb.ListEventsRequest(page_size=201),
        pb.ListEventsRequest(phase=9),  # type: ignore[arg-type]
        pb.ListEventsRequest(page_token="x"),
    ):
        assert (await caller.refused(page)).kind.name == "INVALID_ARGUMENT"


async def test_pages_lead_to_one_another(caller: Caller) -> None:
    made = [await caller.act() for _ in range(5)]
    seen: list[int] = []
    token = ""
    while True:
        request = pb.ListEventsRequest(page_size=2, page_token=token)
        page = await caller.call(request)
        seen += [event.id for event in page.events]
        if not (token := page.next_page_token):
            break

    assert seen == sorted((act.id for act in made), reverse=True)


async def test_a_call_sets_a_deadline(caller: Caller) -> None:
    """The kit's channels set one always; others are told to."""
    async with grpc.aio.insecure_channel(caller.target) as bare:
        stub: Any = lineup_pb2_grpc.EventServiceStub(bare)
        with pytest.raises(BacklineError) as refusal, peer_errors():
            await stub.GetEvent(pb.GetEventRequest(event_id=1))

    assert refusal.value.reason == "DEADLINE_REQUIRED"


async def test_health_and_the_names_of_the_doors_are_told(caller: Caller) -> None:
    health = health_pb2_grpc.HealthStub(caller.channel)

    answer = await health.Check(health_pb2.HealthCheckRequest(service=SERVICE))

    assert answer.status == health_pb2.HealthCheckResponse.SERVING
