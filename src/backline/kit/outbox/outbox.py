"""The outbox table, written in the transaction that changed the data."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.kit.outbox.codec import Envelope

DOORBELL_CHANNEL = "outbox"


class Outbox:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, envelopes: Sequence[Envelope]) -> None:
        raise NotImplementedError
