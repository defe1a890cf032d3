"""Tells every door which keys count and what was revoked, as soon as it is committed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

from backline.identity.ports import REVOCATIONS_CHANNEL
from backline.identity.queries import RecentRevocations
from backline.kit.auth.gate import Gate
from backline.kit.auth.revocations import Revocation
from backline.kit.db.doorbell import Doorbell
from backline.kit.db.outage import Patience
from backline.kit.mediator import Mediator

HEARTBEAT_S = 1.0
_WAITING = 1_000

PublicKeys = Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Update:
    """What is new.

    Attributes:
        keys: All that count from now on; None if they have not changed.
        revocations: Those that were not told before.
    """

    keys: PublicKeys | None = None
    revocations: Sequence[Revocation] = ()


class RevocationFeed:
    """Reads once per change and once per second, and tells this process and all who watch.

    Args:
        published: The public keys as they are now; cheap enough to ask every second.
        gate: Of this process.
    """

    def __init__(
        self,
        mediator: Mediator,
        doorbell: Doorbell,
        gate: Gate,
        published: Callable[[], PublicKeys],
    ) -> None:
        self._mediator = mediator
        self._doorbell = doorbell
        self._gate = gate
        self._published = published
        self._keys: PublicKeys = ()
        self._watchers: set[asyncio.Queue[Update | None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Keep this process and all who watch up to date until `stop` is set."""
        patience = Patience("revocation feed")
        try:
            listening = self._doorbell.listen(REVOCATIONS_CHANNEL, every_s=HEARTBEAT_S, until=stop)
            async for _ in listening:
                try:
                    await self._look()
                except Exception as error:  # noqa: BLE001 - the feed outlives what it reads from
                    await patience.wait(error, stop)
                else:
                    patience.over()
        finally:
            for watcher in self._watchers:
                self._end(watcher)

    async def watch(self) -> AsyncIterator[Update]:
        """Everything that may matter still, then what is new, at least once a second.

        Ends when the feed does, or when the watcher reads too slowly; then watch again.
        """
        news: asyncio.Queue[Update | None] = asyncio.Queue(_WAITING)
        self._watchers.add(news)
        try:
            # Watching begins before the past is read, so that nothing falls in between.
            yield Update(self._published(), await self._mediator.send(RecentRevocations()))
            while (update := await news.get()) is not None:
                yield update
        finally:
            self._watchers.discard(news)

    async def _look(self) -> None:
        recent = await self._mediator.send(RecentRevocations())
        new = [revocation for revocation in recent if self._gate.revocations.add(revocation)]
        keys = self._published()
        changed = keys != self._keys
        if changed:
            self._gate.keys.replace(keys)
            self._keys = keys
        self._gate.revocations.heard()
        update = Update(keys if changed else None, new)
        for watcher in list(self._watchers):
            try:
                watcher.put_nowait(update)
            except asyncio.QueueFull:
                self._end(watcher)

    def _end(self, watcher: asyncio.Queue[Update | None]) -> None:
        """Make room for the last word: the watcher begins anew, with everything."""
        with contextlib.suppress(asyncio.QueueEmpty):
            watcher.get_nowait()
        watcher.put_nowait(None)
