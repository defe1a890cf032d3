"""How the box itself is: its disk, its backups, its processes."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backline.cli.backups import Ledger
from backline.cli.box import Box
from backline.cli.doctor import ENOUGH_FREE_BYTES
from backline.kit.core.clock import Clock
from backline.kit.health import Alarm, Condition, Finding, Probe
from backline.kit.supervisor.state import RunState

BACKUP_DUE_AFTER = timedelta(days=7)
_FINE = {"ready", "done"}


def build_probes(data: Path, run: Path, clock: Clock) -> Mapping[str, Probe]:
    """The probes of one data directory and of what runs on it."""

    async def disk() -> Finding:
        usage = await asyncio.to_thread(shutil.disk_usage, data)
        figures = {"free_share": usage.free / usage.total, "free_bytes": usage.free}
        if usage.free >= ENOUGH_FREE_BYTES:
            return Finding(condition=Condition.WELL, word="free", figures=figures)
        alarm = Alarm("disk_low", {"free_bytes": usage.free})
        return Finding(
            condition=Condition.BAD, word="nearly_full", figures=figures, alarms=(alarm,)
        )

    async def backup() -> Finding:
        made = await asyncio.to_thread(_backup_at, data)
        figures = {"at": made.isoformat() if made else None}
        # A box that was made today has nothing to lose yet.
        since = made or await asyncio.to_thread(_made_at, data) or clock.now()
        if clock.now() - since <= BACKUP_DUE_AFTER:
            word = "never" if made is None else "made"
            return Finding(condition=Condition.WELL, word=word, figures=figures)
        word = "never" if made is None else "old"
        alarm = Alarm("backup_due", figures)
        return Finding(condition=Condition.MIND, word=word, figures=figures, alarms=(alarm,))

    async def processes() -> Finding:
        return _processes(await asyncio.to_thread(RunState(run).read))

    return {"disk": disk, "backup": backup, "processes": processes}


def _backup_at(data: Path) -> datetime | None:
    made = Ledger(Box.at(data)).read()
    return datetime.fromisoformat(made[0].at) if made else None


def _made_at(data: Path) -> datetime | None:
    try:
        made = (data / "postgres" / "PG_VERSION").stat().st_mtime
    except OSError:
        return None
    return datetime.fromtimestamp(made, UTC)


def _processes(content: Mapping[str, object] | None) -> Finding:
    listed = (content or {}).get("processes")
    if not isinstance(listed, list):
        return Finding(condition=Condition.UNKNOWN, word="not_supervised")
    restarts = sum(int(process["restarts"]) for process in listed)
    down = [process for process in listed if process["state"] not in _FINE]
    figures = {"running": len(listed) - len(down), "restarts": restarts}
    alarms = [
        Alarm("process_down", {"of": process["name"], "state": process["state"]})
        for process in down
    ]
    if alarms:
        return Finding(condition=Condition.BAD, word="down", figures=figures, alarms=alarms)
    return Finding(condition=Condition.WELL, word="running", figures=figures)
