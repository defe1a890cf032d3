"""The cache of several processes and hosts, in Redis."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from math import ceil
from typing import Any

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from typing_extensions import override

from backline.kit.cache.cache import Cache, CacheUnavailable

PREFIX = "backline:"
CONNECTIONS = 32
ANSWER_WITHIN_S = 2.0

# The expiry is set with the first increment only, and in the same step: a counter that lost its
# expiry between two commands would never be forgotten.
_INCR = """
local number = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return number
"""


class RedisCache(Cache):
    """`redis://host:port/0`; every key and channel is prefixed, so that a server may be shared."""

    def __init__(self, url: str, *, prefix: str = PREFIX) -> None:
        super().__init__()
        self._prefix = prefix
        pool = redis.BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=ANSWER_WITHIN_S,
            socket_timeout=ANSWER_WITHIN_S,
            socket_connect_timeout=ANSWER_WITHIN_S,
            health_check_interval=15,
            retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), 3),
            retry_on_error=[RedisConnectionError, RedisTimeoutError],
        )
        self._redis: Any = redis.Redis.from_pool(pool)
        self._increase = self._redis.register_script(_INCR)

    @override
    async def _get(self, key: str) -> bytes | None:
        with _reachable():
            value: bytes | None = await self._redis.get(self._prefix + key)
            return value

    @override
    async def _set(self, key: str, value: bytes, ttl_s: float) -> None:
        with _reachable():
            await self._redis.set(self._prefix + key, value, px=_milliseconds(ttl_s))

    @override
    async def _delete(self, key: str) -> None:
        with _reachable():
            await self._redis.delete(self._prefix + key)

    @override
    async def _incr(self, key: str, ttl_s: float, by: int) -> int:
        with _reachable():
            return int(
                await self._increase(keys=[self._prefix + key], args=[by, _milliseconds(ttl_s)])
            )

    @override
    async def publish(self, channel: str, message: bytes) -> None:
        with _reachable():
            await self._redis.publish(self._prefix + channel, message)

    @override
    @asynccontextmanager
    async def subscribe(self, channel: str) -> AsyncIterator[AsyncIterator[bytes]]:
        async with self._redis.pubsub() as pubsub:
            with _reachable():
                await pubsub.subscribe(self._prefix + channel)
                # Redis confirms: whatever is published from here on arrives.
                while (first := await pubsub.get_message(timeout=ANSWER_WITHIN_S)) is None:
                    pass
                assert first["type"] == "subscribe"
            yield _messages(pubsub)

    @override
    async def ping(self) -> None:
        with _reachable():
            await self._redis.ping()

    @override
    async def close(self) -> None:
        await self._redis.aclose()


async def _messages(pubsub: Any) -> AsyncIterator[bytes]:
    while True:
        with _reachable():
            message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=None)
        if message is not None:
            yield message["data"]


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise CacheUnavailable("The cache does not answer. Try again soon.") from error


def _milliseconds(ttl_s: float) -> int:
    return max(1, ceil(ttl_s * 1000))
