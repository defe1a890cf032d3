"""The identity service, as every other process that checks tokens sees it."""

import asyncio
from collections.abc import Sequence
from typing import Any

import grpc.aio

from backline.api.identity.v1 import identity_pb2 as pb
from backline.api.identity.v1 import identity_pb2_grpc
from backline.kit.auth.gate import Gate, InvalidToken, VerifiedToken
from backline.kit.auth.keys import KeyRing
from backline.kit.auth.revocations import STALE_AFTER_S, Revocation, Revocations
from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock, SystemClock
from backline.kit.core.errors import Kind, Unavailable
from backline.kit.db.outage import Patience
from backline.kit.rpc.client import channel
from backline.kit.rpc.errors import error_of


class IdentityClient:
    """Keeps a `Gate` up to date, redeems tickets, and confirms sessions.

    Args:
        target: Where identity listens: `unix:/run/identity.sock`, `identity:50057`.

    Attributes:
        gate: Refuses everybody until `watch` has brought the keys.
    """

    def __init__(self, target: str, *, clock: Clock | None = None) -> None:
        self._channel = channel(target)
        self._stub: Any = identity_pb2_grpc.IdentityServiceStub(self._channel)
        self.gate = Gate(
            keys=KeyRing(),
            revocations=Revocations(),
            clock=clock or SystemClock(),
        )

    async def watch(self, stop: asyncio.Event) -> None:
        """Follow identity until `stop` is set, through its restarts too."""
        patience = Patience("identity feed")
        stopping = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                try:
                    await self._follow(stopping, patience)
                except grpc.aio.AioRpcError as error:
                    await patience.wait(_Outage(error.details() or str(error.code())), stop)
        finally:
            stopping.cancel()

    async def redeem_ticket(self, ticket: str, origin: str | None = None) -> VerifiedToken:
        """Use up the ticket that a WebSocket showed.

        Args:
            origin: The `Origin` of the handshake, empty if it has none; None: do not compare.

        Raises:
            InvalidTicket: As a `BacklineError` of that reason: used, expired, or never issued.
            Unavailable: Identity does not answer.
        """
        request = pb.RedeemTicketRequest(ticket=ticket)
        if origin is not None:
            request.origin = origin
        answer = await self._call(self._stub.RedeemTicket, request)
        actor = Actor(
            id=answer.user_id,
            role=Role(answer.role),
            name=answer.display_name,
            session_id=answer.session_id,
        )
        return VerifiedToken(actor, answer.expires_at.seconds)

    async def confirm(self, actor: Actor) -> None:
        """As `SessionCheck.confirm`."""
        request = pb.CheckSessionRequest(
            session_id=actor.session_id, user_id=actor.id, role=actor.role.value
        )
        answer = await self._call(self._stub.CheckSession, request)
        if not answer.active:
            raise InvalidToken

    async def names_of(self, ids: Sequence[int]) -> dict[int, str]:
        """Display names by user number; unknown ones are left out.

        Raises:
            Unavailable: Identity does not answer.
        """
        answer = await self._call(self._stub.GetUsers, pb.GetUsersRequest(ids=ids))
        return {user.id: user.display_name for user in answer.users}

    async def close(self) -> None:
        await self._channel.close()

    async def _call(self, method: Any, request: Any) -> Any:
        try:
            return await method(request, timeout=STALE_AFTER_S)
        except grpc.aio.AioRpcError as failure:
            error = error_of(failure)
            if error.kind in {Kind.UNAVAILABLE, Kind.DEADLINE_EXCEEDED}:
                raise Unavailable("Logins cannot be checked right now. Try again soon.") from error
            raise error from None

    async def _follow(self, stopping: asyncio.Future[Any], patience: Patience) -> None:
        """One stream, until it breaks, falls silent, or `stopping` is done."""
        call = self._stub.WatchRevocations(pb.WatchRevocationsRequest())
        reading: asyncio.Future[Any] | None = None
        try:
            while not stopping.done():
                reading = asyncio.ensure_future(call.read())
                await asyncio.wait(
                    {reading, stopping},
                    timeout=STALE_AFTER_S,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if not reading.done() or (answer := reading.result()) is grpc.aio.EOF:
                    return
                self._take(answer)
                patience.over()
        finally:
            call.cancel()
            if reading is not None:
                await asyncio.gather(reading, return_exceptions=True)

    def _take(self, answer: Any) -> None:
        if answer.keys:
            self.gate.keys.replace(
                {"kty": "OKP", "crv": "Ed25519", "x": key.x, "kid": key.kid} for key in answer.keys
            )
        for revocation in answer.revocations:
            self.gate.revocations.add(
                Revocation(
                    id=revocation.id,
                    user_id=revocation.user_id,
                    session_id=revocation.session_id,
                    role=Role(revocation.role) if revocation.role else None,
                    reason=revocation.reason,
                )
            )
        self.gate.revocations.heard()


class _Outage(OSError):
    """Identity does not answer, in the words of gRPC."""
