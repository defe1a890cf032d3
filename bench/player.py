"""The player beside a busy analysis: worst render time, and minutes of crossfades without a hole.

    python bench/player.py [--minutes 10] [--fast]

The player is a process of its own with miniaudio's null device, which keeps real time. A
conductor (this process) feeds it over gRPC with synthetic music in five formats, crossfaded.
Beside it, as many processes as there are cores decode and measure loudness without a pause.
Two claims: the longest that one render took, against the device's period that it must fit
into; and how often the device ran dry. `--fast` pulls the same music without a device, as fast
as the machine can, and says how many times real time that is.
"""

import argparse
import asyncio
import itertools
import json
import os
import signal
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any

import grpc.aio
import numpy as np
import soundfile

from backline.api.player.v1 import player_pb2 as pb
from backline.api.player.v1 import player_pb2_grpc
from backline.kit.core.clock import SystemClock
from backline.kit.core.ids import uuid7
from backline.kit.rpc.server import build_server
from backline.player.domain import Media
from backline.player.miniaudio.driver import MiniaudioDriver
from backline.player.miniaudio.outputs import PERIODS
from backline.player.miniaudio.ring import SAMPLE_RATE
from backline.player.miniaudio.sources import decode
from backline.player.settings import Settings
from backline.player.translation import to_duration
from backline.player.wiring import build, build_driver
from harness import claim, run

BUFFER_MS = 240
PERIOD_MS = BUFFER_MS / PERIODS
TRACK_S = 24.0
CROSSFADE_S = 4.0
FORMATS = (("wav", 48_000), ("flac", 44_100), ("mp3", 44_100), ("ogg", 48_000), ("opus", 48_000))
NICE = 10  # as the analysis runs in production
PACKAGES = ("miniaudio", "numpy", "grpcio", "soundfile")


def make_tracks(folder: Path) -> list[Path]:
    """Chords with a beat: dense enough that no decoder gets it cheap."""
    paths = []
    for number, (suffix, rate) in enumerate(FORMATS):
        at = np.arange(int(TRACK_S * rate)) / rate
        chord = sum(np.sin(2 * np.pi * (220 + 55 * number) * step * at) for step in (1, 1.25, 1.5))
        beat = np.random.default_rng(number).standard_normal(len(at)) * np.exp(-8 * (at % 0.5))
        samples = (0.15 * chord + 0.1 * beat)[:, None] * np.array([[1.0, 0.9]])
        path = folder / f"{number}.{suffix}"
        opus = {"format": "OGG", "subtype": "OPUS"} if suffix == "opus" else {}
        soundfile.write(path, samples.astype(np.float32), rate, **opus)
        paths.append(path)
    return paths


# --- the processes beside us -----------------------------------------------------------------


def analyse(folder: Path) -> None:
    """What the analysis does, for ever: decode, K-weight by FFT, gate, find peaks."""
    os.nice(NICE)
    while True:
        for path in sorted(folder.iterdir()):
            samples = np.concatenate(list(decode(path, 0)))
            spectrum = np.fft.rfft(samples, axis=0)
            weighted = np.fft.irfft(
                spectrum * np.linspace(0.5, 1.5, len(spectrum))[:, None], axis=0
            )
            power = np.cumsum(weighted**2, axis=0)
            np.maximum.reduceat(np.abs(samples).max(axis=1), np.arange(0, len(samples), 1000))
            np.log10(np.diff(power[::4800], axis=0) + 1e-12).mean()


@dataclass
class Timings:
    worst_render_ms: float = 0.0
    worst_gap_ms: float = 0.0
    renders: int = 0


async def serve(socket: str) -> None:
    """A player like any other, but for a stopwatch around `Mixer.pull`."""
    settings = Settings(driver="miniaudio", output="null", buffer_ms=BUFFER_MS)
    driver = build_driver(settings, SystemClock())
    assert isinstance(driver, MiniaudioDriver)
    timings, pull = Timings(), driver.mixer.pull
    before = 0.0

    def timed(frames: int) -> Any:
        nonlocal before
        begun = perf_counter()
        block = pull(frames)
        done = perf_counter()
        timings.renders += 1
        if timings.renders > PERIODS:  # the first ones fill the empty device
            timings.worst_render_ms = max(timings.worst_render_ms, (done - begun) * 1000)
            timings.worst_gap_ms = max(timings.worst_gap_ms, (begun - before) * 1000)
        before = begun
        return block

    driver.mixer.pull = timed  # type: ignore[method-assign]
    service = await build(settings, driver=driver)
    assert service.add_servicers is not None
    server = build_server(service.add_servicers, service.rpc_names, listen=[f"unix:{socket}"])
    await server.start()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await asyncio.gather(*(worker(stop) for worker in service.background.values()))
    print(json.dumps({**vars(timings), "pss_mb": pss_mb()}), flush=True)
    await server.stop(None)


def pss_mb() -> float:
    rollup = Path("/proc/self/smaps_rollup").read_text()
    return int(rollup.split("Pss:")[1].split()[0]) / 1024


# --- the conductor ---------------------------------------------------------------------------


def meta() -> pb.CommandMeta:
    return pb.CommandMeta(command_id=str(uuid7()), fence=1, actor="bench")


