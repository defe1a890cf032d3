"""The waits and clocks that tests themselves stand on."""

from datetime import datetime, timedelta

import pytest

from backline.kit.testing.clock import EPOCH, FixedClock
from backline.kit.testing.eventually import eventually


async def test_a_condition_is_asked_until_it_holds() -> None:
    answers = iter([0, None, 7])

    assert await eventually(lambda: next(answers)) == 7


async def test_an_async_condition_may_assert() -> None:
    seen: list[int] = []

    async def three_times() -> bool:
        seen.append(1)
        assert len(seen) == 3
        return True

    assert await eventually(three_times)


async def test_a_condition_that_never_holds_says_what_was_seen() -> None:
    with pytest.raises(AssertionError, match=r"seen last: AssertionError\('almost'\)"):
        await eventually(lambda: (_ for _ in ()).throw(AssertionError("almost")) and 1, within=0.02)


def test_a_fixed_clock_moves_only_when_told() -> None:
    clock = FixedClock()

    clock.advance(timedelta(minutes=3))

    assert clock.now() - EPOCH == timedelta(minutes=3)
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-timedelta(seconds=1))
    with pytest.raises(ValueError, match="time zone"):
        FixedClock(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the fault
