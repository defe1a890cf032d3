"""How the parts of the scores are, as measured."""

from collections.abc import Mapping

from backline.kit.health import Alarm, Condition, Finding, Probe
from backline.kit.mediator import Mediator
from backline.scores.queries.health import GetVitals

_LATE_S = 5.0


def build_probes(mediator: Mediator) -> Mapping[str, Probe]:
    async def scores() -> Finding:
        vitals = await mediator.send(GetVitals())
        oldest_s, relay_s = vitals.oldest_s or 0.0, vitals.outbox_age_s or 0.0
        figures = {"waiting": vitals.waiting, "oldest_s": oldest_s, "relay_s": relay_s}
        alarms = []
        if oldest_s > _LATE_S:
            alarms.append(Alarm("scores_behind", {"count": vitals.waiting, "seconds": oldest_s}))
        if relay_s > _LATE_S:
            alarms.append(Alarm("relay_behind", {"seconds": relay_s}))
        condition = Condition.MIND if alarms else Condition.WELL
        word = "behind" if alarms else "on_time"
        return Finding(condition=condition, word=word, figures=figures, alarms=alarms)

    return {"scores": scores}
