"""Sagas within one process: for tests of use cases, and under the contract of the real ones."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from backline.kit.core.actor import SYSTEM, Actor
from backline.kit.core.clock import Clock, SystemClock
from backline.kit.core.context import current
from backline.kit.core.ids import uuid7
from backline.kit.core.messages import Command
from backline.kit.db.doorbell import MemoryDoorbell
from backline.kit.saga.declaration import SagaRegistry
from backline.kit.saga.port import SagaData
from backline.kit.saga.progress import Entry, Progress, State, starting
from backline.kit.saga.store import (
    DOORBELL_CHANNEL,
    OVERDUE_AFTER_S,
    Census,
    Held,
    Recording,
    SagaLost,
    SagaNotFound,
    SagaNotStuck,
    SagaStatus,
    Transactions,
)


@dataclass(slots=True)
class _Kept:
    """One saga; moments are in seconds of the monotonic clock."""

    id: UUID
    position: int
    name: str
    data: Any
    resource: str | None
    traceparent: str
    progress: Progress
    started_at: float
    told_at: datetime
    deadline: float | None
    due_at: float | None
    epoch: int = 0
    ended_at: float | None = None
    story: dict[tuple[int, str, str], Entry] = field(default_factory=dict)


class MemorySagas:
    """`Sagas`, `SagaStore` and `SagaDesk` in one. What is started is started at once."""

    def __init__(self, registry: SagaRegistry, clock: Clock | None = None) -> None:
        self._registry = registry
        self._clock = clock or SystemClock()
        self._doorbell = MemoryDoorbell()
        self._sagas: dict[UUID, _Kept] = {}
        self._locks: dict[str, UUID] = {}
        self._positions = 0
        self._recording = asyncio.Lock()

    @property
    def started(self) -> Sequence[SagaData]:
        """What was started, oldest first."""
        by_name = self._registry.by_name
        return [
            by_name[each.name].adapter.validate_python(each.data) for each in self._sagas.values()
        ]

    def start(self, data: SagaData) -> UUID:
        saga = self._registry.of(data)
        now, saga_id, resource = monotonic(), uuid7(), data.resource
        mine = resource is None or self._locks.setdefault(resource, saga_id) == saga_id
        progress = starting(saga)
        self._positions += 1
        self._sagas[saga_id] = _Kept(
            id=saga_id,
            position=self._positions,
            name=saga.name,
            data=json.loads(saga.adapter.dump_json(data)),
            resource=resource,
            traceparent=current().traceparent,
            progress=progress if mine else replace(progress, state=State.WAITING),
            started_at=now,
            told_at=self._clock.now(),
            deadline=None if saga.deadline is None else now + saga.deadline.total_seconds(),
            due_at=now if mine else None,
        )
        self._doorbell.ring(DOORBELL_CHANNEL)
        return saga_id

    async def claim(self, names: Sequence[str], limit: int, *, lease_s: float) -> Sequence[Held]:
        now = monotonic()
        due = [each for each in self._sagas.values() if each.due_at is not None]
        due = [each for each in due if (each.due_at or 0) <= now and each.name in names]
        return [self._hold(each, now, lease_s) for each in due[:limit]]

    async def record(self, recordings: Sequence[Recording], transactions: Transactions) -> bool:
        async with self._recording:
            for each in recordings:
                self._find_held(each.held)
            commands = [command for each in recordings for command in each.commands]
            await transactions.together(commands, actor=SYSTEM, within=_nothing_more)
            return sum(self._move(each) for each in recordings) > 0

    async def renew(self, held: Sequence[Held], *, lease_s: float) -> None:
        for each in held:
            kept = self._sagas.get(each.id)
            if kept is not None and kept.epoch == each.epoch:
                kept.due_at = monotonic() + lease_s

    async def release(self, held: Sequence[Held]) -> None:
        for each in held:
            kept = self._sagas.get(each.id)
            if kept is not None and kept.epoch == each.epoch:
                kept.epoch += 1
                kept.due_at = monotonic()
        self._doorbell.ring(DOORBELL_CHANNEL)

    async def prune(self, ended_before: timedelta) -> int:
        limit = monotonic() - ended_before.total_seconds()
        old = [
            each.id
            for each in self._sagas.values()
            if each.ended_at is not None and each.ended_at < limit
        ]
        for saga_id in old:
            del self._sagas[saga_id]
        return len(old)

    def wakeups(self, *, every_s: float, until: asyncio.Event) -> AsyncIterator[None]:
        return self._doorbell.listen(DOORBELL_CHANNEL, every_s=every_s, until=until)

    async def list(
        self, *, state: State | None = None, before: int | None = None, limit: int = 50
    ) -> Sequence[SagaStatus]:
        found = [
            replace(self._status(each), story=())
            for each in reversed(self._sagas.values())
            if state in {None, each.progress.state} and (before is None or each.position < before)
        ]
        return found[:limit]

    async def get(self, saga_id: UUID) -> SagaStatus:
        return self._status(self._find(saga_id))

    async def retry(self, saga_id: UUID) -> None:
        kept = self._find(saga_id)
        if kept.progress.state is not State.STUCK:
            raise SagaNotStuck.of(saga_id, kept.progress.state)
        state = State.COMPENSATING if kept.progress.backward else State.RUNNING
        kept.progress = replace(kept.progress, state=state, failures=0)
        kept.due_at = monotonic()
        self._doorbell.ring(DOORBELL_CHANNEL)

    async def census(self) -> Census:
        open_ = [each for each in self._sagas.values() if not each.progress.state.ended]
        late = monotonic() - OVERDUE_AFTER_S
        return Census(
            {
                state: sum(each.progress.state is state for each in open_)
                for state in State
                if not state.ended
            },
            sum(each.deadline is not None and each.deadline < late for each in open_),
        )

    async def close(self) -> None:
        """There is nothing to give back."""

    def _hold(self, kept: _Kept, now: float, lease_s: float) -> Held:
        kept.epoch += 1
        kept.progress = replace(kept.progress, attempts=kept.progress.attempts + 1)
        kept.due_at = now + lease_s
        return Held(
            id=kept.id,
            name=kept.name,
            data=kept.data,
            resource=kept.resource,
            traceparent=kept.traceparent,
            progress=kept.progress,
            epoch=kept.epoch,
            started_at=kept.started_at,
            ends_at=kept.deadline,
            replies={
                entry.step: entry.reply
                for entry in kept.story.values()
                if entry.action == "do" and entry.reply is not None
            },
        )

    def _move(self, recording: Recording) -> bool:
        kept, to = self._sagas[recording.held.id], recording.move.to
        kept.epoch += 1
        kept.progress = to
        for entry in recording.move.entries:
            kept.story[entry.round, entry.step, entry.action] = entry
        due_in_s = recording.due_in_s
        kept.due_at = None if due_in_s is None else monotonic() + due_in_s
        if not to.state.ended:
            return False
        kept.ended_at = monotonic()
        return kept.resource is not None and self._hand_on(kept.resource, kept.id)

    def _hand_on(self, resource: str, saga_id: UUID) -> bool:
        if self._locks.get(resource) != saga_id:
            return False
        for heir in self._sagas.values():
            if heir.resource == resource and heir.progress.state is State.WAITING:
                self._locks[resource] = heir.id
                heir.progress = replace(heir.progress, state=State.RUNNING)
                heir.due_at = monotonic()
                self._doorbell.ring(DOORBELL_CHANNEL)
                return True
        del self._locks[resource]
        return False

    def _find(self, saga_id: UUID) -> _Kept:
        if saga_id not in self._sagas:
            raise SagaNotFound.of(saga_id)
        return self._sagas[saga_id]

    def _find_held(self, held: Held) -> _Kept:
        kept = self._sagas.get(held.id)
        if kept is None or kept.epoch != held.epoch:
            raise SagaLost("Another runner has taken this saga over.")
        return kept

    def _status(self, kept: _Kept) -> SagaStatus:
        def moment(at: float) -> datetime:
            return kept.told_at + timedelta(seconds=at - kept.started_at)

        return SagaStatus(
            id=kept.id,
            position=kept.position,
            name=kept.name,
            data=kept.data,
            resource=kept.resource,
            progress=kept.progress,
            deadline=None if kept.deadline is None else moment(kept.deadline),
            due_at=None if kept.due_at is None else moment(kept.due_at),
            started_at=kept.told_at,
            updated_at=self._clock.now(),
            ended_at=None if kept.ended_at is None else moment(kept.ended_at),
            story=tuple(kept.story.values()),
        )


class MemoryTransactions:
    """The mediator of a test without a database.

    Args:
        handlers: By the commands they take. One that raises has had no effect.
    """

    def __init__(
        self, handlers: Mapping[type[Command[Any]], Callable[[Any], Awaitable[object]]]
    ) -> None:
        self._handlers = handlers

    async def together(
        self,
        commands: Sequence[Command[Any]],
        *,
        actor: Actor,
        within: Callable[[Any], Awaitable[None]],
    ) -> None:
        for command in commands:
            await self._handlers[type(command)](command)
        await within(None)


async def _nothing_more(_: object) -> None:
    """The record is in memory, and is made by whoever asked for the transaction."""
