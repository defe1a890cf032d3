"""`backline saga`: what takes several transactions, and what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import typer

from backline.cli.box import Box
from backline.cli.console import say, say_json, say_table
from backline.cli.databases import service_databases

if TYPE_CHECKING:
    from backline.kit.saga.store import SagaDesk, SagaStatus

R = TypeVar("R")
_COLUMNS = {
    "id": "id",
    "service": "service",
    "name": "saga",
    "resource": "resource",
    "state": "state",
    "step": "step",
    "attempts": "tries",
    "started_at": "since",
    "reason": "reason",
}
_ENTRY = {
    "step": "step",
    "action": "action",
    "outcome": "outcome",
    "attempts": "tries",
    "reason": "reason",
    "detail": "detail",
}


def list_all(box: Box, *, service: str, state: str | None, limit: int, as_json: bool) -> None:
    """Print sagas, the latest of each service first."""

    async def collect(desks: Mapping[str, SagaDesk]) -> list[dict[str, Any]]:
        from backline.kit.saga.progress import State  # noqa: PLC0415 - loads SQLAlchemy

        if state is not None and state not in list(State):
            known = ", ".join(State)
            raise typer.BadParameter(f"{state!r} is none of {known}.", param_hint="--state")
        wanted = None if state is None else State(state)
        return [
            _row(name, status)
            for name, desk in desks.items()
            for status in await desk.list(state=wanted, limit=limit)
        ]

    found = _with_desks(box, service, collect)
    if as_json:
        say_json({"items": found})
    elif found:
        say_table(found, _COLUMNS)
    else:
        say("There are none.")


def show(box: Box, saga_id: str, *, service: str, as_json: bool) -> None:
    """Print what a saga is about, and what happened."""
    wanted = _id(saga_id)

    async def look(desks: Mapping[str, SagaDesk]) -> dict[str, Any]:
        name, status = await _find(desks, wanted)
        story = [
            {
                "step": entry.step,
                "action": entry.action,
                "round": entry.round,
                "outcome": entry.outcome,
                "attempts": entry.attempts,
                "reply": entry.reply,
                "reason": entry.reason,
                "detail": entry.detail,
            }
            for entry in status.story
        ]
        return {**_row(name, status), "data": status.data, "story": story}

    found = _with_desks(box, service, look)
    if as_json:
        say_json(found)
        return
    story = found.pop("story")
    for name, value in found.items():
        say(f"{name:<13}{'-' if value is None or value == '' else value}")
    if story:
        say("")
        say_table(story, _ENTRY)


def retry(box: Box, saga_id: str, *, service: str) -> None:
    """Have the action at which a saga is stuck tried again."""
    wanted = _id(saga_id)

    async def act(desks: Mapping[str, SagaDesk]) -> SagaStatus:
        name, status = await _find(desks, wanted)
        await desks[name].retry(wanted)
        return status

    status = _with_desks(box, service, act)
    say(f"{status.name} goes on with “{status.progress.step}”, as soon as a worker sees it.")


async def _find(desks: Mapping[str, SagaDesk], wanted: UUID) -> tuple[str, SagaStatus]:
    from backline.kit.saga.store import SagaNotFound  # noqa: PLC0415

    for name, desk in desks.items():
        try:
            return name, await desk.get(wanted)
        except SagaNotFound:
            continue
    raise SagaNotFound.of(wanted)


def _with_desks(box: Box, service: str, act: Callable[[Mapping[str, SagaDesk]], Awaitable[R]]) -> R:
    urls = service_databases(box, service)

    async def run() -> R:
        async with _opened(urls) as desks:
            return await act(desks)

    return asyncio.run(run())


@asynccontextmanager
async def _opened(urls: Mapping[str, str]) -> AsyncIterator[Mapping[str, SagaDesk]]:
    from backline.kit.db.doorbell import PostgresDoorbell  # noqa: PLC0415 - loads SQLAlchemy
    from backline.kit.saga.postgres_desk import PostgresSagaDesk  # noqa: PLC0415

    async with AsyncExitStack() as stack:
        found: dict[str, SagaDesk] = {}
        for name, url in urls.items():
            doorbell = PostgresDoorbell(url)
            desk = PostgresSagaDesk(url, doorbell)
            stack.push_async_callback(desk.close)
            stack.push_async_callback(doorbell.close)
            found[name] = desk
        yield found


def _row(service: str, status: SagaStatus) -> dict[str, Any]:
    progress = status.progress
    return {
        "id": str(status.id),
        "service": service,
        "name": status.name,
        "resource": status.resource,
        "state": progress.state.value,
        "step": progress.step,
        "compensating": progress.backward,
        "attempts": progress.attempts,
        "reason": progress.reason,
        "detail": progress.detail,
        "deadline": _moment(status.deadline),
        "due_at": _moment(status.due_at),
        "started_at": _moment(status.started_at),
        "updated_at": _moment(status.updated_at),
        "ended_at": _moment(status.ended_at),
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no id, such as `backline saga list` shows.", param_hint="ID"
        ) from None
