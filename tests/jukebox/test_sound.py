"""Where sound goes: outputs, crossfade, the test tone; from the door to a real player."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from backline.api.player.v1 import player_pb2 as pb
from backline.jukebox.clients import GrpcPlayer
from backline.jukebox.commands.playback import TakePlaybackRequest
from backline.jukebox.commands.sound import ChooseOutput
from backline.jukebox.domain.playback import Action, PlayerStatus, UnknownOutput
from backline.jukebox.domain.player import Device, Sound
from backline.jukebox.rest.sound import Outputs, Silence, silence_of
from backline.kit.testing.eventually import eventually
from tests.jukebox.conducting import Stage, open_stage
from tests.jukebox.rooms import ANN, HAL, TestRoom
from tests.jukebox.test_rest import Door


@pytest.fixture
async def stage(room: TestRoom) -> AsyncIterator[Stage]:
    async with open_stage(room) as stage:
        yield stage


@pytest.fixture
async def door(stage: Stage) -> AsyncIterator[Door]:
    door = Door(stage.room, GrpcPlayer(stage.player.channel, Path))
    async with door.client:
        yield door


async def take(stage: Stage, action: Action, **fields: Any) -> bool:
    """Let a request arrive at the conductor."""
    command = TakePlaybackRequest(request_id=f"{action}-{fields}", action=action, **fields)
    return await stage.room.send(command)


async def test_hosts_see_where_sound_goes_and_could_go(door: Door) -> None:
    outputs = await door("GET", "/playback/outputs", HAL)

    Outputs.model_validate(outputs)
    assert outputs["driver"] == "emulated"
    assert (outputs["audible"], outputs["silent_because"]) == (False, "emulated")
    assert [each["id"] for each in outputs["devices"]] == ["emulated", "emulated-2", "null"]
    assert [each["id"] for each in outputs["devices"] if each["chosen"]] == ["emulated"]
    assert outputs["devices"][2]["reason"]


async def test_sound_is_the_hosts_business(door: Door) -> None:
    for method, path, body in (
        ("GET", "/playback/outputs", None),
        ("PUT", "/playback/output", {"device": "null"}),
        ("PUT", "/playback/crossfade", {"seconds": 3}),
        ("POST", "/playback/test-tone", None),
    ):
        refused = await door(method, path, ANN, json=body, expect=403)
        assert refused["reason"] == "HOSTS_ONLY"
        await door(method, path, json=body, expect=401)


async def test_what_hosts_ask_for_is_on_its_way_to_the_conductor(door: Door) -> None:
    await door("PUT", "/playback/output", HAL, json={"device": "emulated-2"}, expect=202)
    await door("PUT", "/playback/crossfade", HAL, json={"seconds": 3}, expect=202)
    tone = await door("POST", "/playback/test-tone", HAL, expect=202)

    assert await door.room.requests() == ["output", "crossfade", "test_tone"]
    assert (tone["audible"], tone["silent_because"]) == (False, "emulated")
    assert tone["reason"]


async def test_what_the_player_cannot_do_is_refused(door: Door) -> None:
    unknown = await door("PUT", "/playback/output", HAL, json={"device": "moon"}, expect=409)
    long = await door("PUT", "/playback/crossfade", HAL, json={"seconds": 60}, expect=400)

    assert unknown["reason"] == "UNKNOWN_OUTPUT"
    assert long["errors"][0]["pointer"] == "#/seconds"
    assert await door.room.requests() == []


async def test_a_test_tone_is_refused_while_something_plays(stage: Stage, door: Door) -> None:
    stage.conduct()
    await stage.room.add(HAL, "one")
    await stage.until_playing("one")

    async def refused() -> bool:
        answer = await door.client.post("/playback/test-tone", headers=door.headers(HAL))
        return answer.status_code == 409 and answer.json()["reason"] == "SOMETHING_PLAYING"

    await eventually(refused)


async def test_a_player_that_is_away_is_said_so(stage: Stage, door: Door) -> None:
    await stage.player.kill()

    refused = await door("GET", "/playback/outputs", HAL, expect=503)

    assert refused["reason"] == "PLAYER_UNREACHABLE"


async def test_the_chosen_output_is_kept_when_the_player_starts_again(stage: Stage) -> None:
    stage.conduct()

    await take(stage, Action.OUTPUT, output="emulated-2")
    await stage.until_state(lambda state: state.output.id == "emulated-2")
    await stage.player.kill()
    await stage.player.start()

    await stage.until_state(lambda state: state.output.id == "emulated-2")


async def test_an_output_that_is_gone_does_not_stop_the_evening(stage: Stage) -> None:
    stage.conduct()

    await take(stage, Action.OUTPUT, output="unplugged")
    await stage.room.add(HAL, "one")

    await stage.until_playing("one")
    assert (await stage.player.state()).output.id == "emulated"


async def test_songs_overlap_as_asked_also_after_a_restart(stage: Stage) -> None:
    stage.conduct()

    await take(stage, Action.CROSSFADE, crossfade_s=3.0)
    await stage.until_state(lambda state: state.crossfade.seconds == 3)
    await stage.player.kill()
    await stage.player.start()

    await stage.until_state(lambda state: state.crossfade.seconds == 3)


async def test_a_test_tone_sounds_once(stage: Stage) -> None:
    stage.conduct()

    assert await take(stage, Action.TEST_TONE, asked_at=stage.room.clock.now())
    await stage.until_state(lambda state: state.test_tone)
    await stage.player.advance(2)
    await take(stage, Action.VOLUME, volume=0.5)
    await stage.until_state(lambda state: state.volume == 0.5)

    assert not (await stage.player.state()).test_tone


async def test_a_test_tone_that_comes_late_is_not_played(stage: Stage) -> None:
    stage.conduct()
    long_ago = stage.room.clock.now() - timedelta(seconds=11)

    assert not await take(stage, Action.TEST_TONE, asked_at=long_ago)


async def test_a_test_tone_gives_way_to_music(stage: Stage) -> None:
    """Asked for in silence, taken when a song has started: the player has the last word."""
    stage.conduct()
    await stage.room.add(HAL, "one")
    await stage.until_playing("one")

    await take(stage, Action.TEST_TONE, asked_at=stage.room.clock.now())
    await take(stage, Action.VOLUME, volume=0.5)
    await stage.until_state(lambda state: state.volume == 0.5)
    await take(stage, Action.PAUSE)
    await stage.until_state(lambda state: state.status == pb.STATUS_PAUSED)

    assert not (await stage.player.state()).test_tone


async def test_the_player_decides_what_can_be_chosen(room: TestRoom) -> None:
    with pytest.raises(UnknownOutput):
        await room.send(ChooseOutput(device="x", among=("a", "b")), HAL)


SPEAKER = Device(id="a", name="Speaker", backend="Test", default=True, audible=True, reason="")


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({}, None),
        ({"driver": "emulated"}, Silence.EMULATED),
        ({"lost": True}, Silence.OUTPUT_LOST),
        ({"nowhere": True}, Silence.NO_OUTPUT),
        ({"muted": True}, Silence.MUTED),
        ({"volume": 0.0}, Silence.MUTED),
    ],
)
def test_silence_has_a_reason(changes: dict[str, Any], because: Silence | None) -> None:
    sound: dict[str, Any] = {
        "driver": "miniaudio",
        "devices": (SPEAKER,),
        "output": SPEAKER,
        "lost": False,
        "nowhere": False,
        "volume": 0.8,
        "muted": False,
        "crossfade_s": 0.0,
        "longest_crossfade_s": 12.0,
        "status": PlayerStatus.IDLE,
        "underruns": 0,
    }
    assert silence_of(Sound(**sound | changes)) == because
