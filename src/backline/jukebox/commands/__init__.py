"""What can be asked of the jukebox: tracks, the queue, playback, the room, conducting."""
