"""Which deliveries this database has already applied, and what came of them.

The service's relay forgets them after two weeks: a key that comes later is applied again.
"""

import hashlib
import json
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.kit.core.errors import FailedPrecondition, InvalidArgument

MAX_KEY = 255


class IdempotencyKeyInvalid(InvalidArgument):
    """The key is empty, too long, or has characters that nobody can read."""


class IdempotencyKeyReused(FailedPrecondition):
    """The key came before, with another request behind it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as it arrived.

    Attributes:
        scope: Who handles it, for whom: a command's name and its actor, or a consumer group.
        key: An Idempotency-Key or a broker's message id.
        fingerprint: Of the request's content; the same key with another one is refused.
    """

    scope: str
    key: str
    fingerprint: bytes


def fingerprint(content: str) -> bytes:
    return hashlib.sha256(content.encode()).digest()


class Inbox:
    """One claim per delivery, in the transaction that applies the effect."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def first_delivery(self, delivery: Delivery) -> bool:
        """Claim the delivery for this transaction; False if an earlier one already did.

        A concurrent transaction that claimed the same key makes this one wait for its
        outcome, so two deliveries of one message can never both proceed.

        Raises:
            IdempotencyKeyInvalid: The key cannot be kept.
            IdempotencyKeyReused: The key stands for a different request.
        """
        if not 0 < len(delivery.key) <= MAX_KEY or not delivery.key.isprintable():
            raise IdempotencyKeyInvalid(
                f"An idempotency key has 1 to {MAX_KEY} printable characters, such as a UUID."
            )
        claimed = await self._connection.execute(
            text(
                "INSERT INTO inbox (scope, key, fingerprint) VALUES (:scope, :key, :fingerprint)"
                " ON CONFLICT DO NOTHING RETURNING key"
            ),
            {"scope": delivery.scope, "key": delivery.key, "fingerprint": delivery.fingerprint},
        )
        if claimed.first() is not None:
            return True
        known = await self._connection.execute(
            text("SELECT fingerprint FROM inbox WHERE scope = :scope AND key = :key"),
            {"scope": delivery.scope, "key": delivery.key},
        )
        if known.scalar_one() != delivery.fingerprint:
            raise IdempotencyKeyReused(
                "This idempotency key was used for a different request. Choose a new one.",
                key=delivery.key,
            )
        return False

    async def remember(self, delivery: Delivery, result: object) -> None:
        """Keep what the first delivery came to. `result` is plain JSON data."""
        await self._connection.execute(
            text(
                "UPDATE inbox SET result = CAST(:result AS jsonb)"
                " WHERE scope = :scope AND key = :key"
            ),
            {"scope": delivery.scope, "key": delivery.key, "result": json.dumps(result)},
        )

    async def recall(self, delivery: Delivery) -> object:
        found = await self._connection.execute(
            text("SELECT result FROM inbox WHERE scope = :scope AND key = :key"),
            {"scope": delivery.scope, "key": delivery.key},
        )
        return found.scalar_one()
