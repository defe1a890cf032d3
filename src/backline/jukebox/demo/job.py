"""The job `demo`: fills the room with content for trying, or takes it away again."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import structlog

from backline.api.jukebox.v1 import events_pb2
from backline.jukebox.commands.demo import (
    MOST_S,
    AddDemoTrack,
    ClearDemo,
    ForgetDemo,
    NameDemoRoom,
    TellDemo,
    WishForDemoTrack,
    WriteDemoHistory,
)
from backline.jukebox.commands.moving import VoteFor
from backline.jukebox.commands.playback import RequestPlayback
from backline.jukebox.demo.content import (
    EARLIER,
    LATELY,
    PEOPLE,
    QUEUE,
    ROOM,
    SKIPPED,
    SONGS,
    DemoPerson,
    DemoSong,
)
from backline.jukebox.domain.demo import DemoAction, DemoPlay, DemoState, DemoStep
from backline.jukebox.domain.formats import check_audio
from backline.jukebox.domain.playback import Action
from backline.jukebox.domain.tracks import Person, TrackId
from backline.jukebox.ports import MediaStore
from backline.jukebox.queries.demo import GetDemoTracks
from backline.jukebox.queries.room import GetRoomDocument
from backline.kit.core.actor import SYSTEM, Actor
from backline.kit.core.clock import Clock
from backline.kit.core.errors import BacklineError, Unavailable
from backline.kit.jobs.queue import Job, JobQueue
from backline.kit.jobs.worker import work
from backline.kit.mediator import Mediator
from backline.kit.messaging.log import Delivered

KIND = "demo"
ATTEMPTS = 3

_SETTLED, _MADE = 0.04, 0.96
_BETWEEN = timedelta(seconds=2)
_EARLIER_FROM, _EARLIER_TO = timedelta(hours=3), timedelta(minutes=66)
_BY_KEY = {song.key: song for song in SONGS}
_WISHED_BY = {key: name for key, name, _ in QUEUE}

log = structlog.get_logger()


class People(Protocol):
    """Who makes the demo's accounts, and forgets them."""

    async def settle(self, people: Sequence[DemoPerson]) -> dict[str, Actor]: ...

    async def remove(self) -> int: ...


class NotMade(Unavailable):
    """The sounds could not be made."""


async def on_demo_requested(message: Delivered, jobs: JobQueue) -> None:
    """Have it done. A second delivery finds the job of the first."""
    event = events_pb2.DemoRequested.FromString(message.payload)
    payload = {"action": event.action, "most_s": event.most_s}
    await jobs.enqueue(KIND, payload, key=str(message.id), max_attempts=ATTEMPTS)


SUBSCRIPTIONS = {"jukebox.v1.DemoRequested": on_demo_requested}


async def serve(jobs: JobQueue, fill: "FillRoom", stop: asyncio.Event) -> None:
    """Do what is asked for until `stop` is set. One at a time, and beside the analysis."""
    try:
        await work(jobs, {KIND: fill}, stop, concurrency=1)
    finally:
        await jobs.close()


