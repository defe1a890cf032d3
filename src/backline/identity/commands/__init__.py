"""What can be asked of identity. One dataclass and one function for each."""

from backline.identity.commands import (
    attempts,
    demo,
    housekeeping,
    links,
    logins,
    passwords,
    screens,
    sessions,
    users,
)

COMMANDS = (
    *attempts.COMMANDS,
    *users.COMMANDS,
    *logins.COMMANDS,
    *sessions.COMMANDS,
    *passwords.COMMANDS,
    *links.COMMANDS,
    *screens.COMMANDS,
    *housekeeping.COMMANDS,
    *demo.COMMANDS,
)
