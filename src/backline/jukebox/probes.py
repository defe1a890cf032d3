"""How the parts of the jukebox are, as measured."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic, perf_counter

from backline.jukebox.domain.playback import PlayerStatus
from backline.jukebox.domain.player import PlayerUnreachable, Sound
from backline.jukebox.ports import Player
from backline.jukebox.queries.health import GetVitals, Vitals
from backline.kit.health import Alarm, Condition, Finding, Probe
from backline.kit.mediator import Mediator
from backline.kit.realtime.hub import Hub

_ANSWERS_WITHIN_S = 1.0
_STUMBLES_COUNT_FOR_S = 60.0
_BEHIND_AFTER = 3
_RELAY_LATE_S = 5.0
_ANALYSIS_LATE_S = 120.0


class PlayerProbe:
    """Asks the player itself: how fast it answers, and whether its output ran dry of late."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self._seen: deque[tuple[float, int]] = deque()

    async def __call__(self) -> Finding:
        began = perf_counter()
        try:
            async with asyncio.timeout(_ANSWERS_WITHIN_S):
                sound = await self._player.sound()
        except (PlayerUnreachable, TimeoutError):
            self._seen.clear()
            return Finding(
                condition=Condition.BAD, word="away", alarms=(Alarm("player_unreachable"),)
            )
        took_ms = (perf_counter() - began) * 1000
        stumbles = self._count(sound.underruns)
        figures = {"ms": took_ms, "underruns": sound.underruns, "lately": stumbles}
        if sound.lost:
            alarm = Alarm("output_lost", {"device": sound.output.name})
            return Finding(
                condition=Condition.BAD, word="output_lost", figures=figures, alarms=(alarm,)
            )
        if stumbles >= _BEHIND_AFTER:
            alarm = Alarm("player_behind", {"count": stumbles})
            return Finding(
                condition=Condition.MIND, word="behind", figures=figures, alarms=(alarm,)
            )
        return Finding(condition=Condition.WELL, word=_doing(sound), figures=figures)

    def _count(self, underruns: int) -> int:
        """How often the output ran dry in the last minute, as far as somebody looked."""
        now = monotonic()
        if self._seen and underruns < self._seen[-1][1]:
            self._seen.clear()  # the player has started again
        self._seen.append((now, underruns))
        while self._seen[0][0] < now - _STUMBLES_COUNT_FOR_S:
            self._seen.popleft()
        return underruns - self._seen[0][1]


def _doing(sound: Sound) -> str:
    return "in_time" if sound.status is PlayerStatus.PLAYING else "ready"


def _queue(vitals: Vitals) -> Finding:
    figures = {"waiting": vitals.waiting, "contact_age_s": vitals.contact_age_s}
    if not vitals.conducted:
        return Finding(
            condition=Condition.BAD,
            word="away",
            figures=figures,
            alarms=(Alarm("nobody_conducts"),),
        )
    return Finding(condition=Condition.WELL, word="in_charge", figures=figures)


def _worker(vitals: Vitals) -> Finding:
    figures = {
        "waiting": vitals.analysing,
        "failed": vitals.failed,
        "relay_s": vitals.outbox_age_s or 0.0,
    }
    alarms = []
    if (vitals.outbox_age_s or 0.0) > _RELAY_LATE_S:
        alarms.append(Alarm("relay_behind", {"seconds": vitals.outbox_age_s}))
    if (vitals.analysing_s or 0.0) > _ANALYSIS_LATE_S:
        alarms.append(Alarm("checks_behind", {"count": vitals.analysing}))
    condition = Condition.MIND if alarms else Condition.WELL
    word = "behind" if alarms else "on_time"
    return Finding(condition=condition, word=word, figures=figures, alarms=alarms)


def build_probes(
    mediator: Mediator, player: Player, hub: Hub, database: Callable[[], Awaitable[None]]
) -> Mapping[str, Probe]:
    """The probes of the jukebox's parts; `database` makes one round trip."""

    async def queue() -> Finding:
        return _queue(await mediator.send(GetVitals()))

    async def worker() -> Finding:
        return _worker(await mediator.send(GetVitals()))

    async def measure_database() -> Finding:
        began = perf_counter()
        await database()
        took_ms = (perf_counter() - began) * 1000
        return Finding(condition=Condition.WELL, word="answers", figures={"ms": took_ms})

    async def phones() -> Finding:
        return Finding(condition=Condition.WELL, word="open", figures={"open": hub.present})

    return {
        "player": PlayerProbe(player),
        "queue": queue,
        "database": measure_database,
        "worker": worker,
        "phones": phones,
    }
