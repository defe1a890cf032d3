"""Line-up and scores as real processes beside real Kafka, to be killed and begun again."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tools.kafka.wire import HOST, free_ports

from backline.identity.settings import Settings as IdentitySettings
from backline.identity.wiring import open_identity
from backline.kit.core.actor import SYSTEM, Role
from backline.kit.core.clock import SystemClock
from backline.kit.testing.databases import Databases
from backline.kit.testing.eventually import eventually
from tests.chaos.cluster import Cluster, running_cluster
from tests.chaos.observed import prepare, rows
from tests.chaos.plan import STEPS
from tests.chaos.processes import Process, Processes, running_processes
from tests.journeys.doors import PASSWORD

NAMESPACE = "chaos"
STARTS_WITHIN_S = 90
_UNDER_WAY = """
SELECT name, data, state, step, attempts, reason, detail FROM saga
WHERE state NOT IN ('completed', 'compensated') LIMIT 3
"""
_DOORS = ("identity", "identity rpc", "lineup", "lineup rpc", "scores")


@dataclass(slots=True)
class Stage:
    """Everything that runs, and where it is found.

    Attributes:
        lineup_database: Its URL; so is `scores_database`.
        ports: Of the doors, by name.
        living: The processes, by name.
    """

    cluster: Cluster
    processes: Processes
    lineup_database: str
    scores_database: str
    ports: dict[str, int]
    living: dict[str, Process] = field(default_factory=dict)

    @property
    def urls(self) -> dict[str, str]:
        return {
            name: f"http://{HOST}:{self.ports[name]}" for name in ("identity", "lineup", "scores")
        }

    async def start(self, name: str, failpoint: str = "") -> Process:
        """Start `serve scores` and the like, in the place of the one that lives.

        Args:
            failpoint: Where it is to die, as the setting is written.
        """
        doing, service = name.split()
        command = [doing, service]
        if doing == "serve":
            command += ["--port", str(self.ports[service])]
            if (rpc := self.ports.get(f"{service} rpc")) is not None:
                command += ["--rpc", f"{HOST}:{rpc}"]
        if (before := self.living.get(name)) is not None:
            before.kill()
            await before.ended()
        self.living[name] = await self.processes.run(
            name.replace(" ", "-"),
            *command,
            BACKLINE_EVENTS_URL=f"kafka://{self.cluster.bootstrap}/{NAMESPACE}",
            BACKLINE_FAILPOINTS=failpoint,
        )
        return self.living[name]

    async def is_ready(self) -> bool:
        async with httpx.AsyncClient(timeout=5) as client:
            try:
                answers = [await client.get(f"{url}/health/ready") for url in self.urls.values()]
            except httpx.TransportError:
                return False
        return all(answer.is_success for answer in answers)

    async def is_quiet(self) -> bool:
        """Nothing is under way: no event in an outbox, no saga before its end."""
        waiting = "SELECT topic, key, type FROM outbox LIMIT 3"
        found = [
            *await rows(self.lineup_database, waiting),
            *await rows(self.scores_database, waiting),
            *await rows(self.scores_database, _UNDER_WAY),
        ]
        assert not found, found
        return True

    async def people(self, count: int) -> list[dict[str, Any]]:
        """Guests, with their tokens."""
        async with httpx.AsyncClient(base_url=self.urls["identity"], timeout=20) as client:
            made = [
                await client.post("/auth/guest", json={"display_name": f"Guest {number}"})
                for number in range(count)
            ]
        return [answer.raise_for_status().json() for answer in made]

    async def acts(self, *open_for: timedelta) -> list[int]:
        """Acts that the host has opened, one for each time."""
        now = SystemClock().now()
        login = {"username": "ada", "password": PASSWORD}
        async with httpx.AsyncClient(timeout=20) as client:
            host = await client.post(f"{self.urls['identity']}/auth/login", json=login)
            headers = {"Authorization": f"Bearer {host.raise_for_status().json()['access_token']}"}
            made = [
                await client.post(
                    f"{self.urls['lineup']}/events",
                    json={
                        "title": f"Act {number}",
                        "description": "",
                        "deadline": (now + each).isoformat(),
                    },
                    headers=headers,
                )
                for number, each in enumerate(open_for)
            ]
        return [answer.raise_for_status().json()["id"] for answer in made]


@asynccontextmanager
async def running_stage(databases: Databases) -> AsyncIterator[Stage]:
    """All of it, ready, for as long as the context lasts."""
    folder = Path(tempfile.mkdtemp(prefix="blchaos-"))
    async with AsyncExitStack() as running:
        running.callback(shutil.rmtree, folder, ignore_errors=True)
        urls = {
            name: await running.enter_async_context(databases.fresh(f"backline.{name}"))
            for name in ("identity", "lineup", "scores")
        }
        for name in ("lineup", "scores"):
            await prepare(urls[name])
        ports = dict(zip(_DOORS, free_ports(len(_DOORS)), strict=True))
        to_identity = f"{HOST}:{ports['identity rpc']}"
        environment = {
            "IDENTITY_DATABASE_URL": urls["identity"],
            "IDENTITY_KEY_DIR": str(folder / "keys"),
            "IDENTITY_ACCESS_TOKEN_S": "900",
            "LINEUP_DATABASE_URL": urls["lineup"],
            "LINEUP_IDENTITY_TARGET": to_identity,
            "SCORES_DATABASE_URL": urls["scores"],
            "SCORES_IDENTITY_TARGET": to_identity,
            "SCORES_LINEUP_TARGET": f"{HOST}:{ports['lineup rpc']}",
        }
        settings = IdentitySettings(database_url=urls["identity"], key_dir=folder / "keys")
        async with open_identity(settings) as identity:
            await identity.accounts.register(
                "ada", PASSWORD, display_name="Ada", role=Role.ADMIN, actor=SYSTEM
            )
        # It imports while Kafka starts.
        processes = await running.enter_async_context(running_processes(folder, environment))
        cluster = await running.enter_async_context(running_cluster())
        stage = Stage(cluster, processes, urls["lineup"], urls["scores"], ports)
        for name in ("serve identity", *STEPS):
            await stage.start(name)

        async def all_ready() -> bool:
            if ended := [each.said() for each in stage.living.values() if each.code is not None]:
                pytest.fail("\n".join(ended))
            return await stage.is_ready()

        await eventually(all_ready, within=STARTS_WITHIN_S)
        yield stage
