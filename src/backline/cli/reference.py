"""`backline openapi`: the API of all services, as the front door describes it."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from backline.cli.administration import administration
from backline.cli.box import Box, adopt_environment, inherited_environment
from backline.cli.console import say_json
from backline.cli.registry import build, entries


def print_openapi() -> None:
    """Describe the doors without starting anything."""
    with tempfile.TemporaryDirectory() as folder:
        adopt_environment(Box.at(Path(folder)).environment(inherited_environment()))
        say_json(asyncio.run(_document()))


async def _document() -> dict[str, Any]:
    from backline.front.app import build_front  # noqa: PLC0415 - loads FastAPI

    services = [await build(entry) for entry in entries("all")]
    try:
        return build_front(
            services, why_not_ready=_nothing, administration=administration(services)
        ).openapi()
    finally:
        for service in services:
            await service.close()


async def _nothing() -> str | None:
    return None
