"""What can be asked of the jukebox: tracks, the queue, playback, the room, conducting."""

from backline.jukebox.commands import (
    changes,
    conducting,
    demo,
    leading,
    moving,
    playback,
    queue,
    room,
    sound,
    tracks,
    uploads,
)

COMMANDS = (
    *tracks.COMMANDS,
    *uploads.COMMANDS,
    *queue.COMMANDS,
    *moving.COMMANDS,
    *playback.COMMANDS,
    *sound.COMMANDS,
    *room.COMMANDS,
    *changes.COMMANDS,
    *conducting.COMMANDS,
    *leading.COMMANDS,
    *demo.COMMANDS,
)
