"""The same promises as in `test_core`, kept by real decoding and mixing under random commands."""

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from typing_extensions import override

from backline.kit.testing.clock import EPOCH, FixedClock
from backline.kit.testing.eventually import eventually
from backline.player import commands
from backline.player.commands import Meta, PlayerCommand
from backline.player.core import Core
from backline.player.domain import ZERO, Instant, ItemEnded, ItemStarted, Media, Status
from backline.player.miniaudio.driver import MiniaudioDriver
from backline.player.miniaudio.units import to_timedelta
from tests.player.sounds import tone, write

LENGTHS = (0.3, 1.0, 2.5)
SLACK = timedelta(microseconds=2)  # frames are no whole microseconds


class MixingMachine(RuleBasedStateMachine):
    """Anybody may do anything while real files play."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="backline-test-")
        self.files = {
            length: write(Path(self._folder.name) / f"{length}.wav", tone(length))
            for length in LENGTHS
        }
        self.driver = MiniaudioDriver(clock=FixedClock(), now=self._now)
        self.core = Core(self.driver, player_id="p", epoch="e")
        self.seq = self.number = 0
        self.open: str | None = None

    def _now(self) -> Instant:
        return Instant(EPOCH, 0).later(to_timedelta(self.driver.mixer.rendered))

    @override
    def teardown(self) -> None:
        asyncio.run(self.driver.close())
        self._folder.cleanup()

    def do(self, command: PlayerCommand) -> None:
        self.number += 1
        self.core.execute(Meta(command_id=str(self.number), fence=0), command)

    def media(self, item: str, length: float, **fields: Any) -> Media:
        declared = timedelta(seconds=fields.pop("declared", length))
        path = fields.pop("path", str(self.files[length]))
        return Media(item_id=item, path=path, duration=declared, **fields)

    items = st.sampled_from(["a", "b", "c", "d"])
    lengths = st.sampled_from(LENGTHS)

    @rule(item=items, length=lengths, at=st.none() | st.floats(-1, 4), paused=st.booleans())
    def play(self, item: str, length: float, at: float | None, paused: bool) -> None:  # noqa: FBT001
        start_at = None if at is None else timedelta(seconds=at)
        media = self.media(item, length)
        self.do(commands.Play(media=media, start_at=start_at, start_paused=paused))

    @rule(item=items, length=lengths, album=st.booleans())
    def prepare(self, item: str, length: float, album: bool) -> None:  # noqa: FBT001
        self.do(commands.Prepare(media=self.media(item, length, no_crossfade=album)))

    @rule(item=items, play=st.booleans())
    def hand_over_nonsense(self, item: str, play: bool) -> None:  # noqa: FBT001
        media = self.media(item, 1.0, path="/nowhere.flac")
        self.do(commands.Play(media=media) if play else commands.Prepare(media=media))

    @rule(item=items)
    def play_what_is_cut_short(self, item: str) -> None:
        self.do(commands.Play(media=self.media(item, 1.0, declared=60.0)))

    @rule(
        command=st.sampled_from(
            [
                commands.Pause(),
                commands.Resume(),
                commands.Stop(),
                commands.Advance(),
                commands.ClearPrepared(),
                commands.SetVolume(volume=0.3),
                commands.SetOptions(crossfade=timedelta(seconds=0.2)),
                commands.SetOptions(crossfade=timedelta(seconds=12)),
                commands.SetOptions(crossfade=ZERO),
            ]
        )
    )
    def press(self, command: PlayerCommand) -> None:
        self.do(command)

    @rule(position=st.floats(-1, 4))
    def seek(self, position: float) -> None:
        self.do(commands.Seek(position=timedelta(seconds=position)))

    @rule(frames=st.sampled_from([1, 333, 4800, 30_000]), decoded=st.booleans())
    def pull(self, frames: int, decoded: bool) -> None:  # noqa: FBT001
        mixer = self.driver.mixer
        if decoded:
            slots = [slot for slot in (mixer.current, mixer.prepared) if slot is not None]
            asyncio.run(
                eventually(lambda: all(slot.ended or slot.filled >= frames for slot in slots))
            )
        before = self.core.state()
        mixer.pull(frames)
        after = self.core.state()
        if before.current == after.current and before.status is after.status is Status.PLAYING:
            moved = after.anchor.position - before.anchor.position
            assert -SLACK <= moved <= to_timedelta(frames) + SLACK

    @invariant()
    def every_start_has_one_end(self) -> None:
        state = self.core.state()
        entries = self.core.journal.since(self.seq)
        assert entries is not None
        for entry in entries:
            self.seq += 1
            assert entry.seq == self.seq
            match entry.event:
                case ItemStarted(media=media):
                    assert self.open is None
                    self.open = media.item_id
                case ItemEnded(item_id=item_id, played=played):
                    assert item_id == self.open
                    assert played >= ZERO
                    self.open = None
        assert (state.current.item_id if state.current else None) == self.open
        assert (state.status is Status.IDLE) == (state.current is None)
        assert state.anchor.rate == (1.0 if state.status is Status.PLAYING else 0.0)

    @invariant()
    def core_and_mixer_hold_the_same_items(self) -> None:
        state, mixer = self.core.state(), self.driver.mixer
        for media, voice in ((state.current, mixer.current), (state.prepared, mixer.prepared)):
            assert (media is None) == (voice is None)
            assert voice is None or voice.media == media


TestMixingMachine = MixingMachine.TestCase
TestMixingMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
