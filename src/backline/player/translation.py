"""Between the contract's messages and the player's own words."""

from datetime import timedelta
from enum import Enum
from typing import TypeVar

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from backline.api.player.v1 import player_pb2 as pb
from backline.player import domain
from backline.player.commands import Meta
from backline.player.domain import MalformedCommand, Media
from backline.player.journal import Entry

E = TypeVar("E", bound=Enum)


def to_duration(value: timedelta) -> Duration:
    duration = Duration()
    duration.FromTimedelta(value)
    return duration


def from_duration(owner: Message, field: str) -> timedelta | None:
    """None if it is not set.

    Raises:
        MalformedCommand: It is set to something that is no duration.
    """
    if not owner.HasField(field):
        return None
    duration: Duration = getattr(owner, field)
    try:
        return duration.ToTimedelta()
    except (ValueError, OverflowError) as error:
        raise MalformedCommand(f"{field} is not a duration: {error}") from error


def _enum(prefix: str, value: Enum | None) -> str:
    return f"{prefix}_{value.name if value is not None else 'UNSPECIFIED'}"


def to_error_code(code: domain.ErrorCode | None) -> pb.ErrorCode.ValueType:
    return pb.ErrorCode.Value(_enum("ERROR_CODE", code))


def to_status(status: domain.Status) -> pb.Status.ValueType:
    return pb.Status.Value(_enum("STATUS", status))


def to_normalisation(value: domain.Normalisation) -> pb.Normalisation.ValueType:
    return pb.Normalisation.Value(_enum("NORMALISATION", value))


def from_normalisation(value: pb.Normalisation.ValueType) -> domain.Normalisation | None:
    match value:
        case pb.NORMALISATION_UNSPECIFIED:
            return None
        case pb.NORMALISATION_OFF:
            return domain.Normalisation.OFF
        case pb.NORMALISATION_TRACK:
            return domain.Normalisation.TRACK
        case _:
            raise MalformedCommand("normalisation is not a known value.")


def from_error_code(code: pb.ErrorCode.ValueType) -> domain.ErrorCode:
    """The player's own word for `code`.

    Raises:
        MalformedCommand: There is none.
    """
    try:
        return domain.ErrorCode[pb.ErrorCode.Name(code).removeprefix("ERROR_CODE_")]
    except (KeyError, ValueError) as error:
        raise MalformedCommand("This is not an error code.") from error


def from_meta(meta: pb.CommandMeta) -> Meta:
    return Meta(command_id=meta.command_id, fence=meta.fence, actor=meta.actor)


def to_media(media: Media) -> pb.Media:
    message = pb.Media(
        item_id=media.item_id,
        track_id=media.track_id,
        sha256=media.sha256,
        content_type=media.content_type,
        duration=to_duration(media.duration),
        cue_in=to_duration(media.cue_in),
        gain_db=media.gain_db,
        peak=media.peak,
        no_crossfade=media.no_crossfade,
        display=media.display,
    )
    if media.path:
        message.path = media.path
    if media.url:
        message.url = media.url
    if media.cue_out is not None:
        message.cue_out.FromTimedelta(media.cue_out)
    return message


def from_media(message: pb.Media) -> Media:
    return Media(
        item_id=message.item_id,
        track_id=message.track_id,
        path=message.path,
        url=message.url,
        sha256=message.sha256,
        content_type=message.content_type,
        duration=from_duration(message, "duration") or domain.ZERO,
        cue_in=from_duration(message, "cue_in") or domain.ZERO,
        cue_out=from_duration(message, "cue_out"),
        gain_db=message.gain_db,
        peak=message.peak,
        no_crossfade=message.no_crossfade,
        display=message.display,
    )


def to_timestamp(instant: domain.Instant) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(instant.wall)
    return timestamp


def to_anchor(anchor: domain.Anchor) -> pb.Anchor:
    return pb.Anchor(
        item_id=anchor.item_id,
        position=to_duration(anchor.position),
        as_of=to_timestamp(anchor.as_of),
        as_of_mono_ns=anchor.as_of.mono_ns,
        rate=anchor.rate,
        output_latency=to_duration(anchor.output_latency),
    )


def to_item_error(error: domain.ItemError) -> pb.ItemError:
    return pb.ItemError(
        item_id=error.item_id,
        code=to_error_code(error.code),
        message=error.message,
        retryable=error.retryable,
    )


