"""Logs say the same wherever they come from; metrics may be asked for twice."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
from prometheus_client import CollectorRegistry
from typing_extensions import override

from backline.kit.core.actor import Actor, Role
from backline.kit.core.context import RequestContext, current, enter
from backline.kit.process import listen
from backline.kit.telemetry import traces
from backline.kit.telemetry.logs import configure_logs
from backline.kit.telemetry.metrics import counter, gauge, histogram, metrics_door
from backline.kit.telemetry.traces import configure_traces


class Terminal(io.StringIO):
    @override
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, context = list(root.handlers), root.level, current()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    enter(context)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_ours_and_the_standard_librarys_look_the_same() -> None:
    stream = io.StringIO()
    configure_logs(service="api", stream=stream)
    enter(
        RequestContext(
            actor=Actor(7, Role.LISTENER),
            traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        )
    )

    structlog.get_logger("ours").info("track played", track="Night Bus")
    logging.getLogger("theirs").warning("slow by %d ms", 40, extra={"statement": "SELECT"})

    ours, theirs = lines(stream)
    assert ours.keys() - {"track"} == theirs.keys() - {"statement"}
    assert ours["event"] == "track played"
    assert ours["track"] == "Night Bus"
    assert ours["timestamp"].endswith("Z")
    assert theirs["event"] == "slow by 40 ms"
    assert theirs["statement"] == "SELECT"
    assert theirs["logger"] == "theirs"
    for line in (ours, theirs):
        assert line["service"] == "api"
        assert line["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
        assert line["user"] == 7


def test_secrets_are_hidden() -> None:
    stream = io.StringIO()
    configure_logs(service="api", stream=stream)

    structlog.get_logger().info("login", username="ann", password="hunter2", access_token="abc")

    (line,) = lines(stream)
    assert line["username"] == "ann"
    assert "hunter2" not in stream.getvalue()
    assert "abc" not in stream.getvalue()


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_tracebacks_show_no_local_variables(stream: io.StringIO) -> None:
    configure_logs(service="api", stream=stream)

    def fails(password: str) -> None:
        raise RuntimeError("no")

    try:
        fails("hunter" + str(2))
    except RuntimeError:
        logging.getLogger("theirs").exception("it failed")

    assert "RuntimeError: no" in stream.getvalue()
    assert "hunter2" not in stream.getvalue()


def test_a_terminal_gets_text() -> None:
    stream = Terminal()
    configure_logs(service="api", stream=stream)

    structlog.get_logger().info("track played")

    assert "track played" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_the_level_holds_for_both() -> None:
    stream = io.StringIO()
    configure_logs(service="api", level="warning", stream=stream)

    structlog.get_logger("ours").info("quiet")
    logging.getLogger("theirs").info("quiet")
    logging.getLogger("theirs").warning("loud")

    assert [line["event"] for line in lines(stream)] == ["loud"]


def test_configuring_twice_does_not_double_lines() -> None:
    first, second = io.StringIO(), io.StringIO()
    configure_logs(service="api", stream=first)
    configure_logs(service="worker", stream=second)

    logging.getLogger("theirs").info("once")

    assert first.getvalue() == ""
    assert [line["service"] for line in lines(second)] == ["worker"]


def test_a_metric_is_made_once() -> None:
    registry = CollectorRegistry()

    first = counter("things_total", "Things.", ("kind",), registry)
    again = counter("things_total", "Things.", ("kind",), registry)

    assert first is again
    assert histogram("seconds", "Time.", (), registry) is histogram("seconds", "", (), registry)
    with pytest.raises(TypeError, match="is a Counter already"):
        gauge("things_total", "Things.", (), registry)


def test_two_registries_do_not_share_metrics() -> None:
    one, other = CollectorRegistry(), CollectorRegistry()

    assert counter("things_total", "", (), one) is not counter("things_total", "", (), other)


def test_a_process_without_doors_answers_for_its_metrics() -> None:
    registry = CollectorRegistry()
    counter("backline_steps_total", "Steps.", registry=registry).inc(3)
    free = listen("127.0.0.1", 0)
    port = free.getsockname()[1]
    free.close()

    with metrics_door(f"127.0.0.1:{port}", registry):
        answer = httpx.get(f"http://127.0.0.1:{port}/metrics")

    assert "backline_steps_total 3.0" in answer.text
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/metrics")


def test_an_address_that_is_taken_is_told_and_nothing_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with listen("127.0.0.1", 0) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with metrics_door(address):
            pass

    (record,) = caplog.records
    assert address in record.getMessage()


def test_without_an_endpoint_there_are_no_traces(caplog: pytest.LogCaptureFixture) -> None:
    configure_traces(service="api", endpoint="")()

    assert traces.active_traceparent() == ""
    assert not caplog.records


def test_an_endpoint_without_the_packages_is_said_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "_EXPORTER", "opentelemetry.exporter.never_heard_of")

    configure_traces(service="api", endpoint="http://127.0.0.1:1")()

    (record,) = caplog.records
    assert "backline[telemetry]" in record.getMessage()
