"""One conductor's time of leading: hears the player, looks at the database, takes steps."""

from dataclasses import dataclass
from time import monotonic
from typing import TypeAlias, TypeVar

import structlog

from backline.jukebox.commands.conducting import (
    ApplyPlayerEvent,
    FailItem,
    ForgetSeek,
    ForgetTestTone,
    GiveUpItem,
    LockHead,
    TellSilence,
    TidyQueue,
)
from backline.jukebox.conductor import decisions as do
from backline.jukebox.domain.causes import Cause, CauseCode
from backline.jukebox.domain.playback import (
    NOBODY_CONDUCTS,
    PLAYER_AWAY,
    ConductorReplaced,
    Cursor,
)
from backline.jukebox.domain.player import (
    CommandId,
    Ended,
    Heartbeat,
    NeedNext,
    Other,
    Outcome,
    PlayerEvent,
    PlayerUnreachable,
    Snapshot,
)
from backline.jukebox.domain.queue import ItemId
from backline.jukebox.ports import Player
from backline.jukebox.queries.stage import GetStage, Stage
from backline.kit.core.actor import SYSTEM
from backline.kit.core.clock import Clock
from backline.kit.core.errors import Internal
from backline.kit.core.ids import uuid7
from backline.kit.core.messages import Command, Query
from backline.kit.mediator import Mediator

R = TypeVar("R")

_MOST_STEPS = 20
_TIDY_EVERY_S = 30.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Timing:
    """How often and how long, in seconds.

    Attributes:
        lease_s: A conductor that is not heard of for so long is replaced.
        renew_s: How often it is heard of.
        lock_ahead_s: How long before the end of a song the next one is handed to the player.
        tick_s: How often everything is looked over when nothing happens.
        contact_s: How often the position is written down while nothing happens.
        retry_s: Pause between two attempts to reach the player.
        forgive_s: How long the player may be away before people are told.
    """

    lease_s: float = 6.0
    renew_s: float = 2.0
    lock_ahead_s: float = 3600.0
    tick_s: float = 1.0
    contact_s: float = 5.0
    retry_s: float = 0.5
    forgive_s: float = 3.0


class Tick:
    """The database may have changed; look."""


Wake: TypeAlias = PlayerEvent | Tick | Exception
"""What makes the conductor look up; an exception ends its time."""


