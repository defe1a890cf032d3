"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


class FixedClock:
    """A `Clock` for tests.

    Args:
        at: The first moment; it must know its time zone.
    """

    def __init__(self, at: datetime = EPOCH) -> None:
        if at.tzinfo is None:
            raise ValueError("A moment without a time zone is ambiguous.")
        self._now = at

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move on by `by`; time never runs backwards."""
        if by < timedelta():
            raise ValueError("Time does not run backwards.")
        self._now += by

    def set(self, at: datetime) -> None:
        """Jump to `at`, in either direction: a machine's clock may be set."""
        self._now = at
