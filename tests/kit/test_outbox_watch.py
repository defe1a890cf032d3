"""What waits in an outbox is seen from outside."""

import asyncio

from prometheus_client import CollectorRegistry

from backline.kit.db.connection import connected
from backline.kit.db.doorbell import MemoryDoorbell
from backline.kit.messaging.waiting import watch_outbox
from backline.kit.testing.eventually import eventually
from tests.kit.relays import Shop


async def test_the_figures_follow_the_outbox(kit_database):
    registry = CollectorRegistry()
    stop = asyncio.Event()
    shop = Shop(kit_database, MemoryDoorbell())

    def figure(name):
        return registry.get_sample_value(f"backline_outbox_{name}", {"service": "shop"})

    watching = asyncio.create_task(
        watch_outbox(kit_database, stop, service="shop", every_s=0.02, registry=registry)
    )
    await eventually(lambda: figure("waiting") == 0)
    await shop.sell("tea", "milk", "rum")
    async with connected(kit_database, application_name="test") as connection:
        await connection.execute("UPDATE outbox SET created_at = created_at - interval '1 hour'")
        await eventually(lambda: figure("waiting") == 3 and figure("oldest_seconds") >= 3600)
        await connection.execute("DELETE FROM outbox")
    await eventually(lambda: figure("waiting") == figure("oldest_seconds") == 0)
    stop.set()
    await watching
    await shop.engine.dispose()
