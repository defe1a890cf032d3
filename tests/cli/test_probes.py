"""How the box itself is."""

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from typing_extensions import override

from backline.cli.probes import BACKUP_DUE_AFTER, build_probes
from backline.kit.core.clock import SystemClock
from backline.kit.health import Alarm, Condition, Finding
from backline.kit.supervisor.state import RunState


class Usage(NamedTuple):
    total: int
    used: int
    free: int


async def measure(name: str, data: Path) -> Finding:
    return await build_probes(data, data, SystemClock())[name]()


async def test_a_disk_with_room_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100 << 30, 39 << 30, 61 << 30))

    found = await measure("disk", tmp_path)

    assert (found.condition, found.word) == (Condition.WELL, "free")
    assert found.figures["free_share"] == pytest.approx(0.61)


async def test_a_full_disk_is_an_alarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100 << 30, 99 << 30, 1 << 30))

    found = await measure("disk", tmp_path)

    assert found.condition is Condition.BAD
    assert list(found.alarms) == [Alarm("disk_low", {"free_bytes": 1 << 30})]


def note(data: Path, content: str) -> None:
    """What `backup` writes down."""
    (data / "backups").mkdir()
    (data / "backups" / "made.json").write_text(content)


@pytest.mark.parametrize(
    ("age", "word", "alarms"), [(timedelta(days=1), "made", 0), (timedelta(days=8), "old", 1)]
)
async def test_the_last_backup(tmp_path: Path, age: timedelta, word: str, alarms: int) -> None:
    at = SystemClock().now() - age
    made = [{"path": "b.tar.gz", "at": at.isoformat(), "bytes": 5}]
    note(tmp_path, json.dumps(made))

    found = await measure("backup", tmp_path)

    assert (found.word, len(found.alarms)) == (word, alarms)
    assert found.figures["at"] == at.isoformat()


async def test_a_box_without_a_backup_has_a_week(tmp_path: Path) -> None:
    version = tmp_path / "postgres" / "PG_VERSION"
    version.parent.mkdir()
    version.write_text("18")
    new = await measure("backup", tmp_path)

    class Later(SystemClock):
        @override
        def now(self) -> datetime:
            return super().now() + BACKUP_DUE_AFTER + timedelta(minutes=1)

    old = await build_probes(tmp_path, tmp_path, Later())["backup"]()

    assert (new.word, len(new.alarms)) == ("never", 0)
    assert (old.word, len(old.alarms)) == ("never", 1)


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"at": 5}', '[{"at": 5}]', '[{"path": "b", "at": "yesterday", "bytes": 5}]'],
)
async def test_a_broken_note_of_a_backup_is_none(tmp_path: Path, content: str) -> None:
    note(tmp_path, content)

    assert (await measure("backup", tmp_path)).word == "never"


async def test_the_processes_as_their_supervisor_sees_them(tmp_path: Path) -> None:
    state = RunState(tmp_path)
    assert (await measure("processes", tmp_path)).condition is Condition.UNKNOWN
    state.acquire()
    api = {"name": "api", "state": "ready", "restarts": 0, "reason": ""}
    worker = {"name": "worker", "state": "backing off", "restarts": 3, "reason": "exited"}

    state.write({"processes": [api]})
    well = await measure("processes", tmp_path)
    state.write({"processes": [api, worker]})
    down = await measure("processes", tmp_path)
    state.release()

    assert (well.word, dict(well.figures)) == ("running", {"running": 1, "restarts": 0})
    assert (down.word, dict(down.figures)) == ("down", {"running": 1, "restarts": 3})
    assert [alarm.metadata["of"] for alarm in down.alarms] == ["worker"]
