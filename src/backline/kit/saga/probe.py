"""Whether sagas wait for people, or are late, for the console's health list."""

from backline.kit.health import Alarm, Condition, Finding, Probe
from backline.kit.saga.progress import State
from backline.kit.saga.store import SagaDesk


def saga_probe(desk: SagaDesk) -> Probe:
    async def measure() -> Finding:
        census = await desk.census()
        stuck = census.counts[State.STUCK]
        figures = {
            "running": sum(census.counts.values()) - stuck,
            "stuck": stuck,
            "overdue": census.overdue,
        }
        if stuck:
            alarm = Alarm("sagas_stuck", {"count": stuck})
            return Finding(condition=Condition.BAD, word="stuck", figures=figures, alarms=(alarm,))
        if census.overdue:
            alarm = Alarm("sagas_overdue", {"count": census.overdue})
            return Finding(condition=Condition.MIND, word="late", figures=figures, alarms=(alarm,))
        return Finding(condition=Condition.WELL, word="on_time", figures=figures)

    return measure
