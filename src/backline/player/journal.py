"""What happened, numbered, for watchers that come back."""

import asyncio
from collections import deque
from dataclasses import dataclass

from backline.player.domain import Instant, PlayerEvent

CAPACITY = 1024


@dataclass(frozen=True, slots=True)
class Entry:
    seq: int
    at: Instant
    event: PlayerEvent


class Journal:
    """The last events of one epoch. Readers hold a `seq` and are never waited for.

    A watcher is a cursor on this ring and not a queue that is filled: one that does not read
    costs nothing, and is told by `None` that it has to begin anew.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._entries: deque[Entry] = deque(maxlen=capacity)
        self._news = asyncio.Event()
        self.last_seq = 0
        self.drops = 0

    def append(self, at: Instant, event: PlayerEvent) -> None:
        self.last_seq += 1
        self._entries.append(Entry(self.last_seq, at, event))
        self._ring()

    def since(self, seq: int) -> list[Entry] | None:
        """The entries after `seq`; None if some of them are gone, or have yet to happen."""
        if seq > self.last_seq or seq < self.last_seq - len(self._entries):
            return None
        newest = self.last_seq - seq
        return list(self._entries)[len(self._entries) - newest :] if newest else []

    def drop_watchers(self) -> None:
        """Let every `news` of now end with a higher `drops`: streams compare and hang up."""
        self.drops += 1
        self._ring()

    async def news(self, seq: int, *, drops: int, within_s: float) -> bool:
        """Wait until there is more than `seq`, or watchers are dropped; False after `within_s`."""
        try:
            async with asyncio.timeout(within_s):
                while self.last_seq <= seq and self.drops == drops:
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    def _ring(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
