"""How far a partition has been worked through, whatever order its messages end in."""

from collections import deque
from dataclasses import dataclass, field


@dataclass(eq=False, slots=True)
class Watermark:
    """The contiguous watermark of one partition.

    Attributes:
        fetched: Offsets that have begun and are not below the watermark, in order.
        done: Those of them that have ended.
        at: Everything below this offset is done; None until the first one is.
        committed: Where it stood when it was committed last.
    """

    fetched: deque[int] = field(default_factory=deque)
    done: set[int] = field(default_factory=set)
    at: int | None = None
    committed: int | None = None

    def begin(self, offset: int) -> None:
        """`offset` follows those that have begun; brokers may leave gaps."""
        self.fetched.append(offset)

    def finish(self, offset: int) -> None:
        self.done.add(offset)
        while self.fetched and self.fetched[0] in self.done:
            first = self.fetched.popleft()
            self.done.discard(first)
            self.at = first + 1
