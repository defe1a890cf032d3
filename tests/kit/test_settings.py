"""A wrong or unknown setting is named at the start; all settings are listed."""

from pathlib import Path

import pytest
from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from backline.kit.settings import BacklineSettings, WrongSettings, listed, load


class Sample(BaseSettings):
    """Settings of the sample, `SAMPLE_…`.

    Attributes:
        database_url: Where it keeps things,
            on two lines.
        pool_size: How many connections.
        events_url: Where events go.
        quiet: Says nothing.
    """

    model_config = SettingsConfigDict(env_prefix="SAMPLE_", frozen=True, extra="forbid")

    database_url: str
    pool_size: int = Field(default=5, ge=1)
    events_url: str = Field(
        default="", validation_alias=AliasChoices("SAMPLE_EVENTS_URL", "OTHER_EVENTS_URL")
    )
    quiet: bool = False


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in BacklineSettings.model_fields:
        monkeypatch.delenv(f"BACKLINE_{field.upper()}", raising=False)


def test_nothing_needs_to_be_set() -> None:
    settings = load(BacklineSettings)

    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.data == Path(".backline")


def test_what_is_set_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKLINE_PORT", "8123")
    monkeypatch.setenv("BACKLINE_SERVICE_PORTS", "off")
    monkeypatch.setenv("BACKLINE_ORIGINS", "https://a.example, http://b.example:8080,")

    settings = load(BacklineSettings)

    assert settings.port == 8123
    assert settings.service_ports is False
    assert settings.origins == ("https://a.example", "http://b.example:8080")


def test_every_fault_is_named_and_no_value_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKLINE_PROT", "8123")
    monkeypatch.setenv("BACKLINE_PORT", "hunter2")
    monkeypatch.setenv("BACKLINE_ORIGINS", "room.example")

    with pytest.raises(WrongSettings) as caught:
        load(BacklineSettings)

    assert [each.partition(":")[0] for each in caught.value.faults] == [
        "BACKLINE_ORIGINS",
        "BACKLINE_PORT",
        "BACKLINE_PROT",
    ]
    assert "did you mean BACKLINE_PORT?" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BACKLINE_PORT", "65536"),
        ("BACKLINE_LOG_LEVEL", "loud"),
        ("BACKLINE_SERVICE_PORTS", "perhaps"),
        ("BACKLINE_ORIGINS", "https://a.example/path"),
        ("backline_colour", "red"),
    ],
)
def test_a_wrong_value_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(WrongSettings, match=name):
        load(BacklineSettings)


def test_what_is_missing_is_named_by_its_variable() -> None:
    with pytest.raises(WrongSettings, match="SAMPLE_DATABASE_URL: is missing"):
        load(Sample)


def test_a_second_name_is_no_unknown_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMPLE_DATABASE_URL", "x")
    monkeypatch.setenv("OTHER_EVENTS_URL", "y")

    assert load(Sample).events_url == "y"


def test_settings_are_listed_with_meaning_and_default() -> None:
    assert listed(Sample) == (
        "# Settings of the sample, `SAMPLE_…`.\n"
        "# Where it keeps things, on two lines. Required.\n"
        "#SAMPLE_DATABASE_URL=\n"
        "# How many connections.\n"
        "#SAMPLE_POOL_SIZE=5\n"
        "# Where events go.\n"
        "#SAMPLE_EVENTS_URL=\n"
        "# Says nothing.\n"
        "#SAMPLE_QUIET=off\n"
    )


def test_some_settings_are_listed_with_what_is_required() -> None:
    text = listed(Sample, only={"database_url", "quiet"}, required={"database_url": "here"})

    assert text == (
        "# Settings of the sample, `SAMPLE_…`.\n"
        "# Where it keeps things, on two lines. Required.\n"
        "SAMPLE_DATABASE_URL=here\n"
        "# Says nothing.\n"
        "#SAMPLE_QUIET=off\n"
    )


def test_a_setting_that_is_not_explained_is_a_defect() -> None:
    class Silent(BaseSettings):
        """Settings that say nothing."""

        colour: str = "red"

    with pytest.raises(ValueError, match="colour"):
        listed(Silent)
