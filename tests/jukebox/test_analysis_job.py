"""From an upload to a track that plays, or to a reason why not, whatever goes wrong between."""

import asyncio
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest
import soundfile

from backline.api.jukebox.v1 import events_pb2
from backline.jukebox.analysis import process as analysis_process
from backline.jukebox.analysis.consumer import SUBSCRIPTIONS, on_track_uploaded
from backline.jukebox.analysis.job import KIND
from backline.jukebox.analysis.process import Interrupted
from backline.jukebox.analysis.sweep import LONGEST_ANALYSIS, Sweep
from backline.jukebox.commands.queue import AddToQueue
from backline.jukebox.commands.tracks import ReportProgress
from backline.jukebox.domain.tracks import TrackId
from backline.jukebox.ports import TrackRepository
from backline.jukebox.settings import Settings
from backline.jukebox.wiring import Jukebox, build_workers
from backline.kit.core.actor import SYSTEM, Actor
from backline.kit.core.clock import SystemClock
from backline.kit.core.ids import uuid7
from backline.kit.messaging.log import Delivered
from backline.kit.testing.clock import EPOCH
from backline.kit.testing.eventually import eventually
from backline.kit.testing.memory_jobs import MemoryJobQueue
from tests.audio import noise, picture, song, truncated, wav, with_id3, write_silence
from tests.jukebox.library import ANN, Library
from tests.jukebox.rooms import TestRoom


@pytest.fixture
def library(room: TestRoom) -> Library:
    return Library(room)


async def uploaded(library: Library, data: bytes, name: str = "song.flac") -> str:
    answer = await library.upload(data, name)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def a_delivery(track_id: str, number: int = 1) -> Delivered:
    event = events_pb2.TrackUploaded(track_id=track_id, sha256="0" * 64)
    return Delivered(
        id=UUID(int=number),
        topic="jukebox.v1",
        key=track_id,
        type="jukebox.v1.TrackUploaded",
        payload=event.SerializeToString(),
        headers={},
        partition=0,
        offset=number,
        at=EPOCH,
    )


async def test_an_upload_is_one_job_however_often_it_is_told() -> None:
    jobs, track_id = MemoryJobQueue(), str(uuid7())

    for number in (1, 1, 2):
        await on_track_uploaded(a_delivery(track_id, number), jobs)

    assert [row.status.payload["track_id"] for row in jobs.rows.values()] == [track_id] * 2
    assert {row.status.kind for row in jobs.rows.values()} == {KIND}
    assert set(SUBSCRIPTIONS) == {"jukebox.v1.TrackUploaded"}


async def test_what_waits_for_its_analysis_is_queued_by_it(library: Library) -> None:
    track_id = await uploaded(library, song())
    await library.room.send(AddToQueue(track_id=TrackId(track_id)), ANN)
    before = await library.room.document()

    await library.analyse(track_id)

    after = await library.room.document()
    assert [item.state for item in before.items] == ["pending"]
    assert [item.state for item in after.items] == ["queued"]
    assert after.items[0].track.duration_s == pytest.approx(2.0)
    assert after.revision > before.revision


async def test_what_waits_for_a_broken_file_fails_with_its_reason(library: Library) -> None:
    track_id = await uploaded(library, truncated(wav(noise(6.0)), 0.6), "half.wav")
    await library.room.send(AddToQueue(track_id=TrackId(track_id)), ANN)

    await library.analyse(track_id)

    (item,) = (await library.room.document()).items
    assert item.state == "failed"
    assert item.reason is not None
    assert item.reason.startswith("The file stops after 0:03 of 0:06.")


async def test_the_player_gets_a_file_that_it_reads(library: Library) -> None:
    track_id = await library.ready(song("opus"), "song.opus")

    async with library.room.jukebox.container(context={Actor: SYSTEM}) as scope:
        track = await (await scope.get(TrackRepository)).get(TrackId(track_id))

    assert track.playable_sha256 is not None
    assert track.playable_sha256 != track.sha256
    path = library.room.jukebox.store.path_of(track.playable_sha256)
    assert soundfile.info(path).format == "FLAC"
    assert track.derived_size == path.stat().st_size


