"""How long to wait before the next try."""

import random


class Backoff:
    """Doubling pauses with jitter: "full jitter" of Brooker (2015), with a floor of one half.

    Args:
        first_s: The longest first pause, in seconds.
        most_s: No pause is longer.
    """

    def __init__(self, first_s: float, most_s: float) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._tries = 0

    def next_s(self) -> float:
        """Seconds to wait now; up to twice as many next time."""
        longest = min(self._most_s, self._first_s * 2.0 ** min(self._tries, 60))
        self._tries += 1
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter is no secret

    def reset(self) -> None:
        self._tries = 0
