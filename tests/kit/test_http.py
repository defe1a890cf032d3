"""The edges of every REST door: problem documents, limits, context, health, metrics."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import HTMLResponse, StreamingResponse
from prometheus_client import CollectorRegistry
from pydantic import BaseModel, Field

from backline.kit.core.context import current
from backline.kit.core.errors import (
    FailedPrecondition,
    InvalidArgument,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
    Violation,
)
from backline.kit.core.tracing import new_traceparent
from backline.kit.http.app import build_app, untraced
from backline.kit.http.dependencies import IdempotencyKey, Mediate
from backline.kit.http.limits import limits
from backline.kit.testing.clock import FixedClock
from backline.kit.testing.eventually import eventually
from backline.kit.testing.serving import serving

CLOCK = FixedClock()
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class AlreadyQueued(FailedPrecondition):
    pass


class TooManyVotes(ResourceExhausted):
    pass


class Score(BaseModel):
    score: int = Field(ge=1, le=5)


router = APIRouter()


@router.get("/refused")
async def refused() -> None:
    raise AlreadyQueued("It is already number 4. Vote for it.", position="4")


@router.get("/later")
async def later() -> None:
    raise TooManyVotes(
        "Wait a little.", retry_at=CLOCK.now() + timedelta(seconds=41, microseconds=5)
    )


@router.get("/who")
async def who() -> None:
    raise Unauthenticated("Log in first.")


@router.get("/bug")
async def bug() -> None:
    raise RuntimeError("the secret inside")


@router.post("/score")
async def score(body: Score, limit: Annotated[int, Query(le=200)] = 50) -> Score:
    return body


@router.post("/fields")
async def fields() -> None:
    raise InvalidArgument("No.", violations=(Violation("#/title", "is too long"),))


@router.post("/upload")
@limits(body_bytes=4000, timeout_s=None)
async def upload(request: Request) -> dict[str, object]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return {"size": size, "deadline": current().deadline}


@router.get("/context")
async def context(mediator: Mediate, key: IdempotencyKey = None) -> dict[str, object]:
    here = current()
    return {
        "trace_id": here.trace_id,
        "key": here.idempotency_key,
        "token": here.access_token,
        "remaining_s": here.remaining_s(),
        "mediator": mediator,
    }


STARTED: list[str] = []
CANCELLED: list[str] = []


@router.get("/slow")
async def slow() -> None:
    STARTED.append("slow")
    try:
        await asyncio.Event().wait()
    finally:
        CANCELLED.append("slow")


@router.get("/long")
async def long() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"begun, "
        await eventually(lambda: current().remaining_s() == 0)
        yield b"ended"

    return StreamingResponse(parts())


@router.get("/stubborn")
async def stubborn() -> str:
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    return "I did it all the same"


@router.get("/broken")
async def breaks_off() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"begun"
        raise RuntimeError("the secret inside")

    return StreamingResponse(parts())


@router.get("/page")
async def page() -> HTMLResponse:
    return HTMLResponse("<p>hello</p>")


@router.get("/tracks/{track_id}")
async def track(track_id: int) -> int:
    return track_id


async def broken() -> None:
    raise Unavailable("The database does not answer.")


def an_app(**options: Any) -> FastAPI:
    settings: dict[str, Any] = {
        "title": "Jukebox",
        "routers": [router],
        "clock": CLOCK,
        "mediator": "the mediator",
        "body_bytes": 1000,
        "registry": CollectorRegistry(),
    }
    return build_app(**(settings | options))


def client_of(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://jukebox")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(an_app()) as client:
        yield client


async def test_a_refusal_is_a_problem_document(client: httpx.AsyncClient) -> None:
    answer = await client.get("/refused", headers={"traceparent": TRACE})

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:backline:tests:already-queued",
        "title": "Already queued",
        "status": 409,
        "detail": "It is already number 4. Vote for it.",
        "reason": "ALREADY_QUEUED",
        "domain": "tests",
        "metadata": {"position": "4"},
        "retryable": False,
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        "errors": [],
    }


async def test_a_refusal_that_knows_when_says_so_in_a_header(client: httpx.AsyncClient) -> None:
    answer = await client.get("/later")

    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "42"
    assert answer.json()["retryable"] is True
    assert answer.json()["metadata"]["retry_at"].startswith("2026-11-21T20:00:41")


async def test_a_missing_login_names_the_scheme(client: httpx.AsyncClient) -> None:
    answer = await client.get("/who")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_fields_at_fault_are_pointed_at(client: httpx.AsyncClient) -> None:
    answer = await client.post("/fields")

    assert answer.json()["errors"] == [
        {"pointer": "#/title", "detail": "is too long", "reason": "", "metadata": {}}
    ]


async def test_a_body_that_does_not_fit_is_422_in_the_same_shape(client: httpx.AsyncClient) -> None:
    answer = await client.post("/score?limit=999", json={"score": 9, "password": "hunter2"})

    body = answer.json()
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["type"] == "urn:backline:jukebox:invalid-request"
    assert body["reason"] == "INVALID_REQUEST"
    assert {error["pointer"] for error in body["errors"]} == {"#/score", "#/limit"}
    assert "hunter2" not in answer.text


async def test_json_that_is_none_says_where(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/score", content=b'{"score": 3,,}', headers={"content-type": "application/json"}
    )

    assert answer.status_code == 422
    assert "no valid JSON at character" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("line", "status", "reason", "detail"),
    [
        ("GET /nowhere", 404, "NOT_FOUND", "There is nothing at /nowhere."),
        ("PUT /score", 405, "METHOD_NOT_ALLOWED", "PUT is not possible at /score."),
    ],
)
async def test_what_the_router_refuses_is_a_problem_too(
    client: httpx.AsyncClient, line: str, status: int, reason: str, detail: str
) -> None:
    answer = await client.request(*line.split())

    assert answer.status_code == status
    assert answer.json()["reason"] == reason
    assert answer.json()["detail"].startswith(detail)
    assert answer.json()["type"].startswith("urn:backline:http:")


async def test_a_bug_is_logged_once_and_tells_nothing(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await client.get("/bug", headers={"traceparent": TRACE})

    assert answer.status_code == 500
    assert answer.json()["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert answer.json()["reason"] == "INTERNAL"
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    (record,) = caplog.records
    assert record.exc_info is not None
    assert "the secret inside" in str(record.exc_info[1])


async def test_a_bug_in_a_mounted_app_looks_the_same(caplog: pytest.LogCaptureFixture) -> None:
    front = build_app(title="Front", registry=CollectorRegistry())
    front.mount("/api/jukebox", an_app())

    with caplog.at_level(logging.ERROR):
        async with client_of(front) as client:
            answer = await client.get("/api/jukebox/bug", headers={"traceparent": TRACE})
            large = await client.post("/api/jukebox/upload", content=b"x" * 5000)
            fits = await client.post("/api/jukebox/upload", content=b"x" * 4000)

    assert answer.status_code == 500
    assert answer.json()["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert len(caplog.records) == 1
    assert large.status_code == 413
    assert fits.json()["size"] == 4000


async def test_a_large_body_is_refused_by_its_declared_length(client: httpx.AsyncClient) -> None:
    read: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        for number in range(11):
            read.append(number)
            yield b"x" * 91

    answer = await client.post("/score", content=body(), headers={"content-length": "1001"})

    assert read == []

    assert answer.status_code == 413
    assert answer.json()["reason"] == "REQUEST_TOO_LARGE"
    assert answer.json()["metadata"] == {"limit_bytes": "1000"}


async def test_a_large_body_is_refused_while_it_arrives(client: httpx.AsyncClient) -> None:
    sent: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        for number in range(100):
            sent.append(number)
            yield b"x" * 500

    answer = await client.post("/score", content=endless())

    assert answer.status_code == 413
    assert answer.json()["reason"] == "REQUEST_TOO_LARGE"


async def test_a_route_may_accept_more_and_take_longer(client: httpx.AsyncClient) -> None:
    fits = await client.post("/upload", content=b"x" * 4000)
    large = await client.post("/upload", content=b"x" * 4001)

    assert fits.json() == {"size": 4000, "deadline": None}
    assert large.status_code == 413


async def test_the_context_holds_what_the_headers_say(client: httpx.AsyncClient) -> None:
    headers = {
        "traceparent": TRACE,
        "idempotency-key": "k1",
        "authorization": "Bearer abc",
        "x-request-timeout": "3",
    }

    seen = (await client.get("/context", headers=headers)).json()

    assert seen["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert (seen["key"], seen["token"]) == ("k1", "abc")
    assert 0 < seen["remaining_s"] <= 3
    assert seen["mediator"] == "the mediator"


@pytest.mark.parametrize(
    "parent",
    ["", "nonsense", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", TRACE + "\n", "ff" + TRACE[2:]],
)
def test_a_trace_begins_where_none_came_in(parent: str) -> None:
    begun = new_traceparent(parent)

    assert begun.split("-")[1] not in parent
    assert new_traceparent(begun).split("-")[1] == begun.split("-")[1]
    assert new_traceparent(begun) != begun


async def test_an_expired_request_is_cancelled_and_answered(client: httpx.AsyncClient) -> None:
    CANCELLED.clear()

    answer = await client.get("/slow", headers={"x-request-timeout": "0.02"})

    assert answer.status_code == 504
    assert answer.json()["reason"] == "DEADLINE_EXCEEDED"
    assert CANCELLED == ["slow"]


async def test_an_answer_that_has_begun_may_take_its_time(client: httpx.AsyncClient) -> None:
    answer = await client.get("/long", headers={"x-request-timeout": "0.05"})

    assert answer.text == "begun, ended"


async def test_work_that_is_done_in_spite_of_its_deadline_is_answered() -> None:
    app = an_app(timeout_s=0.02)
    async with client_of(app) as client:
        answer = await client.get("/stubborn")

    assert answer.json() == "I did it all the same"
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_request_that_is_cancelled_from_outside_ends() -> None:
    STARTED.clear()
    CANCELLED.clear()
    async with client_of(an_app()) as client:
        asking = asyncio.create_task(client.get("/slow"))
        await eventually(lambda: STARTED)
        asking.cancel()
        await asyncio.wait([asking])

    assert asking.cancelled()
    assert CANCELLED == ["slow"]


async def test_an_answer_that_breaks_off_is_cut_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR, logger="backline"):
        async with serving(an_app()) as address, httpx.AsyncClient() as client:
            with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
                await client.get(f"http://{address}/broken")

    assert [record.name for record in caplog.records if record.exc_info] == [
        "backline.kit.http.problems"
    ]


@pytest.mark.parametrize("seconds", ["soon", "-1", "0", "nan", "inf", "1e9"])
async def test_a_timeout_that_is_none_is_refused(client: httpx.AsyncClient, seconds: str) -> None:
    answer = await client.get("/refused", headers={"x-request-timeout": seconds})

    assert answer.status_code == 400
    assert answer.json()["reason"] == "INVALID_REQUEST_TIMEOUT"


async def test_an_idempotency_key_has_a_length(client: httpx.AsyncClient) -> None:
    answer = await client.get("/context", headers={"idempotency-key": "k" * 256})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/Idempotency-Key"


async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient) -> None:
    data = await client.get("/tracks/3")
    html = await client.get("/page")

    assert data.headers["x-content-type-options"] == "nosniff"
    assert data.headers["referrer-policy"] == "same-origin"
    assert data.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "script-src 'self';" in html.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in html.headers["content-security-policy"]


async def test_health_tells_alive_from_ready() -> None:
    async with client_of(an_app(ready=broken)) as client:
        live = await client.get("/health/live")
        ready = await client.get("/health/ready")

    assert live.json() == {"status": "live"}
    assert ready.status_code == 503
    assert ready.json()["detail"] == "The database does not answer."


async def test_a_readiness_check_that_hangs_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("backline.kit.http.health.READY_WITHIN_S", 0.02)
    async with client_of(an_app(ready=hangs)) as client:
        ready = await client.get("/health/ready")

    assert ready.status_code == 503
    assert ready.json()["reason"] == "NOT_READY"


async def test_requests_are_counted_by_route_template(client: httpx.AsyncClient) -> None:
    await client.get("/tracks/3")
    await client.get("/tracks/4")
    await client.get("/wp-login.php")
    await client.get("/bug")

    text = (await client.get("/metrics")).text

    total = "backline_http_requests_total"
    assert (
        f'{total}{{method="GET",route="/tracks/{{track_id}}",service="jukebox",status="200"}} 2.0'
        in text
    )
    assert f'{total}{{method="ANY",route="(none)",service="jukebox",status="404"}} 1.0' in text
    assert f'{total}{{method="GET",route="/bug",service="jukebox",status="500"}} 1.0' in text
    assert "wp-login" not in text


@pytest.mark.parametrize(
    ("path", "caller", "headers", "status"),
    [
        ("/metrics", "127.0.0.1", {}, 200),
        ("/metrics", "192.168.1.7", {}, 404),
        ("/metrics", "127.0.0.1", {"x-forwarded-for": "192.168.1.7"}, 404),
        ("/api/jukebox/metrics", "192.168.1.7", {}, 404),
        ("/api/jukebox/metrics", "::1", {}, 200),
    ],
)
async def test_the_room_does_not_read_the_metrics(
    *, path: str, caller: str, headers: dict[str, str], status: int
) -> None:
    front = build_app(title="Front", registry=CollectorRegistry(), public_metrics=False)
    front.mount("/api/jukebox", an_app())
    transport = httpx.ASGITransport(front, client=(caller, 1234))

    async with httpx.AsyncClient(transport=transport, base_url="http://front") as client:
        answer = await client.get(path, headers=headers)

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("path", "query", "out"),
    [
        ("/queue", b"", False),
        ("/queue", b"cursor=abc", False),
        ("/setup", b"token=abc", True),
        ("/health/ready", b"", True),
    ],
)
def test_one_time_tokens_stay_out_of_the_traces(path: str, query: bytes, *, out: bool) -> None:
    assert untraced({"path": path, "query_string": query}) is out


async def test_the_description_names_the_problem_on_every_operation(
    client: httpx.AsyncClient,
) -> None:
    schema = (await client.get("/openapi.json")).json()

    assert schema["openapi"].startswith("3.1")
    assert "HTTPValidationError" not in schema["components"]["schemas"]
    for path in schema["paths"].values():
        for operation in path.values():
            assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}
            assert "422" not in operation["responses"]
    assert "trace_id" in schema["components"]["schemas"]["Problem"]["required"]


async def test_the_reference_comes_from_here_where_it_was_built(tmp_path: Path) -> None:
    (tmp_path / "swagger-ui-bundle.js").write_text("window.SwaggerUIBundle = 1;")

    async with client_of(an_app(docs_assets=tmp_path)) as client:
        page = await client.get("/docs")
        bundle = await client.get("/docs/assets/swagger-ui-bundle.js")

    assert "https://" not in page.text + page.headers["content-security-policy"]
    assert bundle.text == "window.SwaggerUIBundle = 1;"


async def test_the_reference_needs_no_inline_script() -> None:
    front = build_app(title="Front", registry=CollectorRegistry())
    front.mount("/api/jukebox", an_app())

    async with client_of(front) as client:
        page = await client.get("/api/jukebox/docs")
        start = await client.get("/api/jukebox/docs/start.js")
        described = await client.get("/api/jukebox/openapi.json")

    assert "'unsafe-inline'" not in page.headers["content-security-policy"].split("style-src")[0]
    assert 'src="/api/jukebox/docs/start.js"' in page.text
    assert '"url": "/api/jukebox/openapi.json"' in start.text
    assert described.json()["servers"] == [{"url": "/api/jukebox"}]
