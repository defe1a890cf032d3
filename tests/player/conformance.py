"""What every driver must do, over real gRPC. A driver's test class adds the fixture `rig`."""

import asyncio
from typing import Any

import grpc
import pytest

from backline.api.player.v1 import player_pb2 as pb
from backline.kit.testing.eventually import eventually
from tests.player.rigs import Rig, meta, seconds


def _refusal(result: pb.CommandResult) -> str:
    return "" if result.applied else pb.ErrorCode.Name(result.refused)


class PlayerConformance:
    """The rules of the contract."""

    # --- two slots ---------------------------------------------------------------------------

    async def test_a_player_is_idle_at_first(self, rig: Rig) -> None:
        state = await rig.state()

        assert state.status == pb.STATUS_IDLE
        assert not state.HasField("current")
        assert not state.HasField("prepared")
        assert (state.can_pause, state.can_seek, state.can_advance) == (False, False, False)
        assert state.output.available

    async def test_it_starts_the_prepared_item_by_itself(self, rig: Rig) -> None:
        await rig.play(rig.media("a"))
        await rig.prepare(rig.media("b"))

        state = await rig.elapse(1.2)

        assert state.current.item_id == "b"
        assert state.anchor.item_id == "b"
        assert rig.position(state) == pytest.approx(0.2, abs=rig.tolerance / rig.length)
        assert not state.HasField("prepared")
        assert state.status == pb.STATUS_PLAYING

    async def test_without_a_prepared_item_it_falls_idle(self, rig: Rig) -> None:
        watcher = await rig.watch_from_now()
        await rig.play(rig.media("a"))

        state = await rig.elapse(1.5)

        assert state.status == pb.STATUS_IDLE
        assert not state.HasField("current")
        (ended,) = await watcher.until("item_ended")
        assert ended.reason == pb.END_REASON_FINISHED

    async def test_preparing_starts_nothing(self, rig: Rig) -> None:
        await rig.prepare(rig.media("a"))

        state = await rig.elapse(0.5)

        assert state.status == pb.STATUS_IDLE
        assert state.prepared.item_id == "a"

    async def test_preparing_replaces_what_was_prepared(self, rig: Rig) -> None:
        await rig.play(rig.media("a"))
        await rig.prepare(rig.media("b"))
        await rig.prepare(rig.media("c"))

        state = await rig.elapse(1.2)

        assert state.current.item_id == "c"

    async def test_what_was_taken_back_is_not_played(self, rig: Rig) -> None:
        await rig.play(rig.media("a"))
        await rig.prepare(rig.media("b"))

        stale = await rig.call("ClearPrepared", if_prepared_item_id="x")
        cleared = await rig.call("ClearPrepared", if_prepared_item_id="b")
        state = await rig.elapse(1.2)

        assert _refusal(stale) == "ERROR_CODE_STALE_ITEM"
        assert cleared.applied
        assert state.status == pb.STATUS_IDLE

    async def test_the_current_item_cannot_be_prepared(self, rig: Rig) -> None:
        await rig.play(rig.media("a"))

        result = await rig.prepare(rig.media("a"))

        assert _refusal(result) == "ERROR_CODE_STALE_ITEM"

    async def test_preparing_for_another_current_item_is_refused(self, rig: Rig) -> None:
        await rig.play(rig.media("a"))

        result = await rig.prepare(rig.media("c"), if_current_item_id="b")

        assert _refusal(result) == "ERROR_CODE_STALE_ITEM"
        assert not result.state.HasField("prepared")

    async def test_playing_the_prepared_item_empties_the_slot(self, rig: Rig) -> None:
        await rig.play(rig.media("a"))
        await rig.prepare(rig.media("b"))

        await rig.play(rig.media("b"))

        state = await rig.state()
        assert state.current.item_id == "b"
        assert not state.HasField("prepared")

    async def test_playing_another_item_leaves_the_prepared_one(self, rig: Rig) -> None:
        watcher = await rig.watch_from_now()
        await rig.play(rig.media("a"))
        await rig.prepare(rig.media("b"))

        await rig.play(rig.media("c"))

        state = await rig.state()
        assert (state.current.item_id, state.prepared.item_id) == ("c", "b")
        (ended,) = await watcher.until("item_ended")
        assert (ended.item_id, ended.reason) == ("a", pb.END_REASON_REPLACED)

    async def test_it_asks_for_the_next_item_once(self, rig: Rig) -> None:
        watcher = await rig.watch_from_now()
        await rig.play(rig.media("a"))

        await rig.elapse(0.97)
        await rig.elapse(0.01)

        (need,) = await watcher.until("need_next")
        assert need.current_item_id == "a"

    async def test_after_a_seek_back_it_asks_again_when_the_end_is_near(self, rig: Rig) -> None:
        watcher = await rig.watch_from_now()
        await rig.play(rig.media("a"))
        await rig.elapse(0.97)
        await watcher.until("need_next")

        await rig.call("Seek", position=seconds(0.2 * rig.length))
        await rig.settled()
        await rig.prepare(rig.media("b"))
        await rig.call("ClearPrepared")
        await rig.elapse(0.1)
        await watcher.until("prepared_changed", 2)
        assert len(watcher.of("need_next")) == 1

        await rig.elapse(0.67)
        await watcher.until("need_next", 2)

    async def test_it_does_not_ask_when_something_is_prepared(self, rig: Rig) -> None:
        await rig.play(rig.media("a", duration=seconds(rig.length)))
        watcher = await rig.watch_from_now()
        await rig.prepare(rig.media("b"))
        asked = len(watcher.of("need_next"))

        await rig.elapse(0.98)

        await rig.call("SetVolume", volume=0.5)
        await watcher.until("options_changed")
        assert len(watcher.of("need_next")) == asked

    # --- anchors -----------------------------------------------------------------------------

    async def test_a_position_is_an_anchor_that_needs_no_ticks(self, rig: Rig) -> None:
        watcher = await rig.watch_from_now()
        await rig.play(rig.media("a"))
        await watcher.until("item_started")
        before = len(watcher.of("position_changed"))

        positions = [rig.position(await rig.elapse(0.1)) for _ in range(5)]

        assert positions == sorted(positions)
        assert positions[-1] - positions[0] == pytest.approx(0.4, abs=rig.tolerance / rig.length)
        state = await rig.state()
        assert (state.anchor.item_id, state.anchor.rate) == ("a", 1.0)
        assert len(watcher.of("position_changed")) == before

    async def test_a_pause_freezes_the_position(self, rig: Rig) -> None:
        watcher = await rig.watch_from_now()
        await rig.play(rig.media("a"))
        await rig.elapse(0.3)

        paused = await rig.call("Pause", if_item_id="a")
        later = await rig.elapse(0.3)

        assert paused.state.status == later.status == pb.STATUS_PAUSED
        assert later.anchor.rate == 0
        assert later.anchor.position == paused.state.anchor.position
        assert (later.can_pause, later.can_seek) == (False, True)

        await rig.call("Resume", if_item_id="a")
        await rig.settled()
        resumed = await rig.elapse(0.1)

        assert rig.position(resumed) == pytest.approx(0.4, abs=rig.tolerance / rig.length)
        changes = [
            (change.before, change.after) for change in await watcher.until("status_changed", 3)
        ]
        assert (pb.STATUS_PLAYING, pb.STATUS_PAUSED) in changes
        assert (pb.STATUS_PAUSED, pb.STATUS_PLAYING) in changes

    async def test_pausing_twice_and_resuming_twice_change_nothing_more(self, rig: Rig) -> None:
        await rig.play(rig.media("a"))

        first = await rig.call("Pause")
        second = await rig.call("Pause")
        assert second.applied
        assert second.state.seq == first.state.seq

        first = await rig.call("Resume")
        second = await rig.call("Resume")
        assert second.applied
        assert second.state.seq == first.state.seq

    async def test_an_item_can_start_paused_and_in_the_middle(self, rig: Rig) -> None:
        await rig.play(rig.media("a"), start_at=seconds(0.5 * rig.length), start_paused=True)

        waiting = await rig.elapse(0.2)
        assert waiting.status == pb.STATUS_PAUSED
        assert rig.position(waiting) == pytest.approx(0.5, abs=rig.tolerance / rig.length)

        await rig.play(rig.media("a"))
        state = await rig.elapse(0.2)

        assert state.status == pb.STATUS_PLAYING
        assert rig.position(state) == pytest.approx(0.7, abs=rig.tolerance / rig.length)

    async def test_playing_the_current_item_again_changes_nothing(self, rig: Rig) -> None:
        watcher = await rig.watch_from_now()
        await rig.play(rig.media("a"))
        await rig.elapse(0.5)

        await rig.play(rig.media("a"))

        state = await rig.elapse(0.1)
        assert rig.position(state) == pytest.approx(0.6, abs=rig.tolerance / rig.length)
        assert len(watcher.of("item_started")) == 1

    # --- idempotency and fences --------------------------------------------------------------

    async def test_a_repeated_command_gets_the_first_answer(self, rig: Rig) -> None:
        await rig.play(rig.media("a"))
        await rig.prepare(rig.media("b"))
        await rig.prepare(rig.media("b"))
        request: dict[str, Any] = {"meta": meta("once"), "if_item_id": "a"}

        first = await rig.call("Advance", **request)
        await rig.settled()
        await rig.elapse(0.1)
        second = await rig.call("Advance", **request)

        assert first == second
        assert first.applied
        assert (await rig.state()).current.item_id == "b"

    async def test_a_repeated_refusal_stays_a_refusal(self, rig: Rig) -> None:
        first = await rig.call("Pause", meta=meta("early"))
        await rig.play(rig.media("a"))

        second = await rig.call("Pause", meta=meta("early"))

        assert _refusal(first) == "ERROR_CODE_NOTHING_PLAYING"
        assert first == second

    async def test_a_command_id_belongs_to_one_command(self, rig: Rig) -> None:
        await rig.call("SetVolume", meta=meta("mine"), volume=0.5)

        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await rig.call("SetVolume", meta=meta("mine"), volume=0.7)

        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert (await rig.state()).volume == 0.5

    async def test_five_people_who_skip_at_once_skip_one_item(self, rig: Rig) -> None:
        await rig.play(rig.media("a"))
        await rig.prepare(rig.media("b"))

        results = await asyncio.gather(*(rig.call("Advance", if_item_id="a") for _ in range(5)))

        assert sorted(map(_refusal, results)) == ["", *["ERROR_CODE_STALE_ITEM"] * 4]
        assert (await rig.state()).current.item_id == "b"

    async def test_an_old_controller_is_refused(self, rig: Rig) -> None:
        await rig.play(rig.media("a"), meta=meta(fence=7))

        old = await rig.call("Stop", meta=meta("late", fence=3))
        same = await rig.call("Pause", meta=meta(fence=7))

        assert _refusal(old) == "ERROR_CODE_STALE_FENCE"
        assert "7" in old.detail
        assert old.state.current.item_id == "a"
        assert same.applied
        assert same.state.fence == 7

    # --- watching ----------------------------------------------------------------------------

    async def test_a_watcher_begins_with_a_snapshot(self, rig: Rig) -> None:
        await rig.play(rig.media("a"))

        watcher = await rig.watch_from_now()

        (snapshot,) = watcher.of("snapshot")
        assert snapshot.current.item_id == "a"
        assert watcher.events[0].seq == snapshot.seq

    async def test_a_watcher_comes_back_without_a_gap(self, rig: Rig) -> None:
        watcher = await rig.watch_from_now()
        await rig.play(rig.media("a"))
        await watcher.until("item_started")
        await watcher.stop()
        seen = watcher.events

        await rig.prepare(rig.media("b"))
        await rig.call("Advance", if_item_id="a")
        back = await rig.watch(epoch=seen[-1].epoch, after_seq=seen[-1].seq)
        await back.until("item_started")

        assert "snapshot" not in back.kinds
        numbers = [event.seq for event in [*seen[1:], *back.events]]
        assert numbers == list(range(seen[0].seq + 1, seen[0].seq + 1 + len(numbers)))

    @pytest.mark.parametrize("lost", ["epoch", "future", "long ago"])
    async def test_a_watcher_that_cannot_go_on_gets_a_snapshot(self, rig: Rig, lost: str) -> None:
        for number in range(1100 if lost == "long ago" else 3):
            await rig.call("SetVolume", volume=number % 10 / 10 + 0.05)
        state = await rig.state()

        watcher = await rig.watch(
            epoch="another" if lost == "epoch" else state.epoch,
            after_seq={"epoch": 1, "future": state.seq + 10, "long ago": 1}[lost],
        )

        await watcher.until("snapshot")
        assert watcher.events[0].seq == state.seq

    async def test_heartbeats_confirm_the_anchor(self, rig: Rig) -> None:
        await rig.play(rig.media("a"))
        await rig.elapse(0.25)

        watcher = await rig.watch(heartbeat_s=0.1)
        beats = await watcher.until("heartbeat", 2)

        assert beats[0].anchor.item_id == "a"
        assert beats[0].rendered_frames > 0
        assert watcher.events[-1].seq == watcher.events[0].seq

    # --- one end per start -------------------------------------------------------------------

    async def test_every_item_that_started_ends_once_and_says_how_long_it_was_heard(
        self, rig: Rig
    ) -> None:
        watcher = await rig.watch_from_now()
        await rig.play(rig.media("finished"))
        await rig.prepare(rig.media("skipped"))
        await rig.elapse(1.25)
        await rig.prepare(rig.media("replaced"))
        await rig.call("Advance", if_item_id="skipped")
        await rig.settled()
        await rig.elapse(0.5)
        await rig.play(rig.media("stopped"))
        await rig.elapse(0.5)
        await rig.call("Stop")

        ended = await watcher.until("item_ended", 4)
        started = [event.media.item_id for event in watcher.of("item_started")]

        assert [event.item_id for event in ended] == started
        assert [(event.item_id, event.reason) for event in ended] == [
            ("finished", pb.END_REASON_FINISHED),
            ("skipped", pb.END_REASON_SKIPPED),
            ("replaced", pb.END_REASON_REPLACED),
            ("stopped", pb.END_REASON_STOPPED),
        ]
        played = [event.played.ToTimedelta().total_seconds() / rig.length for event in ended]
        assert played == pytest.approx([1.0, 0.25, 0.5, 0.5], abs=rig.tolerance / rig.length)

    async def test_what_was_heard_does_not_count_what_was_jumped_over(self, rig: Rig) -> None:
        watcher = await rig.watch_from_now()
        await rig.play(rig.media("a"))
        await rig.elapse(0.25)
        await rig.call("Seek", position=seconds(0.75 * rig.length))
        await rig.settled()
        await rig.elapse(0.5)

        (ended,) = await watcher.until("item_ended")

        tolerance = rig.tolerance / rig.length
        heard = ended.played.ToTimedelta().total_seconds() / rig.length
        assert heard == pytest.approx(0.5, abs=tolerance)
        where = ended.position.ToTimedelta().total_seconds() / rig.length
        assert where == pytest.approx(1.0, abs=tolerance)

    # --- failures ----------------------------------------------------------------------------

    async def test_an_item_that_fails_makes_way_for_the_prepared_one(self, rig: Rig) -> None:
        watcher = await rig.watch_from_now()
        await rig.prepare(rig.media("good"))

        await rig.play(await rig.broken("bad"))
        await watcher.until("item_started", 2)
        await rig.settled()

        (failed,) = watcher.of("item_failed")
        (ended,) = watcher.of("item_ended")
        assert (failed.item_id, ended.item_id, ended.reason) == (
            "bad",
            "bad",
            pb.END_REASON_FAILED,
        )
        assert failed.message
        state = await rig.state()
        assert (state.current.item_id, state.status) == ("good", pb.STATUS_PLAYING)
        assert state.last_error.item_id == "bad"

    async def test_what_a_player_cannot_fetch_fails_in_words(self, rig: Rig) -> None:
        info = await rig.stub.GetInfo(pb.GetInfoRequest(), timeout=10)
        watcher = await rig.watch_from_now()
        remote = pb.Media(item_id="a", url="https://example.org/a.mp3", duration=seconds(1))

        await rig.play(remote)

        (failed,) = await watcher.until("item_failed")
        assert not info.capabilities.fetch_url
        assert failed.code == pb.ERROR_CODE_FETCH_FAILED
        (ended,) = await watcher.until("item_ended")
        assert ended.reason == pb.END_REASON_FAILED

    async def test_too_many_failures_in_a_row_raise_an_alert_and_stop(self, rig: Rig) -> None:
        watcher = await rig.watch_from_now()
        await rig.prepare(rig.media("waiting"))
        for number in range(1, 4):
            if number < 3:
                await rig.call("ClearPrepared")
            else:
                await rig.prepare(rig.media("waiting"))
            await rig.play(await rig.broken(f"bad{number}"))
            await watcher.until("item_failed", number)

        (alert,) = await watcher.until("alert")

        assert (alert.failures, alert.error.item_id) == (3, "bad3")
        state = await rig.state()
        assert state.status == pb.STATUS_IDLE
        assert state.prepared.item_id == "waiting"

        await rig.call("Advance")
        await rig.settled()
        assert (await rig.state()).current.item_id == "waiting"

    # --- silence is visible ------------------------------------------------------------------

    async def test_a_lost_output_freezes_the_position_and_says_so(self, rig: Rig) -> None:
        watcher = await rig.watch_from_now()
        await rig.play(rig.media("a"))
        await rig.elapse(0.25)

        await rig.lose_output()
        (lost,) = await watcher.until("output_changed")
        before = await rig.state()
        after = await rig.elapse(0.25)

        assert lost.reason
        assert not lost.output.available
        assert before.status == after.status == pb.STATUS_OUTPUT_LOST
        assert after.anchor.position == before.anchor.position
        assert after.anchor.rate == 0

        await rig.restore_output()
        await watcher.until("output_changed", 2)
        await rig.settled()
        state = await rig.elapse(0.25)

        assert state.status == pb.STATUS_PLAYING
        assert rig.position(state) == pytest.approx(0.5, abs=rig.tolerance / rig.length)

    async def test_rendered_frames_grow_while_it_plays(self, rig: Rig) -> None:
        await rig.play(rig.media("a"))

        first = await rig.elapse(0.1)
        second = await rig.elapse(0.1)

        assert second.rendered_frames > first.rendered_frames

    async def test_it_says_who_it_is(self, rig: Rig) -> None:
        info = await rig.stub.GetInfo(pb.GetInfoRequest(), timeout=10)

        assert info.protocol_version == "1"
        assert info.driver != pb.DRIVER_UNSPECIFIED
        assert info.capabilities.gapless
        assert (await rig.state()).output.id in {output.id for output in info.outputs}

    async def test_an_unknown_output_is_refused(self, rig: Rig) -> None:
        result = await rig.call("SelectOutput", output_id="the moon")

        assert _refusal(result) == "ERROR_CODE_UNKNOWN_OUTPUT"

    async def test_a_test_tone_sounds_for_a_second(self, rig: Rig) -> None:
        watcher = await rig.watch_from_now()
        before = await rig.state()

        result = await rig.call("PlayTestTone")
        during = await rig.elapse(0.9 / rig.length)
        after = await rig.elapse(0.2 / rig.length)

        assert result.applied
        assert (result.state.test_tone, during.test_tone, after.test_tone) == (True, True, False)
        assert during.rendered_frames > before.rendered_frames
        assert (after.status, after.seq) == (pb.STATUS_IDLE, before.seq)
        assert watcher.kinds == ["snapshot"]

    async def test_a_test_tone_is_for_silence(self, rig: Rig) -> None:
        await rig.play(rig.media("a"))

        loud = await rig.call("PlayTestTone")
        await rig.call("Pause")
        paused = await rig.call("PlayTestTone")

        assert _refusal(loud) == "ERROR_CODE_SOMETHING_PLAYING"
        assert loud.detail
        assert not loud.state.test_tone
        assert paused.applied

    @pytest.mark.parametrize("how", ["Play", "Resume"])
    async def test_what_starts_hushes_a_test_tone(self, rig: Rig, how: str) -> None:
        await rig.play(rig.media("a"))
        await rig.call("Pause")
        await rig.call("PlayTestTone")

        await (rig.call("Resume") if how == "Resume" else rig.play(rig.media("b")))
        state = await rig.elapse(0.1 / rig.length)

        assert state.status == pb.STATUS_PLAYING
        assert not state.test_tone

    async def test_a_repeated_test_tone_sounds_once(self, rig: Rig) -> None:
        once = meta("tone")
        first = await rig.call("PlayTestTone", meta=once)
        await rig.elapse(1.1 / rig.length)

        again = await rig.call("PlayTestTone", meta=once)

        assert again == first
        assert not (await rig.state()).test_tone

    async def test_a_test_tone_needs_an_output(self, rig: Rig) -> None:
        watcher = await rig.watch_from_now()
        await rig.lose_output()
        await watcher.until("output_changed")

        result = await rig.call("PlayTestTone")

        assert _refusal(result) == "ERROR_CODE_OUTPUT"
        assert result.detail

    # --- options -----------------------------------------------------------------------------

    async def test_volume_and_mute(self, rig: Rig) -> None:
        watcher = await rig.watch_from_now()

        quiet = await rig.call("SetVolume", volume=0.3)
        muted = await rig.call("SetVolume", muted=True, ramp=seconds(0.4))

        assert (quiet.state.volume, quiet.state.muted) == (0.3, False)
        assert (muted.state.volume, muted.state.muted) == (0.3, True)
        await watcher.until("options_changed", 2)

    async def test_a_crossfade_hands_over_earlier(self, rig: Rig) -> None:
        await rig.call("SetOptions", crossfade=seconds(0.1 * rig.length))
        watcher = await rig.watch_from_now()
        await rig.play(rig.media("a"))
        await rig.prepare(rig.media("b"))

        before = await rig.elapse(0.88)
        after = await rig.elapse(0.04)

        assert (before.current.item_id, after.current.item_id) == ("a", "b")
        assert rig.position(after) == pytest.approx(0.02, abs=rig.tolerance / rig.length)
        (ended,) = await watcher.until("item_ended")
        heard = ended.played.ToTimedelta().total_seconds() / rig.length
        assert heard == pytest.approx(0.9, abs=rig.tolerance / rig.length)

    async def test_an_album_is_not_crossfaded(self, rig: Rig) -> None:
        await rig.call("SetOptions", crossfade=seconds(0.1 * rig.length))
        await rig.play(rig.media("a"))
        await rig.prepare(rig.media("b", no_crossfade=True))

        before = await rig.elapse(0.98)
        after = await rig.elapse(0.04)

        assert (before.current.item_id, after.current.item_id) == ("a", "b")

    async def test_cues_cut_an_item_at_both_ends(self, rig: Rig) -> None:
        cued = rig.media("a", cue_in=seconds(0.25 * rig.length), cue_out=seconds(0.75 * rig.length))
        await rig.play(cued)
        await rig.prepare(rig.media("b"))

        before = await rig.elapse(0.25)
        after = await rig.elapse(0.35)

        assert rig.position(before) == pytest.approx(0.5, abs=rig.tolerance / rig.length)
        assert after.current.item_id == "b"
        assert rig.position(after) == pytest.approx(0.1, abs=rig.tolerance / rig.length)

    # --- seeking -----------------------------------------------------------------------------

    @pytest.mark.parametrize(("asked", "reached"), [(0.5, 0.5), (-1.0, 0.0), (7.0, 1.0)])
    async def test_a_seek_says_where_it_went(self, rig: Rig, asked: float, reached: float) -> None:
        await rig.play(rig.media("a"))
        await rig.call("Pause")

        result = await rig.call("Seek", position=seconds(asked * rig.length), if_item_id="a")

        assert result.applied
        assert rig.position(result.state) == pytest.approx(reached)
        assert result.state.status == pb.STATUS_PAUSED

    async def test_a_seek_plays_on_from_there(self, rig: Rig) -> None:
        watcher = await rig.watch_from_now()
        await rig.play(rig.media("a"))
        await rig.elapse(0.1)

        await rig.call("Seek", position=seconds(0.5 * rig.length), meta=meta("jump"))
        await rig.settled()
        state = await rig.elapse(0.1)

        assert rig.position(state) == pytest.approx(0.6, abs=rig.tolerance / rig.length)
        await eventually(
            lambda: "jump" in [event.command_id for event in watcher.of("position_changed")]
        )

    async def test_advancing_out_of_a_pause_plays(self, rig: Rig) -> None:
        await rig.play(rig.media("a"))
        await rig.prepare(rig.media("b"))
        await rig.call("Pause")

        await rig.call("Advance", if_item_id="a")
        await rig.settled()

        state = await rig.state()
        assert (state.current.item_id, state.status) == ("b", pb.STATUS_PLAYING)

    @pytest.mark.parametrize("method", ["Pause", "Resume", "Seek", "Advance"])
    async def test_commands_for_an_item_that_is_gone_are_refused(
        self, rig: Rig, method: str
    ) -> None:
        nothing = await rig.call(method)
        gone = await rig.call(method, if_item_id="gone")
        await rig.play(rig.media("a"))
        stale = await rig.call(method, if_item_id="gone")

        assert _refusal(nothing) == "ERROR_CODE_NOTHING_PLAYING"
        assert _refusal(gone) == _refusal(stale) == "ERROR_CODE_STALE_ITEM"
        assert stale.detail
        assert (await rig.state()).current.item_id == "a"

    @pytest.mark.parametrize(
        ("method", "fields"),
        [
            ("Play", {}),
            ("Play", {"media": pb.Media(path="/a", duration=seconds(1))}),
            ("Play", {"media": pb.Media(item_id="a", duration=seconds(1))}),
            ("Play", {"media": pb.Media(item_id="a", path="/a")}),
            ("Play", {"media": pb.Media(item_id="a", path="/a", duration=seconds(-1))}),
            (
                "Play",
                {"media": pb.Media(item_id="a", path="/a", duration=seconds(1), peak=-1)},
            ),
            ("Play", {"media": pb.Media(item_id="a", path="/a\0b", duration=seconds(1))}),
            (
                "Prepare",
                {
                    "media": pb.Media(
                        item_id="a", path="/a", duration=seconds(1), gain_db=float("nan")
                    )
                },
            ),
            (
                "Prepare",
                {"media": pb.Media(item_id="a", path="/a", duration=seconds(1), cue_in=seconds(2))},
            ),
            ("SetVolume", {"volume": 1.01}),
            ("SetVolume", {"volume": float("nan")}),
            ("SetVolume", {"volume": 0.5, "ramp": seconds(-1)}),
            ("SetOptions", {"crossfade": seconds(3600)}),
            ("SetOptions", {"normalisation": 77}),
            ("Stop", {"fade": seconds(1e9)}),
            ("Stop", {"meta": pb.CommandMeta()}),
        ],
    )
    async def test_a_malformed_command_is_an_error(
        self, rig: Rig, method: str, fields: dict[str, Any]
    ) -> None:
        before = await rig.state()

        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await rig.call(method, **fields)

        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert caught.value.details()
        assert (await rig.state()).seq == before.seq
