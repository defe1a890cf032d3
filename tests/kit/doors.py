"""A service's doors in this process, and everybody's keys to them."""

from typing import Any

import httpx
from fastapi import FastAPI

from backline.kit.auth.gate import Gate
from backline.kit.auth.keys import KeyRing
from backline.kit.auth.revocations import Revocations
from backline.kit.core.actor import Actor
from backline.kit.core.clock import Clock
from backline.kit.realtime.admission import SocketAuthenticator
from tests.kit.tokens import KEY, claims, public_jwk, token


class AnySession:
    """A `SessionCheck` for which every session stands."""

    async def confirm(self, actor: Actor) -> None: ...


def a_gate(clock: Clock) -> Gate:
    """One that knows `KEY`, and of no revocation."""
    ring = KeyRing()
    ring.replace([public_jwk(KEY)])
    return Gate(keys=ring, revocations=Revocations(), clock=clock)


def by_token(gate: Gate) -> SocketAuthenticator:
    """Lets in whoever has a token; nobody has a ticket."""

    async def no_tickets(ticket: str, origin: str) -> Any:
        raise NotImplementedError

    return SocketAuthenticator(redeem=no_tickets, verify=gate.inspect)


def bearer(actor: Actor | None, clock: Clock) -> dict[str, str]:
    """The header with which `actor` comes; None comes without one."""
    if actor is None:
        return {}
    mine = claims(
        clock,
        sub=str(actor.id),
        role=actor.role.value,
        name=actor.name,
        sid=actor.session_id,
    )
    return {"authorization": f"Bearer {token(mine)}"}


class Door:
    """Sends requests to an app, as whoever is named."""

    def __init__(self, app: FastAPI, clock: Clock) -> None:
        self.app = app
        self._clock = clock
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://service"
        )

    def headers(self, actor: Actor | None) -> dict[str, str]:
        return bearer(actor, self._clock)

    async def __call__(
        self,
        method: str,
        path: str,
        actor: Actor | None = None,
        *,
        json: object = None,
        expect: int = 200,
        **headers: str,
    ) -> Any:
        """Send a request, and return what came back as JSON."""
        sent = self.headers(actor) | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        answer = await self.client.request(method, path, json=json, headers=sent)
        assert answer.status_code == expect, answer.text
        return answer.json()
