"""People who score acts without pause, and keep what they were promised."""

import asyncio
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpx

from tests.chaos.checker import Accepted

_ANSWERED_WITHIN_S = 120
_AGAIN_S = 0.2
_LONGEST_PAUSE_S = 0.25


@dataclass(slots=True)
class Load:
    """What they were told.

    Attributes:
        scores: The address of the scores' REST doors.
        acts: That can be scored; one that has closed is taken out.
        accepted: One for each 202, repeated requests included.
        refused: Why an act took no more scores.
    """

    scores: str
    acts: list[int]
    seed: int
    accepted: list[Accepted] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    _progress: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def run(self, people: Sequence[dict[str, Any]]) -> None:
        """Score until cancelled."""
        async with httpx.AsyncClient(base_url=self.scores, timeout=10) as client:
            await asyncio.gather(*(self._score(client, person) for person in people))

    async def more(self, count: int) -> None:
        """Wait until so many more scores were accepted."""
        wanted = len(self.accepted) + count
        async with self._progress, asyncio.timeout(_ANSWERED_WITHIN_S):
            await self._progress.wait_for(lambda: len(self.accepted) >= wanted)

    async def _score(self, client: httpx.AsyncClient, person: dict[str, Any]) -> None:
        user = person["user"]["id"]
        headers = {"Authorization": f"Bearer {person['access_token']}"}
        dice = random.Random(self.seed * 1000 + user)
        scored = set[int]()
        for number in itertools.count():
            act, value = dice.choice(self.acts), dice.randint(1, 5)
            method = "PUT" if act in scored else "POST"
            key = f"chaos {user} {number}"
            path, keyed = f"/events/{act}/score", headers | {"Idempotency-Key": key}
            # Some people press twice: the second time, the answer must be the same.
            for _ in range(dice.choice((1, 1, 1, 2))):
                answer = await self._ask(client, method, path, value, keyed)
                if not await self._keep(answer, key, act, user, value):
                    break
                scored.add(act)
            await asyncio.sleep(dice.uniform(0, _LONGEST_PAUSE_S))  # they think

    async def _ask(
        self, client: httpx.AsyncClient, method: str, path: str, value: int, headers: dict[str, str]
    ) -> httpx.Response:
        """The answer, whatever died meanwhile: a request is repeated until there is one."""
        end = monotonic() + _ANSWERED_WITHIN_S
        while True:
            try:
                answer = await client.request(method, path, json={"score": value}, headers=headers)
            except httpx.TransportError as error:
                seen = repr(error)
            else:
                if answer.is_success or not answer.json().get("retryable"):
                    return answer
                seen = f"{answer.status_code} {answer.text}"
            assert monotonic() < end, f"no answer to {method} {path}; seen last: {seen}"
            await asyncio.sleep(_AGAIN_S)

    async def _keep(
        self, answer: httpx.Response, key: str, act: int, user: int, value: int
    ) -> bool:
        """Whether it was accepted."""
        body = answer.json()
        if answer.status_code != httpx.codes.ACCEPTED:
            assert body.get("reason") == "DEADLINE_PASSED", f"{key}: {answer.text}"
            self.refused.append(answer.text)
            if act in self.acts:
                self.acts.remove(act)
            return False
        self.accepted.append(
            Accepted(
                idempotency_key=key,
                score_id=body["id"],
                event_id=act,
                user_id=user,
                version=body["version"],
                value=value,
            )
        )
        async with self._progress:
            self._progress.notify_all()
        return True
