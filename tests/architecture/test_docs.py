"""Every link in the documentation leads somewhere, and every picture of it is shown."""

import re
import unicodedata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PICTURES = DOCS / "pictures"
MOST_BYTES = 3 * 1024 * 1024

_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+\s+(.+?)\s*$", re.MULTILINE)
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)

PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])


def links(page: Path) -> list[tuple[bool, str, str]]:
    """Whether it is a picture, its words, and where it leads; outside of code."""
    text = _CODE.sub("", page.read_text("utf-8"))
    return [(bool(mark), words, target) for mark, words, target in _LINK.findall(text)]


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives to headings."""
    found = set()
    for heading in _HEADING.findall(page.read_text("utf-8")):
        plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        kept = [c for c in plain if unicodedata.category(c)[0] in "LN" or c in " -_"]
        found.add("".join(kept).replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    wrong = []
    for _, _, target in links(page):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        named = not anchor or there.suffix != ".md"
        if not there.exists() or not (named or anchor in anchors(there)):
            wrong.append(target)
    assert not wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pictures_have_words_for_those_who_do_not_see_them(page: Path) -> None:
    assert not [target for is_picture, words, target in links(page) if is_picture and not words]


def test_every_picture_is_shown() -> None:
    shown = {
        (page.parent / target).resolve()
        for page in PAGES
        for is_picture, _, target in links(page)
        if is_picture
    }
    assert sorted(PICTURES.iterdir()) == sorted(shown)
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < MOST_BYTES


def test_every_guide_is_in_the_index() -> None:
    index = {(DOCS / target).resolve() for _, _, target in links(DOCS / "README.md")}
    pages = set(DOCS.glob("*.md")) | set((DOCS / "guides").glob("*.md"))
    assert pages - index == {DOCS / "README.md"}
