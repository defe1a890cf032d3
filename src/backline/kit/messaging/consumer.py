"""Works through a topic as one member of a group: many keys at a time, each key in its order.

Every message is handled at least once. Its offset is committed only when it and everything before
it in its partition is done (the contiguous watermark), so a crash repeats some, and loses none.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog

from backline.kit.core.actor import SYSTEM
from backline.kit.core.backoff import Backoff
from backline.kit.core.context import RequestContext, enter
from backline.kit.core.errors import BacklineError, Kind
from backline.kit.core.failpoints import failpoint
from backline.kit.db.outage import Patience, is_outage
from backline.kit.messaging.log import Delivered, EventLog, Partition, Start, Subscription

MessageHandler = Callable[[Delivered], Awaitable[None]]
"""Applies one message. It may see the same one again: use `message.id` as the inbox key."""

ATTEMPTS = 8
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
_FETCH = 500
_AHEAD = 1000
_COMMIT_EVERY_S = 0.1
_LAST_WORD_S = 1.0

log = structlog.get_logger(__name__)


async def consume(
    event_log: EventLog,
    topics: Sequence[str],
    group: str,
    handler: MessageHandler,
    stop: asyncio.Event,
    *,
    concurrency: int = 32,
    attempts: int = ATTEMPTS,
    first_pause_s: float = _FIRST_PAUSE_S,
    start: Start = "earliest",
    drain_s: float = 10.0,
) -> None:
    """Handle the messages of `topics` until `stop` is set, then finish what is under way.

    An error worth retrying is retried in place with backoff; meanwhile only its key waits.
    After `attempts`, or at once if no retry can help, the message is parked with its reason and
    the key goes on. `Unavailable` and an absent database are retried without end: they say
    nothing against the message.

    Args:
        group: Its members share the partitions; a name that will never change.
        concurrency: Handlers under way at a time.
        first_pause_s: Before the first retry; each later pause is up to twice as long.
        start: Where a group that never was before begins.
        drain_s: Seconds that handlers under way have once `stop` is set.
    """
    consumer = _Consumer(
        group,
        handler,
        stop=stop,
        concurrency=concurrency,
        attempts=attempts,
        first_pause_s=first_pause_s,
    )
    patience = Patience(f"consumer {group}")
    while not stop.is_set():
        try:
            subscription = await event_log.subscribe(topics, group, consumer, start=start)
            await consumer.run(subscription, drain_s)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is logged and tried again
            await patience.wait(error, stop)


@dataclass(eq=False, slots=True)
class _Progress:
    """One partition: what was fetched, what is done, who is at work."""

    fetched: deque[int] = field(default_factory=deque)
    done: set[int] = field(default_factory=set)
    lanes: dict[str, deque[Delivered]] = field(default_factory=dict)
    working: set[asyncio.Task[None]] = field(default_factory=set)
    watermark: int | None = None
    committed: int | None = None
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def finish(self, offset: int) -> None:
        self.done.add(offset)
        while self.fetched and self.fetched[0] in self.done:
            first = self.fetched.popleft()
            self.done.discard(first)
            self.watermark = first + 1


class _Consumer:
    def __init__(
        self,
        group: str,
        handler: MessageHandler,
        *,
        stop: asyncio.Event,
        concurrency: int,
        attempts: int,
        first_pause_s: float,
    ) -> None:
        self._group = group
        self._handler = handler
        self._stop = stop
        self._slots = asyncio.Semaphore(concurrency)
        self._attempts = attempts
        self._first_pause_s = first_pause_s
        self._partitions: dict[Partition, _Progress] = {}
        self._waiting = 0
        self._room = asyncio.Event()
        self._subscription: Subscription | None = None

    async def run(self, subscription: Subscription, drain_s: float) -> None:
        self._subscription = subscription
        committing = asyncio.create_task(self._keep_committing(subscription))
        try:
            await self._fetch(subscription)
        finally:
            committing.cancel()
            await asyncio.gather(committing, return_exceptions=True)
            await self._finish(list(self._partitions), drain_s)
            self._partitions.clear()
            await subscription.close()

    def assigned(self, partitions: Sequence[Partition]) -> None:
        for partition in partitions:
            self._partitions[partition] = _Progress()

    async def revoked(self, partitions: Sequence[Partition]) -> None:
        await self._finish(partitions, None)
        for partition in partitions:
            self._partitions.pop(partition, None)

    def lost(self, partitions: Sequence[Partition]) -> None:
        for partition in partitions:
            if progress := self._partitions.pop(partition, None):
                self._abandon(progress)

    async def _fetch(self, subscription: Subscription) -> None:
        stopping = asyncio.create_task(self._stop.wait())
        try:
            while not self._stop.is_set():
                fetching = asyncio.create_task(self._next(subscription))
                await asyncio.wait({fetching, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not fetching.done():
                    fetching.cancel()
                    await asyncio.gather(fetching, return_exceptions=True)
                    return
                for message in fetching.result():
                    self._dispatch(message)
        finally:
            stopping.cancel()

    async def _next(self, subscription: Subscription) -> Sequence[Delivered]:
        while self._waiting >= _AHEAD:
            self._room.clear()
            await self._room.wait()
        return await subscription.fetch(_FETCH)

    def _dispatch(self, message: Delivered) -> None:
        progress = self._partitions.get(message.source)
        if progress is None or progress.closing.is_set():
            return
        self._waiting += 1
        progress.fetched.append(message.offset)
        lane = progress.lanes.get(message.key)
        if lane is not None:
            lane.append(message)
            return
        progress.lanes[message.key] = lane = deque([message])
        task = asyncio.create_task(self._work(progress, message.key, lane))
        progress.working.add(task)
        task.add_done_callback(progress.working.discard)

    async def _work(self, progress: _Progress, key: str, lane: deque[Delivered]) -> None:
        """Handle the messages of one key, one after another, while there are any."""
        while lane and not progress.closing.is_set():
            message = lane.popleft()
            try:
                handled = await self._handle(message, progress.closing)
            finally:
                self._waiting -= 1
                self._room.set()
            if handled:
                progress.finish(message.offset)
        if progress.lanes.get(key) is lane and not lane:
            del progress.lanes[key]

    async def _handle(self, message: Delivered, closing: asyncio.Event) -> bool:
        """Whether the message is done with: applied or parked. Not if its partition goes."""
        enter(
            RequestContext(
                actor=SYSTEM,
                traceparent=message.headers.get("traceparent", ""),
                idempotency_key=str(message.id),
            )
        )
        backoff = Backoff(self._first_pause_s, _LONGEST_PAUSE_S)
        attempt = 0
        while True:
            async with self._slots:
                if closing.is_set():
                    return False
                try:
                    await self._handler(message)
                    failpoint("consumer.handled")
                except Exception as error:  # noqa: BLE001 - judged below
                    failure = error
                else:
                    return True
            if _says_nothing_against_the_message(failure):
                if attempt == 0:
                    log.warning("message_waits", **self._facts(message), error=str(failure))
            else:
                attempt += 1
                if attempt >= self._attempts or not _worth_retrying(failure):
                    return await self._park(message, failure, attempt, closing)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(backoff.next_s()):
                    await closing.wait()
            if closing.is_set():
                return False

    async def _park(
        self, message: Delivered, error: Exception, attempts: int, closing: asyncio.Event
    ) -> bool:
        assert self._subscription is not None
        expected = isinstance(error, BacklineError)
        reason = error.reason if isinstance(error, BacklineError) else Kind.INTERNAL.name
        detail = str(error) if expected else f"{type(error).__name__}: {error}"
        patience = Patience(f"consumer {self._group}, parking")
        while not closing.is_set():
            try:
                await self._subscription.park(
                    message, reason=reason, detail=detail, attempts=attempts
                )
            except Exception as absent:  # noqa: BLE001 - it must be parked before it is passed
                await patience.wait(absent, closing)
            else:
                patience.over()
                log.error(
                    "message_parked",
                    **self._facts(message),
                    reason=reason,
                    attempts=attempts,
                    exc_info=None if expected else error,
                )
                return True
        return False

    def _facts(self, message: Delivered) -> dict[str, object]:
        return {
            "group": self._group,
            "type": message.type,
            "key": message.key,
            "id": str(message.id),
        }

    async def _finish(self, partitions: Sequence[Partition], within_s: float | None) -> None:
        """Let handlers under way end, begin no other, and commit."""
        leaving = [self._partitions[name] for name in partitions if name in self._partitions]
        working = {task for progress in leaving for task in progress.working}
        for progress in leaving:
            self._abandon(progress)
        if working:
            _, late = await asyncio.wait(working, timeout=within_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        with contextlib.suppress(Exception):  # what is not committed is delivered again
            async with asyncio.timeout(_LAST_WORD_S):
                await self._commit(partitions)

    def _abandon(self, progress: _Progress) -> None:
        """Begin nothing more of this partition."""
        progress.closing.set()
        for lane in progress.lanes.values():
            self._waiting -= len(lane)
            lane.clear()
        self._room.set()

    async def _keep_committing(self, subscription: Subscription) -> None:
        patience = Patience(f"consumer {self._group}, commit")
        while True:
            await asyncio.sleep(_COMMIT_EVERY_S)
            try:
                await self._commit(list(self._partitions))
            except Exception as error:  # noqa: BLE001 - the watermark stays and is tried again
                await patience.wait(error)
            else:
                patience.over()

    async def _commit(self, partitions: Sequence[Partition]) -> None:
        assert self._subscription is not None
        moved = {
            name: (progress, progress.watermark)
            for name in partitions
            if (progress := self._partitions.get(name)) and progress.watermark != progress.committed
        }
        offsets = {name: mark for name, (_, mark) in moved.items() if mark is not None}
        if offsets:
            await self._subscription.commit(offsets)
            for progress, mark in moved.values():
                progress.committed = mark


def _says_nothing_against_the_message(error: Exception) -> bool:
    if isinstance(error, BacklineError):
        return error.kind is Kind.UNAVAILABLE
    return is_outage(error)


def _worth_retrying(error: Exception) -> bool:
    return not isinstance(error, BacklineError) or error.kind.retryable
