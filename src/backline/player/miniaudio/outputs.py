"""Where sound can go: the machine's sound devices, one backend at a time, and nowhere."""

import ctypes
import ctypes.util
import logging
import sys
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import Any, Protocol

import miniaudio
from typing_extensions import override

from backline.player.domain import Output
from backline.player.miniaudio.ring import CHANNELS, SAMPLE_RATE

logger = logging.getLogger(__name__)

AUTO = "auto"
NULL = "null"
SILENT_FOR_S = 1.0  # without a pull: the device is gone
# The device's buffer consists of so many periods. One is rendered while the others sound, so the
# more there are, the later a render may come.
PERIODS = 6

NULL_OUTPUT = Output(id=NULL, name="No sound", backend="Null", is_null=True)
CHOSEN = "The null output was chosen: nobody hears it."

# ALSA's own null device takes sound as fast as it is given: an evening would last seconds.
_NOBODY_HEARS = {"alsa:null"}

_BACKENDS = {
    "linux": (miniaudio.Backend.PULSEAUDIO, miniaudio.Backend.ALSA),
    "darwin": (miniaudio.Backend.COREAUDIO,),
    "win32": (miniaudio.Backend.WASAPI, miniaudio.Backend.DSOUND),
}


class OutputUnavailable(Exception):
    """No sound device could be opened; says which were tried and why they refused."""


class Device(Protocol):
    """An open output that pulls.

    Attributes:
        output: What was opened.
        latency: What it holds: the sound that is heard lags behind by this much.
    """

    output: Output
    latency: timedelta

    def is_alive(self, silent_s: float) -> bool:
        """Whether it still pulls, given that it last did so `silent_s` ago."""
        ...

    def close(self) -> None: ...


class Outputs(Protocol):
    """Every way to be heard. Both methods may take long: call them on a thread."""

    def list(self) -> tuple[Output, ...]: ...

    def open(self, output_id: str, stream: Generator[Any, int, None], buffer: timedelta) -> Device:
        """Let a sound device pull from `stream`.

        Raises:
            OutputUnavailable: It is not there, or the device refused.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Found:
    output: Output
    backend: Any
    device_id: Any = field(repr=False)


class MiniaudioOutputs(Outputs):
    """The outputs that miniaudio finds.

    Backends are tried one by one, by ourselves: asked for any, the library ends at its null
    backend without a word where libasound is missing, and with an error where it is there but
    no card is, although the list went on.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        _silence_alsa()

    @override
    def list(self) -> tuple[Output, ...]:
        return (*(found.output for found in self._look()), NULL_OUTPUT)

    @override
    def open(self, output_id: str, stream: Generator[Any, int, None], buffer: timedelta) -> Device:
        if output_id == NULL:
            return MiniaudioDevice(NULL_OUTPUT, miniaudio.Backend.NULL, None, stream, buffer)
        refusals = []
        for found in self._look():
            if output_id == found.output.id or (output_id == AUTO and found.output.is_default):
                try:
                    return MiniaudioDevice(
                        found.output, found.backend, found.device_id, stream, buffer
                    )
                except miniaudio.MiniaudioError as error:
                    refusals.append(f"{found.output.name}: {error}")
        if refusals:
            raise OutputUnavailable(f"No sound device could be opened ({'; '.join(refusals)}).")
        if output_id == AUTO:
            raise OutputUnavailable("No sound device was found.")
        raise OutputUnavailable(f"The sound device {output_id} is not there.")

    def _look(self) -> tuple[_Found, ...]:
        with self._lock:
            return tuple(
                found for backend in _BACKENDS.get(sys.platform, ()) for found in _devices(backend)
            )


def _devices(backend: Any) -> Generator[_Found, None, None]:
    try:
        devices = miniaudio.Devices([backend])
    except miniaudio.MiniaudioError:
        return  # this backend's library or server is not there
    cards: list[Any] = []
    # Details of a device that is busy or half gone cannot be read.
    with suppress(miniaudio.MiniaudioError):
        cards = devices.get_playbacks()
    prefix = devices.backend.lower()
    named = {f"{prefix}:{_stable_id(card['id'])}": card for card in cards}
    named = {name: card for name, card in named.items() if name not in _NOBODY_HEARS}
    if not named:
        return
    # Which one is the default is the backend's business, and may change while we play.
    default = Output(
        id=f"{prefix}:default",
        name=f"Default ({devices.backend})",
        backend=devices.backend,
        is_default=True,
    )
    yield _Found(default, backend, None)
    named.pop(default.id, None)
    for name, card in named.items():
        output = Output(id=name, name=str(card["name"]), backend=devices.backend)
        yield _Found(output, backend, card["id"])


class MiniaudioDevice(Device):
    """An open sound device, pulling from `stream`.

    Raises:
        miniaudio.MiniaudioError: The device refused.
    """

    def __init__(
        self,
        output: Output,
        backend: Any,
        device_id: Any,
        stream: Generator[Any, int, None],
        buffer: timedelta,
    ) -> None:
        self.output = output
        self.latency = buffer
        # What the library calls the buffer is one period of it.
        period_ms = max(10, round(buffer.total_seconds() * 1000 / PERIODS))
        self._device = miniaudio.PlaybackDevice(
            output_format=miniaudio.SampleFormat.FLOAT32,
            nchannels=CHANNELS,
            sample_rate=SAMPLE_RATE,
            buffersize_msec=period_ms,
            callback_periods=PERIODS,
            device_id=device_id,
            backends=[backend],
            app_name="Backline",
        )
        next(stream)
        self._device.start(stream)

    @override
    def is_alive(self, silent_s: float) -> bool:
        # Only frames prove it: after an exception in the callback, and on some cards that were
        # unplugged, the device says for ever that it is running.
        if not self._device.running or self._device.callback_generator is None:
            return False
        return silent_s < max(SILENT_FOR_S, 4 * self.latency.total_seconds())

    @override
    def close(self) -> None:
        self._device.close()


def _stable_id(device_id: Any) -> str:
    raw = bytes(miniaudio.ffi.buffer(device_id))
    text = raw.split(b"\0", 1)[0]
    if text and text.isascii():
        return text.decode()
    return raw.rstrip(b"\0").hex()


_alsa_handler: Any = None  # ALSA keeps the pointer for as long as the process lives


def _silence_alsa() -> None:
    """Keep ALSA from writing some fifty lines to stderr per attempt where there is no card."""
    global _alsa_handler  # noqa: PLW0603 - see there
    name = ctypes.util.find_library("asound") if sys.platform == "linux" else None
    if name is None or _alsa_handler is not None:
        return
    with suppress(OSError, AttributeError):
        text, number = ctypes.c_char_p, ctypes.c_int
        signature = ctypes.CFUNCTYPE(None, text, number, text, number, text)
        _alsa_handler = signature(lambda *_: None)
        ctypes.CDLL(name).snd_lib_error_set_handler(_alsa_handler)
