"""How long to wait before the next try."""

import random


class Backoff:
    """Doubling limits, and any pause below them: "full jitter" of Brooker (2015).

    Args:
        first_s: The longest first pause, in seconds.
        most_s: No pause is longer.
    """

    def __init__(self, first_s: float, most_s: float) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._tries = 0

    def next_s(self) -> float:
        """Seconds to wait now; next time it may be twice as many."""
        longest = min(self._most_s, self._first_s * 2.0 ** min(self._tries, 60))
        self._tries += 1
        return random.uniform(0.0, longest)  # noqa: S311 - jitter is no secret

    def reset(self) -> None:
        self._tries = 0
