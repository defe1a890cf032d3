"""Why something cannot be heard, as programs and people are told."""

from backline.jukebox.domain.causes import Cause, CauseCode, known_code


def test_who_did_it_is_named_where_that_is_known() -> None:
    named = Cause.by("Ann", CauseCode.REMOVED, "Removed")
    nameless = Cause.by("", CauseCode.REMOVED, "Removed")

    assert (named.detail, named.metadata) == ("Removed by Ann.", {"case": "by", "by": "Ann"})
    assert (nameless.detail, nameless.metadata) == ("Removed.", {})


def test_a_code_is_called_what_it_says() -> None:
    """It is looked up by its name, and written down by its value."""
    assert {code.name for code in CauseCode} == {code.value for code in CauseCode}
    assert known_code("DAMAGED") is CauseCode.DAMAGED


def test_what_is_not_known_is_no_code() -> None:
    assert known_code("ASTEROID") is None
    assert known_code(None) is None
