"""What Prometheus may know of the player: above all, whether anything is heard."""

from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import REGISTRY, CollectorRegistry, start_http_server

from backline.kit.telemetry.metrics import gauge
from backline.player.domain import State, Status


class Metrics:
    """The player's gauges, set from its state."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._registry = registry
        self._rendered = gauge(
            "backline_player_rendered_frames",
            "Frames handed to the sound device since the player started; stands still in silence.",
            registry=registry,
        )
        self._underruns = gauge(
            "backline_player_underruns",
            "Times that the sound device got silence for want of data since the player started.",
            registry=registry,
        )
        self._audible = gauge(
            "backline_player_output_audible",
            "1 if the output is a sound device and there; 0 if nobody hears it.",
            registry=registry,
        )
        self._status = gauge(
            "backline_player_status", "1 for the status that the player has.", ["status"], registry
        )
        self._buffered = gauge(
            "backline_player_buffered_seconds",
            "Decoded ahead of the current position.",
            registry=registry,
        )

    def show(self, state: State) -> None:
        self._rendered.set(state.rendered_frames)
        self._underruns.set(state.underruns)
        self._audible.set(state.output.available and not state.output.is_null)
        self._buffered.set(state.buffered.total_seconds())
        for status in Status:
            self._status.labels(status.name.lower()).set(status is state.status)

    def serve(self, port: int) -> tuple[WSGIServer, Thread]:
        """Answer `GET /metrics` on the loopback interface, on a thread of its own."""
        server, thread = start_http_server(port, addr="127.0.0.1", registry=self._registry)
        return server, thread
