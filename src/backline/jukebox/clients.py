"""The player over gRPC, behind this service's port."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration

from backline.api.player.v1 import player_pb2 as pb
from backline.api.player.v1 import player_pb2_grpc
from backline.jukebox.domain.causes import Cause, CauseCode
from backline.jukebox.domain.playback import Anchor, Cursor, Output, PlayerStatus
from backline.jukebox.domain.player import (
    Broken,
    CommandId,
    Device,
    Ended,
    Happening,
    Heartbeat,
    Media,
    Moved,
    NeedNext,
    Other,
    Outcome,
    OutputChanged,
    PlayerEvent,
    PlayerUnreachable,
    Snapshot,
    Sound,
    Started,
)
from backline.jukebox.domain.queue import ItemId
from backline.kit.core.errors import Internal

CALL_TIMEOUT_S = 5.0
HEARTBEAT_S = 1.0
_SILENT_AFTER_S = 6.0

_STATUS = {
    pb.STATUS_IDLE: PlayerStatus.IDLE,
    pb.STATUS_BUFFERING: PlayerStatus.BUFFERING,
    pb.STATUS_PLAYING: PlayerStatus.PLAYING,
    pb.STATUS_PAUSED: PlayerStatus.PAUSED,
    pb.STATUS_OUTPUT_LOST: PlayerStatus.OUTPUT_LOST,
}
_REASON = {
    pb.END_REASON_FINISHED: "finished",
    pb.END_REASON_SKIPPED: "skipped",
    pb.END_REASON_REPLACED: "replaced",
    pb.END_REASON_STOPPED: "stopped",
    pb.END_REASON_FAILED: "failed",
}
_AWAY = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.UNKNOWN,
}
_CAUSES = {
    pb.ERROR_CODE_NOT_FOUND: CauseCode.FILE_UNREACHABLE,
    pb.ERROR_CODE_UNSUPPORTED_FORMAT: CauseCode.NOT_A_SOUND_FILE,
    pb.ERROR_CODE_CORRUPT: CauseCode.DAMAGED,
    pb.ERROR_CODE_FETCH_FAILED: CauseCode.FILE_UNREACHABLE,
    pb.ERROR_CODE_OUTPUT: CauseCode.OUTPUT_FAILED,
    pb.ERROR_CODE_TRUNCATED: CauseCode.ENDS_EARLY,
}


class GrpcPlayer:
    """A player at the other end of a channel.

    Args:
        channel: Stays the caller's; it reconnects by itself.
        path_of: Where the player finds the file with this sha256.
    """

    def __init__(self, channel: grpc.aio.Channel, path_of: Callable[[str], Path]) -> None:
        self._stub: Any = player_pb2_grpc.PlayerStub(channel)
        self._path_of = path_of
        self._driver = "unknown"

    async def state(self) -> Snapshot:
        return self._snapshot(await self._call(self._stub.GetState, pb.GetStateRequest()))

    async def sound(self) -> Sound:
        info, state = await asyncio.gather(
            self._call(self._stub.GetInfo, pb.GetInfoRequest()),
            self._call(self._stub.GetState, pb.GetStateRequest()),
        )
        self._driver = _driver(info)
        return Sound(
            driver=self._driver,
            devices=tuple(self._device(output) for output in info.outputs),
            output=self._device(state.output),
            lost=not state.output.available,
            nowhere=state.output.is_null,
            volume=state.volume,
            muted=state.muted,
            crossfade_s=_seconds(state.crossfade),
            longest_crossfade_s=_seconds(info.capabilities.max_crossfade),
            status=_STATUS[state.status],
            underruns=state.underruns,
        )

    async def watch(self, cursor: Cursor) -> AsyncGenerator[PlayerEvent, None]:
        """Raises `PlayerUnreachable` when the stream breaks or falls silent."""
        info = await self._call(self._stub.GetInfo, pb.GetInfoRequest())
        self._driver = _driver(info)
        stream = self._stub.Watch(
            pb.WatchRequest(
                epoch=cursor.epoch, after_seq=cursor.seq, heartbeat=_duration(HEARTBEAT_S)
            )
        )
        try:
            while True:
                try:
                    async with asyncio.timeout(_SILENT_AFTER_S):
                        event = await stream.read()
                except (grpc.aio.AioRpcError, TimeoutError) as error:
                    raise _unreachable(error) from error
                if event is grpc.aio.EOF:
                    raise PlayerUnreachable("The player has ended the conversation.")
                yield PlayerEvent(event.epoch, event.seq, self._happening(event))
        finally:
            stream.cancel()

    async def prepare(self, command: CommandId, media: Media, *, current: ItemId) -> Outcome:
        request = pb.PrepareRequest(
            meta=_meta(command), media=self._media(media), if_current_item_id=current
        )
        return await self._command(self._stub.Prepare, request)

    async def clear_prepared(self, command: CommandId, item_id: ItemId) -> Outcome:
        request = pb.ClearPreparedRequest(meta=_meta(command), if_prepared_item_id=item_id)
        return await self._command(self._stub.ClearPrepared, request)

    async def play(
        self, command: CommandId, media: Media, *, start_at_s: float, paused: bool
    ) -> Outcome:
        request = pb.PlayRequest(meta=_meta(command), media=self._media(media), start_paused=paused)
        if start_at_s > 0:
            request.start_at.CopyFrom(_duration(start_at_s))
        return await self._command(self._stub.Play, request)

    async def advance(self, command: CommandId, item_id: ItemId) -> Outcome:
        request = pb.AdvanceRequest(meta=_meta(command), if_item_id=item_id)
        return await self._command(self._stub.Advance, request)

    async def pause(self, command: CommandId, item_id: ItemId) -> Outcome:
        request = pb.PauseRequest(meta=_meta(command), if_item_id=item_id)
        return await self._command(self._stub.Pause, request)

    async def resume(self, command: CommandId, item_id: ItemId) -> Outcome:
        request = pb.ResumeRequest(meta=_meta(command), if_item_id=item_id)
        return await self._command(self._stub.Resume, request)

    async def stop(self, command: CommandId) -> Outcome:
        return await self._command(self._stub.Stop, pb.StopRequest(meta=_meta(command)))

    async def seek(self, command: CommandId, item_id: ItemId, position_s: float) -> Outcome:
        request = pb.SeekRequest(
            meta=_meta(command), if_item_id=item_id, position=_duration(position_s)
        )
        return await self._command(self._stub.Seek, request)

    async def set_volume(self, command: CommandId, volume: float, *, muted: bool) -> Outcome:
        request = pb.SetVolumeRequest(meta=_meta(command), volume=volume, muted=muted)
        return await self._command(self._stub.SetVolume, request)

    async def set_options(self, command: CommandId, *, crossfade_s: float) -> Outcome:
        request = pb.SetOptionsRequest(
            meta=_meta(command),
            crossfade=_duration(crossfade_s),
            normalisation=pb.NORMALISATION_TRACK,
        )
        return await self._command(self._stub.SetOptions, request)

    async def select_output(self, command: CommandId, output_id: str) -> Outcome:
        request = pb.SelectOutputRequest(meta=_meta(command), output_id=output_id)
        return await self._command(self._stub.SelectOutput, request)

    async def play_test_tone(self, command: CommandId) -> Outcome:
        request = pb.PlayTestToneRequest(meta=_meta(command))
        return await self._command(self._stub.PlayTestTone, request)

    async def _command(self, method: Any, request: Any) -> Outcome:
        result = await self._call(method, request)
        refused = None
        if not result.applied:
            refused = pb.ErrorCode.Name(result.refused).removeprefix("ERROR_CODE_")
        return Outcome(refused, result.detail, self._snapshot(result.state))

    async def _call(self, method: Callable[..., Awaitable[Any]], request: Any) -> Any:
        try:
            return await method(request, timeout=CALL_TIMEOUT_S)
        except grpc.aio.AioRpcError as error:
            if error.code() in _AWAY:
                raise _unreachable(error) from error
            raise Internal(f"The player refused a malformed request: {error.details()}") from error

    def _media(self, media: Media) -> pb.Media:
        message = pb.Media(
            item_id=media.item_id,
            track_id=media.track_id,
            path=str(self._path_of(media.playable_sha256)),
            sha256=media.playable_sha256,
            content_type=media.content_type,
            gain_db=media.gain_db,
            peak=media.peak,
            display=media.title,
        )
        if media.duration_s is not None:
            message.duration.CopyFrom(_duration(media.duration_s))
        return message

    def _snapshot(self, state: pb.PlayerState) -> Snapshot:
        return Snapshot(
            epoch=state.epoch,
            seq=state.seq,
            status=_STATUS[state.status],
            current=_item(state.current.item_id),
            prepared=_item(state.prepared.item_id),
            anchor=_anchor(state.anchor),
            volume=state.volume,
            muted=state.muted,
            output=self._output(state.output),
        )

    def _output(self, output: pb.Output) -> Output:
        return Output(self._driver, output.name, self._is_audible(output), output.id)

    def _device(self, output: pb.Output) -> Device:
        return Device(
            id=output.id,
            name=output.name,
            backend=output.backend,
            default=output.is_default,
            audible=self._is_audible(output),
            reason=output.reason,
        )

    def _is_audible(self, output: pb.Output) -> bool:
        real = bool(output.id) and not output.is_null and self._driver != "emulated"
        return real and bool(output.available)

    def _happening(self, event: pb.PlayerEvent) -> Happening:  # noqa: PLR0911 - one per kind
        match event.WhichOneof("event"):
            case "snapshot":
                return self._snapshot(event.snapshot)
            case "item_started":
                anchor = event.item_started.anchor
                started = _anchor(anchor)
                return Other() if started is None else Started(started.item_id, started)
            case "item_ended":
                ended = event.item_ended
                return Ended(ItemId(ended.item_id), _REASON[ended.reason], _seconds(ended.played))
            case "position_changed":
                return Moved(_anchor(event.position_changed.anchor))
            case "status_changed":
                changed = event.status_changed
                return Moved(_anchor(changed.anchor), _STATUS[changed.after])
            case "item_failed":
                failed = event.item_failed
                return Broken(ItemId(failed.item_id), _cause(failed))
            case "output_changed":
                return OutputChanged(self._output(event.output_changed.output))
            case "need_next":
                return NeedNext(ItemId(event.need_next.current_item_id))
            case "heartbeat":
                return Heartbeat(_anchor(event.heartbeat.anchor))
            case _:
                return Other()


def _cause(failed: pb.ItemError) -> Cause:
    code = _CAUSES.get(failed.code, CauseCode.NOT_PLAYABLE)
    return Cause(code, failed.message or "It cannot be played.")


def _meta(command: CommandId) -> pb.CommandMeta:
    return pb.CommandMeta(command_id=command.id, fence=command.fence, actor="conductor")


def _driver(info: pb.PlayerInfo) -> str:
    return pb.Driver.Name(info.driver).removeprefix("DRIVER_").lower()


def _item(item_id: str) -> ItemId | None:
    return ItemId(item_id) if item_id else None


def _anchor(anchor: pb.Anchor) -> Anchor | None:
    if not anchor.item_id:
        return None
    as_of = anchor.as_of.ToDatetime(tzinfo=UTC)
    return Anchor(ItemId(anchor.item_id), _seconds(anchor.position), as_of, anchor.rate)


def _seconds(duration: Duration) -> float:
    return duration.seconds + duration.nanos / 1e9


def _duration(seconds: float) -> Duration:
    duration = Duration()
    duration.FromTimedelta(timedelta(seconds=seconds))
    return duration


def _unreachable(error: Exception) -> PlayerUnreachable:
    return PlayerUnreachable(f"The player does not answer: {type(error).__name__}.")
