"""Keeps the figures of `/metrics` about sagas up to date, in the process that has the door."""

import asyncio
import contextlib

from backline.kit.db.outage import Patience
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
    meter = meter or SagaMeter()
    patience = Patience("sagas, census")
    while not stop.is_set():
        try:
            meter.count(service, await desk.census())
        except Exception as error:  # noqa: BLE001 - logged, and tried again
            await patience.wait(error, stop)
            continue
        patience.over()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(every_s):
                await stop.wait()
