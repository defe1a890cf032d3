"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from backline.cli.box import DEFAULT_DATA

Data = Annotated[
    Path,
    typer.Option(
        "--data", envvar="BACKLINE_DATA", help="Data directory.", show_default=str(DEFAULT_DATA)
    ),
]
Host = Annotated[
    str,
    typer.Option(
        "--host", envvar="BACKLINE_HOST", help="Address to listen on; 0.0.0.0 for phones."
    ),
]
Port = Annotated[int, typer.Option("--port", envvar="BACKLINE_PORT", min=0, max=65535)]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]
OfService = Annotated[str, typer.Option(help="Of one service only.")]
