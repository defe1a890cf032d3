"""What admins and `backline doctor` ask of a box as a whole, out of the services' own parts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from backline.cli.backups import BoxArchives
from backline.cli.box import Box, adopt_environment, inherited_environment
from backline.cli.registry import SERVICES, build, entries, read_box_settings, read_settings
from backline.kit.checks import Checks, Verdict
from backline.kit.core.clock import SystemClock

if TYPE_CHECKING:
    from backline.front.admin import Administration
    from backline.kit.service import Service
    from backline.kit.settings_report import Entry


def administration(services: Sequence[Service]) -> Administration:
    """What the front door needs for admins."""
    from backline.front.admin import Administration  # noqa: PLC0415 - loads FastAPI

    return Administration(
        checks=_checks(services),
        settings=settings_of_box,
        archives=BoxArchives(Box.at(read_box_settings().data)),
    )


def settings_of_box() -> Sequence[Entry]:
    """Every setting as this box has it; its processes share one environment."""
    from backline.kit.settings_report import report  # noqa: PLC0415 - rarely asked for

    environment = inherited_environment()
    box = read_box_settings()
    settings = [("", box), *((entry.name, read_settings(entry)) for entry in SERVICES)]
    return report(settings, environment, Box.at(box.data).environment({}))


def run_checks(box: Box) -> Sequence[Verdict]:
    """Run every check of the services against the running box."""
    adopt_environment(box.environment(inherited_environment()))
    return asyncio.run(_run())


async def _run() -> Sequence[Verdict]:
    services = [await build(entry) for entry in entries("all")]
    try:
        return await _checks(services).run()
    finally:
        for service in services:
            await service.close()


def _checks(services: Sequence[Service]) -> Checks:
    return Checks([check for each in services for check in each.checks], SystemClock())
