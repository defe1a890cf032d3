"""The jukebox over HTTP."""
