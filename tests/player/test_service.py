"""The player as a process runs it."""

import asyncio
import os
import socket
import subprocess
import sys
from datetime import timedelta
from typing import Any

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pydantic import ValidationError

from backline.api.player.v1 import player_pb2 as pb
from backline.api.player.v1 import player_pb2_grpc
from backline.kit.rpc.server import build_server, listen_on
from backline.kit.testing.eventually import eventually
from backline.player.settings import Settings
from backline.player.wiring import build
from tests.player.rigs import EmulatedRig, MiniaudioRig, Watcher, meta, seconds, serving

PLAYER = "backline.api.player.v1.Player"
EMULATOR = "backline.api.player.v1.EmulatorControl"


async def test_the_emulated_player_can_follow_the_machines_clock() -> None:
    service = await build(Settings(driver="emulated", clock="real"))
    async with serving(service) as channel:
        stub: Any = player_pb2_grpc.PlayerStub(channel)
        watcher = Watcher(stub)
        await watcher.until("snapshot")
        media = pb.Media(item_id="a", path="/a.mp3", duration=seconds(0.3))

        await stub.Play(pb.PlayRequest(meta=meta(), media=media))

        (ended,) = await watcher.until("item_ended")
        assert ended.played.ToTimedelta() == timedelta(seconds=0.3)
        await watcher.stop()


async def test_a_player_that_is_stopped_says_where_and_hangs_up() -> None:
    service = await build(Settings(driver="emulated", clock="virtual"))
    assert service.add_servicers is not None
    server = build_server(service.add_servicers, service.rpc_names)
    address = listen_on(server, "127.0.0.1:0")
    await server.start()
    stop = asyncio.Event()
    sound = asyncio.ensure_future(service.background["sound"](stop))
    async with grpc.aio.insecure_channel(address) as channel:
        rig = EmulatedRig(channel)
        await rig.play(rig.media("a"))
        watcher = await rig.watch_from_now()
        await rig.elapse(0.42)

        stop.set()
        await sound
        await eventually(lambda: watcher.ended is not None)

        assert watcher.ended is grpc.StatusCode.UNAVAILABLE
        assert not watcher.of("item_ended")
        last = watcher.of("position_changed")[-1]
        assert (last.anchor.item_id, last.anchor.rate) == ("a", 0)
        assert rig.position(pb.PlayerState(anchor=last.anchor)) == pytest.approx(0.42)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await rig.call("Pause")
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        late = await rig.watch()
        await eventually(lambda: late.ended is grpc.StatusCode.UNAVAILABLE)
    await server.stop(None)
    await service.close()


async def test_stopping_fades_out_and_lets_go_of_the_device(pulled: MiniaudioRig) -> None:
    await pulled.play(pulled.media("a"))
    await pulled.elapse(0.25)
    assert pulled.outputs.device is not None

    await pulled.driver.close()

    assert not pulled.outputs.device.alive


async def test_dropped_watchers_hang_up_and_may_come_back(emulated: EmulatedRig) -> None:
    watcher = await emulated.watch_from_now()

    await emulated.inject(drop_watchers=True)
    await eventually(lambda: watcher.ended is not None)
    await emulated.play(emulated.media("a"))
    last = watcher.events[-1]
    back = await emulated.watch(epoch=last.epoch, after_seq=last.seq)

    assert watcher.ended is grpc.StatusCode.UNAVAILABLE
    await back.until("item_started")
    assert "snapshot" not in back.kinds


async def test_health_and_doors(emulated: EmulatedRig, pulled: MiniaudioRig) -> None:
    request = pb.AdvanceClockRequest(by=seconds(1))
    await emulated.control.AdvanceClock(request)

    real: Any = player_pb2_grpc.EmulatorControlStub(pulled.channel)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await real.AdvanceClock(request)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED

    for rig, name in ((emulated, PLAYER), (emulated, EMULATOR), (pulled, PLAYER)):
        health: Any = health_pb2_grpc.HealthStub(rig.channel)
        answer = await health.Check(health_pb2.HealthCheckRequest(service=name))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_time_does_not_run_backwards(emulated: EmulatedRig) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await emulated.advance(-1)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize(
    "fields",
    [
        {"driver": "gramophone"},
        {"volume": 1.5},
        {"buffer_ms": 1},
        {"crossfade_s": -1},
        {"loudness": 11},
    ],
)
def test_a_wrong_setting_is_an_error_that_names_it(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(fields))):
        Settings(**fields)


async def test_a_player_starts_as_its_settings_say() -> None:
    service = await build(
        Settings(driver="emulated", clock="virtual", volume=0.4, crossfade_s=3, id="bar")
    )
    async with serving(service) as channel:
        state = await EmulatedRig(channel).state()

    assert (state.volume, state.player_id) == (0.4, "bar")
    assert state.crossfade.ToTimedelta() == timedelta(seconds=3)


async def test_prometheus_sees_whether_anything_is_heard() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    service = await build(Settings(driver="emulated", clock="virtual", metrics_port=port))
    async with serving(service) as channel, httpx.AsyncClient() as http:
        rig = EmulatedRig(channel)
        await rig.play(rig.media("a"))
        await rig.elapse(0.5)

        async def metrics() -> str:
            return (await http.get(f"http://127.0.0.1:{port}/metrics")).text

        async def sounds() -> bool:
            return 'backline_player_status{status="playing"} 1.0' in await metrics()

        await eventually(sounds)
        assert "backline_player_output_audible 1.0" in await metrics()
        assert "backline_player_rendered_frames 2.4e+06" in await metrics()

        await rig.lose_output()

        async def is_silent() -> bool:
            return "backline_player_output_audible 0.0" in await metrics()

        await eventually(is_silent)


@pytest.mark.parametrize("niceness", [7, -20])
def test_the_priority_is_asked_for_and_a_refusal_is_no_error(niceness: int) -> None:
    script = (
        "import os\n"
        "from backline.player.settings import Settings\n"
        "from backline.player.wiring import build_driver\n"
        "from backline.kit.core.clock import SystemClock\n"
        f"build_driver(Settings(niceness={niceness}), SystemClock())\n"
        "print(os.getpriority(os.PRIO_PROCESS, 0))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        start_new_session=True,
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
    )

    before = os.getpriority(os.PRIO_PROCESS, 0)
    assert int(done.stdout) in {niceness, before}
    assert niceness < 0 or int(done.stdout) == niceness
