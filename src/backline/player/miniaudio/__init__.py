"""The driver that makes sound: decoders, a mixer and the sound device.

Three kinds of thread meet here. The event loop carries out commands; one thread per item decodes
ahead into a ring; the sound device's callback pulls from the mixer. The mixer's lock is held for
less than a millisecond at a time and never while anybody decodes, opens a file or waits.
"""
