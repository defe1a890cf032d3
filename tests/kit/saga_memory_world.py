"""A service with sagas, in memory."""

from time import monotonic

from backline.kit.saga.declaration import SagaRegistry
from backline.kit.testing.contracts.sagas.scenes import Note, World
from backline.kit.testing.memory_sagas import MemorySagas, MemoryTransactions


def memory_world(*sagas):
    store = MemorySagas(SagaRegistry(sagas))
    notes, refuse = [], dict[str, Exception]()

    async def write(note):
        if note.text in refuse:
            raise refuse[note.text]
        notes.append(note.text)

    async def begin(several):
        return [store.start(data) for data in several]

    async def written():
        return notes

    async def set_deadline(saga_id, in_s):
        store._sagas[saga_id].deadline = monotonic() + in_s

    return World(
        registry=SagaRegistry(sagas),
        store=store,
        desk=store,
        transactions=MemoryTransactions({Note: write}),
        begin=begin,
        notes=written,
        set_deadline=set_deadline,
        refuse=refuse,
    )
