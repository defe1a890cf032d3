"""The two slots of a player: what is in them, what happens to them, and what is told of it."""

import logging
from datetime import timedelta

from backline.player.domain import (
    ZERO,
    Alert,
    Anchor,
    EndReason,
    ErrorCode,
    Instant,
    ItemEnded,
    ItemError,
    ItemStarted,
    Media,
    NeedNext,
    Normalisation,
    OptionsChanged,
    OutputChanged,
    PlayerEvent,
    PositionChanged,
    PreparedChanged,
    State,
    Status,
    StatusChanged,
)
from backline.player.journal import Journal
from backline.player.ports import (
    Broke,
    Driver,
    Fed,
    HandedOver,
    Happening,
    OutputSwitched,
    RanOut,
    RunningLow,
    Starved,
)

logger = logging.getLogger(__name__)

HEARD = timedelta(seconds=1)  # from here on an item counts as playable


class Deck:
    """Keeps the slots and the driver in step, and writes down each step.

    Every method is called while the driver is held.
    """

    def __init__(
        self,
        driver: Driver,
        *,
        player_id: str,
        epoch: str,
        volume: float,
        crossfade: timedelta,
        failure_limit: int,
    ) -> None:
        self.player_id = player_id
        self.epoch = epoch
        self.journal = Journal()
        self.current: Media | None = None
        self.prepared: Media | None = None
        self.paused = False
        self.low = False
        self.volume = volume
        self.muted = False
        self.crossfade = crossfade
        self.normalisation = Normalisation.TRACK
        self.fence = 0
        self._driver = driver
        self._failure_limit = failure_limit
        self._failures = 0
        self._status = Status.IDLE
        self._last_error: ItemError | None = None

    # --- slots -------------------------------------------------------------------------------

    def begin(
        self,
        media: Media,
        at: timedelta,
        *,
        paused: bool,
        fade_in: timedelta = ZERO,
        fade_out: timedelta = ZERO,
    ) -> None:
        self._driver.start(media, at, paused=paused, fade_in=fade_in, fade_out=fade_out)
        self.current, self.paused, self.low = media, paused, False
        self.emit(ItemStarted(self.anchor(), media))

    def end(self, reason: EndReason, fade: timedelta) -> None:
        if self.current is None:
            return
        self.report_end(reason)
        self._driver.drop(fade)

    def report_end(self, reason: EndReason) -> None:
        if self.current is None:
            return
        reading = self._driver.reading()
        if reading.played >= HEARD:
            self._failures = 0
        ended = ItemEnded(self.current.item_id, reason, reading.played, reading.position)
        self.current, self.paused = None, False
        self.emit(ended)

    def set_prepared(self, media: Media | None) -> None:
        if media == self.prepared:
            return
        self._driver.prepare(media)
        self.prepared = media
        self.emit(PreparedChanged(media))
        if media is None:
            self._ask_for_next()

    def _ask_for_next(self) -> None:
        if self.low and self.current is not None and self.prepared is None:
            position = self._driver.reading().position
            remaining = max(ZERO, self.current.end - position)
            self.emit(NeedNext(self.current.item_id, remaining))

    # --- happenings --------------------------------------------------------------------------

    def drain(self) -> None:
        while (happening := self._driver.next_happening()) is not None:
            self._hear(happening)
            self.settle("", happening.at)

    def _hear(self, happening: Happening) -> None:
        match happening:
            case HandedOver() | RanOut():
                self._finish(happening)
            case Broke():
                self._break(happening)
            case RunningLow(remaining=remaining):
                self.low = True
                if self.current is not None and self.prepared is None:
                    self.emit(NeedNext(self.current.item_id, remaining), happening.at)
            case OutputSwitched(output=output, reason=reason):
                self.emit(OutputChanged(output, reason), happening.at)
            case Starved() | Fed():
                pass  # the status says it

    def _finish(self, happening: HandedOver | RanOut) -> None:
        if self.current is None:  # pragma: no cover - drivers pass the conformance suite
            raise AssertionError("An item ended that never started.")
        ended = ItemEnded(
            self.current.item_id, EndReason.FINISHED, happening.played, happening.position
        )
        self._failures = 0
        self.low = False
        if isinstance(happening, RanOut):
            self.current = None
            self.emit(ended, happening.at)
            return
        self.current, self.prepared = self.prepared, None
        self.emit(ended, happening.at)
        if self.current is None:  # pragma: no cover - as above
            raise AssertionError("Handed over to nothing.")
        anchor = self._anchor_at(self.current, self.current.cue_in, happening.at)
        self.emit(ItemStarted(anchor, self.current), happening.at)

    def _break(self, happening: Broke) -> None:
        error = ItemError(
            happening.item_id,
            happening.code,
            happening.message,
            retryable=happening.code in {ErrorCode.FETCH_FAILED, ErrorCode.OUTPUT},
        )
        logger.warning("item %s failed: %s", error.item_id, error.message)
        self._last_error = error
        self.emit(error, happening.at)
        if self.current is None or self.current.item_id != happening.item_id:
            self.prepared = None
            self._ask_for_next()
            return
        self.current, self.low = None, False
        ended = ItemEnded(error.item_id, EndReason.FAILED, happening.played, happening.position)
        self.emit(ended, happening.at)
        self._failures = 1 if happening.played >= HEARD else self._failures + 1
        if self._failures >= self._failure_limit:
            logger.error("%d items in a row could not be played", self._failures)
            self.emit(Alert(error, self._failures), happening.at)
        elif self.prepared is not None:
            following, self.prepared = self.prepared, None
            self.begin(following, following.cue_in, paused=self.paused)
            return
        self.paused = False

    # --- telling -----------------------------------------------------------------------------

    def settle(self, command_id: str, at: Instant | None = None) -> None:
        before, after = self._status, self._actual_status()
        if before is after:
            return
        self._status = after
        anchor = self.anchor()
        if self.current is not None and Status.PLAYING in {before, after}:
            self.emit(PositionChanged(anchor, command_id), at)
        self.emit(StatusChanged(before, after, anchor, command_id), at)

    def _actual_status(self) -> Status:
        if self.current is None:
            return Status.IDLE
        if self.paused:
            return Status.PAUSED
        if not self._driver.output().available:
            return Status.OUTPUT_LOST
        return Status.BUFFERING if self._driver.reading().starved else Status.PLAYING

    def anchor(self) -> Anchor:
        reading = self._driver.reading()
        return self._anchor_at(self.current, reading.position, reading.at)

    def _anchor_at(self, media: Media | None, position: timedelta, at: Instant) -> Anchor:
        return Anchor(
            item_id=media.item_id if media else "",
            position=position if media else ZERO,
            as_of=at,
            rate=1.0 if self._actual_status() is Status.PLAYING else 0.0,
            output_latency=self._driver.reading().latency,
        )

    def state(self) -> State:
        reading = self._driver.reading()
        return State(
            player_id=self.player_id,
            epoch=self.epoch,
            seq=self.journal.last_seq,
            status=self._status,
            current=self.current,
            prepared=self.prepared,
            anchor=self.anchor(),
            buffered=reading.buffered,
            volume=self.volume,
            muted=self.muted,
            crossfade=self.crossfade,
            normalisation=self.normalisation,
            output=self._driver.output(),
            underruns=reading.underruns,
            rendered_frames=reading.rendered_frames,
            last_error=self._last_error,
            fence=self.fence,
            test_tone=reading.test_tone,
        )

    def emit(self, event: PlayerEvent, at: Instant | None = None) -> None:
        self.journal.append(at or self._driver.now(), event)

    def emit_options(self) -> None:
        self.emit(OptionsChanged(self.volume, self.muted, self.crossfade, self.normalisation))
