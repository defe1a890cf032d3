"""The miniaudio driver, its files decoded and mixed for real, its device pulled by the test."""

import pytest

from backline.api.player.v1 import player_pb2 as pb
from tests.player.conformance import PlayerConformance
from tests.player.rigs import MiniaudioRig, seconds


class TestMiniaudioConformance(PlayerConformance):
    """The miniaudio driver keeps the contract."""

    @pytest.fixture
    def rig(self, pulled: MiniaudioRig) -> MiniaudioRig:
        return pulled


async def test_a_prepared_item_that_cannot_be_played_is_told_before_its_turn(
    pulled: MiniaudioRig,
) -> None:
    watcher = await pulled.watch_from_now()
    await pulled.play(pulled.media("a"))
    await pulled.elapse(0.95)
    await watcher.until("need_next")

    await pulled.prepare(await pulled.broken("bad"))

    (failed,) = await watcher.until("item_failed")
    assert (failed.item_id, failed.code) == ("bad", pb.ERROR_CODE_NOT_FOUND)
    await watcher.until("need_next", 2)
    state = await pulled.state()
    assert (state.current.item_id, state.status) == ("a", pb.STATUS_PLAYING)
    assert not state.HasField("prepared")
    assert len(watcher.of("item_started")) == 1


async def test_a_file_that_is_cut_short_is_a_failure_and_the_next_one_plays(
    pulled: MiniaudioRig,
) -> None:
    watcher = await pulled.watch_from_now()
    await pulled.play(pulled.media("short", duration=seconds(60)))
    await pulled.prepare(pulled.media("next"))

    await pulled.elapse(1.2)
    await watcher.until("item_started", 2)
    await pulled.settled()

    (failed,) = watcher.of("item_failed")
    (ended,) = watcher.of("item_ended")
    assert failed.code == pb.ERROR_CODE_TRUNCATED
    assert (ended.item_id, ended.reason) == ("short", pb.END_REASON_FAILED)
    assert ended.played.ToTimedelta().total_seconds() == pytest.approx(1.0)
    assert (await pulled.state()).current.item_id == "next"


async def test_another_output_can_be_chosen(pulled: MiniaudioRig) -> None:
    watcher = await pulled.watch_from_now()
    await pulled.play(pulled.media("a"))
    await pulled.elapse(0.5)

    result = await pulled.call("SelectOutput", output_id="headphones")
    (changed,) = await watcher.until("output_changed")
    state = await pulled.elapse(0.1)

    assert result.applied
    assert changed.output.name == "Headphones"
    assert pulled.position(state) == pytest.approx(0.6, abs=pulled.tolerance)
