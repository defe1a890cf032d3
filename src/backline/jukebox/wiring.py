"""The only place where the jukebox chooses its implementations."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from dishka import Scope, from_context, provide
from fastapi import FastAPI

from backline.api.jukebox.v1 import events_pb2
from backline.jukebox import feed
from backline.jukebox.analysis import consumer as analysis
from backline.jukebox.checks import checks
from backline.jukebox.clients import GrpcPlayer
from backline.jukebox.commands import COMMANDS
from backline.jukebox.commands.queue import AddAllToQueue, RecountVotes
from backline.jukebox.conductor import requests
from backline.jukebox.conductor.conductor import Conductor
from backline.jukebox.conductor.session import Timing
from backline.jukebox.demo import job as demo_job
from backline.jukebox.demo.people import DemoPeople
from backline.jukebox.domain.uploads import LibraryRules
from backline.jukebox.domain.wishes import Wish
from backline.jukebox.ports import (
    ChangeRepository,
    LeaseRepository,
    MediaStore,
    Player,
    QueueRepository,
    RoomRepository,
    TrackRepository,
    UploadRepository,
    WishRepository,
)
from backline.jukebox.ports.demo import DemoRepository
from backline.jukebox.postgres.changes import PostgresChanges
from backline.jukebox.postgres.demo import PostgresDemo
from backline.jukebox.postgres.queue import PostgresQueue
from backline.jukebox.postgres.room import PostgresLease, PostgresRoom
from backline.jukebox.postgres.tracks import PostgresTracks, PostgresUploads
from backline.jukebox.postgres.wishes import PostgresWishes
from backline.jukebox.probes import build_probes
from backline.jukebox.queries import QUERIES
from backline.jukebox.queries.board import Board
from backline.jukebox.rest import changes as changes_rest
from backline.jukebox.rest import demo as demo_rest
from backline.jukebox.rest import personal as personal_rest
from backline.jukebox.rest import playback as playback_rest
from backline.jukebox.rest import queue as queue_rest
from backline.jukebox.rest import room as room_rest
from backline.jukebox.rest import sound as sound_rest
from backline.jukebox.rest import tracks as tracks_rest
from backline.jukebox.rest import uploads as uploads_rest
from backline.jukebox.settings import Settings
from backline.jukebox.storage import FileStore
from backline.kit.auth.identity import IdentityClient
from backline.kit.cache.open import open_cache
from backline.kit.core.actor import SYSTEM, Role
from backline.kit.core.clock import Clock, SystemClock
from backline.kit.core.ids import uuid7
from backline.kit.db.group_commit import GroupCommit
from backline.kit.http.app import build_app
from backline.kit.jobs.open import open_job_queue
from backline.kit.jobs.worker import work
from backline.kit.mediator import Mediator
from backline.kit.messaging.log import Delivered
from backline.kit.messaging.parking import rest as parking_rest
from backline.kit.messaging.waiting import outbox_watch
from backline.kit.realtime.hub import Hub
from backline.kit.realtime.open import open_hub
from backline.kit.rpc.client import channel
from backline.kit.service import Service, Worker
from backline.kit.wiring import Backend, BackendProvider

TOPIC = "jukebox.v1"
_JOBS = {**analysis.SUBSCRIPTIONS, **demo_job.SUBSCRIPTIONS}
ROUTERS = (
    changes_rest.router,
    queue_rest.router,
    playback_rest.router,
    sound_rest.router,
    room_rest.router,
    tracks_rest.router,
    uploads_rest.router,
    personal_rest.router,
    demo_rest.router,
    parking_rest.router,
    feed.router,
)
DESCRIPTION = """
The audio queue that a room shares: tracks, what waits, what plays.

