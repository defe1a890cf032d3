"""The player: owns the sound card, one current item and one prepared item, and nothing else.

The order of the queue lives in the backend. Two drivers share one core and one contract
(`backline.api.player.v1.Player`): `miniaudio` makes sound, `emulated` keeps time.
"""