def to_output(output: domain.Output) -> pb.Output:
    return pb.Output(
        id=output.id,
        name=output.name,
        backend=output.backend,
        is_null=output.is_null,
        is_default=output.is_default,
        sample_rate=output.sample_rate,
        channels=output.channels,
        available=output.available,
        reason=output.reason,
    )


def to_info(info: domain.Info) -> pb.PlayerInfo:
    can = info.capabilities
    return pb.PlayerInfo(
        player_id=info.player_id,
        name=info.name,
        version=info.version,
        driver=pb.Driver.Value(_enum("DRIVER", info.driver)),
        protocol_version=info.protocol_version,
        capabilities=pb.Capabilities(
            seek=can.seek,
            gapless=can.gapless,
            volume=can.volume,
            select_output=can.select_output,
            normalisation=can.normalisation,
            max_crossfade=to_duration(can.max_crossfade),
            content_types=can.content_types,
            fetch_url=can.fetch_url,
        ),
        outputs=[to_output(output) for output in info.outputs],
    )


def to_state(state: domain.State) -> pb.PlayerState:
    return pb.PlayerState(
        player_id=state.player_id,
        epoch=state.epoch,
        seq=state.seq,
        status=to_status(state.status),
        current=to_media(state.current) if state.current else None,
        prepared=to_media(state.prepared) if state.prepared else None,
        anchor=to_anchor(state.anchor),
        buffered=to_duration(state.buffered),
        volume=state.volume,
        muted=state.muted,
        crossfade=to_duration(state.crossfade),
        normalisation=to_normalisation(state.normalisation),
        output=to_output(state.output),
        underruns=state.underruns,
        last_error=to_item_error(state.last_error) if state.last_error else None,
        fence=state.fence,
        can_pause=state.can_pause,
        can_seek=state.can_seek,
        can_advance=state.can_advance,
        rendered_frames=state.rendered_frames,
        test_tone=state.test_tone,
    )


def to_result(result: domain.Result) -> pb.CommandResult:
    return pb.CommandResult(
        applied=result.refused is None,
        refused=to_error_code(result.refused),
        detail=result.detail,
        state=to_state(result.state),
    )


def to_event(epoch: str, entry: Entry) -> pb.PlayerEvent:  # noqa: C901 - one arm per event
    message = pb.PlayerEvent(epoch=epoch, seq=entry.seq, at=to_timestamp(entry.at))
    match entry.event:
        case domain.ItemStarted(anchor, media):
            message.item_started.anchor.CopyFrom(to_anchor(anchor))
            message.item_started.media.CopyFrom(to_media(media))
        case domain.ItemEnded(item_id, reason, played, position):
            message.item_ended.item_id = item_id
            message.item_ended.reason = pb.EndReason.Value(_enum("END_REASON", reason))
            message.item_ended.played.FromTimedelta(played)
            message.item_ended.position.FromTimedelta(position)
        case domain.PositionChanged(anchor, command_id):
            message.position_changed.anchor.CopyFrom(to_anchor(anchor))
            message.position_changed.command_id = command_id
        case domain.StatusChanged(before, after, anchor, command_id):
            message.status_changed.before = to_status(before)
            message.status_changed.after = to_status(after)
            message.status_changed.anchor.CopyFrom(to_anchor(anchor))
            message.status_changed.command_id = command_id
        case domain.NeedNext(item_id, remaining):
            message.need_next.current_item_id = item_id
            message.need_next.remaining.FromTimedelta(remaining)
        case domain.OptionsChanged(volume, muted, crossfade, normalisation):
            message.options_changed.volume = volume
            message.options_changed.muted = muted
            message.options_changed.crossfade.FromTimedelta(crossfade)
            message.options_changed.normalisation = to_normalisation(normalisation)
        case domain.OutputChanged(output, reason):
            message.output_changed.output.CopyFrom(to_output(output))
            message.output_changed.reason = reason
        case domain.ItemError():
            message.item_failed.CopyFrom(to_item_error(entry.event))
        case domain.Alert(error, failures):
            message.alert.error.CopyFrom(to_item_error(error))
            message.alert.failures = failures
        case domain.PreparedChanged(prepared):
            message.prepared_changed.SetInParent()
            if prepared is not None:
                message.prepared_changed.prepared.CopyFrom(to_media(prepared))
    return message
