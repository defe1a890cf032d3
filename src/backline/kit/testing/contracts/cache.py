"""What every `Cache` does."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from backline.kit.cache.cache import Cache
from backline.kit.testing.eventually import eventually

_LONG_S = 60.0
_SHORT_S = 0.05
_TOGETHER = 50


class CacheContract:
    """Inherit, and provide the fixture `cache`: one that is empty."""

    async def test_what_is_set_is_kept(self, cache: Cache) -> None:
        await cache.set("a", b"\x00one", _LONG_S)
        await cache.set("a", b"\xfftwo", _LONG_S)

        assert await cache.get("a") == b"\xfftwo"
        assert await cache.get("b") is None

    async def test_an_empty_value_is_a_value(self, cache: Cache) -> None:
        await cache.set("a", b"", _LONG_S)

        assert await cache.get("a") == b""

    async def test_what_is_deleted_is_gone(self, cache: Cache) -> None:
        await cache.set("a", b"one", _LONG_S)

        await cache.delete("a")
        await cache.delete("never there")

        assert await cache.get("a") is None

    async def test_a_value_ends_with_its_time(self, cache: Cache) -> None:
        await cache.set("short", b"one", _SHORT_S)
        await cache.set("long", b"one", _LONG_S)

        async def gone() -> bool:
            return await cache.get("short") is None

        await eventually(gone)
        assert await cache.get("long") == b"one"

    async def test_setting_again_begins_a_new_time(self, cache: Cache) -> None:
        await cache.set("a", b"one", _SHORT_S)
        await cache.set("a", b"two", _LONG_S)
        await cache.set("other", b"one", _SHORT_S)

        async def gone() -> bool:
            return await cache.get("other") is None

        await eventually(gone)
        assert await cache.get("a") == b"two"

    @pytest.mark.parametrize("ttl_s", [0.0, -1.0, float("nan")])
    async def test_a_time_to_live_is_above_zero(self, cache: Cache, ttl_s: float) -> None:
        with pytest.raises(ValueError, match="above zero"):
            await cache.set("a", b"one", ttl_s)
        with pytest.raises(ValueError, match="above zero"):
            await cache.incr("a", ttl_s)

    async def test_counting_is_atomic(self, cache: Cache) -> None:
        numbers = await asyncio.gather(*(cache.incr("n", _LONG_S) for _ in range(_TOGETHER)))

        assert sorted(numbers) == list(range(1, _TOGETHER + 1))
        assert await cache.incr("n", _LONG_S, by=-_TOGETHER) == 0
        assert await cache.get("n") == b"0"

    async def test_a_counter_ends_with_the_time_it_began_with(self, cache: Cache) -> None:
        await cache.incr("n", _SHORT_S)
        await cache.incr("n", _LONG_S)

        async def forgotten() -> bool:
            return await cache.get("n") is None

        await eventually(forgotten)
        assert await cache.incr("n", _LONG_S) == 1

    async def test_a_value_is_loaded_once_at_a_time(self, cache: Cache) -> None:
        begun = 0
        go = asyncio.Event()

        async def load() -> bytes:
            nonlocal begun
            begun += 1
            await go.wait()
            return b"loaded"

        asked = [asyncio.create_task(cache.remember("a", _LONG_S, load)) for _ in range(_TOGETHER)]
        await eventually(lambda: begun)
        go.set()

        assert set(await asyncio.gather(*asked)) == {b"loaded"}
        assert await cache.remember("a", _LONG_S, load) == b"loaded"
        assert begun == 1

    async def test_a_load_that_fails_is_told_to_all_and_not_kept(self, cache: Cache) -> None:
        async def load() -> bytes:
            raise LookupError("no database")

        async def better() -> bytes:
            return b"loaded"

        asked = [cache.remember("a", _LONG_S, load) for _ in range(3)]
        answers = await asyncio.gather(*asked, return_exceptions=True)

        assert all(isinstance(answer, LookupError) for answer in answers)
        assert await cache.remember("a", _LONG_S, better) == b"loaded"

    async def test_who_is_cancelled_leaves_the_load_to_the_others(self, cache: Cache) -> None:
        begun = asyncio.Event()
        go = asyncio.Event()

        async def load() -> bytes:
            begun.set()
            await go.wait()
            return b"loaded"

        first = asyncio.create_task(cache.remember("a", _LONG_S, load))
        await begun.wait()
        second = asyncio.create_task(cache.remember("a", _LONG_S, load))
        first.cancel()
        await asyncio.wait([first])
        go.set()

        assert first.cancelled()
        assert await second == b"loaded"

    async def test_a_load_that_was_overtaken_is_not_kept(self, cache: Cache) -> None:
        begun = asyncio.Event()
        go = asyncio.Event()

        async def stale() -> bytes:
            begun.set()
            await go.wait()
            return b"stale"

        async def fresh() -> bytes:
            return b"fresh"

        first = asyncio.create_task(cache.remember("a", _LONG_S, stale))
        await begun.wait()
        await cache.delete("a")
        second = await cache.remember("a", _LONG_S, fresh)
        go.set()

        assert await first == b"stale"
        assert second == b"fresh"
        assert await cache.get("a") == b"fresh"

    async def test_a_message_reaches_every_listener_of_its_channel(self, cache: Cache) -> None:
        async with (
            cache.subscribe("room") as one,
            cache.subscribe("room") as two,
            cache.subscribe("kitchen") as other,
        ):
            await cache.publish("room", b"1")
            await cache.publish("room", b"2")
            await cache.publish("kitchen", b"3")

            async with asyncio.timeout(5):
                assert [await anext(one), await anext(one)] == [b"1", b"2"]
                assert [await anext(two), await anext(two)] == [b"1", b"2"]
                assert await anext(other) == b"3"

    async def test_publishing_to_nobody_is_no_error(self, cache: Cache) -> None:
        async with cache.subscribe("room"):
            pass

        await cache.publish("room", b"1")

    async def test_a_listener_hears_nothing_from_before(self, cache: Cache) -> None:
        await cache.publish("room", b"before")

        async with cache.subscribe("room") as messages:
            await cache.publish("room", b"after")

            assert await _first(messages) == b"after"


async def _first(messages: AsyncIterator[bytes]) -> bytes:
    async with asyncio.timeout(5):
        return await anext(messages)
