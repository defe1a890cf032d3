"""Whether messages wait for people, for the console's health list."""

from backline.kit.health import Alarm, Condition, Finding, Probe
from backline.kit.messaging.parking.port import DeadLetters


def parking_probe(letters: DeadLetters) -> Probe:
    async def measure() -> Finding:
        tally = await letters.tally()
        figures = {"messages": tally.messages, "keys": tally.keys}
        if not tally.messages:
            return Finding(condition=Condition.WELL, word="none_parked", figures=figures)
        return Finding(
            condition=Condition.MIND,
            word="parked",
            figures=figures,
            alarms=(Alarm("messages_parked", {"count": tally.messages, "keys": tally.keys}),),
        )

    return measure
