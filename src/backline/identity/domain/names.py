"""What people may call themselves."""

import re
import unicodedata

from backline.kit.core.errors import InvalidArgument, Violation

SHORTEST_USERNAME = 3
LONGEST_USERNAME = 32
LONGEST_DISPLAY_NAME = 64

_SPACES = re.compile(r"\s+")
_PUNCTUATION = frozenset("._-")
# Control, format (bidirectional overrides), private, unassigned, surrogates: nothing that shows.
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})
_JOINERS = frozenset("\u200c\u200d")  # emoji and several scripts need them
# Drawn as nothing, whatever their category says: fillers of Hangul, the empty Braille pattern.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\ufe0f ")


class InvalidUsername(InvalidArgument):
    """Too short, too long, or with characters that a username cannot have."""


class InvalidDisplayName(InvalidArgument):
    """Empty, too long, or with characters that cannot be seen."""


def username_of(text: str) -> str:
    """The one form of a username: two people cannot have names that differ in case only.

    Raises:
        InvalidUsername: Says what is allowed.
    """
    name = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.strip()).casefold())
    if not SHORTEST_USERNAME <= len(name) <= LONGEST_USERNAME:
        raise _username_refused(
            f"A username has {SHORTEST_USERNAME} to {LONGEST_USERNAME} characters.",
            "LENGTH",
            least=str(SHORTEST_USERNAME),
            most=str(LONGEST_USERNAME),
        )
    if not all(character.isalnum() or character in _PUNCTUATION for character in name):
        raise _username_refused(
            "A username is made of letters, digits, dots, dashes and underscores.", "CHARACTERS"
        )
    return name


def display_name_of(text: str) -> str:
    """A name to show: composed, with single spaces, without invisible characters.

    Raises:
        InvalidDisplayName: Says what is allowed.
    """
    name = _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()
    if not 1 <= len(name) <= LONGEST_DISPLAY_NAME:
        raise _display_name_refused(
            f"A name has 1 to {LONGEST_DISPLAY_NAME} characters.",
            "LENGTH",
            least="1",
            most=str(LONGEST_DISPLAY_NAME),
        )
    if any(
        unicodedata.category(character) in _INVISIBLE and character not in _JOINERS
        for character in name
    ) or all(character in _JOINERS or character in _BLANK for character in name):
        raise _display_name_refused("A name is made of characters that can be seen.", "UNREADABLE")
    return name


def _username_refused(detail: str, reason: str, **bounds: str) -> InvalidUsername:
    return InvalidUsername(detail, violations=(Violation("#/username", detail, reason, bounds),))


def _display_name_refused(detail: str, reason: str, **bounds: str) -> InvalidDisplayName:
    violation = Violation("#/display_name", detail, reason, bounds)
    return InvalidDisplayName(detail, violations=(violation,))
