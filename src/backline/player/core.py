"""The state machine that every driver shares: commands in, answers out, each only once."""

import logging
from collections import OrderedDict
from datetime import timedelta

from backline.kit.core.errors import Unavailable
from backline.player.commands import (
    Advance,
    ClearPrepared,
    Meta,
    Pause,
    Play,
    PlayerCommand,
    PlayTestTone,
    Prepare,
    Resume,
    Seek,
    SelectOutput,
    SetOptions,
    SetVolume,
    Stop,
)
from backline.player.deck import Deck
from backline.player.domain import (
    ZERO,
    CommandIdReused,
    EndReason,
    ErrorCode,
    MalformedCommand,
    Media,
    Normalisation,
    PositionChanged,
    Result,
    State,
)
from backline.player.ports import Driver
from backline.player.validation import validate

logger = logging.getLogger(__name__)

ANSWERS_KEPT = 1024
FAILURES_IN_A_ROW = 3
PAUSE_FADE = timedelta(milliseconds=80)
SKIP_FADE = timedelta(milliseconds=120)
JUMP_FADE = timedelta(milliseconds=20)  # enough that entering mid-track does not click
VOLUME_RAMP = timedelta(milliseconds=50)
SHUTDOWN_FADE = timedelta(milliseconds=250)


class _Refused(Exception):
    def __init__(self, code: ErrorCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Core:
    """Turns commands and the driver's happenings into one state and one journal.

    Used by one thread. Each entry holds the driver still, first hears what has happened, and
    only then decides: a command never acts on a current item that has just handed over.
    """

    def __init__(
        self,
        driver: Driver,
        *,
        player_id: str,
        epoch: str,
        volume: float = 1.0,
        crossfade: timedelta = ZERO,
        failures_in_a_row: int = FAILURES_IN_A_ROW,
    ) -> None:
        self._driver = driver
        self._deck = Deck(
            driver,
            player_id=player_id,
            epoch=epoch,
            volume=volume,
            crossfade=crossfade,
            failure_limit=failures_in_a_row,
        )
        self.epoch = epoch
        self.journal = self._deck.journal
        self._answers: OrderedDict[str, tuple[PlayerCommand, Result]] = OrderedDict()
        self.closing = False
        with driver.hold():
            driver.set_volume(volume, muted=False, ramp=ZERO)
            driver.set_crossfade(crossfade)

    # --- doors -------------------------------------------------------------------------------

    def execute(self, meta: Meta, command: PlayerCommand) -> Result:
        """Carry out `command`, or say why not.

        Raises:
            MalformedCommand: A field is missing or out of range.
            CommandIdReused: The id was used for a different command before.
            Unavailable: The player is shutting down.
        """
        if self.closing:
            raise Unavailable("The player is shutting down.")
        if not meta.command_id:
            raise MalformedCommand("meta.command_id is missing.")
        validate(command, max_crossfade=self._driver.capabilities.max_crossfade)
        if (known := self._answers.get(meta.command_id)) is not None:
            if known[0] != command:
                raise CommandIdReused(
                    "This command_id belongs to a different command. Use a new one for a new"
                    " intention.",
                    command_id=meta.command_id,
                )
            return known[1]
        with self._driver.hold():
            self._deck.drain()
            if meta.fence < self._deck.fence:
                return self._result(
                    ErrorCode.STALE_FENCE,
                    f"A controller with fence {self._deck.fence} has taken over;"
                    f" yours is {meta.fence}.",
                )
            self._deck.fence = meta.fence
            try:
                self._carry_out(command, meta.command_id)
            except _Refused as refusal:
                result = self._result(refusal.code, refusal.detail)
            else:
                self._deck.settle(meta.command_id)
                result = self._result()
        logger.info(
            "%s by %s: %s", type(command).__name__, meta.actor or "?", result.refused or "applied"
        )
        self._answers[meta.command_id] = (command, result)
        if len(self._answers) > ANSWERS_KEPT:
            self._answers.popitem(last=False)
        return result

    def sync(self) -> None:
        """Hear what has happened since the last entry."""
        with self._driver.hold():
            self._deck.drain()

    def state(self) -> State:
        with self._driver.hold():
            self._deck.drain()
            return self._deck.state()

    def shutdown(self) -> None:
        """Fade out and say, as the last event of this epoch, where the current item stood.

        The item is not ended: it is not over, and whoever comes next may resume it there.
        """
        with self._driver.hold():
            self._deck.drain()
            if self.closing:
                return
            self.closing = True
            if self._deck.current is not None:
                self._driver.pause(SHUTDOWN_FADE)
                self._deck.paused = True
                self._deck.emit(PositionChanged(self._deck.anchor(), ""))

    # --- commands ----------------------------------------------------------------------------

    def _carry_out(  # noqa: C901, PLR0912 - one arm per command
        self, command: PlayerCommand, command_id: str
    ) -> None:
        match command:
            case Play():
                self._play(command, command_id)
            case Prepare():
                self._prepare(command)
            case ClearPrepared(if_prepared_item_id=item_id):
                self._expect_prepared(item_id)
                self._deck.set_prepared(None)
            case Advance(if_item_id=item_id, fade=fade):
                self._advance(item_id, SKIP_FADE if fade is None else fade)
            case Pause(if_item_id=item_id, fade=fade):
                self._expect_current(item_id)
                if not self._deck.paused:
                    self._driver.pause(PAUSE_FADE if fade is None else fade)
                    self._deck.paused = True
            case Resume(if_item_id=item_id, fade=fade):
                self._expect_current(item_id)
                if self._deck.paused:
                    self._driver.resume(PAUSE_FADE if fade is None else fade)
                    self._deck.paused = False
            case Stop(fade=fade):
                self._deck.end(EndReason.STOPPED, SKIP_FADE if fade is None else fade)
                self._deck.set_prepared(None)
            case Seek(if_item_id=item_id, position=position):
                self._seek(self._expect_current(item_id), position, command_id)
            case SetVolume():
                self._set_volume(command)
            case SetOptions():
                self._set_options(command)
            case SelectOutput(output_id=output_id):
                if all(output.id != output_id for output in self._driver.outputs()):
                    raise _Refused(
                        ErrorCode.UNKNOWN_OUTPUT, f"There is no output {output_id!r} here."
                    )
                self._driver.select_output(output_id)
                self._deck.drain()
            case PlayTestTone():
                self._play_test_tone()

    def _play(self, command: Play, command_id: str) -> None:
        media = command.media
        if self._deck.current is not None and self._deck.current.item_id == media.item_id:
            if command.start_at is not None:
                self._seek(self._deck.current, command.start_at, command_id)
            if self._deck.paused and not command.start_paused:
                self._driver.resume(PAUSE_FADE)
                self._deck.paused = False
            return
        at = media.cue_in if command.start_at is None else media.clamp(command.start_at)
        fade_in = command.fade_in
        if fade_in is None:
            fade_in = JUMP_FADE if at > media.cue_in else ZERO
        if self._deck.prepared is not None and self._deck.prepared.item_id == media.item_id:
            if self._deck.prepared != media:
                self._driver.prepare(None)
            self._deck.prepared = None
        self._deck.report_end(EndReason.REPLACED)
        self._deck.begin(
            media, at, paused=command.start_paused, fade_in=fade_in, fade_out=SKIP_FADE
        )

    def _prepare(self, command: Prepare) -> None:
        if command.if_current_item_id:
            self._expect_current(command.if_current_item_id)
        if self._deck.current is not None and self._deck.current.item_id == command.media.item_id:
            raise _Refused(ErrorCode.STALE_ITEM, "This item is the current one already.")
        self._deck.set_prepared(command.media)

    def _advance(self, item_id: str, fade: timedelta) -> None:
        if item_id or self._deck.prepared is None:
            self._expect_current(item_id)
        following, self._deck.prepared = self._deck.prepared, None
        if following is None:
            self._deck.end(EndReason.SKIPPED, fade)
            return
        self._deck.report_end(EndReason.SKIPPED)
        self._deck.begin(following, following.cue_in, paused=False, fade_in=ZERO, fade_out=fade)

    def _seek(self, media: Media, position: timedelta, command_id: str) -> None:
        self._driver.seek(media.clamp(position))
        self._deck.low = False
        self._deck.emit(PositionChanged(self._deck.anchor(), command_id))

    def _set_volume(self, command: SetVolume) -> None:
        volume = self._deck.volume if command.volume is None else command.volume
        muted = self._deck.muted if command.muted is None else command.muted
        if (volume, muted) == (self._deck.volume, self._deck.muted):
            return
        self._deck.volume, self._deck.muted = volume, muted
        ramp = VOLUME_RAMP if command.ramp is None else command.ramp
        self._driver.set_volume(volume, muted=muted, ramp=ramp)
        self._deck.emit_options()

    def _set_options(self, command: SetOptions) -> None:
        crossfade = self._deck.crossfade if command.crossfade is None else command.crossfade
        normalisation = command.normalisation or self._deck.normalisation
        if (crossfade, normalisation) == (self._deck.crossfade, self._deck.normalisation):
            return
        self._deck.crossfade, self._deck.normalisation = crossfade, normalisation
        self._driver.set_crossfade(crossfade)
        self._driver.set_normalised(normalisation is Normalisation.TRACK)
        self._deck.emit_options()

    def _play_test_tone(self) -> None:
        if self._deck.current is not None and not self._deck.paused:
            raise _Refused(
                ErrorCode.SOMETHING_PLAYING,
                "Something is playing. Pause it first: a test tone is for silence.",
            )
        output = self._driver.output()
        if not output.available:
            raise _Refused(ErrorCode.OUTPUT, output.reason or "The sound device is not there.")
        self._driver.play_test_tone()

    def _expect_current(self, item_id: str) -> Media:
        if self._deck.current is None:
            code = ErrorCode.STALE_ITEM if item_id else ErrorCode.NOTHING_PLAYING
            raise _Refused(code, "Nothing is playing.")
        if item_id and item_id != self._deck.current.item_id:
            raise _Refused(
                ErrorCode.STALE_ITEM,
                f"Item {item_id} is not the current one; {self._deck.current.item_id} is.",
            )
        return self._deck.current

    def _expect_prepared(self, item_id: str) -> None:
        if item_id and (self._deck.prepared is None or self._deck.prepared.item_id != item_id):
            raise _Refused(ErrorCode.STALE_ITEM, f"Item {item_id} is not prepared.")

    def _result(self, refused: ErrorCode | None = None, detail: str = "") -> Result:
        return Result(state=self._deck.state(), refused=refused, detail=detail)
