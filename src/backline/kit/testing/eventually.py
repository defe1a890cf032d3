"""The only wait that a test may use."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar, overload

T = TypeVar("T")

_EVERY_S = 0.01


@overload
async def eventually(condition: Callable[[], Awaitable[T]], *, within: float = 60) -> T: ...
@overload
async def eventually(condition: Callable[[], T], *, within: float = 60) -> T: ...
async def eventually(condition: Callable[[], object], *, within: float = 60) -> object:
    """Wait until `condition` returns something truthy, and return that.

    An `AssertionError` inside the condition counts as "not yet", so that a condition may be
    written as assertions followed by `return True`.

    Args:
        condition: A function, or an async function, without parameters.
        within: Seconds until the wait is given up: generous, for only a failure waits so long.

    Raises:
        AssertionError: It did not come true; says what was seen last.
    """
    end = monotonic() + within
    while True:
        seen: object
        try:
            seen = condition()
            if inspect.isawaitable(seen):
                seen = await seen
            if seen:
                return seen
        except AssertionError as error:
            seen = error
        if monotonic() >= end:
            raise AssertionError(f"not within {within} s; seen last: {seen!r}")
        await asyncio.sleep(_EVERY_S)
