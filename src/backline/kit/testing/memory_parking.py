"""Dead letters within one process; pass the same contract as the real ones."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from uuid import UUID

from backline.kit.core.clock import SystemClock
from backline.kit.core.ids import uuid7
from backline.kit.db.doorbell import MemoryDoorbell
from backline.kit.messaging.log import Delivered, Partition
from backline.kit.messaging.parking.port import (
    DeadLetter,
    DeadLetterNotFound,
    Decision,
    Held,
    ParkedKey,
    Refusal,
    Tally,
    WaitsBehindAnother,
)

_CHANNEL = "dead_letters"


class MemoryParking:
    """See `Parking` and `DeadLetters`."""

    def __init__(self, *, keeps_order: bool = True) -> None:
        self.keeps_order = keeps_order
        self._letters: dict[UUID, DeadLetter] = {}
        self._discarded: set[tuple[str, Partition, UUID]] = set()
        self._clock = SystemClock()
        self._doorbell = MemoryDoorbell()

    async def recall(self, group: str, partition: Partition) -> Held:
        firsts = [
            letter
            for letter in self._firsts()
            if (letter.group, letter.message.source) == (group, partition)
        ]
        return Held(
            keys=frozenset(first.message.key for first in firsts),
            due=frozenset(first.message.key for first in firsts if not first.waits_for_people),
            discarded=frozenset(
                message_id
                for owner, source, message_id in self._discarded
                if (owner, source) == (group, partition)
            ),
        )

    async def park(self, group: str, message: Delivered, refusal: Refusal) -> None:
        letter = self._of_message(group, message) or self._add(group, message)
        if letter.refusal is None:
            self._letters[letter.id] = replace(letter, refusal=refusal)

    async def keep(self, group: str, messages: Sequence[Delivered]) -> None:
        for message in messages:
            if self._of_message(group, message) is None:
                self._add(group, message)

    async def first(self, group: str, parked: ParkedKey, *, after: int = -1) -> DeadLetter | None:
        queue = [one for one in self._queue(group, parked) if one.message.offset > after]
        return queue[0] if queue else None

    async def refuse(self, letter: DeadLetter, refusal: Refusal) -> None:
        current = self._letters[letter.id]
        before = current.refusal.attempts if current.refusal else 0
        current = replace(current, refusal=replace(refusal, attempts=before + refusal.attempts))
        if current.decision is Decision.REPLAY:
            current = replace(current, decision=None, decided_at=None, decided_by="")
        self._letters[letter.id] = current

    async def settle(self, letter: DeadLetter) -> None:
        self._letters.pop(letter.id, None)
        if letter.decision is Decision.DISCARD:
            message = letter.message
            self._discarded.add((letter.group, message.source, message.id))

    async def decided(self, group: str) -> Sequence[ParkedKey]:
        return [
            _key_of(first)
            for first in self._firsts()
            if first.group == group
            and not first.waits_for_people
            and any(letter.decision for letter in self._queue(group, _key_of(first)))
        ]

    def decisions(self, until: asyncio.Event) -> AsyncIterator[None]:
        return self._doorbell.listen(_CHANNEL, every_s=1.0, until=until)

    async def waiting(
        self, *, group: str | None = None, after: UUID | None = None, limit: int = 50
    ) -> Sequence[DeadLetter]:
        return [
            self._counted(letter)
            for letter in sorted(self._firsts(), key=lambda first: first.id)
            if group in (None, letter.group) and (after is None or letter.id > after)
        ][:limit]

    async def get(self, letter_id: UUID) -> DeadLetter:
        try:
            return self._counted(self._letters[letter_id])
        except KeyError:
            raise DeadLetterNotFound(letter_id) from None

    async def behind(self, letter: DeadLetter, limit: int = 50) -> Sequence[DeadLetter]:
        return self._behind(letter)[:limit]

    async def decide(self, letter_id: UUID, decision: Decision, *, by: str) -> DeadLetter:
        letter = await self.get(letter_id)
        first = self._queue(letter.group, _key_of(letter))[0]
        if decision is Decision.REPLAY and first.id != letter_id:
            raise WaitsBehindAnother(first.id)
        decided = replace(letter, decision=decision, decided_at=self._clock.now(), decided_by=by)
        self._letters[letter_id] = decided
        self._doorbell.ring(_CHANNEL)
        return decided

    async def tally(self) -> Tally:
        letters = self._letters.values()
        oldest = min((letter.parked_at for letter in letters), default=None)
        return Tally(len(letters), len(self._firsts()), oldest)

    def _add(self, group: str, message: Delivered) -> DeadLetter:
        letter = DeadLetter(uuid7(), group, message, self._clock.now())
        self._letters[letter.id] = letter
        return letter

    def _of_message(self, group: str, message: Delivered) -> DeadLetter | None:
        for letter in self._letters.values():
            if (letter.group, letter.message.id) == (group, message.id):
                return letter
        return None

    def _queue(self, group: str, parked: ParkedKey) -> list[DeadLetter]:
        letters = [
            letter
            for letter in self._letters.values()
            if letter.group == group and _key_of(letter) == parked
        ]
        return sorted(letters, key=lambda letter: letter.message.offset)

    def _firsts(self) -> list[DeadLetter]:
        keys = {(letter.group, _key_of(letter)) for letter in self._letters.values()}
        return [self._queue(group, key)[0] for group, key in keys]

    def _behind(self, letter: DeadLetter) -> list[DeadLetter]:
        queue = self._queue(letter.group, _key_of(letter))
        return [later for later in queue if later.message.offset > letter.message.offset]

    def _counted(self, letter: DeadLetter) -> DeadLetter:
        return replace(letter, behind=len(self._behind(letter)))


def _key_of(letter: DeadLetter) -> ParkedKey:
    return ParkedKey(letter.message.source, letter.message.key)


async def parked_with(parking: MemoryParking, *, behind: int) -> Sequence[DeadLetter]:
    """The first letters that have as many behind them."""
    return [letter for letter in await parking.waiting() if letter.behind == behind]
