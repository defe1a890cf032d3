"""The core on a virtual clock: whole evenings, and whatever anybody may do to it."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from backline.kit.core.errors import Unavailable
from backline.kit.testing.clock import EPOCH
from backline.player import commands
from backline.player.commands import Meta, PlayerCommand
from backline.player.core import Core
from backline.player.domain import (
    ZERO,
    Alert,
    EndReason,
    ErrorCode,
    ItemEnded,
    ItemError,
    ItemStarted,
    Media,
    NeedNext,
    PositionChanged,
    Result,
    Status,
    overlap,
)
from backline.player.emulated import EmulatedDriver


def a_media(item_id: str = "a", *, length_s: float = 100.0, **fields: Any) -> Media:
    return Media(
        item_id=item_id, path="/music/a.flac", duration=timedelta(seconds=length_s), **fields
    )


class Stage:
    """A core, its driver, and a reader of its journal."""

    def __init__(self, **options: Any) -> None:
        self.driver = EmulatedDriver(begin=EPOCH)
        self.core = Core(self.driver, player_id="p", epoch="e", **options)
        self.events: list[Any] = []
        self._seq = 0
        self._commands = 0

    def do(self, command: PlayerCommand) -> Result:
        self._commands += 1
        return self.core.execute(Meta(command_id=f"c{self._commands}", fence=1), command)

    def pass_time(self, seconds: float) -> None:
        self.driver.advance(timedelta(seconds=seconds))
        self.core.sync()

    def read(self) -> list[Any]:
        """The new events; their numbers have no gaps."""
        entries = self.core.journal.since(self._seq)
        assert entries is not None
        assert [entry.seq for entry in entries] == list(
            range(self._seq + 1, self._seq + 1 + len(entries))
        )
        self._seq = self.core.journal.last_seq
        news = [entry.event for entry in entries]
        self.events += news
        return news


def test_a_whole_evening_takes_no_time() -> None:
    stage = Stage(crossfade=timedelta(seconds=4))
    stage.do(commands.Play(media=a_media("0", length_s=240)))
    for number in range(1, 121):
        stage.do(commands.Prepare(media=a_media(str(number), length_s=240)))
        stage.pass_time(236)
        stage.read()
    stage.pass_time(240)
    stage.read()

    ended = [event for event in stage.events if isinstance(event, ItemEnded)]
    started = [event.media.item_id for event in stage.events if isinstance(event, ItemStarted)]

    assert [event.item_id for event in ended] == started == [str(n) for n in range(121)]
    assert {event.reason for event in ended} == {EndReason.FINISHED}
    assert sum((event.played for event in ended), ZERO) == timedelta(seconds=120 * 236 + 240)
    assert stage.core.state().status is Status.IDLE


def test_one_long_absence_is_played_through_in_order() -> None:
    """Nobody listens to the player for an hour: what was to happen happened when it was due."""
    stage = Stage()
    stage.do(commands.Play(media=a_media("a")))
    stage.do(commands.Prepare(media=a_media("b")))

    stage.pass_time(3600)

    entries = stage.core.journal.since(0) or []
    moments = {
        type(entry.event).__name__: (entry.at.wall - EPOCH).total_seconds() for entry in entries
    }
    assert moments["ItemStarted"] == 100
    assert moments["NeedNext"] == 180
    assert moments["ItemEnded"] == 200


def test_taking_back_the_next_item_near_the_end_asks_again() -> None:
    stage = Stage()
    stage.do(commands.Play(media=a_media("a")))
    stage.do(commands.Prepare(media=a_media("b")))
    stage.pass_time(90)
    stage.read()

    stage.do(commands.ClearPrepared())

    (need,) = (event for event in stage.read() if isinstance(event, NeedNext))
    assert need.remaining == timedelta(seconds=10)


def test_a_failure_after_music_is_not_one_in_a_row() -> None:
    stage = Stage(failures_in_a_row=2)
    for number in range(4):
        stage.driver.fail_next_item(ErrorCode.NOT_FOUND)
        stage.do(commands.Prepare(media=a_media(f"good{number}")))
        stage.do(commands.Play(media=a_media(f"bad{number}")))
        stage.pass_time(5)
        assert stage.core.state().status is Status.PLAYING
    failed = [event for event in stage.read() if isinstance(event, ItemError)]
    assert len(failed) == 4


def test_a_short_item_that_was_heard_to_its_end_counts_as_music() -> None:
    stage = Stage()
    for item, fails in (("x", True), ("y", True), ("jingle", False), ("z", True)):
        if fails:
            stage.driver.fail_next_item(ErrorCode.NOT_FOUND)
        stage.do(commands.Play(media=a_media(item, length_s=0.5)))
        stage.pass_time(1)

    assert not [event for event in stage.read() if isinstance(event, Alert)]


def test_a_paused_item_that_fails_leaves_the_next_one_paused() -> None:
    stage = Stage()
    stage.do(commands.Prepare(media=a_media("b")))
    stage.driver.fail_next_item(ErrorCode.CORRUPT)

    stage.do(commands.Play(media=a_media("a"), start_paused=True))
    stage.pass_time(5)

    state = stage.core.state()
    assert state.current is not None
    assert (state.current.item_id, state.status) == ("b", Status.PAUSED)
    assert state.anchor.position == ZERO


def test_a_stall_is_said_and_moves_nothing() -> None:
    stage = Stage()
    stage.do(commands.Play(media=a_media("a")))
    stage.pass_time(10)
    stage.read()

    stage.driver.stall(timedelta(seconds=3))
    stage.pass_time(2)
    stalled = stage.core.state()
    stage.pass_time(2)

    assert stalled.status is Status.BUFFERING
    assert stalled.anchor.position == timedelta(seconds=10)
    assert stalled.anchor.rate == 0
    assert stage.core.state().anchor.position == timedelta(seconds=11)
    stops = [event for event in stage.read() if isinstance(event, PositionChanged)]
    assert [event.anchor.rate for event in stops] == [0, 1]


def test_a_player_that_shuts_down_says_where_it_stopped_and_ends_nothing() -> None:
    stage = Stage()
    stage.do(commands.Play(media=a_media("a")))
    stage.pass_time(42)
    stage.read()

    stage.core.shutdown()

    (last,) = stage.read()
    assert isinstance(last, PositionChanged)
    assert (last.anchor.position, last.anchor.rate) == (timedelta(seconds=42), 0)
    with pytest.raises(Unavailable):
        stage.do(commands.Pause())


def test_old_answers_are_forgotten_in_time() -> None:
    stage = Stage()
    first = stage.core.execute(Meta("first", 0), commands.SetVolume(volume=0.5))
    for number in range(1023):
        stage.core.execute(Meta(str(number), 0), commands.SetVolume(volume=number / 1023))

    assert stage.core.execute(Meta("first", 0), commands.SetVolume(volume=0.5)) is first
    stage.core.execute(Meta("one more", 0), commands.SetVolume(volume=0.1))
    assert stage.core.execute(Meta("first", 0), commands.SetVolume(volume=0.5)) is not first


@pytest.mark.parametrize(
    ("following", "crossfade_s", "expected_s"),
    [
        (a_media(), 8, 8),
        (a_media(), 0, 0),
        (a_media(no_crossfade=True), 8, 0),
        (a_media(length_s=10), 8, 5),
        (a_media(cue_out=timedelta(seconds=6)), 8, 3),
    ],
)
def test_items_overlap_by_half_of_either_at_most(
    following: Media, crossfade_s: float, expected_s: float
) -> None:
    length = overlap(a_media(), following, timedelta(seconds=crossfade_s))

    assert length == timedelta(seconds=expected_s)


ITEMS = st.sampled_from(["a", "b", "c", "d"])
LENGTHS = st.sampled_from([0.5, 3.0, 30.0, 100.0])
POSITIONS = st.floats(-10, 200, allow_nan=False).map(lambda value: timedelta(seconds=value))


class PlayerMachine(RuleBasedStateMachine):
    """Anybody may do anything at any time; the promises hold after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage()
        self.open: str | None = None
        self.heard = ZERO
        self.commands: list[tuple[Meta, PlayerCommand, Result]] = []

    def do(self, command: PlayerCommand) -> None:
        meta = Meta(command_id=f"m{len(self.commands)}", fence=1)
        self.commands.append((meta, command, self.stage.core.execute(meta, command)))

    @rule(item=ITEMS, length=LENGTHS, paused=st.booleans(), at=st.none() | POSITIONS)
    def play(self, item: str, length: float, paused: bool, at: timedelta | None) -> None:  # noqa: FBT001
        media = a_media(item, length_s=length)
        self.do(commands.Play(media=media, start_paused=paused, start_at=at))

    @rule(item=ITEMS, length=LENGTHS, album=st.booleans())
    def prepare(self, item: str, length: float, album: bool) -> None:  # noqa: FBT001
        self.do(commands.Prepare(media=a_media(item, length_s=length, no_crossfade=album)))

    @rule(item=ITEMS | st.just(""))
    def clear(self, item: str) -> None:
        self.do(commands.ClearPrepared(if_prepared_item_id=item))

    @rule(item=ITEMS | st.just(""))
    def skip(self, item: str) -> None:
        self.do(commands.Advance(if_item_id=item))

    @rule(command=st.sampled_from([commands.Pause(), commands.Resume(), commands.Stop()]))
    def press(self, command: PlayerCommand) -> None:
        self.do(command)

    @rule(position=POSITIONS)
    def seek(self, position: timedelta) -> None:
        self.do(commands.Seek(position=position))

    @rule(crossfade=st.sampled_from([0, 2, 12]))
    def crossfade(self, crossfade: int) -> None:
        self.do(commands.SetOptions(crossfade=timedelta(seconds=crossfade)))

    @rule()
    def fail_next(self) -> None:
        self.stage.core.sync()
        self.stage.driver.fail_next_item(ErrorCode.CORRUPT)

    @rule(seconds=st.sampled_from([1, 10]))
    def stall(self, seconds: int) -> None:
        self.stage.core.sync()
        self.stage.driver.stall(timedelta(seconds=seconds))

    @rule(lose=st.booleans())
    def output(self, lose: bool) -> None:  # noqa: FBT001
        self.stage.core.sync()
        if lose:
            self.stage.driver.lose_output()
        else:
            self.stage.driver.restore_output()

    @rule(seconds=st.sampled_from([0.01, 1, 7, 60, 1000]))
    def wait(self, seconds: float) -> None:
        before = self.stage.core.state()
        self.stage.pass_time(seconds)
        after = self.stage.core.state()
        if before.current == after.current:
            moved = after.anchor.position - before.anchor.position
            assert ZERO <= moved <= timedelta(seconds=seconds)

    @precondition(lambda self: self.commands)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        meta, command, result = data.draw(st.sampled_from(self.commands))
        seq = self.stage.core.state().seq
        assert self.stage.core.execute(meta, command) is result
        assert self.stage.core.state().seq == seq

    @invariant()
    def every_start_has_one_end(self) -> None:
        state = self.stage.core.state()
        for event in self.stage.read():
            if isinstance(event, ItemStarted):
                assert self.open is None
                self.open = event.media.item_id
            elif isinstance(event, ItemEnded):
                assert event.item_id == self.open
                assert event.played >= ZERO
                self.open = None
                self.heard += event.played
        assert (state.current.item_id if state.current else None) == self.open

    @invariant()
    def what_was_heard_adds_up(self) -> None:
        driver = self.stage.driver
        assert self.heard + driver.reading().played == driver._rendered

    @invariant()
    def the_state_makes_sense(self) -> None:
        state = self.stage.core.state()
        assert (state.status is Status.IDLE) == (state.current is None)
        assert state.anchor.rate == (1.0 if state.status is Status.PLAYING else 0.0)
        if state.current is not None:
            assert state.current.cue_in <= state.anchor.position <= state.current.end
            assert state.prepared is None or state.prepared.item_id != state.current.item_id


TestPlayerMachine = PlayerMachine.TestCase
TestPlayerMachine.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