def media(path: Path) -> pb.Media:
    return pb.Media(
        item_id=str(uuid7()),
        path=str(path),
        duration=to_duration(timedelta(seconds=TRACK_S)),
        gain_db=-3.0,
        peak=0.9,
    )


async def conduct(socket: str, tracks: list[Path], minutes: float) -> pb.PlayerState:
    """Keep the player fed for `minutes`; its state at the end."""
    queue = itertools.cycle(tracks)
    started: set[str] = set()
    end = monotonic() + minutes * 60
    async with grpc.aio.insecure_channel(f"unix:{socket}") as channel:
        stub: Any = player_pb2_grpc.PlayerStub(channel)
        crossfade = to_duration(timedelta(seconds=CROSSFADE_S))
        options = pb.SetOptionsRequest(meta=meta(), crossfade=crossfade)
        await stub.SetOptions(options, wait_for_ready=True)
        heartbeat = to_duration(timedelta(seconds=1))
        watch = stub.Watch(pb.WatchRequest(heartbeat=heartbeat))
        await stub.Play(pb.PlayRequest(meta=meta(), media=media(next(queue))))
        async for event in watch:
            match event.WhichOneof("event"):
                case "item_started":
                    current = event.item_started.anchor.item_id
                case "snapshot":
                    current = event.snapshot.anchor.item_id
                case "item_failed" | "alert":
                    raise RuntimeError(f"the player failed: {event}")
                case _:
                    current = ""
            if current and current not in started:
                started.add(current)
                await stub.Prepare(pb.PrepareRequest(meta=meta(), media=media(next(queue))))
            if monotonic() >= end:
                break
        watch.cancel()
        state: pb.PlayerState = await stub.GetState(pb.GetStateRequest())
    expected = int((minutes * 60 - 5) / (TRACK_S - CROSSFADE_S))
    print(f"{len(started) - 1} crossfades in {minutes:g} min", flush=True)
    if len(started) - 1 < expected:
        raise RuntimeError(f"only {len(started) - 1} crossfades, {expected} were due")
    return state


async def child(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        __file__,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # as the supervisor does
    )


async def real_time(folder: Path, tracks: list[Path], minutes: float) -> bool:
    with tempfile.TemporaryDirectory(prefix="backline-bench-") as run_folder:
        socket = f"{run_folder}/player.sock"
        player = await child("--serve", socket)
        load = [await child("--load", str(folder)) for _ in range(2)]
        try:
            state = await conduct(socket, tracks, minutes)
        finally:
            for process in load:
                process.kill()
                await process.wait()
            with suppress(ProcessLookupError):
                player.terminate()
        output, _ = await player.communicate()
    measured = json.loads(output)
    note = (
        f"{minutes:g} min, {measured['renders']} renders, 2 analysis processes;"
        f" memory {measured['pss_mb']:.0f} MB"
    )
    print(note)
    print(f"worst gap between two pulls {measured['worst_gap_ms']:.1f} ms of {BUFFER_MS} ms")
    fits = claim(
        "player_render",
        ours=[measured["worst_render_ms"]],
        reference=[PERIOD_MS],
        unit="ms",
        goal="<=0.5",
        packages=PACKAGES,
        note=note,
    )
    holds = claim(
        "player_underruns",
        ours=[float(state.underruns)],
        reference=[1.0],
        unit="underruns",
        goal="<=0",
        packages=PACKAGES,
        note=note,
    )
    return fits and holds


def fast(tracks: list[Path]) -> None:
    """The same music without a device."""
    driver = MiniaudioDriver(clock=SystemClock())
    driver.mixer.set_crossfade(timedelta(seconds=CROSSFADE_S))
    queue = [
        Media(item_id=str(n), path=str(path), duration=timedelta(seconds=TRACK_S))
        for n, path in enumerate(tracks * 4)
    ]
    begun, worst, sound = monotonic(), 0.0, 0
    with driver.mixer.lock:
        driver.mixer.start(queue.pop(0), timedelta(0), paused=False, fade_in=0, fade_out=0)
    while driver.mixer.current is not None:
        with driver.mixer.lock:
            if driver.mixer.prepared is None and queue:
                driver.mixer.prepare(queue.pop(0))
        for voice in (driver.mixer.current, driver.mixer.prepared):
            while voice is not None and not voice.ended and voice.filled < SAMPLE_RATE:
                sleep(0.0002)
        at = perf_counter()
        driver.mixer.pull(3840)
        worst = max(worst, perf_counter() - at)
        sound += 3840
    times = sound / SAMPLE_RATE / (monotonic() - begun)
    print(f"fast: {times:.0f} times real time, worst render {worst * 1e3:.1f} ms")


async def main(minutes: float, *, also_fast: bool) -> bool:
    with tempfile.TemporaryDirectory(prefix="backline-bench-") as name:
        tracks = make_tracks(Path(name))
        if also_fast:
            fast(tracks)
        return await real_time(Path(name), tracks, minutes)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--load", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        asyncio.run(serve(chosen.serve))
    elif chosen.load:
        analyse(Path(chosen.load))
    else:
        run(lambda: main(chosen.minutes, also_fast=chosen.fast))
