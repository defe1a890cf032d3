"""What a box runs with: every setting, where it came from, what it means. Never a secret."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretBytes, SecretStr
from pydantic_settings import BaseSettings

from backline.kit.settings import default_of, described, variables_of

HIDDEN = "••••••"

_SECRET_NAME = re.compile(
    r"(^|_)(password|passwd|secret|token|credentials?|private_key|api_key|key)s?$", re.IGNORECASE
)
_SECRET_PARAMETER = re.compile(r"(?i)\b(password|passwd|secret|token|key)=[^&\s]*")


class Origin(StrEnum):
    """Where a value came from."""

    DEFAULT = "default"
    ENVIRONMENT = "environment"
    BOX = "box"
    """`backline up` sets it, so that the parts of the box find one another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One setting.

    Attributes:
        service: Whose; empty for the whole box.
        default: Empty where there is none.
        secret: Whether the value is hidden.
    """

    name: str
    service: str
    value: str
    default: str
    origin: Origin
    means: str
    secret: bool


def report(
    settings: Iterable[tuple[str, BaseSettings]],
    environment: Mapping[str, str],
    set_by_box: Mapping[str, str],
) -> Sequence[Entry]:
    """Every setting of every service, the value as it is used.

    Args:
        settings: Service and its settings, as they were read at the start.
        environment: What they were read from.
        set_by_box: What `backline up` puts into it by itself.
    """
    return [
        _entry(service, values, field, environment, set_by_box)
        for service, values in settings
        for field in type(values).model_fields
        if variables_of(type(values), field)[0].startswith(
            str(type(values).model_config.get("env_prefix", ""))
        )
    ]


def _entry(
    service: str,
    values: BaseSettings,
    field: str,
    environment: Mapping[str, str],
    set_by_box: Mapping[str, str],
) -> Entry:
    kind = type(values)
    variables = variables_of(kind, field)
    given = next((name for name in variables if name in environment), None)
    origin = Origin.DEFAULT
    if given is not None:
        own = set_by_box.get(given) == environment[given]
        origin = Origin.BOX if own else Origin.ENVIRONMENT
    value = getattr(values, field)
    secret = is_secret(field, value)
    return Entry(
        name=variables[0],
        service=service,
        value=HIDDEN if secret and value else shown(value),
        default="" if secret else default_of(kind.model_fields[field]),
        origin=origin,
        means=described(kind)[field],
        secret=secret,
    )


def is_secret(field: str, value: Any) -> bool:
    """Whether the type or the name of a setting says that nobody may read it."""
    return isinstance(value, (SecretStr, SecretBytes)) or _SECRET_NAME.search(field) is not None


def shown(value: Any) -> str:
    """A value as one would write it into the environment, without what is secret inside it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (tuple, list)):
        return ",".join(shown(each) for each in value)
    return _without_passwords(str(value))


def _without_passwords(text: str) -> str:
    if "://" not in text:
        return text
    parts = urlsplit(text)
    user, at, host = parts.netloc.rpartition("@")
    if ":" in user:
        user = f"{user.partition(':')[0]}:{HIDDEN}"
    query = _SECRET_PARAMETER.sub(lambda found: f"{found[1]}={HIDDEN}", parts.query)
    return urlunsplit(parts._replace(netloc=f"{user}{at}{host}", query=query))
