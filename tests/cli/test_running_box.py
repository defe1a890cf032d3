"""An operator's evening: people, a backup, and the room again from the backup."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from backline.kit.testing.eventually import eventually
from tests.audio import flac, tone
from tests.box import SILENT, Box


async def backline(box: Box, *arguments: str, given: str = "") -> str:
    """Run a command on `box`; what it prints."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "backline", *arguments, "--data", str(box.data)],
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{arguments}: {done.stderr}"
    return str(done.stdout)


async def test_an_evening(fresh_box: Box):
    box = fresh_box
    await backline(box, "users", "create", "Olga", "--role", "host", "--password-stdin",
                   given="a long enough secret\n")  # fmt: skip
    login = {"username": "olga", "password": "a long enough secret"}
    answer = await box.client.post("/api/identity/auth/login", json=login)
    assert answer.json()["user"]["role"] == "host"

    link = (await backline(box, "users", "reset-link", "olga")).splitlines()[0]
    assert link.startswith(f"{box.url}/reset?token=")

    await backline(box, "users", "disable", "olga")
    assert not (await box.client.post("/api/identity/auth/login", json=login)).is_success
    await backline(box, "users", "disable", "olga", "--undo")
    assert (await box.client.post("/api/identity/auth/login", json=login)).is_success
    await backline(box, "keys", "rotate")

    people = json.loads(await backline(box, "users", "list", "--json"))["items"]
    assert [person["username"] for person in people] == ["olga"]

    admin = await box.admin()
    await admin.upload(flac(tone(2), title="Slow Neon"))
    archive = box.data.parent / "backup.tar.gz"
    await backline(box, "backup", str(archive))
    assert archive.stat().st_mode & 0o077 == 0
    tracks = await _titles(box)
    assert tracks == {"Slow Neon"}
    await box.stop()

    copy = Box(Path(f"{box.data}-copy"), SILENT)
    await backline(copy, "restore", str(archive))
    await copy.start()
    try:
        assert await _titles(copy) == tracks
        assert (await copy.client.post("/api/identity/auth/login", json=login)).is_success
        await eventually(lambda: "setup?token" not in copy.said())
    finally:
        await copy.stop()


async def _titles(box: Box) -> set[str]:
    login = {"username": "olga", "password": "a long enough secret"}
    token = (await box.client.post("/api/identity/auth/login", json=login)).json()["access_token"]
    answer = await box.client.get(
        "/api/jukebox/tracks", headers={"Authorization": f"Bearer {token}"}
    )
    return {track["title"] for track in answer.json()["items"]}
