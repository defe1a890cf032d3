"""What can be asked about the jukebox."""
