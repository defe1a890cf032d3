"""What hosts may write about an act."""

import unicodedata

from backline.kit.core.errors import InvalidArgument, Violation

LONGEST_TITLE = 120
LONGEST_DESCRIPTION = 2_000

# Control, format (bidirectional overrides), private, unassigned, surrogates: nothing that shows.
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})
_JOINERS = "\u200c\u200d"  # emoji and several scripts need them
_UNTITLED = "…"


class InvalidTitle(InvalidArgument):
    """Empty, too long, or with characters that cannot be seen."""


class InvalidDescription(InvalidArgument):
    """Too long, or with characters that cannot be seen."""


def title_of(text: str) -> str:
    """A title to show: composed, with single spaces.

    Raises:
        InvalidTitle: Says what is allowed.
    """
    title = " ".join(unicodedata.normalize("NFC", text).split())
    if not 1 <= len(title) <= LONGEST_TITLE or not _is_readable(title):
        raise InvalidTitle(
            f"A title has 1 to {LONGEST_TITLE} characters that can be read.",
            violations=(_unreadable("title", 1, LONGEST_TITLE),),
        )
    return title


def description_of(text: str) -> str:
    """A description to show, over several lines if need be.

    Raises:
        InvalidDescription: Says what is allowed.
    """
    lines = unicodedata.normalize("NFC", text).strip().splitlines()
    if sum(map(len, lines)) > LONGEST_DESCRIPTION or not all(map(_is_readable, lines)):
        raise InvalidDescription(
            f"A description has up to {LONGEST_DESCRIPTION:,} characters that can be read.",
            violations=(_unreadable("description", 0, LONGEST_DESCRIPTION),),
        )
    return "\n".join(lines)


def readable(text: str, most: int) -> str:
    """What can be read of words that nobody here has chosen, cut to `most` characters."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    kept = "".join(character for character in line if _is_readable(character)).strip()
    return kept if len(kept) <= most else f"{kept[: most - 1].rstrip()}…"


def readable_title(text: str) -> str:
    """As `readable`, and never empty."""
    title = readable(text, LONGEST_TITLE)
    return title if title.strip(_JOINERS) else _UNTITLED


def _is_readable(line: str) -> bool:
    shown = [each for each in line if each not in _JOINERS]
    return bool(shown or not line) and all(
        unicodedata.category(each) not in _INVISIBLE for each in shown
    )


def _unreadable(name: str, least: int, most: int) -> Violation:
    detail = f"{least} to {most:,} characters that can be read."
    bounds = {"least": str(least), "most": str(most)}
    return Violation(f"#/{name}", detail, "UNREADABLE", bounds)
