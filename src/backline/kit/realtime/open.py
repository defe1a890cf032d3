"""Sockets for those whom identity knows."""

from collections.abc import Sequence

from backline.kit.auth.identity import IdentityClient
from backline.kit.auth.revocations import Revocation
from backline.kit.core.clock import Clock
from backline.kit.realtime.admission import SocketAuthenticator
from backline.kit.realtime.connection import Greeting
from backline.kit.realtime.hub import Hub


def open_hub(
    identity: IdentityClient,
    *,
    name: str,
    member: str,
    clock: Clock,
    origins: Sequence[str],
    greeting: Greeting,
) -> Hub:
    """A `Hub` that admits by ticket or token, and ends the sockets of revoked sessions.

    Args:
        name, member, origins, greeting: As for `Hub`.
    """
    hub = Hub(
        name=name,
        member=member,
        authenticator=SocketAuthenticator(
            redeem=lambda ticket, origin: identity.redeem_ticket(ticket, origin=origin),
            verify=identity.gate.inspect,
        ),
        clock=clock,
        origins=origins,
        greeting=greeting,
    )

    def revoke(revocation: Revocation) -> None:
        hub.revoke(revocation.user_id, revocation.session_id)

    identity.gate.on_revoked(revoke)
    return hub
