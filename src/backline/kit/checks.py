"""Checks that recount the truth: each proves one promise, with figures, in bounded time.

A service lists its own in `Service.checks`; whoever wants to know runs them through `Checks`:
the page of admins, and `backline doctor`. A check only reads. It never says that all is well
because it could not look.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import structlog

from backline.kit.core.clock import Clock
from backline.kit.core.errors import BacklineError, FailedPrecondition, NotFound

if TYPE_CHECKING:
    import asyncpg

WITHIN_S = 5.0
"""A check that takes longer is given up, and counts as not known."""

MOST_EVIDENCE = 10

log = structlog.get_logger()


class NoSuchCheck(NotFound):
    """No service has a check of that name."""


class NothingToMend(FailedPrecondition):
    """The check has no button; what mends it is a step of its own."""


class State(StrEnum):
    WELL = "well"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    """It could not be looked at: no answer, or not in time."""
    NEVER = "never"
    """Not run since the start."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a check saw.

    Attributes:
        counted: How many things it looked at.
        wrong: How many of them are not as they should be.
        evidence: The first of those, in words and identifiers.
    """

    counted: int
    wrong: int
    evidence: tuple[str, ...] = ()


class Check(Protocol):
    """One promise that can be proved.

    Attributes:
        name: `<service>.<what>`; pages translate by it.
        proves: The promise, in one sentence.
        mend: What to do if it does not hold: a command, or a step.
    """

    @property
    def name(self) -> str: ...

    @property
    def proves(self) -> str: ...

    @property
    def mend(self) -> str: ...

    async def look(self) -> Found: ...


Repair = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCheck:
    """A check that is one function.

    Attributes:
        repair: What its button does; None without one.
    """

    name: str
    proves: str
    mend: str
    function: Callable[[], Awaitable[Found]]
    repair: Repair | None = None

    async def look(self) -> Found:
        return await self.function()


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlCheck:
    """A check by two questions to one database, as of one moment, which nothing can change.

    Attributes:
        url: Of the database.
        counted: A query for one number: what there is to look at.
        wrong: A query for one column of text: each row is one thing that is not as it should be.
        repair: What its button does; None without one.
    """

    name: str
    proves: str
    mend: str
    url: str
    counted: str
    wrong: str
    repair: Repair | None = None

    async def look(self) -> Found:
        import asyncpg  # noqa: PLC0415 - a check is rare, and its driver large

        from backline.kit.db.engine import CONNECT_TIMEOUT_S, asyncpg_url  # noqa: PLC0415

        limits = {"statement_timeout": str(int(WITHIN_S * 1000)), "application_name": "checks"}
        connection = await asyncpg.connect(
            asyncpg_url(self.url), timeout=CONNECT_TIMEOUT_S, server_settings=limits
        )
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await self._look(connection)
        finally:
            await connection.close()

    async def _look(self, connection: asyncpg.Connection) -> Found:
        counted = await connection.fetchval(self.counted)
        wrong = await connection.fetchval(f"SELECT count(*) FROM ({self.wrong}) AS wrong")  # noqa: S608 - ours
        rows = await connection.fetch(
            f"SELECT * FROM ({self.wrong}) AS wrong LIMIT {MOST_EVIDENCE}"  # noqa: S608 - ours
        )
        return Found(int(counted or 0), int(wrong), tuple(str(row[0]) for row in rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A check, and how it went the last time.

    Attributes:
        why: Why it could not be looked at; empty otherwise.
        repairable: Whether it has a button.
    """

    name: str
    proves: str
    mend: str
    repairable: bool
    state: State = State.NEVER
    counted: int = 0
    wrong: int = 0
    evidence: tuple[str, ...] = ()
    why: str = ""
    at: datetime | None = None
    took_ms: int = 0


class Checks:
    """All checks of a process, run one at a time, with their last verdicts."""

    def __init__(
        self, checks: Sequence[Check], clock: Clock, *, within_s: float = WITHIN_S
    ) -> None:
        self._checks: Mapping[str, Check] = {check.name: check for check in checks}
        self._clock = clock
        self._within_s = within_s
        self._running = asyncio.Lock()
        self._verdicts = {name: _bare(check) for name, check in self._checks.items()}

    def verdicts(self) -> Sequence[Verdict]:
        """As of the last run of each, in the order of the services."""
        return list(self._verdicts.values())

    async def run(self, *names: str) -> Sequence[Verdict]:
        """Look now; all of them if none is named.

        Raises:
            NoSuchCheck: One of the names is nobody's.
        """
        chosen = [self._named(name) for name in names] or list(self._checks.values())
        async with self._running:
            for check in chosen:
                self._verdicts[check.name] = await self._verdict(check)
        return [self._verdicts[check.name] for check in chosen]

    async def repair(self, name: str) -> Verdict:
        """Press a check's button, then look again.

        Raises:
            NoSuchCheck: The name is nobody's.
            NothingToMend: It has no button.
        """
        repair: Repair | None = getattr(self._named(name), "repair", None)
        if repair is None:
            raise NothingToMend("This is mended by hand: see what the check says.", name=name)
        await repair()
        log.info("repaired", check=name)
        return (await self.run(name))[0]

    def _named(self, name: str) -> Check:
        if name not in self._checks:
            raise NoSuchCheck(f"There is no check {name}.", name=name)
        return self._checks[name]

    async def _verdict(self, check: Check) -> Verdict:
        begun, at = time.monotonic(), self._clock.now()
        why, found = "", None
        try:
            found = await asyncio.wait_for(check.look(), self._within_s)
        except TimeoutError:
            why = f"No answer within {self._within_s:.0f} s."
        except BacklineError as error:
            why = error.detail
        except Exception as error:
            log.warning("check_failed", check=check.name, exc_info=error)
            why = f"{type(error).__name__}: {error}"
        bare = _bare(check)
        took_ms = round((time.monotonic() - begun) * 1000)
        state = State.UNKNOWN if found is None else State.WRONG if found.wrong else State.WELL
        found = found or Found(0, 0)
        return Verdict(
            name=bare.name,
            proves=bare.proves,
            mend=bare.mend,
            repairable=bare.repairable,
            state=state,
            counted=found.counted,
            wrong=found.wrong,
            evidence=found.evidence[:MOST_EVIDENCE],
            why=why,
            at=at,
            took_ms=took_ms,
        )


def _bare(check: Check) -> Verdict:
    return Verdict(
        name=check.name,
        proves=check.proves,
        mend=check.mend,
        repairable=getattr(check, "repair", None) is not None,
    )
