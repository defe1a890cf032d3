"""Who may do what: roles are ordered, and a refusal says which one is needed."""

from backline.kit.core.actor import Actor, Role
from backline.kit.core.errors import PermissionDenied

_WHO_MAY = {
    Role.GUEST: "people who have joined",
    Role.LISTENER: "listeners, hosts and admins",
    Role.HOST: "hosts and admins",
    Role.ADMIN: "admins",
}


class RoleRequired(PermissionDenied):
    """Somebody else may do this."""

    domain = "identity"

    def __init__(self, role: Role) -> None:
        super().__init__(f"Only {_WHO_MAY[role]} may do this.", required_role=role.value)


def require_role(actor: Actor, role: Role) -> None:
    """Refuse an actor who may not.

    Raises:
        RoleRequired: The actor's role is below `role`; says who may.
    """
    if not actor.role.at_least(role):
        raise RoleRequired(role)
