"""`backline demo`: people, sounds made on the spot, a queue and votes, through the public API."""

from __future__ import annotations

import io
import json
import secrets
import struct
import time
import urllib.error
import urllib.request
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backline.cli.box import Box
from backline.cli.console import say
from backline.cli.status import running
from backline.kit.core.errors import FailedPrecondition, Unavailable

READY_WITHIN_S = 60.0
RATE = 44_100
PEOPLE = ("Ann", "Boris", "Chen", "Dina", "Emre")


@dataclass(frozen=True, slots=True)
class Tune:
    """One sound to make.

    Attributes:
        notes: Steps of the scale in semitones from the root.
        root: Frequency of the root in Hz.
        beat: Length of a note in seconds.
    """

    title: str
    artist: str
    root: float
    beat: float
    notes: Sequence[int]


TUNES = (
    Tune("Night Bus", "The Valves", 220.0, 0.30, (0, 7, 12, 7, 3, 10, 15, 10)),
    Tune("Standing Wave", "Ohm & Co", 174.6, 0.45, (0, 4, 7, 11, 12, 11, 7, 4)),
    Tune("Last Order", "Counterfeit", 261.6, 0.24, (0, 0, 5, 5, 7, 7, 5, 3)),
    Tune("Amber Light", "Dina and the Dials", 196.0, 0.50, (0, 3, 7, 10, 14, 10, 7, 3)),
    Tune("Sound Check", "One Two", 329.6, 0.20, (0, 2, 4, 5, 7, 9, 11, 12)),
    Tune("Cable Run", "The Valves", 146.8, 0.36, (0, 12, 7, 12, 5, 12, 3, 12)),
)


class DemoRefused(FailedPrecondition):
    """The box refused one of the calls."""


class BoxUnreachable(Unavailable):
    """The box does not answer."""


def demo(box: Box, *, seconds: float) -> None:
    """Fill the running room.

    Args:
        seconds: Length of each sound.

    Raises:
        NotRunning: Nothing runs on this data directory.
    """
    api = _Api(f"{running(box)['url']}/api")
    password = f"{secrets.token_urlsafe(9)} amber"
    people = [_register(api, name, password) for name in PEOPLE]
    tracks: list[str] = []
    for number, tune in enumerate(TUNES):
        token = people[number % len(people)]
        tracks.append(_upload(api, token, tune, seconds))
        say(f"  {tune.title} by {tune.artist}")
    _wait_until_ready(api, people[0], tracks)
    items = [
        _queued(api, people[number % len(people)], track) for number, track in enumerate(tracks)
    ]
    for number, token in enumerate(people):
        for item in items[number + 1 :: 2]:
            if item:
                api.call("PUT", f"/jukebox/queue/{item}/vote", token=token, may_fail=True)
    say(f"{len(people)} people, {len(tracks)} sounds, {sum(map(bool, items))} in the queue.")
    say(f"Log in as any of {', '.join(PEOPLE).lower()} with the password: {password}")
    say("If nothing plays, a host has to press play.")


