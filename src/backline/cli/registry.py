"""Every service, by name; imported only where it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from backline.kit.core.errors import InvalidArgument
from backline.kit.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """How a service is known before it is loaded.

    Attributes:
        port: Where its REST and WebSocket doors stand when it runs alone; None without any.
        rpc_port: Where its gRPC doors stand when it runs alone; None without any.
        database: Whether it has a database of its own.
        alone: Whether it is a process of its own also in the one box.
    """

    name: str
    port: int | None = None
    rpc_port: int | None = None
    database: bool = True
    alone: bool = False

    @property
    def package(self) -> str:
        return f"backline.{self.name}"


SERVICES = (
    Entry(name="identity", port=8001, rpc_port=50057),
    Entry(name="jukebox", port=8004),
    Entry(name="lineup", port=8003, rpc_port=50051),
    Entry(name="scores", port=8002),
    Entry(name="player", rpc_port=50052, database=False, alone=True),
)


@dataclass(frozen=True, slots=True)
class Database:
    """One database of the box.

    Attributes:
        name: Its role; the database is called `backline_<name>`.
        package: Whose migrations it gets.
        variable: The setting with its URL.
    """

    name: str
    package: str
    variable: str


DATABASES = (
    *(
        Database(entry.name, entry.package, f"{entry.name.upper()}_DATABASE_URL")
        for entry in SERVICES
        if entry.database
    ),
    Database("log", "backline.kit.messaging", "BACKLINE_EVENTS_URL"),
    Database("jobs", "backline.kit.jobs", "BACKLINE_JOBS_URL"),
)


class UnknownService(InvalidArgument):
    """There is no service of that name."""


class WrongSetting(InvalidArgument):
    """A setting is missing, unknown, or has a value that cannot be."""


def entries(name: str) -> Sequence[Entry]:
    """The services that `name` means: one of them, or `all` that share the box's API process.

    Raises:
        UnknownService: Neither.
    """
    if name == "all":
        return [entry for entry in SERVICES if not entry.alone]
    found = [entry for entry in SERVICES if entry.name == name]
    if not found:
        known = ", ".join(entry.name for entry in SERVICES)
        raise UnknownService(f"There is no service {name!r}. There are: {known}, or all.")
    return found


async def build(entry: Entry, **overrides: Any) -> Service:
    """Wire one service from its settings in the environment.

    Args:
        overrides: Settings that were given on the command line.

    Raises:
        WrongSetting: Names the setting, and says what is wrong with it.
    """
    settings = read_settings(entry, **overrides)
    wiring = import_module(f"{entry.package}.wiring")
    return cast(Service, await wiring.build(settings))


def read_settings(entry: Entry, **overrides: Any) -> Any:
    """Read a service's settings from the environment.

    Raises:
        WrongSetting: Names each setting that is wrong, and says why.
    """
    kind = import_module(f"{entry.package}.settings").Settings
    return _read(kind, **overrides)


def read_box_settings() -> Any:
    """Read what concerns the whole box.

    Raises:
        WrongSetting: Names each setting that is wrong, and says why.
    """
    from backline.kit.settings import BacklineSettings  # noqa: PLC0415 - heavy; see _read

    return _read(BacklineSettings)


def _read(kind: Any, **overrides: Any) -> Any:
    from pydantic import ValidationError  # noqa: PLC0415 - the command line starts without it

    from backline.kit.settings import WrongSettings, load  # noqa: PLC0415

    try:
        settings = load(kind)
        return kind(**overrides) if overrides else settings
    except (WrongSettings, ValidationError) as error:
        raise WrongSetting(str(error)) from error
