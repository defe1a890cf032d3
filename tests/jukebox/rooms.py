"""A room to test in: the jukebox over a real database, tracks made up on the spot, people."""

import hashlib
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backline.api.jukebox.v1 import events_pb2 as pb
from backline.jukebox.commands.conducting import ApplyPlayerEvent, LockHead
from backline.jukebox.commands.leading import TakeLease
from backline.jukebox.commands.queue import AddToQueue
from backline.jukebox.commands.room import ReportPresence
from backline.jukebox.domain.playback import Anchor, Output, PlayerStatus
from backline.jukebox.domain.player import Ended, Happening, Moved, PlayerEvent, Snapshot, Started
from backline.jukebox.domain.queue import ItemId
from backline.jukebox.domain.tracks import Analysis, Person, Track, TrackId
from backline.jukebox.ports import TrackRepository
from backline.jukebox.queries.queue import GetHistory
from backline.jukebox.queries.room import GetRoomDocument
from backline.jukebox.queries.views import QueueView
from backline.jukebox.settings import Settings
from backline.jukebox.wiring import Jukebox
from backline.kit.core.actor import SYSTEM, Actor, Role
from backline.kit.core.messages import Command, Query
from backline.kit.db.uow import UnitOfWork
from backline.kit.testing.clock import FixedClock

R = TypeVar("R")

HAL = Actor(id=1, role=Role.HOST, name="Hal", session_id="h")
ANN = Actor(id=7, role=Role.LISTENER, name="Ann", session_id="a")
BOB = Actor(id=8, role=Role.LISTENER, name="Bob", session_id="b")
GUS = Actor(id=9, role=Role.GUEST, name="Gus", session_id="g")

EPOCH_ID = "epoch-1"


def settings(database_url: str, media_dir: Path, **changes: Any) -> Settings:
    return Settings(database_url=database_url, media_dir=media_dir, disk_floor_bytes=0, **changes)


def analysis(track: Track, *, title: str, artist: str, duration_s: float) -> Analysis:
    return Analysis(
        title=title,
        artist=artist,
        album="",
        duration_s=duration_s,
        content_type="audio/wav",
        loudness_lufs=-14.0,
        peak=0.9,
        gain_db=-2.0,
        waveform=bytes(1000),
        playable_sha256=track.sha256,
        covers={},
    )


class TestRoom:
    """The jukebox with a hand on everything around it."""

    __test__ = False

    def __init__(self, jukebox: Jukebox, clock: FixedClock) -> None:
        self.jukebox = jukebox
        self.clock = clock
        self.mediator = jukebox.mediator
        self.fence = 0
        self._seq = 0
        self._tracks = 0

    async def send(self, message: Command[R] | Query[R], actor: Actor = SYSTEM) -> R:
        return await self.mediator.send(message, actor=actor)

    async def track(
        self,
        title: str = "",
        *,
        artist: str = "",
        duration_s: float = 180.0,
        ready: bool = True,
    ) -> TrackId:
        """Put a track into the library, analysed unless `ready` is False."""
        self._tracks += 1
        title = title or f"Song {self._tracks}"
        sha256 = hashlib.sha256(f"{title}{self._tracks}".encode()).hexdigest()
        track = Track.upload(
            file_name=f"{title}.wav",
            sha256=sha256,
            size=1,
            content_type="audio/wav",
            by=Person.of(HAL),
            at=self.clock.now(),
        )
        if ready:
            found = analysis(track, title=title, artist=artist, duration_s=duration_s)
            track.complete(found)
        track.events.clear()
        async with self.jukebox.container(context={Actor: SYSTEM}) as scope:
            tracks = await scope.get(TrackRepository)
            await tracks.add(track)
            await (await scope.get(UnitOfWork)).commit()
        return track.id

    async def add(
        self, actor: Actor = HAL, title: str = "", *, duration_s: float = 180.0
    ) -> ItemId:
        """Queue a new track."""
        track_id = await self.track(title, duration_s=duration_s)
        return (await self.send(AddToQueue(track_id=track_id), actor)).item_id

    async def document(self) -> QueueView:
        return QueueView.model_validate((await self.send(GetRoomDocument())).queue, strict=True)

    async def titles(self) -> list[str]:
        return [item.track.title for item in (await self.document()).items]

    # The player, as the database gets to know of it.

    async def lead(self) -> None:
        fence = await self.send(TakeLease(owner="test", for_s=60))
        assert fence is not None
        self.fence = fence
        if not self._seq:
            await self.tell(idle())

    async def tell(self, what: Happening, *, after: Happening | None = None) -> bool:
        """Let the player's next event arrive, or its next two in one."""
        before = self._happened(after) if after else None
        event = self._happened(what)
        return await self.send(ApplyPlayerEvent(fence=self.fence, event=event, after=before))

    def _happened(self, what: Happening) -> PlayerEvent:
        self._seq += 1
        return PlayerEvent(EPOCH_ID, self._seq, what)

    async def play_next(self) -> ItemId:
        """Lock the head, and let the player start it."""
        await self.lead()
        assert await self.send(LockHead(fence=self.fence))
        item_id = ItemId((await self.document()).items[0].id)
        await self.tell(Started(item_id, self.anchor(item_id)))
        return item_id

    async def lock(self) -> ItemId:
        """Lock the head."""
        assert await self.send(LockHead(fence=self.fence))
        return ItemId((await self.document()).items[0].id)

    async def end(self, item_id: ItemId, reason: str = "finished", played_s: float = 180) -> None:
        await self.tell(Ended(item_id, reason, played_s))

    async def move(self, item_id: ItemId, *, position_s: float) -> None:
        await self.tell(Moved(self.anchor(item_id, position_s)))

    async def present(self, count: int) -> None:
        await self.send(ReportPresence(present=count))

    async def heard(self, item_id: ItemId) -> tuple[str, float]:
        """How an item ended, and the seconds that were heard."""
        page = await self.send(GetHistory(limit=200))
        return next((row.state, row.heard_s) for row in page.items if row.id == item_id)

    async def requests(self) -> list[str]:
        """What is on its way to the conductor: the actions, oldest first."""
        engine = await self.jukebox.container.get(AsyncEngine)
        query = text("SELECT payload FROM outbox WHERE type = :type ORDER BY position")
        async with engine.connect() as connection:
            found = await connection.execute(query, {"type": "jukebox.v1.PlaybackRequested"})
            return [pb.PlaybackRequested.FromString(payload).action for (payload,) in found]

    def anchor(self, item_id: ItemId, position_s: float = 0.0) -> Anchor:
        return Anchor(item_id, position_s, self.clock.now(), 1.0)


def idle() -> Snapshot:
    return Snapshot(
        epoch=EPOCH_ID,
        seq=1,
        status=PlayerStatus.IDLE,
        current=None,
        prepared=None,
        anchor=None,
        volume=0.8,
        muted=False,
        output=Output("emulated", "Emulated output", audible=False),
    )
