"""Identity over gRPC, for the other services. The unix socket's folder says who may call."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Protocol

from google.protobuf.timestamp_pb2 import Timestamp
from typing_extensions import override

from backline.api.identity.v1 import identity_pb2 as pb
from backline.api.identity.v1 import identity_pb2_grpc
from backline.identity.commands.demo import DemoPerson, RemoveDemoPeople
from backline.identity.commands.sessions import RedeemTicket
from backline.identity.domain.users import Profile
from backline.identity.queries import CheckSession
from backline.identity.queries.people import GetUsers
from backline.kit.auth.revocations import Revocation
from backline.kit.core.actor import SYSTEM, Role
from backline.kit.core.errors import InvalidArgument
from backline.kit.mediator import Mediator

SERVICE = "backline.api.identity.v1.IdentityService"
MOST_USERS = 500
MOST_DEMO_PEOPLE = 50


class TooManyUsers(InvalidArgument):
    """Ask in several calls."""


class News(Protocol):
    """What a feed tells."""

    @property
    def keys(self) -> Iterable[Mapping[str, str]] | None: ...

    @property
    def revocations(self) -> Iterable[Revocation]: ...


class Feed(Protocol):
    def watch(self) -> AsyncIterator[News]: ...


class PublishedKeys(Protocol):
    def published(self) -> Iterable[Mapping[str, str]]: ...


class DemoAccounts(Protocol):
    async def settle_demo(self, people: Sequence[DemoPerson]) -> list[Profile]: ...


class IdentityServicer(identity_pb2_grpc.IdentityServiceServicer):
    def __init__(
        self, mediator: Mediator, feed: Feed, keys: PublishedKeys, accounts: DemoAccounts
    ) -> None:
        self._mediator = mediator
        self._accounts = accounts
        self._feed = feed
        self._keys = keys

    @override
    async def GetKeys(self, request: pb.GetKeysRequest, context: Any) -> pb.GetKeysResponse:
        return pb.GetKeysResponse(keys=map(_key, self._keys.published()))

    @override
    async def WatchRevocations(
        self, request: pb.WatchRevocationsRequest, context: Any
    ) -> AsyncIterator[pb.WatchRevocationsResponse]:
        async for news in self._feed.watch():
            yield pb.WatchRevocationsResponse(
                keys=map(_key, news.keys or ()), revocations=map(_revocation, news.revocations)
            )

    @override
    async def RedeemTicket(
        self, request: pb.RedeemTicketRequest, context: Any
    ) -> pb.RedeemTicketResponse:
        origin = request.origin if request.HasField("origin") else None
        holder = await self._mediator.send(RedeemTicket(ticket=request.ticket, origin=origin))
        expires_at = Timestamp()
        expires_at.FromDatetime(holder.expires_at)
        return pb.RedeemTicketResponse(
            user_id=holder.actor.id,
            role=holder.actor.role.value,
            display_name=holder.actor.name,
            session_id=holder.actor.session_id,
            expires_at=expires_at,
        )

    @override
    async def CheckSession(
        self, request: pb.CheckSessionRequest, context: Any
    ) -> pb.CheckSessionResponse:
        if request.role not in set(Role):
            return pb.CheckSessionResponse(active=False)
        query = CheckSession(
            session_id=request.session_id, user_id=request.user_id, role=Role(request.role)
        )
        return pb.CheckSessionResponse(active=await self._mediator.send(query))

    @override
    async def GetUsers(self, request: pb.GetUsersRequest, context: Any) -> pb.GetUsersResponse:
        if len(request.ids) > MOST_USERS:
            raise TooManyUsers(f"Ask for at most {MOST_USERS} users at a time.")
        found = await self._mediator.send(GetUsers(tuple(request.ids)))
        return pb.GetUsersResponse(users=map(_user, found))

    @override
    async def SettleDemoPeople(
        self, request: pb.SettleDemoPeopleRequest, context: Any
    ) -> pb.SettleDemoPeopleResponse:
        if len(request.people) > MOST_DEMO_PEOPLE:
            raise TooManyUsers(f"Ask for at most {MOST_DEMO_PEOPLE} people of the demo.")
        people = [
            DemoPerson(person.name, person.display_name, _role(person.role))
            for person in request.people
        ]
        settled = await self._accounts.settle_demo(people)
        return pb.SettleDemoPeopleResponse(users=map(_user, settled))

    @override
    async def RemoveDemoPeople(
        self, request: pb.RemoveDemoPeopleRequest, context: Any
    ) -> pb.RemoveDemoPeopleResponse:
        removed = await self._mediator.send(RemoveDemoPeople(), actor=SYSTEM)
        return pb.RemoveDemoPeopleResponse(removed=removed)


def _role(text: str) -> Role:
    """Raises `RoleNotAssignable`, later, for what is no role of the demo."""
    return Role(text) if text in set(Role) else Role.ADMIN


def _user(profile: Profile) -> pb.User:
    return pb.User(
        id=profile.id,
        username=profile.username or "",
        display_name=profile.display_name,
        role=profile.role.value,
    )


def _key(jwk: Mapping[str, str]) -> pb.Key:
    return pb.Key(kid=jwk["kid"], x=jwk["x"])


def _revocation(revocation: Revocation) -> pb.Revocation:
    return pb.Revocation(
        id=revocation.id,
        user_id=revocation.user_id,
        session_id=revocation.session_id,
        role="" if revocation.role is None else revocation.role.value,
        reason=revocation.reason,
    )
