"""What every store of sagas does, under the runner."""

from backline.kit.testing.contracts.sagas.deadlines import DeadlineCases
from backline.kit.testing.contracts.sagas.desk import DeskCases
from backline.kit.testing.contracts.sagas.locks import LockCases
from backline.kit.testing.contracts.sagas.runners import RunnerCases
from backline.kit.testing.contracts.sagas.steps import StepCases


class SagaContract(StepCases, DeadlineCases, LockCases, RunnerCases, DeskCases):
    """Inherit, and provide the fixture `make`: a `MakeWorld`."""
