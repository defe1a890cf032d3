"""Prometheus: how many calls, how they ended, how long those with one answer took."""

from prometheus_client import REGISTRY, CollectorRegistry

from backline.kit.telemetry.metrics import counter, histogram


class RpcMeter:
    """Counts the calls of one process, by full method name and gRPC status."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._total = counter(
            "backline_rpc_calls_total", "Calls answered.", ("method", "status"), registry
        )
        self._seconds = histogram(
            "backline_rpc_call_seconds", "Time to the answer.", ("method",), registry
        )

    def observe(self, method: str, status: str, seconds: float | None = None) -> None:
        """One call has ended; `seconds` is left out for streams, which may stay open for days."""
        self._total.labels(method, status).inc()
        if seconds is not None:
            self._seconds.labels(method).observe(seconds)