class FillRoom:
    """The handler of the job. Safe to be given the same job again, at any point.

    Args:
        mediator: Of the jukebox.
        store: Where sounds are kept.
        people: Who makes the accounts.
        clock: For the times of the history.
        songs: Those that are made.
    """

    def __init__(
        self,
        mediator: Mediator,
        store: MediaStore,
        people: People,
        *,
        clock: Clock,
        songs: Sequence[DemoSong] = SONGS,
    ) -> None:
        self._mediator = mediator
        self._store = store
        self._people = people
        self._clock = clock
        self._songs = songs

    async def __call__(self, job: Job) -> None:
        filling = job.payload["action"] == DemoAction.FILL
        try:
            if filling:
                await self._fill(float(job.payload["most_s"]) or MOST_S)
            else:
                await self._remove()
        except Exception as error:
            detail = error.detail if isinstance(error, BacklineError) else "Something went wrong."
            await self._tell(DemoState.FAILED, DemoStep.DONE, 0.0, detail)
            raise

    async def _fill(self, most_s: float) -> None:
        await self._tell(DemoState.FILLING, DemoStep.PEOPLE, 0.0)
        people = await self._people.settle(PEOPLE)
        name, tagline = ROOM
        await self._mediator.send(NameDemoRoom(name=name, tagline=tagline), actor=SYSTEM)
        tracks = await self._tracks(people, most_s)
        await self._vote(people, tracks)
        plays = self._history(people, tracks, most_s)
        await self._mediator.send(WriteDemoHistory(plays=plays), actor=SYSTEM)
        await self._tell(DemoState.FILLED, DemoStep.DONE, 1.0)

    async def _tracks(self, people: Mapping[str, Actor], most_s: float) -> dict[str, TrackId]:
        """Every song as a track; those of `QUEUE` are wished for."""
        tracks = await self._mediator.send(GetDemoTracks(), actor=SYSTEM)
        for key, by, _ in QUEUE:
            if key in tracks:
                wish = WishForDemoTrack(key=key, track_id=tracks[key], wished_by=people[by])
                await self._mediator.send(wish, actor=SYSTEM)
        missing = [song for song in self._songs if song.key not in tracks]
        if not missing:
            return tracks
        async with self._store.workspace() as workspace:
            async for song, path in sounds(workspace, most_s, missing):
                tracks[song.key] = await self._add(song, path, people)
                fraction = _SETTLED + (_MADE - _SETTLED) * len(tracks) / len(self._songs)
                await self._tell(DemoState.FILLING, DemoStep.SOUNDS, fraction)
        return tracks

    async def _add(self, song: DemoSong, path: Path, people: Mapping[str, Actor]) -> TrackId:
        file = await self._store.adopt(path)
        wished_by = _WISHED_BY.get(song.key)
        command = AddDemoTrack(
            key=song.key,
            file_name=f"{song.title}.{song.kind}",
            file=file,
            content_type=check_audio(file.head).value,
            by=Person.of(people[song.by]),
            wished_by=people[wished_by] if wished_by else None,
        )
        return await self._mediator.send(command, actor=SYSTEM)

    async def _vote(self, people: Mapping[str, Actor], tracks: Mapping[str, TrackId]) -> None:
        document = await self._mediator.send(GetRoomDocument(), actor=SYSTEM)
        items = {item["track"]["id"]: item["id"] for item in document.queue["items"]}
        for key, _, voters in QUEUE:
            if (item_id := items.get(tracks.get(key))) is None:
                continue
            for voter in voters:
                # It may have begun to play, or the file was found to be broken.
                with suppress(BacklineError):
                    await self._mediator.send(VoteFor(item_id=item_id), actor=people[voter])

    def _history(
        self, people: Mapping[str, Actor], tracks: Mapping[str, TrackId], most_s: float
    ) -> tuple[DemoPlay, ...]:
        """When what would have been heard: some with pauses, the last hour without."""
        now = self._clock.now()
        pace = (_EARLIER_FROM - _EARLIER_TO) / len(EARLIER)
        plays = [
            _play(_BY_KEY[key], people, tracks, now - _EARLIER_FROM + number * pace, most_s,
                  share=SKIPPED.get(key, 1.0))
            for number, key in enumerate(EARLIER) if key in tracks
        ]  # fmt: skip
        end, lately = now - timedelta(seconds=20), []
        for key in reversed(LATELY):
            if key in tracks:
                song = _BY_KEY[key]
                start = end - timedelta(seconds=min(song.seconds, most_s))
                lately.append(_play(song, people, tracks, start, most_s))
                end = start - _BETWEEN
        return (*plays, *reversed(lately))

    async def _remove(self) -> None:
        await self._tell(DemoState.REMOVING, DemoStep.DONE, 0.2)
        people = await self._people.settle(PEOPLE)
        playing = await self._mediator.send(ClearDemo(), actor=SYSTEM)
        if playing is not None:
            skip = RequestPlayback(action=Action.SKIP, item_id=playing)
            with suppress(BacklineError):  # it has just ended
                await self._mediator.send(skip, actor=SYSTEM)
            await self._until_silent()
        await self._mediator.send(
            ForgetDemo(people=tuple(actor.id for actor in people.values())), actor=SYSTEM
        )
        await self._people.remove()
        await self._tell(DemoState.ABSENT, DemoStep.DONE, 0.0)

    async def _until_silent(self) -> None:
        """Until the player has let go of the demo's song; it may fade."""
        for _ in range(100):
            if await self._mediator.send(ClearDemo(), actor=SYSTEM) is None:
                return
            await asyncio.sleep(0.1)

    async def _tell(
        self, state: DemoState, step: DemoStep, fraction: float, error: str | None = None
    ) -> None:
        command = TellDemo(state=state, step=step, fraction=fraction, error=error)
        await self._mediator.send(command, actor=SYSTEM)


def _play(
    song: DemoSong,
    people: Mapping[str, Actor],
    tracks: Mapping[str, TrackId],
    started_at: datetime,
    most_s: float,
    *,
    share: float = 1.0,
) -> DemoPlay:
    length = float(min(song.seconds, most_s))
    return DemoPlay(
        track_id=tracks[song.key],
        title=song.title,
        artist=song.artist,
        duration_s=length,
        by=Person.of(people[song.by]),
        started_at=started_at,
        heard_s=length * share,
        skipped=share < 1,
    )


async def sounds(
    folder: Path, most_s: float, songs: Sequence[DemoSong] = SONGS
) -> AsyncIterator[tuple[DemoSong, Path]]:
    """Each song and its file, as soon as it is written.

    Raises:
        NotMade: The process that makes them ended early.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backline.jukebox.demo.sounds", str(folder), str(most_s),
        *(song.key for song in songs),
        stdout=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            song = _BY_KEY[line.decode().strip()]
            yield song, folder / f"{song.key}.{song.kind}"
        if await process.wait():
            raise NotMade("The sounds of the demo could not be made. See: backline logs worker")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
