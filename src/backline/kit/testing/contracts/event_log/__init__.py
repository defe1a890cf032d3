"""What every `EventLog` does, alone and under `consume`."""

from dataclasses import dataclass
from typing import ClassVar

from backline.kit.testing.contracts.event_log.delivery import DeliveryCases
from backline.kit.testing.contracts.event_log.failures import FailureCases
from backline.kit.testing.contracts.event_log.outages import OutageCases
from backline.kit.testing.contracts.event_log.writers import WriterCases
from backline.kit.testing.contracts.features import Featured


@dataclass(frozen=True, slots=True)
class LogFeatures:
    """What a log can do beyond carrying messages.

    Attributes:
        in_doubt: Whoever takes a shard over learns what is in the log already.
        fencing: An earlier writer of a shard is refused.
        outage: It can be away; then the fixture `outage` is needed, too.
    """

    in_doubt: bool = True
    fencing: bool = True
    outage: bool = True


class EventLogContract(DeliveryCases, FailureCases, WriterCases, OutageCases, Featured):
    """Inherit, and provide the fixtures `event_log` and `elsewhere`.

    Both are the same log as two processes see it.
    """

    features: ClassVar[object] = LogFeatures()
