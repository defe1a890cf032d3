"""Many small changes in one transaction, each with its own result."""

import asyncio
from collections.abc import Sequence

import pytest

from backline.kit.core.errors import Unavailable
from backline.kit.db.group_commit import GroupCommit
from backline.kit.testing.eventually import eventually


class Ledger:
    """Applies numbers in batches; `gate` holds the first one up."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def apply(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return [number * 10 for number in numbers]


async def test_the_first_goes_at_once_and_the_rest_together() -> None:
    ledger = Ledger()
    group = GroupCommit(ledger.apply)
    tasks = [asyncio.create_task(group.submit(1))]
    await eventually(lambda: ledger.batches)
    tasks += [asyncio.create_task(group.submit(number)) for number in (2, 3, 4)]
    await eventually(lambda: len(group._waiting) == 3)

    ledger.gate.set()

    assert await asyncio.gather(*tasks) == [10, 20, 30, 40]
    assert ledger.batches == [[1], [2, 3, 4]]


async def test_no_batch_is_larger_than_allowed() -> None:
    ledger = Ledger()
    ledger.gate.set()
    group = GroupCommit(ledger.apply, most=2)

    results = await asyncio.gather(*[group.submit(number) for number in range(5)])

    assert results == [0, 10, 20, 30, 40]
    assert [len(batch) for batch in ledger.batches] == [2, 2, 1]


async def test_what_fails_fails_for_all_of_the_batch_and_the_next_one_works() -> None:
    ledger = Ledger()
    ledger.error = Unavailable("away")
    ledger.gate.set()
    group = GroupCommit(ledger.apply)

    failed = await asyncio.gather(group.submit(1), group.submit(2), return_exceptions=True)
    ledger.error = None

    assert [type(error) for error in failed] == [Unavailable, Unavailable]
    assert await group.submit(3) == 30


async def test_who_leaves_does_not_stop_the_others() -> None:
    ledger = Ledger()
    group = GroupCommit(ledger.apply)
    first, second = [asyncio.create_task(group.submit(number)) for number in (1, 2)]
    await eventually(lambda: ledger.batches == [[1, 2]])

    first.cancel()
    ledger.gate.set()

    assert await second == 20
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_as_many_go_side_by_side_as_allowed() -> None:
    ledger = Ledger()
    group = GroupCommit(ledger.apply, most=2, side_by_side=2)
    tasks = [asyncio.create_task(group.submit(number)) for number in range(7)]
    await eventually(lambda: len(ledger.batches) == 2)

    assert ledger.batches == [[0, 1], [2, 3]]
    ledger.gate.set()

    assert await asyncio.gather(*tasks) == [0, 10, 20, 30, 40, 50, 60]


async def test_what_is_under_way_can_be_broken_off() -> None:
    ledger = Ledger()
    group = GroupCommit(ledger.apply)
    waiting = asyncio.create_task(group.submit(1))
    await eventually(lambda: ledger.batches)

    await group.close()

    with pytest.raises(asyncio.CancelledError):
        await waiting
