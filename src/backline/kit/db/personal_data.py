"""All that a service keeps of one person, page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.kit.core.errors import InvalidArgument, Violation


class InvalidDataCursor(InvalidArgument):
    """The cursor is not one that this list gave out."""


@dataclass(frozen=True, slots=True)
class PersonalDataPage:
    """Some of what a service keeps of the caller; read on until `next_cursor` is null.

    Attributes:
        part: What these are, such as `tracks`. A part may take several pages, and may be empty.
        items: Rows as they are kept; times in RFC 3339, ids as everywhere else in the API.
        next_cursor: Give it back as `cursor`.
    """

    part: str
    items: Sequence[Mapping[str, Any]]
    next_cursor: str | None


async def personal_data(
    connection: AsyncConnection,
    parts: Mapping[str, str],
    *,
    user_id: int,
    cursor: str | None,
    limit: int,
) -> PersonalDataPage:
    """Read one page of one part; no page depends on how much there is in all.

    Args:
        parts: Per part the SQL that yields what is kept of the person `:me`, with a text `key` that
            no two rows share. Pages are in the order of the keys.
        cursor: As given out with the page before; None for the first.

    Raises:
        InvalidDataCursor: `cursor` was not given out here.
    """
    names = list(parts)
    part, _, after = (cursor or f"{names[0]}:").partition(":")
    if part not in parts or "\0" in after:
        raise _unknown_cursor()
    # Only the services' own texts are put together here; what the caller gave travels as values.
    statement = text(
        f"SELECT * FROM ({parts[part]}) AS kept"  # noqa: S608
        ' WHERE key COLLATE "C" > :after ORDER BY key COLLATE "C" LIMIT :limit'
    )
    values = {"me": user_id, "after": after, "limit": limit + 1}
    found = (await connection.execute(statement, values)).mappings().all()
    page = [dict(row) for row in found[:limit]]
    keys = [str(row.pop("key")) for row in page]
    if len(found) > limit:
        return PersonalDataPage(part, page, f"{part}:{keys[-1]}")
    following = names[names.index(part) + 1 :]
    return PersonalDataPage(part, page, f"{following[0]}:" if following else None)


def _unknown_cursor() -> InvalidDataCursor:
    return InvalidDataCursor(
        "This cursor is not known. Begin with the first page.",
        violations=(Violation("#/cursor", "Not known."),),
    )
