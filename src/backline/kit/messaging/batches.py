"""Works through a topic with one transaction for many messages of different keys.

A commit waits for the disk however much it carries. What `consume` would hand to a handler one by
one is gathered here, and applied together; all that it promises stays: the order of each key, the
watermark, retries, parking. A batch that fails is halved until it is known whose fault it is, so
one message that cannot be applied keeps no other from it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from backline.kit.core.actor import SYSTEM
from backline.kit.core.context import RequestContext, enter
from backline.kit.db.group_commit import GroupCommit
from backline.kit.messaging.consumer import (
    ATTEMPTS,
    FIRST_PAUSE_S,
    consume,
    says_nothing_against_the_message,
)
from backline.kit.messaging.log import Delivered, EventLog, Start
from backline.kit.messaging.parking.port import Parking

BatchHandler = Callable[[Sequence[Delivered]], Awaitable[None]]
"""Applies messages of different keys, all in one transaction or none of them.

It may see the same ones again, in other company: `mediator.deliver({message.id: command, …})`.
"""

MOST = 100
_SIDE_BY_SIDE = 2


async def consume_in_batches(
    event_log: EventLog,
    topics: Sequence[str],
    group: str,
    handler: BatchHandler,
    stop: asyncio.Event,
    *,
    parking: Parking,
    most: int = MOST,
    side_by_side: int = _SIDE_BY_SIDE,
    attempts: int = ATTEMPTS,
    first_pause_s: float = FIRST_PAUSE_S,
    start: Start = "earliest",
    drain_s: float = 10.0,
) -> None:
    """Handle the messages of `topics` as `consume` does, up to `most` in one transaction.

    Nobody waits for company: a message that comes alone is applied at once. What a batch records
    belongs to no single trace.

    Args:
        most: Messages in one transaction, each of another key.
        side_by_side: Batches under way at a time; each needs a connection to the database.
    """
    batches = _Batches(handler, most=most, side_by_side=side_by_side)
    try:
        await consume(
            event_log,
            topics,
            group,
            batches,
            stop,
            parking=parking,
            # While some are applied, as many again gather.
            concurrency=2 * most * side_by_side,
            attempts=attempts,
            first_pause_s=first_pause_s,
            start=start,
            drain_s=drain_s,
        )
    finally:
        await batches.close()


class _Batches:
    def __init__(self, handler: BatchHandler, *, most: int, side_by_side: int) -> None:
        self._handler = handler
        self._gathering = GroupCommit(self._apply, most=most, side_by_side=side_by_side)
        # Failed alone; stays when it was parked, which is rare enough to be remembered.
        self._suspects: set[UUID] = set()

    async def __call__(self, message: Delivered) -> None:
        if message.id in self._suspects:
            await self._handler([message])
            self._suspects.discard(message.id)
            return
        failure = await self._gathering.submit(message)
        if failure is not None:
            raise failure.with_traceback(None)

    async def _apply(self, messages: Sequence[Delivered]) -> Sequence[Exception | None]:
        """What there is to say against each of them."""
        enter(RequestContext(actor=SYSTEM))
        try:
            await self._handler(messages)
        except Exception as error:  # noqa: BLE001 - raised to those whose fault it is
            if says_nothing_against_the_message(error):
                return [error] * len(messages)
            if len(messages) == 1:
                self._suspects.add(messages[0].id)
                return [error]
            half = len(messages) // 2
            return [*await self._apply(messages[:half]), *await self._apply(messages[half:])]
        return [None] * len(messages)

    async def close(self) -> None:
        await self._gathering.close()
