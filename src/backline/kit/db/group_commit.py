"""Many small changes in one transaction: whoever comes while one is under way waits for the next.

A commit waits for the disk, and a row that all changes share is locked until then. Alone, such
changes come one disk write after another; together they share one. Nobody waits for company: the
first one starts at once.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

MOST = 100


class GroupCommit(Generic[T, R]):
    """Hands what was submitted to `run`, as many at a time as have gathered.

    Args:
        run: Applies some in one transaction, in this order, and returns a result for each. What
            it raises is raised to all of them; nothing of theirs may have been kept then.
        most: In one transaction.
        side_by_side: Transactions under way at a time. With more than one, nothing is said about
            the order of what was submitted.
    """

    def __init__(
        self,
        run: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        *,
        most: int = MOST,
        side_by_side: int = 1,
    ) -> None:
        self._run = run
        self._most = most
        self._side_by_side = side_by_side
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._working: set[asyncio.Task[None]] = set()

    async def submit(self, item: T) -> R:
        """Return the item's own result once it is committed.

        A caller that is cancelled may find its item applied all the same.
        """
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if len(self._working) < self._side_by_side:
            # A context of its own: the work is for many, not for the one who happens to begin it.
            working = asyncio.create_task(self._work(), context=Context())
            self._working.add(working)
        return await future

    async def close(self) -> None:
        """Break off what is under way; whoever waited for it has gone."""
        working = list(self._working)
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)

    async def _work(self) -> None:
        try:
            while self._waiting:
                some = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
                await self._apply(some)
        finally:
            self._working.discard(asyncio.current_task())

    async def _apply(self, some: Sequence[tuple[T, "asyncio.Future[R]"]]) -> None:
        try:
            results = await self._run([item for item, _ in some])
        except BaseException as error:
            for _, future in some:
                if not future.done():
                    future.set_exception(error)
            if not isinstance(error, Exception):
                raise
        else:
            for (_, future), result in zip(some, results, strict=True):
                if not future.done():
                    future.set_result(result)
