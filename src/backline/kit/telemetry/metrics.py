"""Prometheus metrics that may be asked for twice, and a door for processes that have none."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    start_http_server,
)
from prometheus_client.metrics import MetricWrapperBase

M = TypeVar("M", bound=MetricWrapperBase)

LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Seconds: from a cached answer to one that nobody waits for."""

logger = logging.getLogger(__name__)
_made: WeakKeyDictionary[CollectorRegistry, dict[str, MetricWrapperBase]] = WeakKeyDictionary()


def counter(
    name: str, help_text: str, labels: Sequence[str] = (), registry: CollectorRegistry = REGISTRY
) -> Counter:
    """The counter `name` of `registry`; made at the first call."""
    return _once(Counter, name, help_text, labels, registry)


def gauge(
    name: str, help_text: str, labels: Sequence[str] = (), registry: CollectorRegistry = REGISTRY
) -> Gauge:
    """The gauge `name` of `registry`; made at the first call."""
    return _once(Gauge, name, help_text, labels, registry)


def histogram(
    name: str,
    help_text: str,
    labels: Sequence[str] = (),
    registry: CollectorRegistry = REGISTRY,
    buckets: Sequence[float] = LATENCY_BUCKETS,
) -> Histogram:
    """The histogram `name` of `registry`; made at the first call."""
    return _once(Histogram, name, help_text, labels, registry, buckets=buckets)


@contextmanager
def metrics_door(address: str, registry: CollectorRegistry = REGISTRY) -> Iterator[None]:
    """Answer `GET /metrics` while the context lasts, on a thread of its own.

    One that cannot be opened is told in the log: figures are not worth an outage.

    Args:
        address: `host:port`; empty for no door.
    """
    if not address:
        yield
        return
    host, _, port = address.rpartition(":")
    try:
        server, thread = start_http_server(int(port), addr=host.strip("[]"), registry=registry)
    except OSError as error:
        logger.warning("no metrics: %s cannot be opened: %s", address, error.strerror)
        yield
        return
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _once(
    kind: type[M],
    name: str,
    help_text: str,
    labels: Sequence[str],
    registry: CollectorRegistry,
    **options: Any,
) -> M:
    # Several services share one process, and each of them asks for its metrics.
    made = _made.setdefault(registry, {})
    known = made.get(name)
    if known is None:
        known = made[name] = kind(name, help_text, labels, registry=registry, **options)
    if not isinstance(known, kind):
        raise TypeError(f"{name} is a {type(known).__name__} already, not a {kind.__name__}")
    return known
