"""Keeps the figures of `/metrics` about sagas up to date, in the process that has the door."""

import asyncio

from backline.kit.db.outage import repeat
from backline.kit.saga.metrics import SagaMeter
from backline.kit.saga.store import SagaDesk

EVERY_S = 10.0


async def watch_sagas(
    desk: SagaDesk,
    stop: asyncio.Event,
    *,
    service: str,
    meter: SagaMeter | None = None,
    every_s: float = EVERY_S,
) -> None:
    """Count the sagas of `service` now and then until `stop` is set.

    What ended, and how long it took, is counted by the runner, in its own process.
    """
    counter = meter or SagaMeter()

    async def count() -> float:
        counter.count(service, await desk.census())
        return every_s

    await repeat("sagas, census", count, stop)
