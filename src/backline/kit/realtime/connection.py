"""One socket: who it belongs to, what it may say, when it has to end."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

import orjson

from backline.kit.core.actor import Actor
from backline.kit.core.clock import Clock
from backline.kit.core.errors import BacklineError, InvalidArgument, PermissionDenied
from backline.kit.http.problems import problem
from backline.kit.realtime.admission import Admission, SocketAuthenticator
from backline.kit.realtime.frames import encode
from backline.kit.realtime.outlets import Backlog, Outlet
from backline.kit.realtime.rates import TokenBucket

UNAUTHENTICATED = 4401
PERMISSION_DENIED = 4403
TOO_FAST = 4429
RESTART = 1012
BUG = 1011


class InvalidMessage(InvalidArgument):
    """A frame that is no message of the protocol."""


class ForeignToken(PermissionDenied):
    """A socket cannot be handed on to somebody else."""


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """What one client may do.

    Attributes:
        message_bytes: The largest message from a client.
        messages_per_s: How many messages a second, on average.
        messages_burst: How many at once.
        sockets_per_user: Open sockets of one user; one more is closed with 4429.
        waiting_sockets: Sockets that have not said yet whom they belong to, over all clients.
        authenticate_within_s: Seconds until a socket must have said so.
        grace_s: Seconds past the expiry of its token until a socket is closed with 4401.
        backlog: How far a client may fall behind.
    """

    message_bytes: int = 64 * 1024
    messages_per_s: float = 20.0
    messages_burst: int = 60
    sockets_per_user: int = 5
    waiting_sockets: int = 200
    authenticate_within_s: float = 5.0
    grace_s: float = 30.0
    backlog: Backlog = field(default_factory=Backlog)


class Connection:
    """An authenticated socket, as the hub keeps it."""

    def __init__(self, outlet: Outlet, admission: Admission, limits: SocketLimits) -> None:
        self.outlet = outlet
        self.actor: Actor = admission.actor
        self.expires_at = float(admission.expires_at)
        self.personal = 0
        self._limits = limits
        self._rate = TokenBucket(limits.messages_per_s, limits.messages_burst, monotonic())

    def handle(self, raw: str | None, authenticator: SocketAuthenticator, clock: Clock) -> None:
        """Answer one message of the client; `raw` is None for a binary one."""
        if not self._rate.take(monotonic()):
            self.outlet.close(TOO_FAST, f"more than {self._limits.messages_per_s:.0f} messages/s")
            return
        reference: object = None
        try:
            message = parse(raw, self._limits.message_bytes)
            reference = message.get("id")
            self._answer(message, authenticator, clock)
        except BacklineError as error:
            self.refuse(error, reference)

    def refuse(self, error: BacklineError, reference: object = None) -> None:
        """Tell the client why, and keep the connection."""
        if not isinstance(reference, (str, int)):
            reference = None
        self.outlet.send(encode({"type": "error", "re": reference, "problem": problem(error)}))

    def _answer(
        self, message: dict[str, Any], authenticator: SocketAuthenticator, clock: Clock
    ) -> None:
        match message.get("type"):
            case "ping":
                sent = message.get("t")
                if sent is not None and not isinstance(sent, (int, float, str)):
                    raise InvalidMessage("“t” of a ping is a number or a text.")
                answer = {"type": "pong", "t": sent, "server_time": clock.now()}
                self.outlet.send(encode(answer))
            case "auth.renew":
                self._renew(message.get("access_token"), authenticator, clock.now())
            case kind:
                raise InvalidMessage(f"There is no message of the type {shown(kind)} here.")

    def _renew(self, token: object, authenticator: SocketAuthenticator, now: datetime) -> None:
        if not isinstance(token, str):
            raise InvalidMessage("“access_token” is missing.")
        admission = authenticator.verify(token)
        if admission.actor.id != self.actor.id:
            raise ForeignToken("This socket belongs to somebody else. Open one of your own.")
        self.actor = admission.actor
        self.expires_at = float(admission.expires_at)
        left = self.expires_at - now.timestamp()
        self.outlet.send(encode({"type": "auth.renewed", "expires_in": max(0, int(left))}))


def parse(raw: str | None, most: int) -> dict[str, Any]:
    """The message in a text frame.

    Raises:
        InvalidMessage: It is binary, too large, no JSON, or no object.
    """
    if raw is None:
        raise InvalidMessage("Messages are JSON in text frames.")
    data = raw.encode()
    if len(data) > most:
        raise InvalidMessage(f"A message is at most {most} bytes long.")
    try:
        message = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise InvalidMessage("The message is no valid JSON.") from error
    if not isinstance(message, dict):
        raise InvalidMessage("A message is a JSON object.")
    return message


def shown(value: object) -> str:
    """A value of a client's, short enough to repeat to it."""
    text = value if isinstance(value, str) else type(value).__name__
    return f"“{text[:40]}”"


Greeting = Callable[[Actor], Awaitable[list[dict[str, Any]]]]
"""What a user is told about themselves right after the snapshot, as messages."""


async def nothing_personal(_: Actor) -> list[dict[str, Any]]:
    return []
