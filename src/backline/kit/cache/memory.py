"""The cache of one process."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic

from typing_extensions import override

from backline.kit.cache.cache import MOST_WAITING, Cache

MOST_KEYS = 50_000
MOST_BYTES = 32 * 1024 * 1024


@dataclass(slots=True)
class _Entry:
    value: bytes
    until: float


class _Listener:
    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque(maxlen=MOST_WAITING)
        self._wake = asyncio.Event()

    def put(self, message: bytes) -> None:
        self._waiting.append(message)
        self._wake.set()

    async def messages(self) -> AsyncIterator[bytes]:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                yield self._waiting.popleft()


class MemoryCache(Cache):
    """Keeps at most `most_keys` keys and `most_bytes` of values: the least recently used go."""

    def __init__(self, *, most_keys: int = MOST_KEYS, most_bytes: int = MOST_BYTES) -> None:
        super().__init__()
        self._most_keys = most_keys
        self._most_bytes = most_bytes
        self._bytes = 0
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._listeners: dict[str, set[_Listener]] = {}

    @override
    async def _get(self, key: str) -> bytes | None:
        entry = self._live(key)
        return None if entry is None else entry.value

    @override
    async def _set(self, key: str, value: bytes, ttl_s: float) -> None:
        self._put(key, _Entry(value, monotonic() + ttl_s))

    @override
    async def _delete(self, key: str) -> None:
        self._drop(key)

    @override
    async def _incr(self, key: str, ttl_s: float, by: int) -> int:
        entry = self._live(key)
        if entry is None:
            self._put(key, _Entry(str(by).encode(), monotonic() + ttl_s))
            return by
        number = int(entry.value) + by
        self._put(key, _Entry(str(number).encode(), entry.until))
        return number

    @override
    async def publish(self, channel: str, message: bytes) -> None:
        for listener in self._listeners.get(channel, ()):
            listener.put(message)

    @override
    @asynccontextmanager
    async def subscribe(self, channel: str) -> AsyncIterator[AsyncIterator[bytes]]:
        listener = _Listener()
        listeners = self._listeners.setdefault(channel, set())
        listeners.add(listener)
        try:
            yield listener.messages()
        finally:
            listeners.discard(listener)
            if not listeners:
                self._listeners.pop(channel, None)

    @override
    async def ping(self) -> None:
        return

    @override
    async def close(self) -> None:
        self._entries.clear()
        self._bytes = 0

    def _live(self, key: str) -> _Entry | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.until <= monotonic():
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return entry

    def _put(self, key: str, entry: _Entry) -> None:
        self._drop(key)
        self._entries[key] = entry
        self._bytes += len(entry.value)
        while len(self._entries) > self._most_keys or self._bytes > self._most_bytes:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= len(entry.value)
