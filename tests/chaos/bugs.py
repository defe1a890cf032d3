"""Bugs for the checker to find, put into a process that was forked for it, and nowhere else."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text

from backline.kit.inbox.messages import MessageInbox
from backline.kit.messaging import consumer
from backline.kit.messaging.log import Delivered
from backline.kit.messaging.parking.port import Refusal
from backline.kit.outbox import outbox

_LOCK = "pg_advisory_xact_lock(:locks, hash)"
_LOCK_ONE = "pg_advisory_xact_lock($1, "


def forget_deliveries() -> None:
    """Every delivery is taken for the first."""
    asked = MessageInbox.claim

    async def claim(self: MessageInbox, arrived: Mapping[UUID, str]) -> Collection[UUID]:
        await asked(self, arrived)
        return set(arrived)

    MessageInbox.claim = claim  # type: ignore[method-assign]


def acknowledge_early() -> None:
    """The offset is committed before the message is handled."""
    attempt = consumer._Consumer._try

    async def acknowledged(self: Any, message: Delivered, closing: Any) -> Refusal | None:
        self._partitions[message.source].watermark.finish(message.offset)
        await self._commit([message.source])
        return await attempt(self, message, closing)

    consumer._Consumer._try = acknowledged  # type: ignore[method-assign]


def lock_no_key() -> None:
    """Positions of one key are drawn in another order than they are committed in."""
    assert _LOCK in outbox._ADD.text
    assert _LOCK_ONE in outbox._ADD_ONE
    outbox._ADD = text(outbox._ADD.text.replace(_LOCK, ":locks + hash"))
    outbox._ADD_ONE = outbox._ADD_ONE.replace(_LOCK_ONE, "int4larger($1, ")


_BUGS = {
    "none": lambda: None,
    "dedupe": forget_deliveries,
    "early ack": acknowledge_early,
    "no key lock": lock_no_key,
}


def seed(name: str) -> None:
    """Put the bug into this process."""
    _BUGS[name]()
