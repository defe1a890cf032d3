"""Wake-ups between processes: "something changed, look again". Never the data itself.

`pg_notify` inside a business transaction costs up to three quarters of the write throughput
(PostgreSQL serialises commits that notify). A doorbell is rung after the commit, on a connection
of its own, and not more often than every 5 ms.
"""

from collections.abc import AsyncIterator
from typing import Protocol


class Doorbell(Protocol):
    def ring(self, channel: str) -> None:
        """Wake all listeners of `channel`, soon. Rings in quick succession become one."""
        ...

    def listen(self, channel: str, *, every_s: float) -> AsyncIterator[None]:
        """Yield at once, then at each ring, and at the latest every `every_s` seconds.

        A ring may be lost (a broken connection); the period is what makes waiting for it safe.
        """
        ...
