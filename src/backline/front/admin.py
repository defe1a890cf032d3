"""For admins: what the box runs with, whether its data is whole, and its backups."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field

from backline.kit.auth.http import require
from backline.kit.checks import Checks, State, Verdict
from backline.kit.core.actor import Role
from backline.kit.http.limits import limits
from backline.kit.settings_report import Entry, Origin


class Archive(BaseModel):
    """One backup."""

    name: Annotated[str, Field(examples=["backline-20261121-230501.tar.gz"])]
    path: Annotated[str, Field(description="On the machine that runs the box.")]
    at: datetime
    bytes: int
    here: Annotated[bool, Field(description="Whether the file is still where it was written.")]


class Backups(BaseModel):
    """What was backed up, the newest first."""

    items: list[Archive]
    running: Annotated[bool, Field(description="Whether one is being made now.")]
    failed: Annotated[str, Field(description="Why the last one that was asked for here failed.")]
    possible: Annotated[str, Field(description="Why none can be made from here; empty if one can.")]
    command: Annotated[str, Field(examples=["backline backup FILE --data .backline"])]


class Archives(Protocol):
    """Where backups come from; the command line knows how."""

    async def listed(self) -> Backups: ...

    async def start(self) -> None:
        """Begin one in a process of its own. Raises a refusal if that cannot be."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """What the doors of this page need."""

    checks: Checks
    settings: Callable[[], Sequence[Entry]]
    archives: Archives


async def _administration(request: Request) -> Administration:
    administration: Administration = request.app.state.administration
    return administration


Use = Annotated[Administration, Depends(_administration)]
router = APIRouter(prefix="/api", tags=["administration"], dependencies=[require(Role.ADMIN)])


class Setting(BaseModel):
    """What the box was told, or assumes."""

    name: Annotated[str, Field(examples=["IDENTITY_GUESTS"])]
    service: Annotated[str, Field(description="Empty for the whole box.", examples=["identity"])]
    value: Annotated[str, Field(description="Hidden if it is a secret.", examples=["on"])]
    default: str
    origin: Origin
    means: Annotated[str, Field(examples=["Whether people may come in by name alone."])]
    secret: bool


class Settings(BaseModel):
    items: list[Setting]


class CheckView(BaseModel):
    """A promise, and whether it held the last time that somebody looked."""

    name: Annotated[str, Field(examples=["jukebox.votes"])]
    proves: Annotated[str, Field(examples=["The votes of every song equal their recount."])]
    mend: Annotated[str, Field(description="What to do if it does not hold.")]
    repairable: Annotated[bool, Field(description="Whether `POST …/repair` mends it.")]
    state: State
    counted: Annotated[int, Field(description="How many things were looked at.")]
    wrong: Annotated[int, Field(description="How many are not as they should be.")]
    evidence: Annotated[list[str], Field(description="The first of those.")]
    why: Annotated[str, Field(description="Why it could not be looked at.")]
    at: datetime | None
    took_ms: int

    @classmethod
    def of(cls, verdict: Verdict) -> "CheckView":
        return cls(
            name=verdict.name,
            proves=verdict.proves,
            mend=verdict.mend,
            repairable=verdict.repairable,
            state=verdict.state,
            counted=verdict.counted,
            wrong=verdict.wrong,
            evidence=list(verdict.evidence),
            why=verdict.why,
            at=verdict.at,
            took_ms=verdict.took_ms,
        )


class Integrity(BaseModel):
    items: list[CheckView]


Name = Annotated[str, Path(max_length=100, examples=["jukebox.votes"])]


@router.get("/settings", summary="What the box runs with")
async def list_settings(use: Use) -> Settings:
    """As read at the start; a change takes a restart. Secrets are hidden. For admins."""
    return Settings(
        items=[
            Setting(
                name=entry.name,
                service=entry.service,
                value=entry.value,
                default=entry.default,
                origin=entry.origin,
                means=entry.means,
                secret=entry.secret,
            )
            for entry in use.settings()
        ]
    )


@router.get("/integrity", summary="Is everything well")
async def integrity(use: Use) -> Integrity:
    """Every check, as of its last run since the start. For admins."""
    return Integrity(items=[CheckView.of(each) for each in use.checks.verdicts()])


@router.post("/integrity/run", summary="Look whether everything is well")
@limits(timeout_s=120)
async def run_checks(
    use: Use,
    name: Annotated[
        list[Annotated[str, Query(max_length=100)]] | None,
        Query(max_length=100, description="Only these; may be repeated."),
    ] = None,
) -> Integrity:
    """Recount now, each check within five seconds. Nothing is changed. For admins."""
    return await _answer(use.checks.run(*(name or ())))


@router.post("/integrity/{name}/repair", summary="Mend what a check found")
@limits(timeout_s=60)
async def repair(use: Use, name: Name) -> CheckView:
    """Where a check can be mended by a button; then it looks again. For admins."""
    return CheckView.of(await use.checks.repair(name))


@router.get("/backups", summary="List backups")
async def list_backups(use: Use) -> Backups:
    """Those made by `backline backup` and from here, the newest first. For admins."""
    return await use.archives.listed()


@router.post("/backups", status_code=202, summary="Make a backup")
async def make_backup(use: Use) -> Backups:
    """In a process of its own, beside the data; the room plays on. For admins."""
    await use.archives.start()
    return await use.archives.listed()


async def _answer(running: Awaitable[Sequence[Verdict]]) -> Integrity:
    return Integrity(items=[CheckView.of(verdict) for verdict in await running])
