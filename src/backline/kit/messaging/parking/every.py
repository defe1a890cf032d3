"""The dead letters of several services as one."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from backline.kit.core.errors import NotFound
from backline.kit.messaging.parking.port import (
    DeadLetter,
    DeadLetterNotFound,
    DeadLetters,
    Decision,
    Tally,
)


class EveryDeadLetter:
    """See `DeadLetters`. A letter's id says nothing of its service, so they are asked in turn."""

    def __init__(self, services: Mapping[str, DeadLetters]) -> None:
        self._services = services

    async def waiting(
        self, *, group: str | None = None, after: UUID | None = None, limit: int = 50
    ) -> Sequence[DeadLetter]:
        letters = [
            letter
            for service in self._services.values()
            for letter in await service.waiting(group=group, after=after, limit=limit)
        ]
        return sorted(letters, key=lambda letter: letter.id)[:limit]

    async def get(self, letter_id: UUID) -> DeadLetter:
        _, letter = await self._find(letter_id)
        return letter

    async def behind(self, letter: DeadLetter, limit: int = 50) -> Sequence[DeadLetter]:
        service, _ = await self._find(letter.id)
        return await service.behind(letter, limit)

    async def decide(self, letter_id: UUID, decision: Decision, *, by: str) -> DeadLetter:
        service, _ = await self._find(letter_id)
        return await service.decide(letter_id, decision, by=by)

    async def tally(self) -> Tally:
        tallies = [await service.tally() for service in self._services.values()]
        return Tally(
            messages=sum(tally.messages for tally in tallies),
            keys=sum(tally.keys for tally in tallies),
            oldest=min((tally.oldest for tally in tallies if tally.oldest), default=None),
        )

    async def _find(self, letter_id: UUID) -> tuple[DeadLetters, DeadLetter]:
        for service in self._services.values():
            try:
                return service, await service.get(letter_id)
            except NotFound:
                continue
        raise DeadLetterNotFound(letter_id)
