"""Who may open a socket: the port to whatever knows tickets and tokens."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from backline.kit.core.actor import Actor

SUBPROTOCOL = "backline.v1"
TICKET_PREFIX = "bl.ticket."
LONGEST_TICKET = 128


class Admission(Protocol):
    """What a ticket or a token stands for; `expires_at` is Unix time in seconds."""

    @property
    def actor(self) -> Actor: ...
    @property
    def expires_at(self) -> float: ...


@dataclass(frozen=True, slots=True)
class SocketAuthenticator:
    """How the hub learns whom a socket belongs to.

    Attributes:
        redeem: Takes a one-time ticket and the socket's Origin (empty where there is none).
        verify: Takes an access token.

    Both raise `Unauthenticated` for what is not valid.
    """

    redeem: Callable[[str, str], Awaitable[Admission]]
    verify: Callable[[str], Admission]


def offered_ticket(subprotocols: list[str]) -> str | None:
    """The ticket among the offered subprotocols, if there is one."""
    for offered in subprotocols:
        if offered.startswith(TICKET_PREFIX):
            return offered.removeprefix(TICKET_PREFIX)[:LONGEST_TICKET]
    return None


def offered_token(headers: Headers) -> str | None:
    """The bearer token of a program; a browser cannot set this header."""
    if "origin" in headers:
        return None
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token else None


def origin_allowed(headers: Headers, allowed: frozenset[str]) -> bool:
    """Whether a page of this origin may open a socket here.

    Pages of the very host that is asked may, and those listed; exact match, never by prefix. A
    program sends no Origin and needs a ticket or a token like everybody.
    """
    origins = headers.getlist("origin")
    if not origins:
        return True
    if len(origins) > 1:
        return False
    origin = origins[0]
    if origin in allowed:
        return True
    parts = urlsplit(origin)
    own = headers.get("host", "")
    return parts.scheme in {"http", "https"} and bool(own) and origin == f"{parts.scheme}://{own}"
