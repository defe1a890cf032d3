"""The player over gRPC."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

from typing_extensions import override

from backline.api.player.v1 import player_pb2 as pb
from backline.api.player.v1 import player_pb2_grpc
from backline.kit.core.errors import Unavailable
from backline.player import commands
from backline.player.commands import PlayerCommand
from backline.player.core import Core
from backline.player.domain import ZERO, Info, MalformedCommand
from backline.player.emulated import EmulatedDriver
from backline.player.translation import (
    from_duration,
    from_error_code,
    from_media,
    from_meta,
    from_normalisation,
    to_anchor,
    to_duration,
    to_event,
    to_info,
    to_result,
    to_state,
    to_timestamp,
)

HEARTBEAT = timedelta(seconds=5)
SHORTEST_HEARTBEAT = timedelta(milliseconds=100)
LONGEST_HEARTBEAT = timedelta(minutes=5)


class PlayerServicer(player_pb2_grpc.PlayerServicer):
    """Translates; the core decides. Every handler answers without waiting for anything."""

    def __init__(self, core: Core, info: Callable[[], Info]) -> None:
        self._core = core
        self._info = info

    @override
    async def GetInfo(self, request: pb.GetInfoRequest, context: Any) -> pb.PlayerInfo:
        return to_info(self._info())

    @override
    async def GetState(self, request: pb.GetStateRequest, context: Any) -> pb.PlayerState:
        return to_state(self._core.state())

    @override
    async def Watch(self, request: pb.WatchRequest, context: Any) -> AsyncIterator[pb.PlayerEvent]:
        core, journal = self._core, self._core.journal
        heartbeat = from_duration(request, "heartbeat") or HEARTBEAT
        if not SHORTEST_HEARTBEAT <= heartbeat <= LONGEST_HEARTBEAT:
            raise MalformedCommand("heartbeat must be between 100 ms and 5 minutes.")
        drops = journal.drops
        known = request.epoch == core.epoch
        seq: int = request.after_seq
        while True:
            dropped = journal.drops != drops or core.closing
            entries = journal.since(seq) if known else None
            if entries is None:
                snapshot = core.state()
                known, seq = True, snapshot.seq
                yield pb.PlayerEvent(
                    epoch=core.epoch,
                    seq=seq,
                    at=to_timestamp(snapshot.anchor.as_of),
                    snapshot=to_state(snapshot),
                )
                continue
            for entry in entries:
                yield to_event(core.epoch, entry)
                seq = entry.seq
            if dropped:
                raise Unavailable("The player ended this stream. Watch again from the last event.")
            if not await journal.news(seq, drops=drops, within_s=heartbeat.total_seconds()):
                beat = self._heartbeat()
                # Looking may itself have brought news; they come first, or a watcher would
                # believe that it has seen them.
                if beat.seq == seq:
                    yield beat

    def _heartbeat(self) -> pb.PlayerEvent:
        state = self._core.state()
        message = to_state(state)
        return pb.PlayerEvent(
            epoch=state.epoch,
            seq=state.seq,
            at=to_timestamp(state.anchor.as_of),
            heartbeat=pb.Heartbeat(
                anchor=to_anchor(state.anchor),
                buffered=to_duration(state.buffered),
                underruns=state.underruns,
                rendered_frames=state.rendered_frames,
                status=message.status,
            ),
        )

    def _execute(self, meta: pb.CommandMeta, command: PlayerCommand) -> pb.CommandResult:
        return to_result(self._core.execute(from_meta(meta), command))

    @override
    async def Prepare(self, request: pb.PrepareRequest, context: Any) -> pb.CommandResult:
        command = commands.Prepare(
            media=from_media(request.media), if_current_item_id=request.if_current_item_id
        )
        return self._execute(request.meta, command)

    @override
    async def ClearPrepared(
        self, request: pb.ClearPreparedRequest, context: Any
    ) -> pb.CommandResult:
        command = commands.ClearPrepared(if_prepared_item_id=request.if_prepared_item_id)
        return self._execute(request.meta, command)

    @override
    async def Play(self, request: pb.PlayRequest, context: Any) -> pb.CommandResult:
        command = commands.Play(
            media=from_media(request.media),
            start_at=from_duration(request, "start_at"),
            start_paused=request.start_paused,
            fade_in=from_duration(request, "fade_in"),
        )
        return self._execute(request.meta, command)

    @override
    async def Advance(self, request: pb.AdvanceRequest, context: Any) -> pb.CommandResult:
        command = commands.Advance(
            if_item_id=request.if_item_id, fade=from_duration(request, "fade")
        )
        return self._execute(request.meta, command)

    @override
    async def Pause(self, request: pb.PauseRequest, context: Any) -> pb.CommandResult:
        command = commands.Pause(if_item_id=request.if_item_id, fade=from_duration(request, "fade"))
        return self._execute(request.meta, command)

    @override
    async def Resume(self, request: pb.ResumeRequest, context: Any) -> pb.CommandResult:
        command = commands.Resume(
            if_item_id=request.if_item_id, fade=from_duration(request, "fade")
        )
        return self._execute(request.meta, command)

    @override
    async def Stop(self, request: pb.StopRequest, context: Any) -> pb.CommandResult:
        return self._execute(request.meta, commands.Stop(fade=from_duration(request, "fade")))

    @override
    async def Seek(self, request: pb.SeekRequest, context: Any) -> pb.CommandResult:
        command = commands.Seek(
            if_item_id=request.if_item_id, position=from_duration(request, "position") or ZERO
        )
        return self._execute(request.meta, command)

    @override
    async def SetVolume(self, request: pb.SetVolumeRequest, context: Any) -> pb.CommandResult:
        command = commands.SetVolume(
            volume=request.volume if request.HasField("volume") else None,
            muted=request.muted if request.HasField("muted") else None,
            ramp=from_duration(request, "ramp"),
        )
        return self._execute(request.meta, command)

    @override
    async def SetOptions(self, request: pb.SetOptionsRequest, context: Any) -> pb.CommandResult:
        command = commands.SetOptions(
            crossfade=from_duration(request, "crossfade"),
            normalisation=from_normalisation(request.normalisation),
        )
        return self._execute(request.meta, command)

    @override
    async def SelectOutput(self, request: pb.SelectOutputRequest, context: Any) -> pb.CommandResult:
        return self._execute(request.meta, commands.SelectOutput(output_id=request.output_id))

    @override
    async def PlayTestTone(self, request: pb.PlayTestToneRequest, context: Any) -> pb.CommandResult:
        return self._execute(request.meta, commands.PlayTestTone())


class EmulatorServicer(player_pb2_grpc.EmulatorControlServicer):
    def __init__(self, core: Core, driver: EmulatedDriver) -> None:
        self._core = core
        self._driver = driver

    @override
    async def AdvanceClock(self, request: pb.AdvanceClockRequest, context: Any) -> pb.PlayerState:
        by = from_duration(request, "by") or ZERO
        if by < ZERO:
            raise MalformedCommand("Time does not run backwards.")
        self._driver.advance(by)
        return to_state(self._core.state())

    @override
    async def InjectFault(
        self, request: pb.InjectFaultRequest, context: Any
    ) -> pb.InjectFaultResponse:
        self._core.sync()
        match request.WhichOneof("fault"):
            case "fail_next_item":
                self._driver.fail_next_item(from_error_code(request.fail_next_item))
            case "stall":
                self._driver.stall(from_duration(request, "stall") or ZERO)
            case "lose_output":
                self._driver.lose_output()
            case "restore_output":
                self._driver.restore_output()
            case "drop_watchers":
                self._core.journal.drop_watchers()
            case _:
                raise MalformedCommand("Name a fault.")
        self._core.sync()
        return pb.InjectFaultResponse()
