"""How the line-up is, as measured."""

from collections.abc import Mapping

from backline.kit.health import Condition, Finding, Probe
from backline.kit.mediator import Mediator
from backline.lineup.queries import GetVitals

_LATE_S = 5.0


def build_probes(mediator: Mediator) -> Mapping[str, Probe]:
    async def lineup() -> Finding:
        vitals = await mediator.send(GetVitals())
        figures = {"open": vitals.open, "coming": vitals.coming}
        if max(vitals.late_s or 0.0, vitals.outbox_age_s or 0.0) > _LATE_S:
            return Finding(condition=Condition.MIND, word="behind", figures=figures)
        return Finding(condition=Condition.WELL, word="on_time", figures=figures)

    return {"lineup": lineup}
