"""The only place where identity chooses its implementations.

The doors are imported where they are hung: the command line uses identity without them, and they
are a third of what there is to load.
"""
# ruff: noqa: PLC0415

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from dishka import Scope, from_context, provide
from typing_extensions import override

from backline.api.identity.v1 import events_pb2
from backline.identity.accounts import Accounts
from backline.identity.commands import COMMANDS
from backline.identity.commands.housekeeping import ForgetExpired
from backline.identity.domain.limits import LoginLimits
from backline.identity.domain.links import Addresses, LinkRules
from backline.identity.domain.sessions import SessionRules
from backline.identity.domain.users import Admission
from backline.identity.ports import (
    AccessTokens,
    AttemptLedger,
    AuditLog,
    Expired,
    LinkRepository,
    RevocationLog,
    ScreenRepository,
    Secrets,
    SessionRepository,
    TicketRepository,
    UserRepository,
)
from backline.identity.postgres.accounts import PostgresSessions, PostgresUsers
from backline.identity.postgres.records import (
    PostgresAttempts,
    PostgresAudit,
    PostgresExpired,
    PostgresLinks,
    PostgresRevocations,
    PostgresTickets,
)
from backline.identity.postgres.screens import PostgresScreens
from backline.identity.queries import QUERIES, CheckSession
from backline.identity.settings import Settings
from backline.identity.storage import FileSecrets, KeyFiles, KeyState, SignedTokens
from backline.kit.auth.gate import Gate, InvalidToken
from backline.kit.auth.keys import KeyRing
from backline.kit.auth.passwords import Passwords
from backline.kit.auth.revocations import Revocations
from backline.kit.core.actor import SYSTEM, Actor
from backline.kit.core.clock import Clock, SystemClock
from backline.kit.db.outage import repeat
from backline.kit.mediator import Mediator
from backline.kit.messaging.waiting import outbox_watch
from backline.kit.service import Service, Worker
from backline.kit.wiring import Backend, BackendProvider

if TYPE_CHECKING:
    import grpc.aio
    from fastapi import FastAPI

DESCRIPTION = """
Who is who: accounts, guests, sessions, roles.

*Authorize* takes a name and a password. Programs log in with `POST /auth/login` and send
`Authorization: Bearer <access_token>`; when it expires, `POST /auth/refresh` gives the next one.
"""
TAGS = (
    {"name": "login", "description": "Coming in, and going out."},
    {"name": "me", "description": "Oneself."},
    {"name": "people", "description": "For admins."},
    {"name": "screens", "description": "Links that open the wall without a login."},
    {"name": "keys", "description": "For whoever checks tokens."},
)
HOUSEKEEPING_EVERY_S = 60.0


class IdentityProvider(BackendProvider):
    settings = from_context(Settings, scope=Scope.APP)
    keys = from_context(KeyFiles, scope=Scope.APP)

    secrets = provide(FileSecrets, provides=Secrets, scope=Scope.APP)
    users = provide(PostgresUsers, provides=UserRepository, scope=Scope.REQUEST)
    sessions = provide(PostgresSessions, provides=SessionRepository, scope=Scope.REQUEST)
    revocations = provide(PostgresRevocations, provides=RevocationLog, scope=Scope.REQUEST)
    tickets = provide(PostgresTickets, provides=TicketRepository, scope=Scope.REQUEST)
    links = provide(PostgresLinks, provides=LinkRepository, scope=Scope.REQUEST)
    screens = provide(PostgresScreens, provides=ScreenRepository, scope=Scope.REQUEST)
    attempts = provide(PostgresAttempts, provides=AttemptLedger, scope=Scope.REQUEST)
    audit = provide(PostgresAudit, provides=AuditLog, scope=Scope.REQUEST)
    expired = provide(PostgresExpired, provides=Expired, scope=Scope.REQUEST)

    @provide(scope=Scope.APP)
    def limits(self) -> LoginLimits:
        return LoginLimits()

    @provide(scope=Scope.APP)
    def admission(self, settings: Settings) -> Admission:
        return Admission(settings.registration, settings.guests)

    @provide(scope=Scope.APP)
    def session_rules(self, settings: Settings) -> SessionRules:
        return SessionRules(
            idle=timedelta(seconds=settings.session_idle_s),
            absolute=timedelta(seconds=settings.session_absolute_s),
            guest=timedelta(seconds=settings.guest_session_s),
        )

    @provide(scope=Scope.APP)
    def link_rules(self, settings: Settings) -> LinkRules:
        lifetime = timedelta(seconds=settings.link_s)
        return LinkRules(setup=lifetime, reset=lifetime)

    @provide(scope=Scope.APP)
    def tokens(self, settings: Settings, keys: KeyFiles) -> AccessTokens:
        return SignedTokens(keys, lifetime=timedelta(seconds=settings.access_token_s))


