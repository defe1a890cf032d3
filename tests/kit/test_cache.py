"""Both caches pass the same contract; Redis also goes away and comes back."""

from collections.abc import AsyncIterator, Iterator

import pytest

from backline.kit.cache.cache import Cache, CacheUnavailable
from backline.kit.cache.memory import MemoryCache
from backline.kit.cache.open import open_cache
from backline.kit.cache.redis import RedisCache
from backline.kit.testing.contracts.cache import CacheContract
from backline.kit.testing.redis_server import RedisServer, installed, redis_server


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    if not installed():
        pytest.skip("redis-server is not installed")
    with redis_server() as server:
        yield server


class TestMemoryCache(CacheContract):
    @pytest.fixture
    async def cache(self) -> AsyncIterator[Cache]:
        cache = open_cache(None)
        yield cache
        await cache.close()


class TestRedisCache(CacheContract):
    @pytest.fixture
    async def cache(
        self, server: RedisServer, request: pytest.FixtureRequest
    ) -> AsyncIterator[Cache]:
        cache = RedisCache(server.url, prefix=f"{request.node.nodeid}:")
        yield cache
        await cache.close()


async def test_the_memory_cache_forgets_the_least_recently_used() -> None:
    cache = MemoryCache(most_keys=2)
    await cache.set("a", b"1", 60)
    await cache.set("b", b"2", 60)
    await cache.get("a")

    await cache.set("c", b"3", 60)

    assert [await cache.get(key) for key in "abc"] == [b"1", None, b"3"]


async def test_the_memory_cache_has_a_size() -> None:
    cache = MemoryCache(most_bytes=10)
    await cache.set("a", b"12345", 60)
    await cache.set("a", b"1234567", 60)
    await cache.set("b", b"123", 60)

    await cache.set("c", b"1234", 60)
    await cache.set("huge", b"12345678901", 60)

    assert [await cache.get(key) for key in ("a", "b", "c", "huge")] == [None] * 4


async def test_a_listener_that_falls_behind_loses_the_oldest() -> None:
    cache = MemoryCache()

    async with cache.subscribe("room") as messages:
        for number in range(1500):
            await cache.publish("room", str(number).encode())

        assert await anext(messages) == b"500"


async def test_without_redis_values_are_loaded_and_the_rest_says_so() -> None:
    cache = open_cache("redis://127.0.0.1:1/0")

    async def load() -> bytes:
        return b"loaded"

    assert await cache.remember("a", 60, load) == b"loaded"
    for use in (cache.get("a"), cache.set("a", b"", 60), cache.incr("a", 60), cache.ping()):
        with pytest.raises(CacheUnavailable):
            await use
    await cache.close()


async def test_a_redis_that_comes_back_is_used_again() -> None:
    if not installed():
        pytest.skip("redis-server is not installed")
    with redis_server() as server:
        cache = open_cache(server.url)
        await cache.set("a", b"1", 60)
        async with cache.subscribe("room") as messages:
            server.stop()
            with pytest.raises(CacheUnavailable):
                await cache.get("a")
            with pytest.raises(CacheUnavailable):
                await anext(messages)
            server.start()

        await cache.set("a", b"2", 60)

        assert await cache.get("a") == b"2"
        await cache.close()


def test_an_address_of_no_known_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="not at memcached:"):
        open_cache("memcached://secret@host")
