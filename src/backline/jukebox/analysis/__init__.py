"""Listening to what was uploaded: decoding, tags, loudness, waveform, in a process of its own.

`child` is that process; it alone imports numpy, soundfile, miniaudio and PIL, under hard limits.
`process` runs it, `job` makes of it an answer for the room, `sweep` clears up afterwards.
"""
