"""Jukebox: tracks, the queue that a room shares, its votes, its policy and its history.

Owns the database `backline_jukebox`, the files under its media directory and topic `jukebox.v1`.
The conductor, one at a time by lease, brings about at the player what the queue says.
"""
