"""`backline users` and `keys`: identity's use cases, without its doors."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from backline.cli.box import Box, inherited_environment
from backline.cli.console import say, say_json, say_table
from backline.cli.status import running
from backline.kit.core.actor import SYSTEM, Role
from backline.kit.core.errors import InvalidArgument

if TYPE_CHECKING:
    from backline.identity.wiring import Identity

PAGE = 200
R = TypeVar("R")
_COLUMNS = {
    "id": "id",
    "username": "name",
    "display_name": "shown as",
    "role": "role",
    "disabled": "disabled",
    "last_seen_at": "last seen",
}


_KEY_COLUMNS = {"kid": "key", "state": "state", "since": "since", "until": "kept until"}


class NoPassword(InvalidArgument):
    """No password was given."""


def create(box: Box, name: str, role: Role, display_name: str, *, from_stdin: bool) -> None:
    """Make an account of any role."""
    password = _password(from_stdin=from_stdin)

    async def register(identity: Identity) -> None:
        user = await identity.accounts.register(
            name, password, display_name=display_name, role=role, actor=SYSTEM
        )
        say(f"{user.username} has the role {user.role.value} now.")

    _with_identity(box, register)


def list_all(box: Box, *, as_json: bool) -> None:
    """Print everybody, guests included."""

    async def collect(identity: Identity) -> list[dict[str, Any]]:
        from backline.identity.queries.people import ListUsers  # noqa: PLC0415 - loads SQLAlchemy

        found: list[dict[str, Any]] = []
        while True:
            after = int(found[-1]["id"]) if found else 0
            page = await identity.mediator.send(ListUsers(after=after, limit=PAGE), actor=SYSTEM)
            found += [
                {
                    "id": int(view.profile.id),
                    "username": view.profile.username,
                    "display_name": view.profile.display_name,
                    "role": view.profile.role.value,
                    "disabled": view.profile.disabled,
                    "created_at": _moment(view.created_at),
                    "last_seen_at": _moment(view.last_seen_at),
                }
                for view in page
            ]
            if len(page) < PAGE:
                return found

    users = _with_identity(box, collect)
    if as_json:
        say_json({"items": users})
    else:
        say_table(users, _COLUMNS)


def disable(box: Box, name: str, *, enable: bool) -> None:
    """Shut somebody out everywhere within a second, or let them in again."""

    async def change(identity: Identity) -> None:
        from backline.identity.commands.users import ChangeUser  # noqa: PLC0415
        from backline.identity.queries.people import FindUser  # noqa: PLC0415

        user = await identity.mediator.send(FindUser(username=name), actor=SYSTEM)
        await identity.mediator.send(ChangeUser(user_id=user.id, disabled=not enable), actor=SYSTEM)
        say(f"{name} may log in again." if enable else f"{name} is shut out.")

    _with_identity(box, change)


def reset_link(box: Box, name: str) -> None:
    """Print a link by which somebody sets a new password."""

    async def issue(identity: Identity) -> str:
        from backline.identity.commands.links import IssueResetLink  # noqa: PLC0415
        from backline.identity.queries.people import FindUser  # noqa: PLC0415

        user = await identity.mediator.send(FindUser(username=name), actor=SYSTEM)
        link = await identity.mediator.send(IssueResetLink(user.id), actor=SYSTEM)
        return link.token

    token = _with_identity(box, issue)
    say(f"{_base_url(box)}/reset?token={token}")
    say(f"It works once, for a day. Give it to {name} and to nobody else.")


def rotate_keys(box: Box) -> None:
    """Sign with the next key from now on."""
    from backline.identity.wiring import key_files  # noqa: PLC0415

    key_files(identity_settings(box)).rotate()
    say("Tokens are signed with a new key now. Nobody has to log in again.")


def list_keys(box: Box, *, as_json: bool) -> None:
    """Print the signing keys; what is private about them stays where it is."""
    from backline.identity.wiring import key_files  # noqa: PLC0415

    found = [
        {
            "kid": key.kid,
            "state": key.state.value,
            "since": _moment(key.since),
            "until": _moment(key.until),
        }
        for key in key_files(identity_settings(box)).current().keys
    ]
    if as_json:
        say_json({"items": found})
    else:
        say_table(found, _KEY_COLUMNS)


def revoke_key(box: Box, kid: str) -> None:
    """Stop believing what a key has signed, everywhere within a second."""
    from backline.identity.wiring import key_files  # noqa: PLC0415

    key_files(identity_settings(box)).revoke(kid)
    say(f"Nobody believes the key {kid} any more.")
    say(
        "Access tokens that it signed are refused within a second. Sessions go on: pages and"
        " programs get a fresh token by themselves, and nobody has to log in again."
    )
    say("If somebody may have copied the whole key file, end the sessions as well: see the guide.")


async def setup_token(box: Box) -> str | None:
    """The token of the link that makes the first admin; None once there is one."""
    from backline.identity.commands.links import IssueSetupLink  # noqa: PLC0415

    async with _identity(box) as identity:
        return await identity.mediator.send(IssueSetupLink(), actor=SYSTEM)


def identity_settings(box: Box) -> Any:
    """Identity's settings as its process in this box has them."""
    from backline.identity.settings import Settings  # noqa: PLC0415

    environment = box.environment(inherited_environment())
    return Settings(
        database_url=environment["IDENTITY_DATABASE_URL"],
        key_dir=Path(environment["IDENTITY_KEY_DIR"]),
    )


@asynccontextmanager
async def _identity(box: Box) -> AsyncIterator[Identity]:
    from backline.identity.wiring import open_identity  # noqa: PLC0415

    async with open_identity(identity_settings(box)) as identity:
        yield identity


def _with_identity(box: Box, act: Callable[[Identity], Awaitable[R]]) -> R:
    if "IDENTITY_DATABASE_URL" not in inherited_environment():
        running(box)

    async def run() -> R:
        async with _identity(box) as identity:
            return await act(identity)

    return asyncio.run(run())


def _base_url(box: Box) -> str:
    content = box.state.read() or {}
    environment = inherited_environment()
    return str(
        environment.get("BACKLINE_PUBLIC_URL") or content.get("phones") or content.get("url") or ""
    )


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            raise NoPassword("The two are not the same.")
    else:
        raise NoPassword("Give a password: --password-stdin reads it from standard input.")
    if not password:
        raise NoPassword("The password is empty.")
    return password


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")
