"""Which databases a command works on."""

from __future__ import annotations

from backline.cli.box import Box, inherited_environment
from backline.cli.registry import DATABASES, SERVICES, entries
from backline.cli.status import running
from backline.kit.core.errors import FailedPrecondition


class NoDatabase(FailedPrecondition):
    """The service keeps nothing in a database."""


def service_databases(box: Box, service: str) -> dict[str, str]:
    """The URLs by service, from the settings, else from the running box.

    Args:
        service: One of them, or `all`: those of the box, or without one those that settings name.

    Raises:
        NoDatabase: It has none.
        NotRunning: No setting names it, and there is no box.
    """
    names = {entry.name for entry in (SERVICES if service == "all" else entries(service))}
    found = [database for database in DATABASES if database.name in names]
    if not found:
        raise NoDatabase(
            f"{service} has no database, and so neither outbox nor dead letters nor sagas."
        )
    environment = inherited_environment()
    named = [database for database in found if database.variable in environment]
    if box.state.read() is not None:
        environment = box.environment(environment)
    elif service == "all" and named:
        found = named
    elif found != named:
        running(box)
    return {database.name: environment[database.variable] for database in found}
