"""How a box is: one word and some figures per part, each measured within a deadline."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from time import monotonic
from typing import TypeAlias

from backline.kit.core.clock import Clock
from backline.kit.core.errors import BacklineError

WITHIN_S = 1.5
KEPT_FOR_S = 0.5

Figure: TypeAlias = float | int | str | None

logger = logging.getLogger(__name__)


class Condition(StrEnum):
    """How a part is. `unknown`: it could not be measured in time."""

    WELL = "well"
    MIND = "mind"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that somebody should do something about.

    Attributes:
        code: What it is, `disk_low`; the words are the page's.
        metadata: What the words need.
    """

    code: str
    metadata: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a probe found.

    Attributes:
        word: In one word, `in_time`; what people read is the page's.
        figures: What was measured.
    """

    condition: Condition
    word: str
    figures: Mapping[str, Figure] = field(default_factory=dict)
    alarms: Sequence[Alarm] = ()


Probe: TypeAlias = Callable[[], Awaitable[Finding]]
"""Measures one part. May raise or hang: the others are measured all the same."""


@dataclass(frozen=True, slots=True)
class Since:
    """An alarm, and since when it has been noticed without a break."""

    alarm: Alarm
    since: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """One look at every part."""

    at: datetime
    parts: Mapping[str, Finding]
    alarms: Sequence[Since]


class Checkup:
    """Measures every part at once, for everybody who asks at about the same moment.

    Args:
        within_s: What has not answered by then is `unknown`.
        kept_for_s: How long one look serves.
    """

    def __init__(
        self,
        probes: Mapping[str, Probe],
        clock: Clock,
        *,
        within_s: float = WITHIN_S,
        kept_for_s: float = KEPT_FOR_S,
    ) -> None:
        self._probes = dict(probes)
        self._clock = clock
        self._within_s = within_s
        self._kept_for_s = kept_for_s
        self._since: dict[tuple[str, str], datetime] = {}
        self._lock = asyncio.Lock()
        self._last: Report | None = None
        self._measured_at = 0.0

    async def __call__(self) -> Report:
        async with self._lock:
            if self._last is None or monotonic() - self._measured_at >= self._kept_for_s:
                self._last = await self._look()
                self._measured_at = monotonic()
            return self._last

    async def _look(self) -> Report:
        found = await asyncio.gather(*map(self._measure, self._probes.items()))
        parts = dict(zip(self._probes, found, strict=True))
        now = self._clock.now()
        alarms = [alarm for finding in found for alarm in finding.alarms]
        # One that only changes its figures goes on; `of` tells two of one kind apart.
        names = [(alarm.code, str(alarm.metadata.get("of", ""))) for alarm in alarms]
        self._since = {name: self._since.get(name, now) for name in names}
        told = [Since(alarm, self._since[name]) for alarm, name in zip(alarms, names, strict=True)]
        return Report(now, parts, told)

    async def _measure(self, named: tuple[str, Probe]) -> Finding:
        name, probe = named
        try:
            async with asyncio.timeout(self._within_s):
                return await probe()
        except (TimeoutError, BacklineError):
            pass
        except Exception:
            logger.exception("the part %s could not be measured", name)
        alarm = Alarm("no_answer", {"of": name})
        return Finding(condition=Condition.UNKNOWN, word="no_answer", alarms=(alarm,))
