"""One spelling for what people type and what they mean: no case, no accents, no special letters."""

import unicodedata

MOST_WORDS = 12

_APOSTROPHES = {"'", "\u2019"}  # `don't` is found by `dont`

_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "\u0131": "i",
        "ħ": "h",
    }
)


def searchable(*texts: str) -> str:
    """What is looked through: the texts in a plain spelling, each word set off by blanks."""
    return f" {plain(' '.join(texts))} "


def plain(text: str) -> str:
    """Lower case, accents off (`Björk` is `bjork`), punctuation as blanks."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    letters = (
        character if character.isalnum() else " "
        for character in spread
        if not unicodedata.combining(character) and character not in _APOSTROPHES
    )
    return " ".join("".join(letters).translate(_LETTERS).split())


def words(query: str) -> list[str]:
    """The words of a search, at most `MOST_WORDS`, in a plain spelling. Each has to occur."""
    return plain(query).split()[:MOST_WORDS]
