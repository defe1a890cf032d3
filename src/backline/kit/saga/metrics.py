"""Prometheus: how many sagas are under way or stuck, how they ended, how long they took."""

from prometheus_client import REGISTRY, CollectorRegistry

from backline.kit.saga.progress import State
from backline.kit.saga.store import Census
from backline.kit.telemetry.metrics import counter, gauge, histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class SagaMeter:
    """Counts what one process has carried on, and what the census of its database found."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._open = gauge(
            "backline_sagas", "Sagas that have not ended.", ("service", "state"), registry
        )
        self._steps = counter(
            "backline_saga_steps_total",
            "Tries of actions.",
            ("saga", "step", "action", "outcome"),
            registry,
        )
        self._seconds = histogram(
            "backline_saga_seconds",
            "From the start of a saga to its end.",
            ("saga", "outcome"),
            registry,
            buckets=_SECONDS,
        )

    def count(self, service: str, census: Census) -> None:
        """Sagas under way, as of now."""
        for state, number in census.counts.items():
            self._open.labels(service, state.value).set(number)

    def stepped(self, saga: str, step: str, action: str, outcome: str) -> None:
        """One try of one action has come to something."""
        self._steps.labels(saga, step, action, outcome).inc()

    def ended(self, saga: str, state: State, seconds: float) -> None:
        """One saga has ended."""
        self._seconds.labels(saga, state.value).observe(seconds)
