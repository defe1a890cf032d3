"""Links for screens, as hosts see them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.kit.auth.permissions import require_role
from backline.kit.core.actor import Actor, Role
from backline.kit.core.messages import Query


@dataclass(frozen=True, slots=True)
class ScreenView:
    """A link for screens, as hosts see it.

    Attributes:
        made_by: The name of the host, as it was then.
        seen_at: When a screen last showed its key; None if none ever did.
    """

    id: int
    name: str
    made_by: str
    made_at: datetime
    seen_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListScreens(Query[list[ScreenView]]):
    pass


async def list_screens(
    query: ListScreens, actor: Actor, connection: AsyncConnection
) -> list[ScreenView]:
    """Those that work, then those revoked; the newest first."""
    require_role(actor, Role.HOST)
    found = await connection.execute(
        text(
            "SELECT screens.id, display_name AS name, made_by, created_at AS made_at,"
            " seen_at, revoked_at FROM screens JOIN users USING (id)"
            " ORDER BY revoked_at DESC NULLS FIRST, id DESC LIMIT 200"
        )
    )
    return [ScreenView(**row) for row in found.mappings()]


QUERIES = (list_screens,)
