"""`backline outbox republish`: for an event log that has lost what it was given."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import typer

from backline.cli.box import Box
from backline.cli.console import say, say_json, say_table
from backline.cli.databases import service_databases

_COLUMNS = {"service": "service", "topic": "topic", "events": "events"}


def republish(box: Box, since: str, *, service: str, topic: str | None, as_json: bool) -> None:
    """Put back into the outboxes what was published at `since` or later."""
    moment = _moment(since)
    urls = service_databases(box, service)
    found, missing = asyncio.run(_republish(urls, moment, topic))
    if as_json:
        kept = {name: at.isoformat() for name, at in missing.items()}
        say_json({"items": found, "kept_since": kept})
        return
    if found:
        say_table(found, _COLUMNS)
    else:
        say("Nothing was published since then.")
    for name, at in missing.items():
        say(f"What {name} published before {at:%Y-%m-%dT%H:%MZ} is not kept any more.")


async def _republish(
    urls: dict[str, str], since: datetime, topic: str | None
) -> tuple[list[dict[str, Any]], dict[str, datetime]]:
    from backline.kit.db.connection import connected  # noqa: PLC0415 - loads SQLAlchemy
    from backline.kit.db.doorbell import PostgresDoorbell  # noqa: PLC0415
    from backline.kit.db.outage import answering  # noqa: PLC0415
    from backline.kit.messaging import published  # noqa: PLC0415
    from backline.kit.outbox.outbox import DOORBELL_CHANNEL  # noqa: PLC0415

    found: list[dict[str, Any]] = []
    missing: dict[str, datetime] = {}
    for name, url in urls.items():
        with answering(f"The database of {name}"):
            async with connected(url, application_name="backline republish") as connection:
                counts = await published.republish(connection, since, topic=topic)
                kept_since = await published.kept_since(connection)
        doorbell = PostgresDoorbell(url)
        doorbell.ring(DOORBELL_CHANNEL)
        await doorbell.close()
        found += [
            {"service": name, "topic": topic, "events": events} for topic, events in counts.items()
        ]
        if kept_since is not None and kept_since > since:
            missing[name] = kept_since.astimezone(UTC)
    return found, missing


def _moment(since: str) -> datetime:
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise typer.BadParameter(
            f"{since!r} is no moment with its zone, such as 2026-11-21T10:00:00Z",
            param_hint="--since",
        )
    return moment