What people want of playback is answered with 202: it travels to the conductor, and its effect
shows in the queue, at `GET /queue` and over the WebSocket `/ws`.
"""
TAGS = (
    {"name": "queue", "description": "What waits, votes, history."},
    {"name": "playback", "description": "What plays. For hosts, except for votes to skip."},
    {"name": "room", "description": "The room's name and its rule."},
    {"name": "tracks", "description": "The library."},
    {"name": "uploads", "description": "Large files, in pieces."},
    {"name": "me", "description": "What is kept of oneself."},
)


class JukeboxProvider(BackendProvider):
    rules = from_context(LibraryRules, scope=Scope.APP)
    store = from_context(MediaStore, scope=Scope.APP)

    tracks = provide(PostgresTracks, provides=TrackRepository, scope=Scope.REQUEST)
    uploads = provide(PostgresUploads, provides=UploadRepository, scope=Scope.REQUEST)
    rooms = provide(PostgresRoom, provides=RoomRepository, scope=Scope.REQUEST)
    lease = provide(PostgresLease, provides=LeaseRepository, scope=Scope.REQUEST)
    queue = provide(PostgresQueue, provides=QueueRepository, scope=Scope.REQUEST)
    changes = provide(PostgresChanges, provides=ChangeRepository, scope=Scope.REQUEST)
    demos = provide(PostgresDemo, provides=DemoRepository, scope=Scope.REQUEST)
    wishes = provide(PostgresWishes, provides=WishRepository, scope=Scope.REQUEST)


class Jukebox(Backend):
    """The jukebox without its doors."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.rules = library_rules(settings)
        self.store = FileStore(settings.media_dir, floor=settings.disk_floor_bytes)
        super().__init__(
            "jukebox",
            "the jukebox",
            settings,
            clock,
            provider=JukeboxProvider(),
            handlers=(*COMMANDS, *QUERIES),
            events=events_pb2,
            # All of playback is one key: a wish that nobody can handle must not stop the music.
            keeps_order=False,
            context={LibraryRules: self.rules, MediaStore: self.store},
        )


def library_rules(settings: Settings) -> LibraryRules:
    return LibraryRules(
        upload_role=Role.GUEST if settings.guests_may_upload else Role.LISTENER,
        max_file=settings.max_upload_bytes,
        user_quota=settings.user_quota_bytes,
        library_quota=settings.library_quota_bytes,
        disk_floor=settings.disk_floor_bytes,
        upload_lifetime=timedelta(seconds=settings.upload_expires_s),
    )


async def build(settings: Settings, clock: Clock | None = None) -> Service:
    """Everything a process needs to run the jukebox. Connects to nothing yet."""
    clock = clock or SystemClock()
    jukebox = Jukebox(settings, clock)
    identity = IdentityClient(settings.identity_target, clock=clock)
    to_player = channel(settings.player_target)
    player = GrpcPlayer(to_player, jukebox.store.path_of)
    cache = open_cache(settings.redis_url or None)
    board = Board(jukebox.mediator, cache)
    hub = open_hub(
        identity,
        name="jukebox.room",
        member="queue",
        clock=clock,
        origins=settings.origins,
        greeting=feed.Greeter(jukebox.mediator),
    )

    async def close() -> None:
        await identity.close()
        await to_player.close()
        await cache.close()
        await jukebox.close()

    async def recount_votes() -> None:
        await jukebox.mediator.send(RecountVotes(), actor=SYSTEM)

    return Service(
        name="jukebox",
        checks=checks(
            settings.database_url,
            settings.events_url,
            settings.jobs_url,
            media=settings.media_dir / "media",
            recount_votes=recount_votes,
        ),
        app=build_doors(jukebox, identity, board, hub, player),
        workers=build_workers(jukebox),
        background={
            "jukebox-identity": identity.watch,
            "jukebox-outbox-watch": outbox_watch(settings.database_url, "jukebox"),
            "jukebox-feed": feed.Feed(jukebox.mediator, hub, board, jukebox.doorbell),
            "jukebox-sockets": hub.run,
        },
        ready=jukebox.ready,
        probes=build_probes(jukebox.mediator, player, hub, jukebox.ready),
        dead_letters=jukebox.parking,
        close=close,
    )


def gather_wishes(mediator: Mediator) -> GroupCommit[Wish, Any]:
    """Additions that come at the same moment are decided in one transaction."""

    async def decide(wishes: Sequence[Wish]) -> Sequence[Any]:
        return await mediator.send(AddAllToQueue(wishes=tuple(wishes)), actor=SYSTEM)

    return GroupCommit(decide)


