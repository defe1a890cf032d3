"""The room document as bytes, out of the cache: read by many, encoded once per revision."""

import contextlib
from typing import Any

import orjson

from backline.jukebox.queries.room import NOTHING_MINE, GetRoomDocument, Mine, RoomDocument
from backline.kit.cache.cache import Cache, CacheUnavailable
from backline.kit.core.actor import Actor
from backline.kit.mediator import Mediator

KEY = "jukebox:queue"
TTL_S = 10.0
_PERSONAL_TTL_S = 5.0


class Board:
    """Serves `GET /queue`. The feed puts every new revision here; whatever is missing is read.

    The shared document and the votes of everybody are one value, so that they always belong to
    one revision. What somebody with votes of their own gets is kept per revision and user.

    Args:
        mediator: For the document, where the cache does not have it.
        cache: Where all processes of this service look.
    """

    def __init__(self, mediator: Mediator, cache: Cache) -> None:
        self._mediator = mediator
        self._cache = cache

    async def shared(self) -> bytes:
        """The document as everybody gets it."""
        return _document(await self._value())

    async def personal(self, actor: Actor) -> bytes:
        """The document with `voted` as it is for this person."""
        value = await self._value()
        votes = orjson.loads(_votes(value))
        mine = votes["users"].get(str(actor.id))
        if mine is None:
            return _document(value)

        async def fill_in() -> bytes:
            document = orjson.loads(_document(value))
            voted = set(mine)
            for item in document["items"]:
                item["voted"] = item["id"] in voted
            return orjson.dumps(document)

        key = f"{KEY}:{votes['revision']}:{actor.id}"
        return await self._cache.remember(key, _PERSONAL_TTL_S, fill_in)

    async def put(self, document: dict[str, Any], votes: dict[int, Mine]) -> None:
        """Keep a new revision; `document` is plain JSON data."""
        # Without its cache the room is read from the database, and nothing else is lost.
        with contextlib.suppress(CacheUnavailable):
            await self._cache.set(KEY, _pack(document, votes), ttl_s=TTL_S)

    async def forget(self) -> None:
        """Something has changed: the next who asks reads it anew."""
        with contextlib.suppress(CacheUnavailable):
            await self._cache.delete(KEY)

    async def _value(self) -> bytes:
        return await self._cache.remember(KEY, TTL_S, self._load)

    async def _load(self) -> bytes:
        found = await self._mediator.send(GetRoomDocument())
        return _pack(found.queue, dict(found.mine))


def mine_of(document: RoomDocument, user_id: int) -> Mine:
    return document.mine.get(user_id, NOTHING_MINE)


def _pack(document: dict[str, Any], votes: dict[int, Mine]) -> bytes:
    users = {str(user): sorted(mine.voted) for user, mine in votes.items() if mine.voted}
    head = orjson.dumps({"revision": document["revision"], "users": users})
    return len(head).to_bytes(4, "big") + head + orjson.dumps(document)


def _votes(value: bytes) -> bytes:
    return value[4 : 4 + int.from_bytes(value[:4], "big")]


def _document(value: bytes) -> bytes:
    return value[4 + int.from_bytes(value[:4], "big") :]
