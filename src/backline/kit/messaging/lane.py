"""One shard's way from the outbox to the log."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import takewhile
from typing import NamedTuple

from backline.kit.core.failpoints import failpoint
from backline.kit.messaging.log import Fenced, Record, Writer


class Wanted(NamedTuple):
    """A question for what waits in a shard beyond the position `tail`."""

    shard: int
    tail: int


class Waiting(NamedTuple):
    """What waits in a shard.

    Attributes:
        below: How many rows are there up to the position that was asked for.
        positions: Of the rows beyond it, rising.
        records: The same rows.
        more: Whether there may be further ones.
    """

    below: int
    positions: Sequence[int]
    records: Sequence[Record]
    more: bool


class Published(NamedTuple):
    """Rows of a shard that the log has."""

    shard: int
    epoch: int
    positions: Sequence[int]


class _Batch(NamedTuple):
    positions: Sequence[int]
    appended: "asyncio.Task[None]"


class Lane:
    """Moves one shard, batch after batch, with up to `Writer.in_flight` of them on their way.

    A batch is forgotten once it and all before it are confirmed. Reading and forgetting exclude
    one another within a lane, so what is in flight is exactly what must still be there below
    its last position: if more is there, a transaction has committed late, or somebody has put
    rows back. Later rows of the same keys may be among those just read; they are left for when
    the lane has landed and begins at the lowest position again.

    Args:
        read: Answers what waits.
        forget: Takes published rows out of the outbox; whether the shard still was ours.
        valid: Whether the lease still holds.
    """

    def __init__(
        self,
        shard: int,
        epoch: int,
        writer: Writer,
        *,
        read: Callable[[Wanted], Awaitable[Waiting]],
        forget: Callable[[Published], Awaitable[bool]],
        valid: Callable[[], bool],
    ) -> None:
        self.shard = shard
        self.epoch = epoch
        self._writer = writer
        self._read = read
        self._forget = forget
        self._valid = valid
        self._wake = asyncio.Event()
        self._unread = True
        self._stopping = False
        self._landing = False
        self._flying: deque[_Batch] = deque()

    def look(self) -> None:
        """Something may wait."""
        self._unread = True
        self._wake.set()

    def stop(self) -> None:
        """Finish what is in flight, then end."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Relay until `stop`.

        Raises:
            Fenced: The shard is another relay's.
        """
        try:
            while self._flying or not self._stopping:
                self._wake.clear()
                if self._may_read():
                    await self._begin()
                elif self._flying and self._flying[0].appended.done():
                    await self._end()
                else:
                    await self._wake.wait()
        finally:
            left = [batch.appended for batch in self._flying]
            for appended in left:
                appended.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    def _may_read(self) -> bool:
        return (
            self._unread
            and not self._stopping
            and not self._landing
            and len(self._flying) < self._writer.in_flight
        )

    async def _begin(self) -> None:
        """Read the next batch and send it on its way."""
        self._unread = False
        tail = self._flying[-1].positions[-1] if self._flying else 0
        found = await self._read(Wanted(self.shard, tail))
        if found.below != sum(len(batch.positions) for batch in self._flying):
            self._landing = True
            return
        self._unread = self._unread or found.more
        if not found.records:
            return
        if not self._valid():
            raise Fenced(f"The lease on shard {self.shard} was not renewed in time.")
        appended = asyncio.create_task(self._writer.append(self.shard, found.records))
        appended.add_done_callback(lambda _: self._wake.set())
        self._flying.append(_Batch(found.positions, appended))

    async def _end(self) -> None:
        """Forget the oldest batch, and those behind it that are done as well."""
        landed = list(takewhile(lambda batch: batch.appended.done(), self._flying))
        for batch in landed:
            batch.appended.result()
        failpoint("relay.published")
        positions = [position for batch in landed for position in batch.positions]
        if not await self._forget(Published(self.shard, self.epoch, positions)):
            raise Fenced(f"Another relay has taken shard {self.shard}.")
        failpoint("relay.forgotten")
        for _ in landed:
            self._flying.popleft()
        if self._landing and not self._flying:
            self._landing = False
            self._unread = True
