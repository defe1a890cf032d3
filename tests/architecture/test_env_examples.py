"""The examples of settings are settings that a service starts with."""

import importlib
import os
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from backline.kit.settings import BacklineSettings, load

FOLDER = Path(__file__).parents[2] / "deploy/env"
SERVICES = [path.name.partition(".")[0] for path in sorted(FOLDER.glob("*.env.example"))]


def kind_of(service: str) -> type[BaseSettings]:
    found: type[BaseSettings] = importlib.import_module(f"backline.{service}.settings").Settings
    return found


def assignments(service: str, mark: str) -> dict[str, str]:
    lines = (FOLDER / f"{service}.env.example").read_text("utf-8").splitlines()
    told = [line.removeprefix(mark) for line in lines if line.startswith(mark) and "=" in line]
    pairs = [line.partition("=") for line in told]
    return {name: value for name, _, value in pairs if name.isupper() and " " not in name}


@pytest.fixture(autouse=True)
def _nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):  # noqa: TID251 - taken out for the length of the test
        if name.startswith(("BACKLINE_", *(f"{service.upper()}_" for service in SERVICES))):
            monkeypatch.delenv(name)


def test_every_service_has_one() -> None:
    packages = (FOLDER.parents[1] / "src/backline").glob("*/settings.py")

    assert sorted(SERVICES) == sorted(p.parent.name for p in packages if p.parent.name != "kit")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_with_its_example(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in assignments(service, "").items():
        monkeypatch.setenv(name, value)

    load(kind_of(service))


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_a_comment_says_the_default(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in assignments(service, "").items():
        monkeypatch.setenv(name, value)
    by_default = load(kind_of(service)), load(BacklineSettings)
    comments = assignments(service, "#")
    assert comments

    for name, value in comments.items():
        monkeypatch.setenv(name, value)

    assert (load(kind_of(service)), load(BacklineSettings)) == by_default
