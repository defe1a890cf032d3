"""The demo's people, made and forgotten by identity."""

from collections.abc import Sequence
from typing import Any, Self

import grpc.aio

from backline.api.identity.v1 import identity_pb2 as pb
from backline.api.identity.v1 import identity_pb2_grpc
from backline.jukebox.demo.content import DemoPerson
from backline.kit.core.actor import Actor, Role
from backline.kit.core.errors import Kind, Unavailable
from backline.kit.rpc.client import channel
from backline.kit.rpc.errors import error_of

WITHIN_S = 20.0


class DemoPeople:
    """Identity, as far as the demo needs it.

    Args:
        target: Where identity listens.
    """

    def __init__(self, target: str) -> None:
        self._channel = channel(target)
        self._stub: Any = identity_pb2_grpc.IdentityServiceStub(self._channel)

    async def settle(self, people: Sequence[DemoPerson]) -> dict[str, Actor]:
        """Make those who are not there; all of them, by name.

        Raises:
            Unavailable: Identity does not answer.
        """
        request = pb.SettleDemoPeopleRequest(
            people=[
                pb.DemoPerson(
                    name=person.name, display_name=person.display_name, role=person.role.value
                )
                for person in people
            ]
        )
        answer = await self._call(self._stub.SettleDemoPeople, request)
        return {
            person.name: Actor(id=user.id, role=Role(user.role), name=user.display_name)
            for person, user in zip(people, answer.users, strict=True)
        }

    async def remove(self) -> int:
        """Forget them; how many there were.

        Raises:
            Unavailable: Identity does not answer.
        """
        answer = await self._call(self._stub.RemoveDemoPeople, pb.RemoveDemoPeopleRequest())
        return int(answer.removed)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._channel.close()

    async def _call(self, method: Any, request: Any) -> Any:
        try:
            return await method(request, timeout=WITHIN_S)
        except grpc.aio.AioRpcError as failure:
            error = error_of(failure)
            if error.kind in {Kind.UNAVAILABLE, Kind.DEADLINE_EXCEEDED}:
                raise Unavailable("Accounts cannot be made right now. Try again soon.") from error
            raise error from None
