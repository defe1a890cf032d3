"""`backline demo`: has the worker fill the room, follows it, and says how to log in."""

from __future__ import annotations

import asyncio
import secrets
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from backline.cli.box import Box, inherited_environment
from backline.cli.console import say
from backline.cli.people import identity_settings
from backline.cli.status import running
from backline.kit.core.actor import SYSTEM, Role
from backline.kit.core.errors import FailedPrecondition, Unavailable

if TYPE_CHECKING:
    from backline.jukebox.queries.demo import DemoView
    from backline.jukebox.wiring import Jukebox

R = TypeVar("R")

READY_WITHIN_S = 180.0
_LOOK_EVERY_S = 0.1
_WIDTH = 28


class DemoFailed(Unavailable):
    """The worker could not finish it."""


class DemoDeclined(FailedPrecondition):
    """The room is in use, and nobody said to go on."""


def fill(box: Box, *, most_s: float, force: bool) -> None:
    """Fill the running room.

    Raises:
        NotRunning: Nothing runs on this data directory.
        DemoDeclined: People have songs of their own in it, and neither `force` nor an answer at
            the terminal says to go on.
    """
    url = running(box)["url"]
    began = time.monotonic()
    view = _with_jukebox(box, lambda jukebox: _fill(jukebox, most_s=most_s, force=force))
    password = f"{secrets.token_urlsafe(9)} amber"
    host, names = asyncio.run(_let_in(box, password))
    say(f"Done in {time.monotonic() - began:.0f} s: {view.songs} sounds, and a history of "
        f"{view.played} songs, which is written and was not heard.")  # fmt: skip
    say(f"Open {url} and log in as {host}, who is a host, or as {', '.join(names)}.")
    say(f"The password of all of them, until the next run: {password}")
    say("If nothing plays, press play. `backline demo --remove` takes all of it away.")


def remove(box: Box) -> None:
    """Take away what the demo made.

    Raises:
        NotRunning: Nothing runs on this data directory.
    """
    running(box)
    _with_jukebox(box, _remove)
    say("The demo content is gone. What people brought themselves is still there.")


async def _fill(jukebox: Jukebox, *, most_s: float, force: bool) -> DemoView:
    from backline.jukebox.commands.demo import RequestDemo  # noqa: PLC0415 - loads SQLAlchemy
    from backline.jukebox.domain.demo import DemoAction, DemoState, RoomInUse  # noqa: PLC0415

    async def request(*, force: bool) -> None:
        command = RequestDemo(action=DemoAction.FILL, force=force, most_s=most_s)
        await jukebox.mediator.send(command, actor=SYSTEM)

    try:
        await request(force=force)
    except RoomInUse as refusal:
        if not sys.stdin.isatty():
            raise DemoDeclined(f"{refusal.detail} --force does it all the same.") from refusal
        say(refusal.detail)
        if not typer.confirm("Fill it all the same?"):
            raise DemoDeclined("Nothing was changed.") from refusal
        await request(force=True)
    return await _follow(jukebox, lambda view: view.state is DemoState.FILLED and not view.checking)


async def _remove(jukebox: Jukebox) -> DemoView:
    from backline.jukebox.commands.demo import RequestDemo  # noqa: PLC0415 - loads SQLAlchemy
    from backline.jukebox.domain.demo import DemoAction, DemoState  # noqa: PLC0415

    await jukebox.mediator.send(RequestDemo(action=DemoAction.REMOVE), actor=SYSTEM)
    return await _follow(jukebox, lambda view: view.state is DemoState.ABSENT)


async def _follow(jukebox: Jukebox, is_done: Callable[[DemoView], bool]) -> DemoView:
    """Show how far it is until it is done."""
    from backline.jukebox.domain.demo import DemoState  # noqa: PLC0415 - loads SQLAlchemy
    from backline.jukebox.queries.demo import GetDemo  # noqa: PLC0415

    progress, end = _Progress(), time.monotonic() + READY_WITHIN_S
    while True:
        view = await jukebox.mediator.send(GetDemo(), actor=SYSTEM)
        progress.show(view)
        if is_done(view):
            progress.over()
            return view
        if view.state is DemoState.FAILED or time.monotonic() > end:
            progress.over()
            raise DemoFailed(f"{view.error or 'It takes too long.'} See: backline logs worker")
        await asyncio.sleep(_LOOK_EVERY_S)


class _Progress:
    """One line that grows where somebody looks; a line per step elsewhere."""

    def __init__(self) -> None:
        self._last = ""
        self._alive = sys.stdout.isatty()

    def show(self, view: DemoView) -> None:
        words = _words(view)
        if self._alive:
            full = round(view.fraction * _WIDTH)
            line = f"  {'█' * full}{'·' * (_WIDTH - full)}  {words}"
            print(f"\r{line:<78}", end="", flush=True)  # noqa: T201 - the line is written again
        elif words.split(",")[0] != self._last:
            self._last = words.split(",")[0]
            say(f"  {self._last}")

    def over(self) -> None:
        if self._alive:
            say()


def _words(view: DemoView) -> str:
    match view.state.value, view.step.value:
        case "removing" | "absent", _:
            return "Taking the demo content away"
        case "filling", "people":
            return "Making people"
        case "filling", _:
            return f"Making sounds, {view.songs} so far"
        case _ if view.checking:
            return f"Listening to what was made, {view.checking} left"
        case _:
            return "Ready"


async def _let_in(box: Box, password: str) -> tuple[str, list[str]]:
    """Give the demo's people a password; the host's name, and the others'."""
    from backline.identity.commands.demo import DemoPerson  # noqa: PLC0415 - loads SQLAlchemy
    from backline.identity.wiring import open_identity  # noqa: PLC0415
    from backline.jukebox.demo.content import PEOPLE  # noqa: PLC0415

    people = [DemoPerson(each.name, each.display_name, each.role) for each in PEOPLE]
    async with open_identity(identity_settings(box)) as identity:
        settled = await identity.accounts.settle_demo(people, password)
    host = next(profile.username or "" for profile in settled if profile.role is Role.HOST)
    names = [profile.username for profile in settled if profile.role is Role.LISTENER]
    return host, [name for name in names if name]


def _with_jukebox(box: Box, act: Callable[[Jukebox], Awaitable[R]]) -> R:
    async def run() -> R:
        from backline.jukebox.wiring import Jukebox  # noqa: PLC0415 - loads SQLAlchemy
        from backline.kit.core.clock import SystemClock  # noqa: PLC0415

        jukebox = Jukebox(_jukebox_settings(box), SystemClock())
        try:
            return await act(jukebox)
        finally:
            await jukebox.close()

    return asyncio.run(run())


def _jukebox_settings(box: Box) -> Any:
    """The jukebox's settings as its process in this box has them."""
    from backline.jukebox.settings import Settings  # noqa: PLC0415

    environment = box.environment(inherited_environment())
    return Settings(
        database_url=environment["JUKEBOX_DATABASE_URL"],
        media_dir=Path(environment["JUKEBOX_MEDIA_DIR"]),
    )
