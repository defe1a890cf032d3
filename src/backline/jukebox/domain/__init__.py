"""What the jukebox is about: tracks, the queue, its policy, playback. No I/O, no framework."""
