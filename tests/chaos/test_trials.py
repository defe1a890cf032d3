"""`kill -9` again and again: every accepted score is decided, and counted once.

One trial is one death, after which everything that had been accepted by then is decided. All kinds
of processes die side by side, as often as the plan says; after each round everything is checked.
`BACKLINE_CHAOS_TRIALS` says how many, `BACKLINE_CHAOS_SEED` draws those of a round again.
"""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from backline.kit.testing.databases import Databases
from backline.kit.testing.eventually import eventually
from tests.chaos.checker import (
    DECIDED,
    accepted_once,
    decided,
    published,
    published_in_order,
    recounted,
)
from tests.chaos.load import Load
from tests.chaos.observed import read_scores, read_sent, read_tallies
from tests.chaos.plan import KAFKA, STEPS, Death, plan
from tests.chaos.stage import NAMESPACE, Stage, running_stage

TRIALS = int(os.environ.get("BACKLINE_CHAOS_TRIALS", "30"))  # noqa: TID251 - the tests' own
SEED = os.environ.get("BACKLINE_CHAOS_SEED")  # noqa: TID251
A_ROUND = 30
PEOPLE = 6
CLOSES_IN = timedelta(seconds=25)
LOOK_EVERY_S = 0.2
DIES_WITHIN_S = 90
DECIDED_WITHIN_S = 90


class Trials:
    def __init__(self, stage: Stage, load: Load) -> None:
        self._stage = stage
        self._load = load
        self._undecided: set[int] = set()
        self._looked = asyncio.Condition()
        self.survived: list[Death] = []

    async def suffer(self, victim: str, deaths: list[Death]) -> None:
        """Let one kind of process die as often as planned; the one after them lives on."""
        checks = []
        for death in deaths:
            failpoint = f"{death.step}={death.after}" if death.step else ""
            process = await self._stage.start(victim, failpoint)
            if death.step is None:
                await self._load.more(death.after)
                process.kill()
            try:
                assert await process.ended(within=DIES_WITHIN_S) == -signal.SIGKILL, process.said()
            except AssertionError as error:
                raise AssertionError(f"{death}: {error}") from None
            checks.append(asyncio.create_task(self._is_survived(death)))
        await self._stage.start(victim)
        await asyncio.gather(*checks)

    async def suffer_of_kafka(self, deaths: list[Death]) -> None:
        for death in deaths:
            await self._load.more(death.after)
            self._stage.cluster.kill(death.node)
            await self._load.more(death.after)
            await self._stage.cluster.bring_back(death.node)
            await self._is_survived(death)

    async def _is_survived(self, death: Death) -> None:
        """Everything that was accepted before it is decided after it."""
        before = {one.score_id: one.version for one in self._load.accepted}
        try:
            async with self._looked, asyncio.timeout(DECIDED_WITHIN_S):
                await self._looked.wait_for(lambda: self._all_decided(before))
        except TimeoutError:
            raise AssertionError(f"{death}: still undecided: {self._undecided}") from None
        self.survived.append(death)

    def _all_decided(self, versions: dict[int, int]) -> bool:
        return not self._undecided & versions.keys()

    async def watch(self) -> None:
        """Keep looking which scores are undecided, until cancelled."""
        while True:
            scores = await read_scores(self._stage.scores_database)
            async with self._looked:
                self._undecided = {each.id for each in scores if each.status not in DECIDED}
                self._looked.notify_all()
            await asyncio.sleep(LOOK_EVERY_S)


@asynccontextmanager
async def beside(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do `works` for as long as the context lasts; one that fails ends it."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work) for work in works]
        yield
        for task in tasks:
            task.cancel()


@pytest.fixture(scope="module")
async def stage(databases: Databases) -> AsyncIterator[Stage]:
    async with running_stage(databases) as running:
        yield running


@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", range(0, TRIALS, A_ROUND))
async def test_whatever_dies_every_accepted_score_is_decided_and_counted_once(
    stage: Stage, first: int
):
    seed = int(SEED) if SEED else random.randrange(1_000_000)
    deaths = plan(seed, min(A_ROUND, TRIALS - first))
    print(f"BACKLINE_CHAOS_SEED={seed}:", *deaths, sep="\n  ")  # noqa: T201 - to repeat it
    acts = await stage.acts(CLOSES_IN, *[timedelta(hours=2)] * 3)
    load = Load(stage.urls["scores"], acts, seed)
    trials = Trials(stage, load)

    async with (
        beside(load.run(await stage.people(PEOPLE)), trials.watch()),
        asyncio.TaskGroup() as suffering,
    ):
        for victim in STEPS:
            suffering.create_task(trials.suffer(victim, _of(deaths, victim)))
        suffering.create_task(trials.suffer_of_kafka(_of(deaths, KAFKA)))
    await eventually(stage.is_quiet, within=DECIDED_WITHIN_S)

    assert len(trials.survived) == len(deaths)
    scores = await read_scores(stage.scores_database)
    faults = {
        "decided": decided(load.accepted, scores),
        "accepted once": accepted_once(load.accepted, scores),
        "recounted": recounted(await read_tallies(stage.lineup_database), scores),
    }
    for topic, database in (
        ("lineup.v1", stage.lineup_database),
        ("scores.v1", stage.scores_database),
    ):
        sent, logged = await read_sent(database), await stage.cluster.read(f"{NAMESPACE}.{topic}")
        faults[f"{topic} published"] = published(sent, logged)
        faults[f"{topic} in order"] = published_in_order(sent, logged)
    assert {name: found[:5] for name, found in faults.items() if found} == {}, f"seed {seed}"
    confirmed = sum(score.counts is not None for score in scores)
    assert confirmed > PEOPLE, "hardly anything was confirmed: nothing was tried"


def _of(deaths: list[Death], victim: str) -> list[Death]:
    return [death for death in deaths if death.victim == victim]
