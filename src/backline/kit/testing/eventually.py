"""The only wait that a test may use."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

T = TypeVar("T")

_EVERY_S = 0.01


async def eventually(
    condition: Callable[[], T] | Callable[[], Awaitable[T]], *, within: float = 5
) -> T:
    """Wait until `condition` returns something truthy, and return that.

    An `AssertionError` inside the condition counts as "not yet", so that a condition may be
    written as assertions followed by `return True`.

    Args:
        condition: A function, or an async function, without parameters.
        within: Seconds until the wait is given up.

    Raises:
        AssertionError: It did not come true; says what was seen last.
    """
    end = monotonic() + within
    while True:
        seen: object
        try:
            found = condition()
            value = await found if inspect.isawaitable(found) else found
            if value:
                return value
            seen = value
        except AssertionError as error:
            seen = error
        if monotonic() >= end:
            raise AssertionError(f"not within {within} s; seen last: {seen!r}")
        await asyncio.sleep(_EVERY_S)
