"""Sagas as people meet them: over HTTP, on the console, in the figures."""

import asyncio
from uuid import uuid4

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from prometheus_client import CollectorRegistry

from backline.kit.core.clock import SystemClock
from backline.kit.core.context import RequestContext, enter
from backline.kit.health import Condition
from backline.kit.http.app import build_app
from backline.kit.saga.metrics import SagaMeter
from backline.kit.saga.probe import saga_probe
from backline.kit.saga.progress import State
from backline.kit.saga.rest import router
from backline.kit.saga.watch import watch_sagas
from backline.kit.telemetry import traces
from backline.kit.testing.contracts.sagas.scenes import Called, SoldOut, journey
from backline.kit.testing.eventually import eventually
from tests.kit.doors import AnySession, a_gate
from tests.kit.saga_memory_world import memory_world
from tests.kit.tokens import claims, token


@pytest.fixture
def called():
    called = Called()
    called.plan("flight", SoldOut("The plane is full. Take the train."))
    return called


@pytest.fixture
def world(called):
    return memory_world(journey(called))


@pytest.fixture
async def client(world):
    app = build_app(
        title="Travel",
        routers=(router,),
        registry=CollectorRegistry(),
        state={
            "gate": a_gate(SystemClock()),
            "session_check": AnySession(),
            "sagas": world.desk,
        },
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://travel", headers=bearer("admin")
    ) as client:
        yield client


def bearer(role):
    return {"authorization": f"Bearer {token(claims(SystemClock(), role=role))}"}


async def a_stuck_one(world, called):
    """A saga that is stuck in its compensation."""
    called.plan("hotel", SoldOut("The hotel is full. Choose another."))
    called.plan("flight", None)
    called.plan("undo flight", SoldOut("It has taken off."), None)
    saga_id = await world.start("ann", seat="1A")
    await world.carried_to(saga_id, State.STUCK)
    return saga_id


async def test_a_saga_is_shown_with_its_story(client, world, called):
    saga_id = await a_stuck_one(world, called)

    shown = (await client.get(f"/sagas/{saga_id}")).json()

    assert shown["data"] == {"who": "ann", "seat": "1A"}
    assert (shown["state"], shown["step"], shown["compensating"]) == ("stuck", "flight", True)
    assert (shown["reason"], shown["due_at"]) == ("SOLD_OUT", None)
    assert [(entry["action"], entry["step"], entry["outcome"]) for entry in shown["story"]] == [
        ("do", "flight", "done"),
        ("do", "seat", "done"),
        ("do", "hotel", "refused"),
        ("undo", "seat", "done"),
        ("undo", "flight", "refused"),
    ]


async def test_lists_are_paged_and_filtered(client, world, called):
    stuck = await a_stuck_one(world, called)
    others = [str(await world.start(who)) for who in "abc"]

    first = (await client.get("/sagas", params={"limit": 3})).json()
    rest = await client.get("/sagas", params={"limit": 3, "cursor": first["next_cursor"]})
    only = (await client.get("/sagas", params={"state": "stuck"})).json()

    assert [item["id"] for item in first["items"]] == others[::-1]
    assert [item["id"] for item in rest.json()["items"]] == [str(stuck)]
    assert rest.json()["next_cursor"] is None
    assert [item["id"] for item in only["items"]] == [str(stuck)]


async def test_a_stuck_one_is_tried_again(client, world, called):
    saga_id = await a_stuck_one(world, called)

    answer = await client.post(f"/sagas/{saga_id}/retry")
    again = await client.post(f"/sagas/{saga_id}/retry")
    await world.carried_to(saga_id, State.COMPENSATED)

    assert (answer.status_code, answer.json()["state"]) == (202, "compensating")
    assert (again.status_code, again.json()["reason"]) == (409, "SAGA_NOT_STUCK")


async def test_what_is_not_there_is_not_found(client):
    for answer in (
        await client.get(f"/sagas/{uuid4()}"),
        await client.post(f"/sagas/{uuid4()}/retry"),
    ):
        assert (answer.status_code, answer.json()["reason"]) == (404, "SAGA_NOT_FOUND")
    assert (await client.get("/sagas", params={"state": "lost"})).status_code == 422


async def test_they_are_for_admins(client, world, called):
    saga_id = await a_stuck_one(world, called)

    answers = [
        await client.get("/sagas", headers=bearer("host")),
        await client.get(f"/sagas/{saga_id}", headers=bearer("host")),
        await client.post(f"/sagas/{saga_id}/retry", headers=bearer("host")),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert (await world.desk.get(saga_id)).progress.state is State.STUCK


async def test_the_console_hears_of_stuck_and_late_ones(world, called):
    before = await saga_probe(world.desk)()
    await a_stuck_one(world, called)
    stuck = await saga_probe(world.desk)()
    elsewhere = memory_world(journey(Called()))
    await elsewhere.expire(await elsewhere.start(), -61)
    overdue = await saga_probe(elsewhere.desk)()

    assert (before.condition, before.alarms) == (Condition.WELL, ())
    assert dict(before.figures) == {"running": 0, "stuck": 0, "overdue": 0}
    assert overdue.condition is Condition.MIND
    assert [alarm.code for alarm in overdue.alarms] == ["sagas_overdue"]
    assert stuck.condition is Condition.BAD
    assert [(alarm.code, alarm.metadata) for alarm in stuck.alarms] == [
        ("sagas_stuck", {"count": 1})
    ]


async def test_sagas_are_counted(world, called):
    registry, stop = CollectorRegistry(), asyncio.Event()
    meter = SagaMeter(registry)
    world.meter = meter
    await a_stuck_one(world, called)
    ended = await world.start("bob")
    await world.carried_to(ended, State.COMPENSATED)

    watching = asyncio.create_task(
        watch_sagas(world.desk, stop, service="travel", meter=meter, every_s=60)
    )

    def value(name, **labels):
        return registry.get_sample_value(name, labels)

    await eventually(lambda: value("backline_sagas", service="travel", state="stuck") == 1)
    stop.set()
    await watching
    assert value("backline_sagas", service="travel", state="running") == 0
    assert value("backline_saga_seconds_count", saga="Journey", outcome="compensated") == 1
    refused = {"saga": "Journey", "step": "hotel", "action": "do", "outcome": "refused"}
    assert value("backline_saga_steps_total", **refused) == 2


async def test_a_call_has_a_span_below_what_started_it(world, monkeypatch):
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(traces, "_active", True)
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    traceparent = f"00-{'ab' * 16}-{'cd' * 8}-01"

    async def ask():
        enter(RequestContext(traceparent=traceparent))
        return await world.start()

    saga_id = await asyncio.create_task(ask())
    await world.carried_to(saga_id, State.COMPENSATED)

    (span,) = exporter.get_finished_spans()
    assert span.name == "Journey flight:do:1"
    assert span.parent is not None
    assert f"{span.parent.trace_id:032x}-{span.parent.span_id:016x}" in traceparent
    assert span.attributes == {"saga": str(saga_id), "attempt": 1}
    assert span.status.status_code is StatusCode.ERROR
    assert str(span.status.description).startswith("SoldOut")