class _Api:
    """The front door's REST, with nothing but the standard library."""

    def __init__(self, base: str) -> None:
        self._base = base

    def call(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        body: Mapping[str, Any] | None = None,
        content: tuple[str, bytes] | None = None,
        may_fail: bool = False,
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = None
        if body is not None:
            headers["Content-Type"], data = "application/json", json.dumps(body).encode()
        elif content is not None:
            headers["Content-Type"], data = content
        request = urllib.request.Request(  # noqa: S310 - our own http address
            self._base + path, data=data, headers=headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                raw = answer.read()
        except urllib.error.HTTPError as error:
            problem = json.loads(error.read() or b"{}")
            if may_fail:
                return {"problem": problem}
            raise DemoRefused(str(problem.get("detail", error))) from error
        except OSError as error:
            raise BoxUnreachable(f"{self._base} does not answer: {error}") from error
        return dict(json.loads(raw)) if raw else {}


def _register(api: _Api, name: str, password: str) -> str:
    """Make an account and log in; its access token. A name that is taken gets a number."""
    for number in range(100):
        username = f"{name.lower()}{number or ''}"
        made = api.call(
            "POST",
            "/identity/auth/register",
            body={"username": username, "password": password, "display_name": name},
            may_fail=True,
        )
        problem = made.get("problem")
        if problem is None:
            login = {"username": username, "password": password}
            return str(api.call("POST", "/identity/auth/login", body=login)["access_token"])
        if problem.get("status") != 409:  # noqa: PLR2004 - HTTP: conflict
            raise DemoRefused(str(problem.get("detail")))
    raise DemoRefused(f"Too many people are called {name}.")


def _upload(api: _Api, token: str, tune: Tune, seconds: float) -> str:
    boundary = secrets.token_hex(16)
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; '
        f'filename="{tune.title}.wav"\r\nContent-Type: audio/wav\r\n\r\n'
    )
    body = head.encode() + sound(tune, seconds) + f"\r\n--{boundary}--\r\n".encode()
    kind = f"multipart/form-data; boundary={boundary}"
    answer = api.call("POST", "/jukebox/tracks", token=token, content=(kind, body), may_fail=True)
    if (problem := answer.get("problem")) is None:
        return str(answer["id"])
    if known := problem.get("metadata", {}).get("track_id"):
        return str(known)
    raise DemoRefused(str(problem.get("detail")))


def _wait_until_ready(api: _Api, token: str, tracks: Sequence[str]) -> None:
    end = time.monotonic() + READY_WITHIN_S
    for track in tracks:
        while api.call("GET", f"/jukebox/tracks/{track}", token=token)["status"] == "analysing":
            if time.monotonic() > end:
                raise BoxUnreachable(
                    "The sounds were not analysed in time. See: backline logs worker"
                )
            time.sleep(0.1)


def _queued(api: _Api, token: str, track: str) -> str | None:
    answer = api.call(
        "POST", "/jukebox/queue", token=token, body={"track_id": track}, may_fail=True
    )
    return None if "problem" in answer else str(answer["id"])


def sound(tune: Tune, seconds: float) -> bytes:
    """A WAV file with the tune, over and over; its tags say title and artist."""
    import numpy as np  # noqa: PLC0415 - heavy, and only needed here

    length = int(seconds * RATE)
    beat = int(tune.beat * RATE)
    within = np.arange(beat) / RATE
    envelope = np.exp(-3.0 * within) * np.minimum(1.0, within / 0.005)
    bars = [
        sum(
            np.sin(2 * np.pi * tune.root * 2 ** (note / 12) * harmonic * within) / harmonic**2
            for harmonic in (1, 2, 3)
        )
        * envelope
        for note in tune.notes
    ]
    melody = np.resize(np.concatenate(bars), length)
    bass = np.sin(2 * np.pi * tune.root / 2 * np.arange(length) / RATE)
    mixed = 0.5 * melody + 0.2 * bass
    fade = min(length // 2, RATE // 4)
    mixed[:fade] *= np.linspace(0, 1, fade)
    mixed[-fade:] *= np.linspace(1, 0, fade)
    samples = (np.clip(mixed, -1, 1) * 32_000).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())
    return _tagged(file.getvalue(), tune)


def _tagged(riff: bytes, tune: Tune) -> bytes:
    """Append a LIST INFO chunk with title and artist to a RIFF file."""
    entries = b"".join(
        name + struct.pack("<I", len(text)) + text + b"\0" * (len(text) % 2)
        for name, value in ((b"INAM", tune.title), (b"IART", tune.artist))
        for text in [value.encode() + b"\0"]
    )
    info = b"INFO" + entries
    content = riff[8:] + b"LIST" + struct.pack("<I", len(info)) + info
    return b"RIFF" + struct.pack("<I", len(content)) + content