def build_doors(
    jukebox: Jukebox,
    identity: IdentityClient,
    board: Board,
    hub: Hub,
    player: Player,
) -> FastAPI:
    return build_app(
        title="Jukebox",
        description=DESCRIPTION,
        routers=ROUTERS,
        mediator=jukebox.mediator,
        ready=jukebox.ready,
        clock=jukebox.clock,
        state={
            "gate": identity.gate,
            "session_check": identity,
            "board": board,
            "hub": hub,
            "player": player,
            "wishes": gather_wishes(jukebox.mediator),
            "media_store": jukebox.store,
            "library_rules": jukebox.rules,
            "dead_letters": jukebox.parking,
        },
        tags=TAGS,
    )


def build_workers(jukebox: Jukebox) -> Mapping[str, Worker]:
    """The loops of the worker process; those that need a broker only where there is one."""
    loops = _Loops(jukebox)
    workers: dict[str, Worker] = {
        "jukebox-conductor": loops.conduct,
        "jukebox-sweep": loops.sweep,
    }
    if jukebox.settings.events_url:
        workers["jukebox-relay"] = jukebox.relay
    if jukebox.settings.events_url and jukebox.settings.jobs_url:
        workers |= {
            "jukebox-events": loops.take_events,
            "jukebox-analysis": loops.analyse,
            "jukebox-demo": loops.fill_room,
        }
    return workers


class _Loops:
    """What runs beside the doors. Connections are opened where they are used."""

    def __init__(self, jukebox: Jukebox) -> None:
        self._jukebox = jukebox
        self._settings = jukebox.settings
        self._mediator = jukebox.mediator

    async def take_events(self, stop: asyncio.Event) -> None:
        jobs = open_job_queue(self._settings.jobs_url)

        async def handle(message: Delivered) -> None:
            if (on_request := requests.SUBSCRIPTIONS.get(message.type)) is not None:
                await on_request(message, self._mediator)
            elif (to_job := _JOBS.get(message.type)) is not None:
                await to_job(message, jobs)

        try:
            await self._jukebox.consume((TOPIC,), handle, stop)
        finally:
            await jobs.close()

    async def analyse(self, stop: asyncio.Event) -> None:
        # What listens to files is only loaded where files are listened to.
        from backline.jukebox.analysis.job import KIND, AnalyseAudio  # noqa: PLC0415
        from backline.jukebox.analysis.limits import AnalysisLimits  # noqa: PLC0415

        jobs = open_job_queue(self._settings.jobs_url)
        limits = AnalysisLimits(wall_s=self._settings.analysis_timeout_s)
        handlers = {KIND: AnalyseAudio(self._mediator, self._jukebox.store, limits=limits)}
        try:
            await work(jobs, handlers, stop, concurrency=1)
        finally:
            await jobs.close()

    async def fill_room(self, stop: asyncio.Event) -> None:
        jukebox, settings = self._jukebox, self._settings
        async with DemoPeople(settings.identity_target) as who:
            fill = demo_job.FillRoom(jukebox.mediator, jukebox.store, who, clock=jukebox.clock)
            await demo_job.serve(open_job_queue(settings.jobs_url), fill, stop)

    async def sweep(self, stop: asyncio.Event) -> None:
        from backline.jukebox.analysis.sweep import Sweep  # noqa: PLC0415 - as above

        await Sweep(self._mediator, self._jukebox.store, self._jukebox.clock)(stop)

    async def conduct(self, stop: asyncio.Event) -> None:
        settings = self._settings
        async with channel(settings.player_target) as connection:
            conductor = Conductor(
                self._mediator,
                GrpcPlayer(connection, self._jukebox.store.path_of),
                self._jukebox.doorbell,
                clock=self._jukebox.clock,
                owner=str(uuid7()),
                timing=Timing(lease_s=settings.lease_s, lock_ahead_s=settings.lock_ahead_s),
                crossfade_s=settings.crossfade_s,
            )
            await conductor(stop)
