"""Where sound goes, over HTTP: outputs, crossfade, a test tone."""

from enum import StrEnum
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from backline.jukebox.commands.playback import Requested
from backline.jukebox.commands.sound import ChooseOutput, PlayTestTone, SetCrossfade
from backline.jukebox.domain.player import Device, Sound
from backline.jukebox.domain.queue import check_host
from backline.jukebox.ports import Player
from backline.kit.auth.http import CurrentActor
from backline.kit.http.dependencies import IdempotencyKey, Mediate

router = APIRouter(prefix="/playback", tags=["playback"])

_DEVICE: Any = {
    "id": "alsa:hw:CARD=PCH,DEV=0",
    "name": "Built-in Audio",
    "backend": "ALSA",
    "default": False,
    "chosen": True,
    "audible": True,
    "reason": None,
}


class Silence(StrEnum):
    """Why nothing can be heard."""

    EMULATED = "emulated"
    NO_OUTPUT = "no_output"
    OUTPUT_LOST = "output_lost"
    MUTED = "muted"


class OutputDevice(BaseModel):
    """One place where sound can go. `chosen` is the one in use.

    `reason` says why nobody would hear it; null when all is well.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_DEVICE]})

    id: str
    name: str
    backend: str
    default: bool
    chosen: bool
    audible: bool
    reason: str | None

    @classmethod
    def of(cls, device: Device, *, chosen: bool) -> "OutputDevice":
        return cls(
            id=device.id,
            name=device.name,
            backend=device.backend,
            default=device.default,
            chosen=chosen,
            audible=device.audible,
            reason=device.reason or None,
        )


class Outputs(BaseModel):
    """Where sound goes now and where it could go, as the player has it at this moment.

    `silent_because` is null if people can hear what plays: `emulated` (a player without sound),
    `no_output` (the output that nobody hears), `output_lost`, `muted` (or the volume is 0).
    `reason` is the same as one sentence.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "driver": "miniaudio",
                    "audible": True,
                    "silent_because": None,
                    "reason": None,
                    "crossfade_s": 3.0,
                    "longest_crossfade_s": 12.0,
                    "devices": [_DEVICE],
                }
            ]
        }
    )

    driver: str
    audible: bool
    silent_because: Silence | None
    reason: str | None
    crossfade_s: float
    longest_crossfade_s: float
    devices: list[OutputDevice]

    @classmethod
    def of(cls, sound: Sound) -> "Outputs":
        because = silence_of(sound)
        devices = [
            OutputDevice.of(device, chosen=device.id == sound.output.id) for device in sound.devices
        ]
        if not any(device.chosen for device in devices):
            # The one in use is gone, and is no longer found: say so instead of showing none.
            devices.insert(0, OutputDevice.of(sound.output, chosen=True))
        return cls(
            driver=sound.driver,
            audible=because is None,
            silent_because=because,
            reason=_in_words(because, sound),
            crossfade_s=sound.crossfade_s,
            longest_crossfade_s=sound.longest_crossfade_s,
            devices=devices,
        )


class OutputBody(BaseModel):
    """The id of one of `GET /playback/outputs`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"device": "null"}]})

    device: str = Field(min_length=1, max_length=1_000)


class CrossfadeBody(BaseModel):
    """By how many seconds songs overlap; 0 joins them without a gap."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"seconds": 3}]})

    seconds: float = Field(ge=0, allow_inf_nan=False)


class TestTone(BaseModel):
    """The tone is on its way. `audible` says whether anybody can hear it, and where it goes."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "request_id": "0199aa33-02f4-7d1c-9d3f-5a3f1a2b3c4d",
                    "revision": 412,
                    "output": "Built-in Audio",
                    "audible": True,
                    "silent_because": None,
                    "reason": None,
                }
            ]
        }
    )

    request_id: str
    revision: int
    output: str
    audible: bool
    silent_because: Silence | None
    reason: str | None


def silence_of(sound: Sound) -> Silence | None:
    """Why nothing of `sound` can be heard; None if it can."""
    if sound.driver == "emulated":
        return Silence.EMULATED
    if sound.lost:
        return Silence.OUTPUT_LOST
    if sound.nowhere:
        return Silence.NO_OUTPUT
    if sound.muted or sound.volume <= 0:
        return Silence.MUTED
    return None


def _in_words(because: Silence | None, sound: Sound) -> str | None:
    match because:
        case Silence.EMULATED:
            return "This player keeps time and makes no sound: nothing can be heard."
        case Silence.MUTED:
            return "The volume is off: nothing can be heard."
        case None:
            return None
        case _:
            return sound.output.reason or "Nothing can be heard."


@router.get("/outputs", summary="Where sound goes, and where it could go (hosts)")
async def get_outputs(request: Request, actor: CurrentActor) -> Outputs:
    """As the player has it at this moment."""
    check_host(actor, "look at the sound outputs")
    return Outputs.of(await _player(request).sound())


@router.put("/output", status_code=202, summary="Let the sound go elsewhere (hosts)")
async def put_output(
    body: OutputBody,
    request: Request,
    mediator: Mediate,
    actor: CurrentActor,
    key: IdempotencyKey = None,
) -> Requested:
    """What plays goes on there. Kept over restarts of the player."""
    check_host(actor, "choose where the sound goes")
    sound = await _player(request).sound()
    command = ChooseOutput(device=body.device, among=tuple(each.id for each in sound.devices))
    return await mediator.send(command, actor=actor, key=key)


@router.put("/crossfade", status_code=202, summary="Let songs overlap (hosts)")
async def put_crossfade(
    body: CrossfadeBody,
    request: Request,
    mediator: Mediate,
    actor: CurrentActor,
    key: IdempotencyKey = None,
) -> Requested:
    """From the next song on. Kept over restarts of the player."""
    check_host(actor, "change how songs overlap")
    sound = await _player(request).sound()
    command = SetCrossfade(seconds=body.seconds, longest_s=sound.longest_crossfade_s)
    return await mediator.send(command, actor=actor, key=key)


@router.post("/test-tone", status_code=202, summary="Try the sound (hosts)")
async def post_test_tone(
    request: Request, mediator: Mediate, actor: CurrentActor, key: IdempotencyKey = None
) -> TestTone:
    """About a second of tone through the output in use, well below the volume that is set.

    Refused while something plays. The answer says whether anybody can hear it, and why not.
    """
    check_host(actor, "try the sound")
    sound = await _player(request).sound()
    requested = await mediator.send(PlayTestTone(), actor=actor, key=key)
    because = silence_of(sound)
    return TestTone(
        request_id=requested.request_id,
        revision=requested.revision,
        output=sound.output.name,
        audible=because is None,
        silent_because=because,
        reason=_in_words(because, sound),
    )


def _player(request: Request) -> Player:
    player: Player = request.app.state.player
    return player
