"""What a use case needs to start a saga. Standard library only: commands import it."""

from typing import Protocol
from uuid import UUID


class SagaData:
    """What one saga is about: a frozen dataclass of plain fields, as a command is.

    It is kept as JSON under the name of its class, so that neither the class nor a field may be
    renamed while sagas of it are under way.
    """

    __slots__ = ()

    @property
    def resource(self) -> str | None:
        """What the saga holds until it has ended; another saga on it waits, in order of start.

        None: it holds nothing, and waits for nobody.
        """
        return None


class Sagas(Protocol):
    """Starts sagas with the transaction of the message being handled."""

    def start(self, data: SagaData) -> UUID:
        """Begin a saga if, and as soon as, this transaction commits.

        Returns:
            Its number, a UUIDv7.

        Raises:
            SagaUnknown: Nothing is declared for this kind of data.
        """
        ...
