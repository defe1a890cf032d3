"""What every `Parking` does with its `DeadLetters`, by itself and under `consume`."""

from backline.kit.testing.contracts.parking.consumers import ConsumerCases
from backline.kit.testing.contracts.parking.crashes import CrashCases
from backline.kit.testing.contracts.parking.people import PeopleCases


class ParkingContract(PeopleCases, ConsumerCases, CrashCases):
    """Inherit, and provide the fixture `parking`, empty."""
