"""Works through a topic as one member of a group: many keys at a time, each key in its order.

Every message is handled at least once. Its offset is committed only when it and everything before
it in its partition is done (the contiguous watermark), so a crash repeats some, and loses none.
What cannot be handled is parked with its key, which is done with only once it is in the database.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog

from backline.kit.core.actor import SYSTEM
from backline.kit.core.backoff import Backoff
from backline.kit.core.context import RequestContext, enter
from backline.kit.core.errors import BacklineError, Kind
from backline.kit.core.failpoints import failpoint
from backline.kit.db.outage import Patience, is_outage
from backline.kit.messaging.log import Delivered, EventLog, Partition, Start, Subscription
from backline.kit.messaging.parking.keys import Leaving, ParkedKeys, refusal_of
from backline.kit.messaging.parking.port import DeadLetter, Decision, Parking, Refusal
from backline.kit.messaging.watermark import Watermark

MessageHandler = Callable[[Delivered], Awaitable[None]]
"""Applies one message. It may see the same one again: use `message.id` as the inbox key."""

ATTEMPTS = 8
FIRST_PAUSE_S = 0.1
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
    parking: Parking,
    concurrency: int = 32,
    attempts: int = ATTEMPTS,
    first_pause_s: float = FIRST_PAUSE_S,
    start: Start = "earliest",
    drain_s: float = 10.0,
) -> None:
    """Handle the messages of `topics` until `stop` is set, then finish what is under way.

    An error worth retrying is retried in place with backoff and jitter; meanwhile only its key
    waits. After `attempts`, or at once if no retry can help, the message is parked with its
    reason, and later messages of its key are kept behind it until people replay or discard it.
    `Unavailable` and an absent database are retried without end: they say nothing against the
    message.

    Args:
        group: Its members share the partitions; a name that will never change.
        parking: Where that is kept; in the database that the handler writes to.
        concurrency: Handlers under way at a time.
        first_pause_s: Before the first retry, at most; each later pause may be twice as long.
        start: Where a group that never was before begins.
        drain_s: Seconds that handlers under way have once `stop` is set.
    """
    consumer = _Consumer(
        group,
        handler,
        parking=parking,
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
    """One partition: how far it is done, what is parked of it, who is at work."""

    parked: ParkedKeys
    closing: asyncio.Event
    recalling: asyncio.Task[None] | None = None
    watermark: Watermark = field(default_factory=Watermark)
    lanes: dict[str, deque[Delivered]] = field(default_factory=dict)
    working: set[asyncio.Task[None]] = field(default_factory=set)


class _Consumer:
    def __init__(
        self,
        group: str,
        handler: MessageHandler,
        *,
        parking: Parking,
        stop: asyncio.Event,
        concurrency: int,
        attempts: int,
        first_pause_s: float,
    ) -> None:
        self._group = group
        self._handler = handler
        self._parking = parking
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
        beside = [
            asyncio.create_task(self._keep_committing(subscription)),
            asyncio.create_task(self._watch_decisions()),
        ]
        try:
            await self._fetch(subscription)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await self._finish(list(self._partitions), drain_s)
            self._partitions.clear()
            await subscription.close()

    def assigned(self, partitions: Sequence[Partition]) -> None:
        for partition in partitions:
            closing = asyncio.Event()
            parked = ParkedKeys(self._parking, self._group, partition, closing)
            progress = self._partitions[partition] = _Progress(parked, closing)
            progress.recalling = self._begin(progress, self._recall(progress))

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
        progress.watermark.begin(message.offset)
        self._lane(progress, message.key).append(message)

    def _lane(self, progress: _Progress, key: str) -> deque[Delivered]:
        """What waits of `key`, with somebody at work on it."""
        lane = progress.lanes.get(key)
        if lane is None:
            lane = progress.lanes[key] = deque()
            self._begin(progress, self._work(progress, key, lane))
        return lane

    def _begin(self, progress: _Progress, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        progress.working.add(task)
        task.add_done_callback(progress.working.discard)
        return task

    async def _recall(self, progress: _Progress) -> None:
        """Learn which keys an earlier owner of the partition has parked."""
        with contextlib.suppress(Leaving):
            await progress.parked.recall()
            for key in progress.parked.due:
                self._lane(progress, key)

    async def _watch_decisions(self) -> None:
        """Work off what people have decided about."""
        patience = Patience(f"consumer {self._group}, decisions")
        async for _ in self._parking.decisions(self._stop):
            try:
                decided = await self._parking.decided(self._group)
            except Exception as error:  # noqa: BLE001 - what was decided stays decided
                await patience.wait(error, self._stop)
                continue
            patience.over()
            for partition, key in decided:
                progress = self._partitions.get(partition)
                if progress is not None and not progress.closing.is_set():
                    progress.parked.due.add(key)
                    self._lane(progress, key)

    async def _work(self, progress: _Progress, key: str, lane: deque[Delivered]) -> None:
        """Handle the messages of one key, one after another, while there are any."""
        parked = progress.parked
        if not parked.known and progress.recalling is not None:
            await asyncio.wait([progress.recalling])
        with contextlib.suppress(Leaving):
            while (lane or key in parked.due) and not progress.closing.is_set():
                if key in parked.due:
                    await self._work_off(progress, key)
                elif key in parked:
                    await self._take(progress, lane, len(lane), parked.keep)
                else:
                    await self._take(progress, lane, 1, partial(self._handle, progress))
        if progress.lanes.get(key) is lane and not lane:
            del progress.lanes[key]

    async def _take(
        self,
        progress: _Progress,
        lane: deque[Delivered],
        count: int,
        do: Callable[[Sequence[Delivered]], Awaitable[None]],
    ) -> None:
        """Do what is to be done with the next `count` messages; then they are done with."""
        messages = [lane.popleft() for _ in range(min(count, _FETCH))]
        try:
            await do(messages)
        finally:
            self._waiting -= len(messages)
            self._room.set()
        for message in messages:
            progress.watermark.finish(message.offset)

    async def _handle(self, progress: _Progress, messages: Sequence[Delivered]) -> None:
        """Apply a message, or park it."""
        for message in messages:
            if progress.parked.is_discarded(message):
                continue
            refusal = await self._try(message, progress.closing)
            if refusal is not None:
                await progress.parked.park(message, refusal)
                failpoint("consumer.parked")

    async def _work_off(self, progress: _Progress, key: str) -> None:
        """Replay or discard what is parked of `key`, in order, until it is free or fails again."""
        parked = progress.parked
        parked.due.discard(key)
        settled: DeadLetter | None = None
        while (letter := await parked.next_due(key, settled)) is not None:
            if letter.decision is not Decision.DISCARD:
                refusal = await self._try(letter.message, progress.closing)
                if refusal is not None:
                    await parked.refuse(letter, refusal)
                    continue
            await parked.settle(letter)
            settled = letter

    async def _try(self, message: Delivered, closing: asyncio.Event) -> Refusal | None:
        """Apply a message, with retries. What there is to say against it if that cannot be.

        Raises:
            Leaving: Its partition goes.
        """
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
                    raise Leaving
                try:
                    await self._handler(message)
                    failpoint("consumer.handled")
                except Exception as error:  # noqa: BLE001 - judged below
                    failure = error
                else:
                    return None
            if says_nothing_against_the_message(failure):
                if attempt == 0:
                    log.warning("message_waits", **self._facts(message), error=str(failure))
            else:
                attempt += 1
                if attempt >= self._attempts or not _worth_retrying(failure):
                    return self._refused(message, failure, attempt)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(backoff.next_s()):
                    await closing.wait()
            if closing.is_set():
                raise Leaving

    def _refused(self, message: Delivered, error: Exception, attempts: int) -> Refusal:
        refusal = refusal_of(error, attempts)
        log.error(
            "message_parked",
            **self._facts(message),
            reason=refusal.reason,
            attempts=attempts,
            exc_info=None if isinstance(error, BacklineError) else error,
        )
        return refusal

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
            name: (progress.watermark, progress.watermark.at)
            for name in partitions
            if (progress := self._partitions.get(name)) is not None
            and progress.watermark.at != progress.watermark.committed
        }
        offsets = {name: at for name, (_, at) in moved.items() if at is not None}
        if offsets:
            await self._subscription.commit(offsets)
            for watermark, at in moved.values():
                watermark.committed = at


def says_nothing_against_the_message(error: Exception) -> bool:
    if isinstance(error, BacklineError):
        return error.kind is Kind.UNAVAILABLE
    return is_outage(error)


def _worth_retrying(error: Exception) -> bool:
    return not isinstance(error, BacklineError) or error.kind.retryable
