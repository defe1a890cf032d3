"""`backline dead-letters`: messages that could not be handled, and what becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import typer

from backline.cli.box import Box
from backline.cli.console import say, say_json, say_table
from backline.cli.databases import service_databases

if TYPE_CHECKING:
    from backline.kit.messaging.parking.port import DeadLetter, DeadLetters

PAGE = 200
BY = "the command line"
R = TypeVar("R")
_COLUMNS = {
    "id": "id",
    "service": "service",
    "group": "group",
    "type": "message",
    "key": "key",
    "parked_at": "since",
    "reason": "reason",
    "behind": "behind",
    "decision": "decision",
}


def list_all(box: Box, *, service: str, group: str | None, as_json: bool) -> None:
    """Print the first message of each key that stands still."""

    async def collect(services: Mapping[str, DeadLetters]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for name, letters in services.items():
            after: UUID | None = None
            while True:
                page = await letters.waiting(group=group, after=after, limit=PAGE)
                found += [_row(name, letter) for letter in page]
                if len(page) < PAGE:
                    break
                after = page[-1].id
        return found

    found = _with_letters(box, service, collect)
    if as_json:
        say_json({"items": found})
    elif found:
        say_table(found, _COLUMNS)
    else:
        say("Nothing waits.")


def show(box: Box, letter_id: str, *, service: str, as_json: bool) -> None:
    """Print a message, why it could not be handled, and what waits behind it."""
    wanted = _id(letter_id)

    async def look(services: Mapping[str, DeadLetters]) -> dict[str, Any]:
        from backline.kit.messaging.parking.payload import decoded  # noqa: PLC0415 - protobuf

        name, letter = await _find(services, wanted)
        behind = await services[name].behind(letter)
        return {
            **_row(name, letter),
            "headers": dict(letter.message.headers),
            "payload": decoded(letter.message),
            "payload_hex": letter.message.payload.hex(),
            "waiting": [{"id": str(one.id), "type": one.message.type} for one in behind],
        }

    found = _with_letters(box, service, look)
    if as_json:
        say_json(found)
        return
    for name, value in found.items():
        if name == "payload_hex" and found["payload"] is not None:
            continue
        if name == "waiting":
            for one in value:
                say(f"  then      {one['id']}  {one['type']}")
        else:
            say(f"{name:<12}{'-' if value is None else value}")


def decide(box: Box, letter_id: str, decision: str, *, service: str) -> None:
    """Leave the consumer a mark."""
    wanted = _id(letter_id)

    async def mark(services: Mapping[str, DeadLetters]) -> DeadLetter:
        from backline.kit.messaging.parking.port import Decision  # noqa: PLC0415

        name, _ = await _find(services, wanted)
        return await services[name].decide(wanted, Decision(decision), by=BY)

    letter = _with_letters(box, service, mark)
    doing = "is handled again" if decision == "replay" else "is never handled"
    then = f", and then {letter.behind} behind it" if letter.behind else ""
    say(
        f"{letter.message.type} of {letter.message.key} {doing}{then}, as soon as a worker sees it."
    )


async def _find(services: Mapping[str, DeadLetters], wanted: UUID) -> tuple[str, DeadLetter]:
    from backline.kit.messaging.parking.port import DeadLetterNotFound  # noqa: PLC0415

    for name, letters in services.items():
        try:
            return name, await letters.get(wanted)
        except DeadLetterNotFound:
            continue
    raise DeadLetterNotFound(wanted)


def _with_letters(
    box: Box, service: str, act: Callable[[Mapping[str, DeadLetters]], Awaitable[R]]
) -> R:
    urls = service_databases(box, service)

    async def run() -> R:
        async with _opened(urls) as services:
            return await act(services)

    return asyncio.run(run())


@asynccontextmanager
async def _opened(urls: Mapping[str, str]) -> AsyncIterator[Mapping[str, DeadLetters]]:
    from backline.kit.db.doorbell import PostgresDoorbell  # noqa: PLC0415 - loads SQLAlchemy
    from backline.kit.db.engine import build_engine  # noqa: PLC0415
    from backline.kit.messaging.parking.postgres import PostgresParking  # noqa: PLC0415

    async with AsyncExitStack() as stack:
        found: dict[str, DeadLetters] = {}
        for name, url in urls.items():
            engine = build_engine(url, pool_size=1, application_name="backline dead-letters")
            doorbell = PostgresDoorbell(url)
            stack.push_async_callback(engine.dispose)
            stack.push_async_callback(doorbell.close)
            found[name] = PostgresParking(engine, doorbell)
        yield found


def _row(service: str, letter: DeadLetter) -> dict[str, Any]:
    message, refusal = letter.message, letter.refusal
    return {
        "id": str(letter.id),
        "service": service,
        "group": letter.group,
        "topic": message.topic,
        "type": message.type,
        "key": message.key,
        "message_id": str(message.id),
        "happened_at": message.at.isoformat(timespec="seconds"),
        "parked_at": letter.parked_at.isoformat(timespec="seconds"),
        "reason": refusal.reason if refusal else None,
        "detail": refusal.detail if refusal else "",
        "attempts": refusal.attempts if refusal else 0,
        "behind": letter.behind,
        "decision": letter.decision.value if letter.decision else None,
    }


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no id, such as `backline dead-letters list` shows.", param_hint="ID"
        ) from None
