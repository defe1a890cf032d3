"""The commands of `backline saga`; what they need is imported when they run."""
# ruff: noqa: PLC0415

from __future__ import annotations

from typing import Annotated

import typer

from backline.cli.box import DEFAULT_DATA, Box
from backline.cli.options import Data, Json, OfService

saga = typer.Typer(
    help="What takes several transactions, of several services.", no_args_is_help=True
)
SagaId = Annotated[str, typer.Argument(metavar="ID", help="As `saga list` shows it.")]


@saga.command(name="list")
def list_sagas(
    *,
    service: OfService = "all",
    state: Annotated[
        str | None, typer.Option(help="Such as `stuck`: only those in this state.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most per service.")] = 50,
    data: Data = DEFAULT_DATA,
    json: Json = False,
) -> None:
    """Show sagas, the latest first. Those that have ended are kept for a week."""
    from backline.cli import sagas as module

    module.list_all(Box.at(data), service=service, state=state, limit=limit, as_json=json)


@saga.command(name="show")
def show_saga(
    saga_id: SagaId, *, service: OfService = "all", data: Data = DEFAULT_DATA, json: Json = False
) -> None:
    """Show what a saga is about, and what happened."""
    from backline.cli import sagas as module

    module.show(Box.at(data), saga_id, service=service, as_json=json)


@saga.command(name="retry")
def retry_saga(saga_id: SagaId, *, service: OfService = "all", data: Data = DEFAULT_DATA) -> None:
    """Try again where a saga is stuck, once what was in its way is mended."""
    from backline.cli import sagas as module

    module.retry(Box.at(data), saga_id, service=service)
