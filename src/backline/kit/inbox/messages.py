"""Which messages of a broker this database has already applied: exact, and dropped by the day.

A message's UUIDv7 says when it was made. Rows are kept in a partition per day of the id, so the
same id always comes to the same partition, and what is too old goes as a whole table: see
`kit/messaging/housekeeping.py`. An id older than what is kept cannot be judged; it is refused,
never applied.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.kit.core.errors import FailedPrecondition, InvalidArgument

NOT_TOO_OLD = "inbox_message_not_too_old"
"""The constraint of the default partition, which holds no day that was dropped."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION = 7

# In one order everywhere, so that two transactions with the same messages cannot deadlock.
_CLAIM = text(
    """
    INSERT INTO inbox_message (consumer, id)
    SELECT consumer, id
    FROM unnest(CAST(:consumers AS text[]), CAST(:ids AS uuid[])) AS arrived (consumer, id)
    ORDER BY consumer, id
    ON CONFLICT DO NOTHING
    RETURNING id
    """
)


class MessageIdInvalid(InvalidArgument):
    """The id is no UUIDv7, so it does not say when the message was made."""


class MessageTooOld(FailedPrecondition):
    """Whether it was applied before is no longer known."""


class MessageInbox:
    """One claim per message and consumer, in the transaction that applies the effect."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def claim(self, arrived: Mapping[UUID, str]) -> Collection[UUID]:
        """Claim messages for this transaction, with one statement for all of them.

        A concurrent transaction that claimed one of them makes this one wait for its outcome,
        so two deliveries of one message can never both proceed.

        Args:
            arrived: Each message's id, and who applies it.

        Returns:
            Those that no earlier transaction has applied.

        Raises:
            MessageIdInvalid: One of the ids is no UUIDv7.
            MessageTooOld: One of the messages is older than what is kept. The transaction can
                only be rolled back.
        """
        for id_ in arrived:
            if id_.version != _VERSION:
                raise MessageIdInvalid(
                    f"The message id {id_} is no UUIDv7. Publish the message under one.",
                    message_id=str(id_),
                )
        try:
            claimed = await self._connection.execute(
                _CLAIM, {"consumers": list(arrived.values()), "ids": list(arrived)}
            )
        except IntegrityError as error:
            # A range of ids that has no partition of its own and lies below all that have.
            if _constraint(error) != NOT_TOO_OLD:
                raise
            oldest = min(arrived)
            raise MessageTooOld(
                f"The message {oldest} is of {made_at(oldest):%Y-%m-%d}, and what was applied"
                " then is no longer known. Look whether its effect is there; if not, publish it"
                " anew.",
                message_id=str(oldest),
            ) from error
        return set(claimed.scalars())


def made_at(id_: UUID) -> datetime:
    """When a UUIDv7 was made, to the millisecond (RFC 9562 §5.7)."""
    return _EPOCH + timedelta(milliseconds=id_.int >> 80)


def first_id(moment: datetime) -> UUID:
    """The lower bound of all UUIDv7 that are made at `moment` or later."""
    return UUID(int=((moment - _EPOCH) // timedelta(milliseconds=1)) << 80)


def _constraint(error: IntegrityError) -> str | None:
    cause = error.orig.__cause__ if error.orig is not None else None
    return getattr(cause, "constraint_name", None)
