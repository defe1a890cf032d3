"""A document that many watch: a snapshot, then what changes, encoded once for all of them."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse
from starlette.websockets import WebSocket

from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock
from backline.kit.core.errors import (
    BacklineError,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
)
from backline.kit.http.problems import MEDIA_TYPE, problem
from backline.kit.realtime.admission import (
    LONGEST_TICKET,
    SUBPROTOCOL,
    Admission,
    SocketAuthenticator,
    offered_ticket,
    offered_token,
    origin_allowed,
)
from backline.kit.realtime.connection import (
    BUG,
    PERMISSION_DENIED,
    RESTART,
    TOO_FAST,
    UNAUTHENTICATED,
    Connection,
    Greeting,
    SocketLimits,
    nothing_personal,
    parse,
)
from backline.kit.realtime.frames import Frame, encode
from backline.kit.realtime.outlets import Outlet
from backline.kit.realtime.patches import changes_between
from backline.kit.realtime.protocol import EXTENSION
from backline.kit.telemetry.metrics import counter, gauge

TICK_S = 1.0
RING = 512
RING_BYTES = 2 * 1024 * 1024
_GREETINGS = 3

logger = logging.getLogger(__name__)


class ForeignOrigin(PermissionDenied):
    """A page of another site tried to open a socket."""


class TooManySockets(ResourceExhausted):
    """Too many sockets are waiting to say whom they belong to."""


class TicketMissing(Unauthenticated):
    """A socket did not say in time whom it belongs to."""


@dataclass(frozen=True, slots=True)
class _Patch:
    base: int
    frame: Frame


class Hub:
    """One document with a revision, and everybody who watches it.

    A client gets `hello`, then a `snapshot` (or, with `?since=revision`, the patches it missed),
    then a `patch` per change. Whoever reads too slowly is closed and starts again; nobody else
    notices. It must run on uvicorn with `RoomProtocol` (see `kit.http.serve`).

    Args:
        name: Of the document, for metrics: `jukebox.room`.
        member: Under which name a snapshot holds the document: `queue`.
        authenticator: Knows tickets and tokens.
        origins: Origins other than the server's own whose pages may open sockets; exact.
        greeting: What a user is told about themselves after the snapshot.
        ring: How many patches are kept for those who come back; at most 2 MiB of them.
    """

    def __init__(
        self,
        *,
        name: str,
        member: str,
        authenticator: SocketAuthenticator,
        clock: Clock,
        origins: Iterable[str] = (),
        limits: SocketLimits | None = None,
        greeting: Greeting = nothing_personal,
        ring: int = RING,
    ) -> None:
        self._member = member
        self._authenticator = authenticator
        self._clock = clock
        self._origins = frozenset(origins)
        self._limits = limits or SocketLimits()
        self._greeting = greeting
        self._document: Any = None
        self._revision = 0
        self._snapshot: Frame | None = None
        self._ring: deque[_Patch] = deque()
        self._ring_length = ring
        self._ring_bytes = 0
        self._connections: dict[Connection, None] = {}
        self._of_user: dict[int, dict[Connection, None]] = {}
        self._screens: set[int] = set()
        self._waiting = 0
        self._told_present = 0
        self._sockets = gauge("backline_sockets", "Open sockets.", ("hub",)).labels(name)
        self._slow = counter(
            "backline_sockets_resynced_total", "Sockets closed because they fell behind.", ("hub",)
        ).labels(name)

    # The document.

    @property
    def revision(self) -> int:
        """The revision published last; 0 before the first."""
        return self._revision

    @property
    def present(self) -> int:
        """How many different people have a socket open; screens are no people."""
        return len(self._of_user) - len(self._screens)

    @property
    def present_users(self) -> frozenset[int]:
        """The numbers of the people who have a socket open."""
        return frozenset(self._of_user.keys() - self._screens)

    def publish(self, document: Mapping[str, Any], revision: int) -> None:
        """Tell everybody what changed; `revision` counts the changes of the document.

        A revision that is not newer than the last one changes nothing: it was read before.

        Args:
            document: Plain JSON data; not changed afterwards.
        """
        if self._document is None:
            self.reset(document, revision)
            return
        if revision <= self._revision:
            return
        changes = changes_between(self._document, document)
        message = {
            "type": "patch",
            "revision": revision,
            "base": self._revision,
            "changes": changes,
        }
        frame = encode(message)
        self._keep(_Patch(self._revision, frame))
        self._document, self._revision, self._snapshot = document, revision, None
        self.broadcast(frame)

    def reset(self, document: Mapping[str, Any], revision: int) -> None:
        """Start again from `document`: everybody gets a snapshot, and no patch is kept."""
        self._ring.clear()
        self._ring_bytes = 0
        self._document, self._revision, self._snapshot = document, revision, None
        self.broadcast(self._current())

    def broadcast(
        self, message: Mapping[str, Any] | Frame, *, to: Callable[[Actor], bool] | None = None
    ) -> None:
        """Send one message to everybody, or to those whom `to` names; it is encoded once."""
        frame = message if isinstance(message, Frame) else encode(message)
        for connection in self._connections:
            if to is None or to(connection.actor):
                connection.outlet.send(frame)

    def send_to(self, user_id: int, message: Mapping[str, Any]) -> int:
        """Send a message to every socket of one user, and return how many those are."""
        connections = self._of_user.get(user_id, {})
        if connections:
            frame = encode(message)
            for connection in connections:
                connection.personal += 1
                connection.outlet.send(frame)
        return len(connections)

    # Who may stay.

    def revoke(self, user_id: int, session_id: str = "") -> None:
        """Close what a revocation ends, at once.

        Args:
            session_id: Only this login's sockets (4401: log in again); empty for all sockets of
                the user, whose rights have changed (4403: come back with a new ticket).
        """
        for connection in list(self._of_user.get(user_id, {})):
            if not session_id:
                connection.outlet.close(PERMISSION_DENIED, "rights changed")
            elif connection.actor.session_id == session_id:
                connection.outlet.close(UNAUTHENTICATED, "logged out")

    def tick(self) -> None:
        """Close what has expired, and tell how many are present if that changed."""
        now = self._clock.now().timestamp()
        for connection in list(self._connections):
            if now >= connection.expires_at + self._limits.grace_s:
                connection.outlet.close(UNAUTHENTICATED, "token expired")
        if self._told_present != self.present:
            self._told_present = self.present
            self.broadcast(self._presence())

    def close(self) -> None:
        """Close every socket with 1012: the client comes back by itself."""
        for connection in list(self._connections):
            connection.outlet.close(RESTART, "restarting")

    async def run(self, stop: asyncio.Event) -> None:
        """Tick every second until `stop`, then close every socket. A `Worker`."""
        while not stop.is_set():
            self.tick()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), TICK_S)
        self.close()

    # One socket.

    async def serve(self, websocket: WebSocket) -> None:
        """Serve one socket from its handshake to its end."""
        if not origin_allowed(websocket.headers, self._origins):
            await _deny(
                websocket,
                ForeignOrigin("Pages of another site may not open a socket here."),
            )
            return
        ticket = offered_ticket(websocket.scope["subprotocols"])
        token = offered_token(websocket.headers)
        if ticket is None and token is None and self._waiting >= self._limits.waiting_sockets:
            await _deny(websocket, TooManySockets("Too many sockets are opening. Try again."))
            return
        known = SUBPROTOCOL in websocket.scope["subprotocols"]
        await websocket.accept(subprotocol=SUBPROTOCOL if known else None)
        outlet = Outlet(_direct(websocket), self._limits.backlog)
        try:
            await self._serve_accepted(websocket, outlet, ticket, token)
        except BacklineError as error:
            outlet.send(encode({"type": "error", "re": None, "problem": problem(error)}))
            outlet.close(error.kind.ws, error.reason.lower().replace("_", " "))
        except Exception:
            logger.exception("unhandled error in a socket")
            outlet.close(BUG, "something went wrong on our side")
        finally:
            if outlet.overflowed:
                self._slow.inc()

    async def _serve_accepted(
        self, websocket: WebSocket, outlet: Outlet, ticket: str | None, token: str | None
    ) -> None:
        admission = await self._admit(websocket, ticket, token)
        if admission is None:
            return
        connection = Connection(outlet, admission, self._limits)
        mine = self._of_user.get(connection.actor.id, {})
        if len(mine) >= self._limits.sockets_per_user:
            outlet.close(TOO_FAST, f"more than {self._limits.sockets_per_user} sockets")
            return
        self._open(connection, websocket.query_params.get("since", ""))
        try:
            await self._greet(connection)
            while (message := await websocket.receive())["type"] == "websocket.receive":
                connection.handle(message.get("text"), self._authenticator, self._clock)
        finally:
            self._forget(connection)

    async def _admit(
        self, websocket: WebSocket, ticket: str | None, token: str | None
    ) -> Admission | None:
        """Whom the socket belongs to; None if the client has left."""
        if token is not None:
            return self._authenticator.verify(token)
        if ticket is None:
            self._waiting += 1
            try:
                async with asyncio.timeout(self._limits.authenticate_within_s):
                    message = await websocket.receive()
            except TimeoutError as error:
                raise TicketMissing("The socket did not say whom it belongs to.") from error
            finally:
                self._waiting -= 1
            if message["type"] != "websocket.receive":
                return None
            first = parse(message.get("text"), self._limits.message_bytes)
            offered = first.get("ticket")
            if first.get("type") != "auth" or not isinstance(offered, str):
                raise TicketMissing("The first message must bring a ticket.")
            ticket = offered[:LONGEST_TICKET]
        return await self._authenticator.redeem(ticket, websocket.headers.get("origin", ""))

    def _open(self, connection: Connection, since: str) -> None:
        hello = {
            "type": "hello",
            "protocol": SUBPROTOCOL,
            "server_time": self._clock.now(),
            "revision": self._revision,
        }
        connection.outlet.send(encode(hello))
        for frame in self._missed(since):
            connection.outlet.send(frame)
        self._connections[connection] = None
        self._of_user.setdefault(connection.actor.id, {})[connection] = None
        if connection.actor.role is Role.SCREEN:
            self._screens.add(connection.actor.id)
        self._sockets.inc()
        connection.outlet.send(self._presence())

    def _keep(self, patch: _Patch) -> None:
        self._ring.append(patch)
        self._ring_bytes += len(patch.frame.wire)
        while len(self._ring) > self._ring_length or self._ring_bytes > RING_BYTES:
            self._ring_bytes -= len(self._ring.popleft().frame.wire)

    def _missed(self, since: str) -> list[Frame]:
        if self._document is None:
            return []
        if not since.isdecimal() or len(since) > 19:  # noqa: PLR2004 - digits of 2^63
            return [self._current()]
        revision = int(since)
        if revision == self._revision:
            return []
        for index, patch in enumerate(self._ring):
            if patch.base == revision:
                missed = [each.frame for each in list(self._ring)[index:]]
                size = sum(len(frame.wire) for frame in missed)
                return missed if size <= len(self._current().wire) else [self._current()]
        return [self._current()]

    async def _greet(self, connection: Connection) -> None:
        # While the greeting was read, something newer may have been sent: read it again then.
        for _ in range(_GREETINGS):
            before = connection.personal
            messages = await self._greeting(connection.actor)
            if connection.personal == before:
                for message in messages:
                    connection.outlet.send(encode(message))
                return

    def _forget(self, connection: Connection) -> None:
        self._connections.pop(connection, None)
        mine = self._of_user.get(connection.actor.id, {})
        mine.pop(connection, None)
        if not mine:
            self._of_user.pop(connection.actor.id, None)
            self._screens.discard(connection.actor.id)
        self._sockets.dec()

    def _current(self) -> Frame:
        if self._snapshot is None:
            message = {"type": "snapshot", "revision": self._revision}
            self._snapshot = encode({**message, self._member: self._document})
        return self._snapshot

    def _presence(self) -> Frame:
        return encode({"type": "presence", "present": self.present})


def _direct(websocket: WebSocket) -> Any:
    try:
        return websocket.scope["extensions"][EXTENSION]
    except KeyError:
        raise RuntimeError(
            "The hub needs uvicorn with ws='backline.kit.realtime.protocol:RoomProtocol'."
        ) from None


async def _deny(websocket: WebSocket, error: BacklineError) -> None:
    await websocket.receive()
    response = JSONResponse(problem(error), error.kind.http, media_type=MEDIA_TYPE)
    await websocket.send_denial_response(response)
