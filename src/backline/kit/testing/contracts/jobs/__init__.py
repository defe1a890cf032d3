"""What every `JobQueue` does, alone and under `work`."""

from dataclasses import dataclass
from typing import ClassVar

from backline.kit.testing.contracts.features import Featured
from backline.kit.testing.contracts.jobs.running import RunningCases
from backline.kit.testing.contracts.jobs.status import StatusCases


@dataclass(frozen=True, slots=True)
class QueueFeatures:
    """What an adapter can do beyond running jobs.

    Attributes:
        status: `get`, progress, results, `dead` and `revive`.
        delays: `run_at`.
        keys: Idempotent `enqueue`.
    """

    status: bool = True
    delays: bool = True
    keys: bool = True


class JobQueueContract(RunningCases, StatusCases, Featured):
    """Inherit, and provide the fixtures `queue` and `elsewhere`.

    Both are the same queue as two processes see it.
    """

    features: ClassVar[object] = QueueFeatures()
