"""Which cache it is: a matter of its address alone."""

from backline.kit.cache.cache import Cache
from backline.kit.cache.memory import MemoryCache


def open_cache(url: str | None = None) -> Cache:
    """The cache at `url`: `redis://host:port/0`, or one in this process where there is none.

    Raises:
        ValueError: The address is of no kind that is known here.
    """
    if not url:
        return MemoryCache()
    if url.startswith(("redis://", "rediss://", "unix://")):
        from backline.kit.cache.redis import RedisCache  # noqa: PLC0415 - an extra

        return RedisCache(url)
    raise ValueError(f"A cache is at redis://…, not at {url.partition(':')[0]}:…")