class Identity(Backend):
    """Identity without its doors: for the command line, and for what `build` puts around it."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        clock = clock or SystemClock()
        self.keys = key_files(settings, clock)
        super().__init__(
            "identity",
            "identity",
            settings,
            clock,
            provider=IdentityProvider(),
            handlers=(*COMMANDS, *QUERIES),
            events=events_pb2,
            context={Settings: settings, KeyFiles: self.keys},
        )
        self.passwords = Passwords(
            memory_kib=settings.argon2_memory_kib,
            iterations=settings.argon2_iterations,
            parallelism=settings.argon2_parallelism,
            waiting=settings.hashes_waiting,
        )
        self.accounts = Accounts(self.mediator, self.passwords)

    @override
    async def close(self) -> None:
        await super().close()
        self.passwords.close()


@asynccontextmanager
async def open_identity(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Identity]:
    """Identity for as long as the context lasts; for the command line.

    `mediator.send(IssueSetupLink(), actor=SYSTEM)` and so on; `accounts` for what takes a
    password.
    """
    identity = Identity(settings, clock)
    try:
        yield identity
    finally:
        await identity.close()


def key_files(settings: Settings, clock: Clock | None = None) -> KeyFiles:
    """The signing keys, for `backline keys rotate` and `revoke`; needs no database."""
    lifetime = timedelta(seconds=settings.access_token_s)
    return KeyFiles(settings.key_dir, token_lifetime=lifetime, clock=clock or SystemClock())


class _LocalSessionCheck:
    """`SessionCheck` where identity itself is at home."""

    def __init__(self, mediator: Mediator) -> None:
        self._mediator = mediator

    async def confirm(self, actor: Actor) -> None:
        query = CheckSession(session_id=actor.session_id, user_id=actor.id, role=actor.role)
        if not await self._mediator.send(query):
            raise InvalidToken


async def build(settings: Settings, clock: Clock | None = None) -> Service:
    """Everything a process needs to run identity. Connects to nothing yet."""
    from backline.api.identity.v1 import identity_pb2_grpc
    from backline.identity.checks import checks
    from backline.identity.feed import RevocationFeed
    from backline.identity.rpc import SERVICE, IdentityServicer

    clock = clock or SystemClock()
    identity = Identity(settings, clock)
    gate = Gate(
        keys=KeyRing(),
        revocations=Revocations(),
        clock=clock,
    )
    gate.keys.replace(identity.keys.published())
    feed = RevocationFeed(identity.mediator, identity.doorbell, gate, identity.keys.published)

    def add_servicers(server: grpc.aio.Server) -> None:
        servicer = IdentityServicer(identity.mediator, feed, identity.keys, identity.accounts)
        identity_pb2_grpc.add_IdentityServiceServicer_to_server(servicer, server)

    return Service(
        name="identity",
        app=_app(settings, identity, gate),
        add_servicers=add_servicers,
        rpc_names=(SERVICE,),
        workers=_workers(settings, identity),
        background={
            "identity-feed": feed.run,
            "identity-outbox-watch": outbox_watch(settings.database_url, "identity"),
        },
        checks=checks(settings.database_url, lambda: _active(key_files(settings, clock))),
        ready=identity.ready,
        close=identity.close,
    )


def _app(settings: Settings, identity: Identity, gate: Gate) -> FastAPI:
    from backline.identity.rest import ROUTERS
    from backline.kit.http.app import build_app

    return build_app(
        title="Identity",
        description=DESCRIPTION,
        routers=ROUTERS,
        mediator=identity.mediator,
        ready=identity.ready,
        clock=identity.clock,
        state={
            "accounts": identity.accounts,
            "addresses": Addresses(settings.public_url.rstrip("/"), settings.network_url),
            "admission": Admission(settings.registration, settings.guests),
            "gate": gate,
            "keys": identity.keys,
            "session_check": _LocalSessionCheck(identity.mediator),
        },
        tags=TAGS,
    )


def _workers(settings: Settings, identity: Identity) -> dict[str, Worker]:
    async def tidy() -> float:
        """Forget what has expired, and renew the signing key when it is old."""
        await identity.mediator.send(ForgetExpired(), actor=SYSTEM)
        identity.keys.rotate(if_older_than=timedelta(seconds=settings.key_rotation_s))
        return HOUSEKEEPING_EVERY_S

    async def keep_house(stop: asyncio.Event) -> None:
        await repeat("identity housekeeping", tidy, stop)

    workers: dict[str, Worker] = {"identity-housekeeping": keep_house}
    if settings.events_url:
        workers["identity-relay"] = identity.relay
    return workers


def _active(keys: KeyFiles) -> int:
    return sum(key.state is KeyState.ACTIVE for key in keys.current().keys)
