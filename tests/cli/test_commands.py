"""Every command ends with a sentence and the exit code that says what it means."""

import asyncio
import json
import sys
import tarfile
import tempfile
from pathlib import Path

import pytest

from backline.kit.testing.eventually import eventually
from tests.cli.commands import backline


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("users", "create"), ("up", "--port", "70000")]
)
def test_wrong_usage(arguments: tuple[str, ...]):
    done = backline(*arguments)
    assert done.returncode == 2
    assert done.stderr


@pytest.mark.parametrize("command", ["status", "down", "open", "demo"])
def test_what_needs_a_running_box_says_how_to_start_one(command: str, tmp_path: Path):
    done = backline(command, "--data", str(tmp_path))
    assert done.returncode == 3
    assert done.stderr == f"Nothing runs on {tmp_path}. Start it with: backline up\n"


def test_no_colour_when_nobody_looks():
    assert "\x1b" not in backline("--help").stdout
    assert "\x1b" not in backline("nonsense").stderr


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_service_that_is_not_there_is_refused_with_those_that_are(command: str):
    done = backline(command, "lightshow")
    assert done.returncode == 1
    assert done.stderr == (
        "There is no service 'lightshow'."
        " There are: identity, jukebox, lineup, scores, player, or all.\n"
    )


def test_a_wrong_setting_is_named():
    done = backline("serve", "identity", IDENTITY_ACCESS_TOKEN_S="long", IDENTITY_DATABSE_URL="x")
    assert done.returncode == 1
    assert "IDENTITY_ACCESS_TOKEN_S" in done.stderr
    assert "IDENTITY_DATABSE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_says_what_is_wrong_and_how_to_mend_it(tmp_path: Path):
    tmp_path.chmod(0o755)
    done = backline("doctor", "--json", "--data", str(tmp_path), "--port", "0")
    findings = json.loads(done.stdout)
    assert done.returncode == 1
    (open_to_all,) = [each for each in findings if each["fix"] == f"chmod 700 {tmp_path}"]
    assert open_to_all["verdict"] == "bad"
    assert all(each["fix"] for each in findings if each["verdict"] != "good")


def test_a_backup_of_nothing_is_refused(tmp_path: Path):
    done = backline("backup", str(tmp_path / "b.tar.gz"), "--data", str(tmp_path / "none"))
    assert done.returncode == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08\x00broken"])
def test_only_a_backup_is_restored(tmp_path: Path, content: bytes):
    file = tmp_path / "b.tar.gz"
    file.write_bytes(content)
    done = backline("restore", str(file), "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert "is no backup" in done.stderr
    assert not (tmp_path / "data" / "postgres").exists()


def test_an_archive_that_reaches_out_of_its_directory_is_refused(tmp_path: Path):
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"format": 1, "postgres": 18, "backline": "0"}))
    file = tmp_path / "b.tar.gz"
    with tarfile.open(file, "w:gz") as archive:
        archive.add(manifest, "manifest.json")
        archive.add(manifest, "../../escaped")
    done = backline("restore", str(file), "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert not (tmp_path / "escaped").exists()


def test_the_api_of_all_services_is_one_document():
    done = backline("openapi")
    document = json.loads(done.stdout)
    assert {"/api/identity/auth/login", "/api/jukebox/queue", "/health/ready"} <= set(
        document["paths"]
    )
    operations = [
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
    ]
    assert len(operations) == len(set(operations))
    (scheme,) = document["components"]["securitySchemes"].values()
    assert scheme["flows"]["password"]["tokenUrl"] == "/api/identity/auth/token"


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (["serve", "player", "--driver", "emulated", "--rpc", "unix:{folder}/player.sock"], {}),
        (
            ["serve", "identity", "--port", "0", "--rpc", "unix:{folder}/identity.sock"],
            {
                "IDENTITY_DATABASE_URL": "postgresql+asyncpg://nobody@/none?host={folder}",
                "IDENTITY_KEY_DIR": "{folder}/keys",
            },
        ),
        (["worker", "player"], {"PLAYER_DRIVER": "emulated"}),
    ],
)
async def test_a_service_alone_runs_until_sigterm_whatever_it_lacks(
    arguments: list[str], settings: dict[str, str]
):
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "backline"),
                *(each.format(folder=folder) for each in arguments),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={
                    "PATH": "/usr/bin:/bin",
                    "BACKLINE_LOG_FORMAT": "json",
                    **{name: value.format(folder=folder) for name, value in settings.items()},
                },
            )
        ready = ('"event": "ready"', "database of identity does not answer")
        await eventually(lambda: any(word in log.read_text() for word in ready))
        process.terminate()
        code = await asyncio.wait_for(process.wait(), 20)
        assert code == 0, log.read_text()


def test_keys_are_listed_without_what_is_private_and_revoked_by_their_name(tmp_path: Path):
    where = {
        "IDENTITY_KEY_DIR": str(tmp_path / "keys"),
        "IDENTITY_DATABASE_URL": "postgresql+asyncpg://nobody@/none",
    }

    def listed() -> list[dict[str, str]]:
        done = backline("keys", "list", "--json", "--data", str(tmp_path), **where)
        items: list[dict[str, str]] = json.loads(done.stdout)["items"]
        return items

    before = listed()
    assert [key["state"] for key in before] == ["active", "next"]
    assert set(before[0]) == {"kid", "state", "since", "until"}

    done = backline("keys", "revoke", before[0]["kid"], "--data", str(tmp_path), **where)
    assert done.returncode == 0, done.stderr
    assert "nobody has to log in again" in done.stdout
    after = listed()
    assert [key["state"] for key in after] == ["active", "next"]
    assert after[0]["kid"] == before[1]["kid"]

    again = backline("keys", "revoke", before[0]["kid"], "--data", str(tmp_path), **where)
    assert (again.returncode, again.stderr) == (1, f"There is no key {before[0]['kid']}.\n")