async def test_progress_shows_on_the_way(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_silence(tmp_path / "long.flac", hours=0.15, rate=48_000, channels=2)
    track_id = await uploaded(library, (tmp_path / "long.flac").read_bytes())
    seen: list[float] = []
    send: Any = library.room.mediator.send

    async def spy(message: Any, **options: Any) -> Any:
        result = await send(message, **options)
        if isinstance(message, ReportProgress):
            seen.append((await library.track(track_id))["progress"])
        return result

    monkeypatch.setattr(library.room.mediator, "send", spy)
    await library.analyse(track_id)

    assert seen
    assert seen == sorted(seen)
    assert all(0 < fraction < 1 for fraction in seen)
    assert (await library.track(track_id))["progress"] == 1.0


async def test_the_same_job_again_changes_nothing(library: Library) -> None:
    track_id = await library.ready(with_id3(song("mp3"), title="Night Bus"))
    before = await library.track(track_id)

    await library.analyse(track_id)

    assert await library.track(track_id) == before


async def test_a_track_that_was_deleted_meanwhile_is_let_go(library: Library) -> None:
    track_id = await uploaded(library, song())
    async with library.as_(ANN) as client:
        await client.delete(f"/tracks/{track_id}")

    await library.analyse(track_id)


async def test_a_file_that_is_gone_is_said_to_be_gone(library: Library) -> None:
    track_id = await uploaded(library, song())
    sha256 = (await library.track(track_id))["sha256"]
    library.room.jukebox.store.path_of(sha256).unlink()

    await library.analyse(track_id)

    track = await library.track(track_id)
    assert "not on this machine any more" in track["error"]
    assert (track["error_code"], track["error_metadata"]) == ("FILE_GONE", {})


async def test_what_nobody_analyses_any_more_is_given_up(library: Library) -> None:
    room = library.room
    room.clock.set(SystemClock().now())
    track_id = await uploaded(library, song())
    await room.send(AddToQueue(track_id=TrackId(track_id)), ANN)
    sweep = Sweep(room.mediator, room.jukebox.store, room.clock)

    room.clock.advance(LONGEST_ANALYSIS - timedelta(minutes=1))
    await sweep.once()
    assert (await library.track(track_id))["status"] == "analysing"
    room.clock.advance(timedelta(minutes=2))
    await sweep.once()

    assert "got in the way each time" in (await library.track(track_id))["error"]
    (item,) = (await room.document()).items
    assert (item.state, item.reason_code) == ("failed", "ANALYSIS_STUCK")
    assert (item.track.error_code, item.track.error) == ("ANALYSIS_STUCK", item.reason)
    assert (await library.upload(song())).json()["status"] == "analysing"


def killing(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let every decode process be killed from outside as soon as it begins."""
    start = analysis_process._start

    def start_and_kill(*args: Any) -> subprocess.Popen[bytes]:
        process = start(*args)
        process.kill()
        return process

    monkeypatch.setattr(analysis_process, "_start", start_and_kill)
    return monkeypatch.undo


async def test_an_interrupted_analysis_is_tried_again(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    track_id = await uploaded(library, song())
    stop_killing = killing(monkeypatch)

    with pytest.raises(Interrupted):
        await library.analyse(track_id, attempt=1)
    assert (await library.track(track_id))["status"] == "analysing"
    stop_killing()
    await library.analyse(track_id, attempt=2)

    assert (await library.track(track_id))["status"] == "ready"


async def test_what_is_interrupted_each_time_fails_in_the_end(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    track_id = await uploaded(library, song())
    killing(monkeypatch)

    await library.analyse(track_id, attempt=5)

    track = await library.track(track_id)
    assert track["status"] == "failed"
    assert "something on this machine got in the way" in track["error"]


async def test_a_machine_without_processes_left_is_tried_again(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    track_id = await uploaded(library, song())

    def none_left(*args: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(analysis_process, "_start", none_left)

    with pytest.raises(Interrupted):
        await library.analyse(track_id)


async def test_a_bomb_fails_and_leaves_nothing_but_itself(library: Library, tmp_path: Path) -> None:
    write_silence(tmp_path / "bomb.opus", hours=0.1, rate=8_000, kind="OGG", subtype="OPUS")
    track_id = await uploaded(library, (tmp_path / "bomb.opus").read_bytes())
    before = psutil.Process().memory_info().rss

    await library.analyse(track_id, duration_s=60)

    track = await library.track(track_id)
    assert (track["status"], track["error"]) == ("failed", "It unpacks to more than 1:00.")
    assert (track["error_code"], track["error_metadata"]) == ("TOO_LONG", {"max_s": "60"})
    assert psutil.Process().memory_info().rss - before < 32 * 1024**2
    assert not list((tmp_path / "incoming").iterdir())
    media = [path for path in (tmp_path / "media").rglob("*") if path.is_file()]
    assert [path.name for path in media] == [track["sha256"]]


async def test_a_stopped_worker_leaves_no_process_and_no_file(
    library: Library, tmp_path: Path
) -> None:
    write_silence(tmp_path / "long.flac", hours=1, rate=48_000)
    track_id = await uploaded(library, (tmp_path / "long.flac").read_bytes())
    analysis = asyncio.create_task(library.analyse(track_id))

    def at_work() -> list[psutil.Process]:
        return [
            child
            for child in psutil.Process().children()
            if "backline.jukebox.analysis.child" in child.cmdline()
        ]

    (process,) = await eventually(at_work)
    analysis.cancel()
    with pytest.raises(asyncio.CancelledError):
        await analysis

    assert not process.is_running()
    assert not list((tmp_path / "incoming").iterdir())


async def test_from_the_upload_to_a_ready_track_over_log_and_queue(
    jukebox_database: str, log_database: str, jobs_database: str, tmp_path: Path
) -> None:
    """The loops of the worker process, as they run in the box."""
    settings = Settings(
        database_url=jukebox_database,
        media_dir=tmp_path,
        events_url=log_database,
        jobs_url=jobs_database,
        disk_floor_bytes=0,
    )
    jukebox = Jukebox(settings, SystemClock())
    library = Library(TestRoom(jukebox, SystemClock()))  # type: ignore[arg-type]
    workers, stop = build_workers(jukebox), asyncio.Event()
    names = ("jukebox-relay", "jukebox-events", "jukebox-analysis")
    running = [asyncio.ensure_future(workers[name](stop)) for name in names]
    try:
        good = await uploaded(
            library, with_id3(song("mp3"), title="Night Bus", cover=picture(99, 99))
        )
        bad = await uploaded(library, truncated(wav(noise(6.0)), 0.6))

        async def both_done() -> bool:
            states = [(await library.track(each))["status"] for each in (good, bad)]
            return states == ["ready", "failed"]

        await eventually(both_done)
        assert (await library.track(good))["title"] == "Night Bus"
    finally:
        stop.set()
        await asyncio.gather(*running)
        await jukebox.close()
