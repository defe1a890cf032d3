"""What `up` adds once everything is ready: the link for the first admin, and where the sound goes.

It runs in a process of its own, so that what it loads for that does not stay in the supervisor.
"""

from __future__ import annotations

import asyncio

from backline.cli.box import Box
from backline.cli.console import say
from backline.cli.people import setup_token
from backline.kit.core.errors import BacklineError

PLAYER_WITHIN_S = 3.0


def welcome(box: Box, url: str) -> None:
    """Print what there is to know at the start."""
    asyncio.run(_welcome(box, url))


async def _welcome(box: Box, url: str) -> None:
    say(await _sound(box))
    try:
        token = await setup_token(box)
    except BacklineError as error:
        say(f"No link for the first admin: {error.detail}")
        return
    if token is not None:
        say("There is no admin yet. This link makes one, once:")
        say(f"  {url}/setup?token={token}")


async def _sound(box: Box) -> str:
    import grpc.aio  # noqa: PLC0415

    from backline.api.player.v1 import player_pb2, player_pb2_grpc  # noqa: PLC0415

    async with grpc.aio.insecure_channel(box.socket("player")) as channel:
        stub = player_pb2_grpc.PlayerStub(channel)
        try:
            state = await stub.GetState(player_pb2.GetStateRequest(), timeout=PLAYER_WITHIN_S)
        except grpc.aio.AioRpcError as error:
            return f"Sound: the player does not answer ({error.code().name})."
    output = state.output
    if output.is_null:
        return f"Sound: null output, nothing will be heard: {output.reason or 'chosen so.'}"
    return f"Sound: {output.name} ({output.backend})"
