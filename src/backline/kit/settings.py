"""Settings: read once from the environment, checked whole, and listed for people.

A service has a class of its own (`IDENTITY_…`); what concerns the whole box is here
(`BACKLINE_…`). `load` reads one, and refuses to start on a wrong or an unknown variable.
"""

import difflib
import inspect
import os
import re
import textwrap
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    ValidationError,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from backline.kit.core.failpoints import Failpoints

S = TypeVar("S", bound=BaseSettings)

_WIDTH = 88


def _separated(value: object) -> object:
    if isinstance(value, str):
        return tuple(each.strip() for each in value.split(",") if each.strip())
    return value


def _whole_origins(value: tuple[str, ...]) -> tuple[str, ...]:
    for origin in value:
        if not re.fullmatch(r"https?://[^/?#\s@]+", origin):
            raise ValueError(f"{origin} is no origin; write it as https://room.example")
    return value


Origins: TypeAlias = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(_separated), AfterValidator(_whole_origins)
]
"""Sites such as `https://room.example`, separated by commas."""


class BacklineSettings(BaseSettings):
    """Settings of the whole box, `BACKLINE_…`.

    Attributes:
        data: Where everything is kept: databases, media, keys, sockets.
        host: The address of the front door; 0.0.0.0 lets phones in.
        port: The port of the front door.
        public_url: Where others reach the room, if a proxy stands in front:
            `https://room.example`. Links and the QR code lead there.
        service_ports: Whether each service also listens on its own port, on loopback.
        events_url: The event log; the embedded PostgreSQL unless set.
        keep_published_hours: For how long an event log that has lost events can be given them
            again, with `backline outbox republish`.
        jobs_url: The work queue; the embedded PostgreSQL unless set.
        redis_url: Cache, fan-out and shared limits over several hosts, `redis://…`; in process
            unless set.
        origins: Other sites whose pages may open WebSockets here, such as
            `https://room.example`; separated by commas.
        log_level: How much is logged.
        log_format: `auto` is for people in a terminal and JSON elsewhere.
        otlp_endpoint: Where traces go, such as `http://127.0.0.1:4317`; nowhere unless set.
        worker_metrics: Where a worker answers `GET /metrics`, such as `127.0.0.1:9100`; nowhere
            unless set. The doors of a service have theirs already.
        failpoints: For tests: steps at which a process dies, such as `relay.published=3`.
    """

    model_config = SettingsConfigDict(env_prefix="BACKLINE_", frozen=True, extra="forbid")

    data: Path = Path(".backline")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    public_url: str = ""
    service_ports: bool = True
    events_url: str = ""
    keep_published_hours: int = Field(default=24, ge=1)
    jobs_url: str = ""
    redis_url: str = ""
    origins: Origins = ()
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "json", "text"] = "auto"
    otlp_endpoint: str = ""
    worker_metrics: str = Field(default="", pattern=r"^(.+:\d{1,5})?$")
    failpoints: str = ""

    @field_validator("failpoints")
    @classmethod
    def _readable(cls, value: str) -> str:
        Failpoints().arm(value)
        return value


class WrongSettings(Exception):
    """The environment cannot be used; each line of the message names one variable and why."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


def load(kind: type[S]) -> S:
    """Read the settings `kind` from the environment.

    Raises:
        WrongSettings: Names every variable that is wrong, missing, or unknown under the prefix of
            `kind`. Values are not repeated: some are secrets.
    """
    faults = list(_unknown(kind))
    try:
        settings = kind()
    except ValidationError as error:
        faults += [_fault(kind, each["loc"], each["type"], each["msg"]) for each in error.errors()]
        raise WrongSettings(sorted(faults)) from None
    except SettingsError as error:
        raise WrongSettings([*faults, str(error)]) from None
    if faults:
        raise WrongSettings(sorted(faults))
    return settings


def variables_of(kind: type[BaseSettings], field: str) -> tuple[str, ...]:
    """The environment variables that set `field`, the first one before the others."""
    alias = kind.model_fields[field].validation_alias
    if isinstance(alias, AliasChoices):
        return tuple(str(choice) for choice in alias.choices)
    if alias is not None:
        return (str(alias),)
    return (f"{kind.model_config.get('env_prefix', '')}{field}".upper(),)


def listed(
    kind: type[BaseSettings],
    *,
    only: Container[str] | None = None,
    required: Mapping[str, str] | None = None,
) -> str:
    """The variables of one class as lines for a file of settings, with meanings and defaults.

    Args:
        only: Fields; all of them if None.
        required: Values for those that have no default, by field. They are set in the lines;
            whatever has a default is a comment.
    """
    summary = inspect.cleandoc(kind.__doc__ or "").partition("\n")[0]
    parts = [f"# {summary}\n"]
    words = described(kind)
    for field, info in kind.model_fields.items():
        name = variables_of(kind, field)[0]
        of_another = not name.startswith(kind.model_config.get("env_prefix", ""))
        if of_another or (only is not None and field not in only):
            continue
        text = words[field] + (" Required." if info.is_required() else "")
        parts += [f"# {line}\n" for line in textwrap.wrap(text, _WIDTH)]
        if info.is_required() and required is not None:
            parts.append(f"{name}={required[field]}\n")
        else:
            parts.append(f"#{name}={default_of(info)}\n")
    return "".join(parts)


def _unknown(kind: type[BaseSettings]) -> Iterable[str]:
    prefix = str(kind.model_config.get("env_prefix", ""))
    known = {name for field in kind.model_fields for name in variables_of(kind, field)}
    for variable in os.environ:  # noqa: TID251 - read here, so that it is read nowhere else
        name = variable.upper()
        if name.startswith(prefix) and name not in known:
            near = difflib.get_close_matches(name, sorted(known), 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield f"{variable}: there is no such setting{hint}"


def _fault(
    kind: type[BaseSettings], location: tuple[int | str, ...], fault: str, message: str
) -> str:
    field = str(location[0]) if location else ""
    # An alias is reported by its own name, a field by its Python name.
    name = variables_of(kind, field)[0] if field in kind.model_fields else field
    if fault == "missing":
        return f"{name}: is missing"
    return f"{name}: {message.removeprefix('Value error, ')}"


def described(kind: type[BaseSettings]) -> dict[str, str]:
    """What the docstring says under `Attributes:`, by field."""
    _, _, attributes = inspect.cleandoc(kind.__doc__ or "").partition("Attributes:\n")
    found: dict[str, str] = {}
    field = ""
    for line in textwrap.dedent(attributes).splitlines():
        if match := re.match(r"(\w+): (.*)", line):
            field = match[1]
            found[field] = match[2]
        elif field and line.strip():
            found[field] += f" {line.strip()}"
    missing = kind.model_fields.keys() - found.keys()
    if missing:
        raise ValueError(f"{kind.__module__}.Settings does not explain {sorted(missing)}")
    return {field: text.replace("`", "") for field, text in found.items()}


def default_of(info: FieldInfo) -> str:
    value = None if info.is_required() else info.get_default(call_default_factory=True)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (tuple, list)):
        return ",".join(str(each) for each in value)
    return str(value)
