"""The port, and the single flight that every adapter shares."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from backline.kit.core.errors import Unavailable

MOST_WAITING = 1000


class CacheUnavailable(Unavailable):
    """The cache server does not answer."""


class Cache(ABC):
    """Keys to bytes, each for a time; and channels to whoever listens.

    Nothing here is the truth. Losing all of it costs time, never data. Times to live are seconds
    above zero. Every method but `remember` raises `CacheUnavailable` while the server is away.
    """

    def __init__(self) -> None:
        self._flights: dict[str, asyncio.Task[bytes]] = {}

    async def get(self, key: str) -> bytes | None:
        """What is kept under `key`; None if nothing is, or no longer."""
        return await self._get(key)

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """Keep `value` under `key` for `ttl_s`, in place of what was there."""
        self._flights.pop(key, None)
        await self._set(key, value, _checked(ttl_s))

    async def delete(self, key: str) -> None:
        """Forget `key`. Loads of it that have begun in this process are not kept either."""
        self._flights.pop(key, None)
        await self._delete(key)

    async def incr(self, key: str, ttl_s: float, by: int = 1) -> int:
        """Add `by` to the number under `key` and return it, atomically.

        The number begins at 0, and is forgotten `ttl_s` after it began, whatever is added.
        """
        return await self._incr(key, _checked(ttl_s), by)

    async def remember(self, key: str, ttl_s: float, load: Callable[[], Awaitable[bytes]]) -> bytes:
        """What is kept under `key`, or else what `load` returns, kept for `ttl_s`.

        Within one process a key is loaded once at a time: who asks meanwhile waits for the same
        load, and gets its error too. A caller that is cancelled leaves the load to the others.
        While the cache is away every call loads.
        """
        _checked(ttl_s)
        if key not in self._flights and (known := await self._known(key)) is not None:
            return known
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = asyncio.create_task(self._fly(key, ttl_s, load))
            flight.add_done_callback(_retrieved)
        return await asyncio.shield(flight)

    async def _fly(self, key: str, ttl_s: float, load: Callable[[], Awaitable[bytes]]) -> bytes:
        flight = asyncio.current_task()
        try:
            # Between the caller's look and this one another flight may have landed.
            known = await self._known(key)
            if known is not None:
                return known
            value = await load()
            # If the key was set or deleted meanwhile, this value may be older than that.
            if self._flights.get(key) is flight:
                try:
                    await self._set(key, value, ttl_s)
                except CacheUnavailable:
                    return value
            return value
        finally:
            if self._flights.get(key) is flight:
                del self._flights[key]

    async def _known(self, key: str) -> bytes | None:
        try:
            return await self._get(key)
        except CacheUnavailable:
            return None

    @abstractmethod
    async def publish(self, channel: str, message: bytes) -> None:
        """Hand `message` to everybody who is subscribed to `channel` at this moment."""

    @abstractmethod
    def subscribe(self, channel: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Listen to `channel` while the block runs.

            async with cache.subscribe("room") as messages:
                async for message in messages: ...

        Every message that is published after the block was entered arrives, in order. Whoever
        falls 1,000 messages behind loses the oldest ones; so do those whose server restarts.
        """

    @abstractmethod
    async def ping(self) -> None:
        """Return if the cache answers."""

    @abstractmethod
    async def close(self) -> None:
        """Give back connections."""

    @abstractmethod
    async def _get(self, key: str) -> bytes | None: ...

    @abstractmethod
    async def _set(self, key: str, value: bytes, ttl_s: float) -> None: ...

    @abstractmethod
    async def _delete(self, key: str) -> None: ...

    @abstractmethod
    async def _incr(self, key: str, ttl_s: float, by: int) -> int: ...


def _checked(ttl_s: float) -> float:
    if not ttl_s > 0:
        raise ValueError(f"A time to live is above zero, not {ttl_s}.")
    return ttl_s


def _retrieved(flight: asyncio.Task[bytes]) -> None:
    # Whoever asked may have been cancelled: an error that nobody awaits is not a leak.
    if not flight.cancelled():
        flight.exception()
