"""Where sound goes, how songs overlap, and a tone to try it. Travels to the conductor."""

import math
from collections.abc import Collection
from dataclasses import dataclass

from backline.jukebox.commands.playback import Requested
from backline.jukebox.domain.playback import (
    Action,
    OutOfRange,
    PlaybackRequested,
    PlayerStatus,
    Room,
    SomethingPlaying,
    UnknownOutput,
)
from backline.jukebox.domain.queue import check_host
from backline.jukebox.ports import RoomRepository
from backline.kit.core.actor import Actor
from backline.kit.core.clock import Clock
from backline.kit.core.errors import Violation
from backline.kit.core.ids import uuid7
from backline.kit.core.messages import Command

_SOUNDING = {PlayerStatus.PLAYING, PlayerStatus.BUFFERING}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseOutput(Command[Requested]):
    """`among` are the ids of what the player has."""

    device: str
    among: Collection[str]


async def choose_output(command: ChooseOutput, rooms: RoomRepository, actor: Actor) -> Requested:
    """Let the sound go elsewhere. Kept over restarts of the player.

    Raises:
        NamelessVisitor, HostsOnly, UnknownOutput: As they say.
    """
    check_host(actor, "choose where the sound goes")
    room = await rooms.get()
    if command.device not in command.among:
        raise UnknownOutput(
            "That sound output is not there any more. Choose another one from the list.",
            device=command.device,
        )
    return _ask(room, actor, Action.OUTPUT, output=command.device)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCrossfade(Command[Requested]):
    """`longest_s` is what the player can do."""

    seconds: float
    longest_s: float


async def set_crossfade(command: SetCrossfade, rooms: RoomRepository, actor: Actor) -> Requested:
    """Let songs overlap, from the next one on. Kept over restarts of the player.

    Raises:
        NamelessVisitor, HostsOnly, OutOfRange: As they say.
    """
    check_host(actor, "change how songs overlap")
    room = await rooms.get()
    if not (math.isfinite(command.seconds) and 0 <= command.seconds <= command.longest_s):
        most = f"0 to {command.longest_s:g} seconds."
        raise OutOfRange(f"Songs can overlap by {most}", violations=(Violation("#/seconds", most),))
    return _ask(room, actor, Action.CROSSFADE, crossfade_s=command.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayTestTone(Command[Requested]):
    """About a second, through the output that is in use."""


async def play_test_tone(
    command: PlayTestTone, rooms: RoomRepository, actor: Actor, clock: Clock
) -> Requested:
    """Try the sound.

    Raises:
        NamelessVisitor, HostsOnly, SomethingPlaying: As they say.
    """
    check_host(actor, "try the sound")
    room = await rooms.get()
    if room.status in _SOUNDING:
        raise SomethingPlaying(
            "Something is playing, and that is a better test than any tone. "
            "Pause it to hear the test tone."
        )
    return _ask(room, actor, Action.TEST_TONE, asked_at=clock.now())


def _ask(room: Room, actor: Actor, action: Action, **fields: object) -> Requested:
    request_id = str(uuid7())
    room.events.append(
        PlaybackRequested(
            request_id=request_id,
            action=action,
            actor_id=actor.id,
            actor_name=actor.name,
            **fields,  # type: ignore[arg-type] # each caller gives its action's own
        )
    )
    return Requested(request_id, room.revision)


COMMANDS = (choose_output, set_crossfade, play_test_tone)
