"""Prometheus: how many events wait in an outbox, and for how long the oldest of them has."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial

from prometheus_client import REGISTRY, CollectorRegistry

from backline.kit.db.connection import Pool
from backline.kit.db.outage import Patience
from backline.kit.outbox.outbox import SHARDS
from backline.kit.telemetry.metrics import gauge

_EVERY_S = 10.0
_MOST = 100_000

# A relay that is away for long must not make the look expensive.
_WAITING = f"""
SELECT
  (SELECT count(*) FROM (SELECT FROM outbox LIMIT {_MOST}) AS counted) AS events,
  coalesce((SELECT extract(epoch FROM clock_timestamp() - min(created_at))::float8
    FROM generate_series(0, {SHARDS - 1}) AS each (shard) CROSS JOIN LATERAL (
      SELECT created_at FROM outbox WHERE outbox.shard = each.shard ORDER BY position LIMIT 1
    ) AS first), 0) AS oldest_s
"""  # noqa: S608 - constants


def outbox_watch(url: str, service: str) -> Callable[[asyncio.Event], Awaitable[None]]:
    """`watch_outbox` as a loop beside a service's doors."""
    return partial(watch_outbox, url, service=service)


async def watch_outbox(
    url: str,
    stop: asyncio.Event,
    *,
    service: str,
    every_s: float = _EVERY_S,
    registry: CollectorRegistry = REGISTRY,
) -> None:
    """Keep the figures of `/metrics` up to date until `stop` is set.

    Belongs into the process that has the door; the relay is in another one.

    Args:
        url: Of the service's database.
    """
    events = gauge(
        "backline_outbox_waiting",
        f"Events that wait in the outbox; {_MOST} at most.",
        ("service",),
        registry,
    ).labels(service)
    oldest = gauge(
        "backline_outbox_oldest_seconds",
        "Age of the event that waits longest.",
        ("service",),
        registry,
    ).labels(service)
    pool = Pool(url, size=1, application_name="backline outbox watch")
    patience = Patience(f"outbox of {service}, census")
    try:
        while not stop.is_set():
            try:
                row = await pool.fetchrow(_WAITING)
            except Exception as error:  # noqa: BLE001 - logged, and tried again
                await patience.wait(error, stop)
                continue
            patience.over()
            if row is not None:
                events.set(row["events"])
                oldest.set(max(0.0, row["oldest_s"]))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(every_s):
                    await stop.wait()
    finally:
        await pool.close()
