"""Forgetting what has had its time."""

from dataclasses import dataclass
from datetime import timedelta

from backline.identity.ports import Expired
from backline.kit.auth.permissions import require_role
from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Command

KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ForgetExpired(Command[None]):
    pass


async def forget_expired(
    command: ForgetExpired, actor: Actor, expired: Expired, clock: Clock
) -> None:
    """Delete tickets and links at once, and the rest a day later, when no token can be alive."""
    require_role(actor, Role.ADMIN)
    await expired.forget(now=clock.now(), before=clock.now() - KEPT)


COMMANDS = (forget_expired,)
