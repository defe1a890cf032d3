"""Traces: OpenTelemetry, if an endpoint is set and the extra `telemetry` is installed."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

logger = logging.getLogger(__name__)

_SDK = "opentelemetry.sdk"
_EXPORTER = "opentelemetry.exporter.otlp.proto.grpc"


_active = False


def _nothing() -> None:
    """There is nothing to send."""


def configure_traces(*, service: str, endpoint: str) -> Callable[[], None]:
    """Send spans to `endpoint` by OTLP, and return what sends the last of them at the end.

    Without an endpoint nothing is imported and nothing is sent. With one, but without the
    packages, that is said once and the process goes on: traces are not worth an outage.

    Args:
        service: Which program this is.
        endpoint: `http://127.0.0.1:4317`; empty for none.
    """
    if not endpoint:
        return _nothing
    if not (_installed(_SDK) and _installed(_EXPORTER)):
        logger.warning("no traces: an endpoint is set, but backline[telemetry] is not installed")
        return _nothing

    from opentelemetry import trace  # noqa: PLC0415 - heavy, and an extra
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    global _active  # noqa: PLW0603 - as global as the provider that is set here
    provider = TracerProvider(resource=Resource.create({"service.name": f"backline-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)
    _active = True
    shut_down: Callable[[], None] = provider.shutdown
    return shut_down


def active_traceparent() -> str:
    """The traceparent of the span that is open now; empty where no spans are recorded."""
    if not _active:
        return ""

    from opentelemetry import trace  # noqa: PLC0415

    span = trace.get_current_span().get_span_context()
    if not span.is_valid:
        return ""
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"


@contextmanager
def span(name: str, traceparent: str, **attributes: str | int | bool) -> Iterator[None]:
    """A span around the context, as a child of `traceparent`; nothing where none are recorded.

    Args:
        traceparent: Of the span above it; empty for the first of a trace.
    """
    if not _active:
        yield
        return

    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
        TraceContextTextMapPropagator,
    )

    above = TraceContextTextMapPropagator().extract({"traceparent": traceparent})
    tracer = trace.get_tracer("backline")
    with tracer.start_as_current_span(name, context=above, attributes=attributes):
        yield


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
