"""One look at every part: measured in time, and alarms that know since when."""

import asyncio
from datetime import timedelta

from backline.kit.core.errors import Unavailable
from backline.kit.health import Alarm, Checkup, Condition, Finding
from backline.kit.testing.clock import FixedClock


class Part:
    """A probe that answers what it is told to."""

    def __init__(self, finding: Finding | Exception | None) -> None:
        self.finding = finding
        self.asked = 0

    async def __call__(self) -> Finding:
        self.asked += 1
        if self.finding is None:
            await asyncio.Event().wait()
        if isinstance(self.finding, Exception):
            raise self.finding
        assert self.finding is not None
        return self.finding


def well() -> Finding:
    return Finding(condition=Condition.WELL, word="fine", figures={"ms": 1.0})


def low(free: int) -> Finding:
    alarm = Alarm("disk_low", {"free_bytes": free})
    return Finding(condition=Condition.BAD, word="nearly_full", alarms=(alarm,))


async def test_one_sick_part_does_not_hang_the_others() -> None:
    parts = {
        "fine": Part(well()),
        "hangs": Part(None),
        "refuses": Part(Unavailable("not now")),
        "broken": Part(RuntimeError("a bug")),
    }

    report = await Checkup(parts, FixedClock(), within_s=0.05)()

    assert report.parts["fine"] == well()
    assert {name: found.condition for name, found in report.parts.items() if name != "fine"} == {
        "hangs": Condition.UNKNOWN,
        "refuses": Condition.UNKNOWN,
        "broken": Condition.UNKNOWN,
    }
    assert [told.alarm.metadata["of"] for told in report.alarms] == ["hangs", "refuses", "broken"]


async def test_an_alarm_says_since_when_and_ends() -> None:
    clock, disk = FixedClock(), Part(low(9))
    checkup = Checkup({"disk": disk}, clock, kept_for_s=0)
    began = clock.now()
    await checkup()

    clock.advance(timedelta(minutes=3))
    disk.finding = low(5)
    (told,) = (await checkup()).alarms
    assert (told.since, told.alarm.metadata) == (began, {"free_bytes": 5})

    disk.finding = well()
    assert not (await checkup()).alarms
    disk.finding = low(5)
    assert (await checkup()).alarms[0].since == clock.now()


async def test_who_asks_at_the_same_moment_gets_the_same_look() -> None:
    part = Part(well())
    checkup = Checkup({"part": part}, FixedClock(), kept_for_s=60)

    reports = await asyncio.gather(*[checkup() for _ in range(20)])

    assert part.asked == 1
    assert all(report is reports[0] for report in reports)
