"""Where everything of a box lies, and what its people are told."""

import os
from pathlib import Path

import pytest

from backline.cli.box import Box, UnusableDirectory
from backline.cli.up import browser_url, greeting, reachable_url


def test_everything_is_for_its_owner_alone(tmp_path: Path):
    box = Box.at(tmp_path / "data")
    box.make()
    for directory in (box.data, box.run, box.logs, box.media):
        assert directory.stat().st_mode & 0o077 == 0


def test_sockets_of_a_long_path_stand_in_a_short_one(tmp_path: Path):
    box = Box.at(tmp_path / ("deep" * 30) / "data")
    box.make()
    try:
        assert len(os.fsencode(box.run / "db" / ".s.PGSQL.5432")) <= 107
        assert (box.data / "run").resolve() == box.run
        box.make()
    finally:
        box.run.rmdir()


def test_a_stand_in_that_others_can_enter_is_not_used(tmp_path: Path):
    box = Box.at(tmp_path / ("deep" * 30) / "data")
    box.run.mkdir(mode=0o755)
    try:
        with pytest.raises(UnusableDirectory, match="belong to this user alone"):
            box.make()
    finally:
        box.run.rmdir()


def test_what_was_set_before_wins(tmp_path: Path):
    box = Box.at(tmp_path)
    elsewhere = "postgresql+asyncpg://db.example/jukebox"
    found = box.environment({"JUKEBOX_DATABASE_URL": elsewhere})
    assert found["JUKEBOX_DATABASE_URL"] == elsewhere
    assert str(box.run / "db") in found["IDENTITY_DATABASE_URL"]


@pytest.mark.parametrize(
    ("host", "url", "phones"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000", None),
        ("::1", "http://[::1]:8000", None),
        ("192.0.2.7", "http://192.0.2.7:8000", "http://192.0.2.7:8000"),
    ],
)
def test_where_it_can_be_reached(host: str, url: str, phones: str | None):
    assert browser_url(host, 8000) == url
    assert reachable_url(host, 8000) == phones


def test_bound_to_loopback_it_says_how_phones_get_in():
    said = "\n".join(greeting("http://127.0.0.1:8000", None, 2.5))
    assert "Backline is ready (2.5 s): http://127.0.0.1:8000" in said
    assert "--host 0.0.0.0" in said


def test_bound_to_the_network_it_says_where_phones_join():
    said = "\n".join(greeting("http://127.0.0.1:8000", "http://192.0.2.7:8000", 2.5))
    assert "http://192.0.2.7:8000/join" in said
    assert "--host" not in said
