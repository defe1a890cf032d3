"""Logs: structlog for ours and for everybody's, text in a terminal and JSON elsewhere."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TextIO

import structlog

from backline.kit.core.context import current

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "json", "text"]

# Libraries that tell at INFO what only their own developers want to know.
_TALKATIVE = ("alembic", "asyncio", "httpx", "hpack", "uvicorn", "websockets")
_SECRET = ("password", "token", "secret", "authorization", "cookie", "ticket")
HIDDEN = "…"


def configure_logs(
    *, service: str, level: Level = "info", style: Format = "auto", stream: TextIO | None = None
) -> None:
    """Send every log record of this process, structlog's and the standard library's, one way.

    Each line has `timestamp` (UTC), `level`, `logger`, `event` and `service`; within a request
    also `trace_id` and `user`. Values under names that sound like secrets are hidden. Calling it
    again replaces what was configured before.

    Args:
        service: Which program this is: `api`, `worker`, `player`.
        style: `auto` is `text` in a terminal and `json` elsewhere.
        stream: Where to write; standard error unless given.
    """
    out = stream or sys.stderr
    as_text = style == "text" or (style == "auto" and out.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        _Naming(service),
        _with_request,
        _without_secrets,
        structlog.processors.StackInfoRenderer(),
    ]
    last: list[structlog.typing.Processor] = (
        # Plain tracebacks: the others show local variables, and a password may be among them.
        [
            structlog.dev.ConsoleRenderer(
                colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
        if as_text
        else [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(default=str),
        ]
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class _Naming:
    """Adds which program speaks."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(
        self, logger: Any, method: str, entry: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        entry.setdefault("service", self._service)
        return entry


def _with_request(
    logger: Any, method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Adds the request that this belongs to, if there is one."""
    here = current()
    if here.trace_id:
        entry.setdefault("trace_id", here.trace_id)
    if here.actor.id:
        entry.setdefault("user", here.actor.id)
    return entry


def _without_secrets(
    logger: Any, method: str, entry: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    for name in entry:
        if any(word in name.lower() for word in _SECRET):
            entry[name] = HIDDEN
    return entry
