"""Clears up: uploads whose time is over, files that nothing refers to, tracks that got stuck."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import structlog

from backline.jukebox.commands.tracks import GiveUpStuckTracks
from backline.jukebox.commands.uploads import ExpireUploads
from backline.jukebox.ports import MediaStore
from backline.jukebox.queries.tracks import UnfinishedUploads, UnneededFiles
from backline.kit.core.actor import SYSTEM
from backline.kit.core.clock import Clock
from backline.kit.db.outage import Patience
from backline.kit.mediator import Mediator

EVERY_S = 60.0

GRACE = timedelta(hours=1)
"""A file is stored before the track that needs it is: what is younger is left alone."""

LONGEST_ANALYSIS = timedelta(hours=6)
"""Waiting for its turn included; after that nothing is on its way any more."""

log = structlog.get_logger()


class Sweep:
    """A worker that sweeps at once and then every minute.

    Args:
        mediator: Of the jukebox.
        store: What is swept.
        clock: For telling what is old.
    """

    def __init__(self, mediator: Mediator, store: MediaStore, clock: Clock) -> None:
        self._mediator = mediator
        self._store = store
        self._clock = clock

    async def __call__(self, stop: asyncio.Event) -> None:
        patience = Patience("jukebox sweep", most_s=EVERY_S)
        while not stop.is_set():
            try:
                await self.once()
            except Exception as error:  # noqa: BLE001 - logged there; the next round tries again
                await patience.wait(error, stop)
                continue
            patience.over()
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await stop.wait()

    async def once(self) -> int:
        """One round; how many files went."""
        before = self._clock.now() - GRACE
        expired = await self._mediator.send(ExpireUploads(), actor=SYSTEM)
        wanted = await self._mediator.send(UnfinishedUploads(), actor=SYSTEM)
        swept = await self._store.sweep_incoming(before=before, keep=wanted)
        async for hashes in self._store.stale(before=before):
            query = UnneededFiles(hashes=hashes)
            unneeded = await self._mediator.send(query, actor=SYSTEM)
            swept += await self._store.remove(unneeded, before=before)
        command = GiveUpStuckTracks(uploaded_before=self._clock.now() - LONGEST_ANALYSIS)
        stuck = await self._mediator.send(command, actor=SYSTEM)
        if swept or expired or stuck:
            log.info("library_swept", files=swept, uploads=expired, stuck_tracks=stuck)
        return swept