class Session:
    """One conductor's time of leading, under one fence."""

    def __init__(
        self,
        mediator: Mediator,
        player: Player,
        clock: Clock,
        timing: Timing,
        *,
        fence: int,
        crossfade_s: float,
    ) -> None:
        self._mediator = mediator
        self._player = player
        self._clock = clock
        self._timing = timing
        self._fence = fence
        self._crossfade_s = crossfade_s
        self._seen = Cursor()
        self._needs_next: ItemId | None = None
        self._options_for: tuple[str, float] | None = None
        self._output_for: tuple[str, str] | None = None
        self._contact_at = 0.0
        self._tidied_at = monotonic()
        self._used: set[str] = set()
        self._ended: PlayerEvent | None = None
        self.connected = False

    async def cursor(self) -> Cursor:
        """How far the player's events are in the database."""
        self._ended = None
        self._seen = (await self._send(GetStage())).cursor
        return self._seen

    async def tell_silence(self) -> None:
        await self._send(TellSilence(fence=self._fence, message=PLAYER_AWAY))

    async def take(self, wake: PlayerEvent | Tick, *, more: bool) -> None:
        """Take one wake-up into account, then act on all that is known."""
        if isinstance(wake, PlayerEvent):
            self.connected = True
            await self._hear(wake)
        elif self._ended is not None:
            await self._write(self._ended)
        elif monotonic() - self._tidied_at > _TIDY_EVERY_S:
            self._tidied_at = monotonic()
            await self._send(TidyQueue(fence=self._fence))
        if more or not self.connected:
            return
        try:
            await self._settle()
        except PlayerUnreachable as error:
            # The watch notices as well, and says so when it lasts.
            log.info("player_unreachable", detail=error.detail)

    async def _hear(self, event: PlayerEvent) -> None:
        what = event.what
        if isinstance(what, Heartbeat):
            if monotonic() - self._contact_at < self._timing.contact_s:
                return
            self._contact_at = monotonic()
        elif isinstance(what, NeedNext):
            self._needs_next = what.item_id
        elif isinstance(what, Ended) and self._ended is None:
            # The next song starts in the same moment: nobody is to see a silence between them.
            self._ended = event
            return
        if self._ended is not None or not isinstance(what, (NeedNext, Other)):
            await self._write(event)
        self._seen = Cursor(event.epoch, event.seq)

    async def _write(self, event: PlayerEvent) -> None:
        """Write an event down, together with the end of a song that came before it."""
        after = self._ended if self._ended is not event else None
        await self._send(ApplyPlayerEvent(fence=self._fence, event=event, after=after))
        self._ended = None
        self._seen = Cursor(event.epoch, event.seq)

    async def _settle(self) -> None:
        """Take steps until everything is as wanted, or the player's events have to come first."""
        for _ in range(_MOST_STEPS):
            state = await self._player.state()
            if state.epoch != self._seen.epoch or state.seq > self._seen.seq:
                return
            stage = await self._send(GetStage())
            if await self._arrange(stage, state):
                continue
            step = do.decide(stage, state, lock_due=self._lock_due(stage, state))
            if step is None:
                if stage.message in {PLAYER_AWAY.detail, NOBODY_CONDUCTS.detail}:
                    await self._send(TellSilence(fence=self._fence, message=None))
                return
            log.debug("conductor_step", step=step)
            if not await self._perform(step, state):
                return

    async def _arrange(self, stage: Stage, state: Snapshot) -> bool:
        """Tell the player how it is to sound, and where. False if it has been told.

        Once per wish and start of the player: an output that does not come is not asked for again.
        """
        crossfade_s = self._crossfade_s if stage.crossfade_s is None else stage.crossfade_s
        if self._options_for != (state.epoch, crossfade_s):
            await self._player.set_options(self._command(), crossfade_s=crossfade_s)
            self._options_for = state.epoch, crossfade_s
            return True
        if stage.wanted_output and self._output_for != (state.epoch, stage.wanted_output_by):
            self._output_for = state.epoch, stage.wanted_output_by
            if state.output.id != stage.wanted_output:
                outcome = await self._player.select_output(
                    self._command(stage.wanted_output_by), stage.wanted_output
                )
                log.info("output_chosen", output=stage.wanted_output, refused=outcome.refused)
            return True
        return False

    def _lock_due(self, stage: Stage, state: Snapshot) -> bool:
        playing = stage.playing
        if playing is None or state.current is None:
            return True
        if playing.duration_s is None or self._needs_next == state.current:
            return True
        if state.anchor is None or state.anchor.item_id != playing.item_id:
            return False
        position = state.anchor.position_at(self._clock.now())
        return playing.duration_s - position <= self._timing.lock_ahead_s

    async def _perform(self, step: do.Step, state: Snapshot) -> bool:
        """True if the next step may follow at once."""
        match step:
            case do.Lock():
                return await self._send(LockHead(fence=self._fence))
            case do.Meet():
                event = PlayerEvent(state.epoch, state.seq, state)
                return await self._send(ApplyPlayerEvent(fence=self._fence, event=event))
            case do.GiveUp(item_id):
                await self._send(GiveUpItem(fence=self._fence, item_id=item_id))
                return True
            case do.DropSeek(request):
                await self._send(ForgetSeek(fence=self._fence, request_id=request.request_id))
                return True
            case _:
                return await self._tell_player(step)

    async def _tell_player(self, step: do.Step) -> bool:
        try:
            outcome = await self._command_for(step)
        except Internal as error:
            if not isinstance(step, (do.Play, do.Prepare)):
                raise
            item_id = step.media.item_id
            reason = Cause(CauseCode.NOT_PLAYABLE, error.detail)
            await self._send(FailItem(fence=self._fence, item_id=item_id, reason=reason))
            return True
        if isinstance(step, do.Seek):
            request_id = step.request.request_id
            await self._send(ForgetSeek(fence=self._fence, request_id=request_id))
        if isinstance(step, do.PlayTestTone):
            await self._send(ForgetTestTone(fence=self._fence, request_id=step.request))
        if outcome.refused is None:
            return outcome.state.seq == self._seen.seq
        if outcome.refused == "STALE_FENCE":
            raise ConductorReplaced("The player listens to another conductor.")
        log.info("player_refused", step=step, code=outcome.refused, detail=outcome.detail)
        return False

    async def _command_for(  # noqa: C901, PLR0911 - one per command
        self, step: do.Step
    ) -> Outcome:
        player = self._player
        match step:
            case do.SetVolume(volume, muted, request):
                return await player.set_volume(self._command(request), volume, muted=muted)
            case do.Play(media, start_at_s, paused):
                return await player.play(
                    self._command(), media, start_at_s=start_at_s, paused=paused
                )
            case do.Prepare(media, current):
                return await player.prepare(self._command(), media, current=current)
            case do.ClearPrepared(item_id):
                return await player.clear_prepared(self._command(), item_id)
            case do.Advance(item_id, request):
                return await player.advance(self._command(request), item_id)
            case do.Pause(item_id, request):
                return await player.pause(self._command(request), item_id)
            case do.Resume(item_id, request):
                return await player.resume(self._command(request), item_id)
            case do.Stop(request):
                return await player.stop(self._command(request))
            case do.Seek(request):
                return await player.seek(
                    self._command(request.request_id), request.item_id, request.position_s
                )
            case do.PlayTestTone(request):
                return await player.play_test_tone(self._command(request))
            case _:
                raise AssertionError(step)

    def _command(self, request: str = "") -> CommandId:
        """The id of the request that led here, the first time; a fresh one after that.

        A repeat of the same id gets the old answer, which is what a takeover wants and what a
        second attempt does not.
        """
        if not request or request in self._used:
            return CommandId(str(uuid7()), self._fence)
        self._used.add(request)
        return CommandId(request, self._fence)

    async def _send(self, message: Command[R] | Query[R]) -> R:
        return await self._mediator.send(message, actor=SYSTEM)
