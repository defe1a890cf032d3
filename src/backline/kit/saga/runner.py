"""Takes the sagas that are due, many at a time, and hands back what it cannot finish."""

import asyncio
from datetime import timedelta
from time import monotonic

import structlog

from backline.kit.core.failpoints import failpoint
from backline.kit.db.outage import Patience
from backline.kit.saga.carrier import Carrier, Hold, Records
from backline.kit.saga.declaration import SagaRegistry
from backline.kit.saga.metrics import SagaMeter
from backline.kit.saga.store import Held, SagaStore, Transactions

IN_FLIGHT = 100
LEASE_S = 5.0
GRACE_S = 2.0
KEEP = timedelta(days=7)
_LOOK_AGAIN_S = 1.0
_HOUSEKEEPING_EVERY_S = 60.0

log = structlog.get_logger(__name__)


class SagaRunner:
    """Carries on the sagas of one service. Run as many as you like.

    Args:
        transactions: The service's mediator.
        in_flight: Sagas under way here at a time.
        lease_s: Seconds after which another runner takes over what this one no longer renews.
        look_again_s: What became due elsewhere is found at the latest after this many seconds.
        grace_s: Seconds that calls under way have once `stop` is set. What is unfinished then is
            handed to others at once.
        keep: How long a saga is shown after its end.
    """

    def __init__(
        self,
        registry: SagaRegistry,
        store: SagaStore,
        transactions: Transactions,
        *,
        in_flight: int = IN_FLIGHT,
        lease_s: float = LEASE_S,
        look_again_s: float = _LOOK_AGAIN_S,
        grace_s: float = GRACE_S,
        keep: timedelta = KEEP,
        meter: SagaMeter | None = None,
    ) -> None:
        self._registry = registry
        self._store = store
        self._transactions = transactions
        self._in_flight = in_flight
        self._lease_s = lease_s
        self._look_again_s = look_again_s
        self._grace_s = grace_s
        self._keep = keep
        self._meter = meter

    async def run(self, stop: asyncio.Event) -> None:
        """Carry sagas on until `stop` is set. Outages of the database are waited through."""
        shift = _Shift(
            self._registry,
            self._store,
            self._transactions,
            in_flight=self._in_flight,
            lease_s=self._lease_s,
            meter=self._meter or SagaMeter(),
        )
        beside = [
            asyncio.create_task(shift.hear(self._look_again_s, stop)),
            asyncio.create_task(shift.renew()),
            asyncio.create_task(self._keep_house()),
        ]
        try:
            await shift.work(stop)
            await shift.finish(self._grace_s)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await shift.hand_over()

    async def _keep_house(self) -> None:
        patience = Patience("sagas, housekeeping")
        while True:
            try:
                while await self._store.prune(self._keep):
                    pass
            except Exception as error:  # noqa: BLE001 - logged, and tried again
                await patience.wait(error)
                continue
            patience.over()
            await asyncio.sleep(_HOUSEKEEPING_EVERY_S)


class _Shift:
    """From the start of a runner to its end."""

    def __init__(
        self,
        registry: SagaRegistry,
        store: SagaStore,
        transactions: Transactions,
        *,
        in_flight: int,
        lease_s: float,
        meter: SagaMeter,
    ) -> None:
        self._store = store
        self._in_flight = in_flight
        self._lease_s = lease_s
        self._running: dict[asyncio.Task[None], Hold] = {}
        self._look = asyncio.Event()
        records = Records(store, transactions)
        self._carriers = {
            name: Carrier(saga, records, lease_s, self._look.set, meter)
            for name, saga in registry.by_name.items()
        }
        self._more = False

    async def hear(self, every_s: float, stop: asyncio.Event) -> None:
        async for _ in self._store.wakeups(every_s=every_s, until=stop):
            self._look.set()
        self._look.set()

    async def work(self, stop: asyncio.Event) -> None:
        patience = Patience("sagas, claim")
        while not stop.is_set():
            self._look.clear()
            free = self._in_flight - len(self._running)
            if free:
                try:
                    some = await self._store.claim(
                        list(self._carriers), free, lease_s=self._lease_s
                    )
                except Exception as error:  # noqa: BLE001 - logged, and tried again
                    await patience.wait(error, stop)
                    continue
                patience.over()
                if some:
                    failpoint("saga.claimed")
                for held in some:
                    self._begin(held)
                self._more = len(some) == free
            await self._look.wait()

    async def finish(self, grace_s: float) -> None:
        if self._running:
            await asyncio.wait(self._running, timeout=grace_s)

    async def hand_over(self) -> None:
        left = [hold.held for hold in self._running.values()]
        tasks = list(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if left:
            # An absent database frees them when their leases have run out.
            try:
                await self._store.release(left)
            except Exception as error:  # noqa: BLE001 - as said
                log.warning("sagas_not_released", count=len(left), error=str(error))

    async def renew(self) -> None:
        patience = Patience("sagas, leases")
        while True:
            await asyncio.sleep(self._lease_s / 3)
            old = monotonic() - self._lease_s / 3
            some = [hold.held for hold in self._running.values() if hold.since <= old]
            try:
                if some:
                    await self._store.renew(some, lease_s=self._lease_s)
            except Exception as error:  # noqa: BLE001 - logged, and tried again
                await patience.wait(error)
            else:
                patience.over()

    def _begin(self, held: Held) -> None:
        hold = Hold(held, monotonic())
        task = asyncio.create_task(self._carriers[held.name].carry(hold))
        self._running[task] = hold
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        del self._running[task]
        if self._more:
            self._look.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # Nothing is lost: its lease runs out.
            log.error("saga_not_carried_on", exc_info=error)
