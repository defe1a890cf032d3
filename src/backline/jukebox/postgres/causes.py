"""A cause as three columns: its sentence, its code and its metadata."""

from typing import Any

from backline.jukebox.domain.causes import Cause, known_code


def from_cause(name: str, cause: Cause | None) -> dict[str, Any]:
    """The columns `name`, `name_code` and `name_metadata`."""
    return {
        name: cause and cause.detail,
        f"{name}_code": cause and cause.code,
        f"{name}_metadata": dict(cause.metadata) if cause else {},
    }


def to_cause(row: Any, name: str) -> Cause | None:
    detail = getattr(row, name)
    if detail is None:
        return None
    code, metadata = getattr(row, f"{name}_code"), getattr(row, f"{name}_metadata")
    return Cause(known_code(code), detail, metadata)
