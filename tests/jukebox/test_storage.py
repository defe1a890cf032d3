"""The store on disk: what is kept survives, what is not kept goes."""

import asyncio
import errno
import hashlib
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from backline.jukebox import storage
from backline.jukebox.domain.uploads import DiskFull, UploadBusy, UploadId, UploadNotFound
from backline.jukebox.storage import FileStore
from backline.kit.testing.eventually import eventually

DATA = b"some sound" * 1000
SHA256 = hashlib.sha256(DATA).hexdigest()
LATER = datetime.now(UTC) + timedelta(hours=1)  # noqa: TID251 - files carry the real time
EARLIER = LATER - timedelta(hours=2)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path, floor=0)


@pytest.fixture
def upload_id() -> UploadId:
    return UploadId(str(uuid4()))


def incoming(tmp_path: Path) -> list[str]:
    return sorted(path.suffix for path in (tmp_path / "incoming").iterdir())


async def keep(store: FileStore) -> None:
    async with store.receive() as file:
        await file.write(DATA)
        await file.keep()


async def stale(store: FileStore, before: datetime = LATER) -> list[str]:
    return [sha256 async for batch in store.stale(before=before) for sha256 in batch]


async def test_what_is_kept_lies_under_its_hash(store: FileStore, tmp_path: Path) -> None:
    async with store.receive() as file:
        for at in range(0, len(DATA), 999):
            await file.write(DATA[at : at + 999])
        kept = await file.keep()

    assert (kept.sha256, kept.size, kept.head) == (SHA256, len(DATA), DATA[:4096])
    assert store.path_of(SHA256).read_bytes() == DATA
    assert store.path_of(SHA256) == tmp_path / "media" / SHA256[:2] / SHA256[2:4] / SHA256
    assert incoming(tmp_path) == []


async def test_what_is_not_kept_leaves_nothing(store: FileStore, tmp_path: Path) -> None:
    async with store.receive() as file:
        await file.write(DATA)
        await file.sync()
        assert incoming(tmp_path) == [".part"]

    assert incoming(tmp_path) == []
    assert await stale(store) == []


async def test_keeping_twice_leaves_nothing_either(store: FileStore, tmp_path: Path) -> None:
    async with store.receive() as file:
        await file.write(DATA)
        await file.keep()
        await file.keep()

    assert incoming(tmp_path) == []
    assert store.path_of(SHA256).read_bytes() == DATA


async def test_files_are_for_the_owner_alone(store: FileStore, tmp_path: Path) -> None:
    await keep(store)

    assert store.path_of(SHA256).stat().st_mode & 0o077 == 0
    assert (tmp_path / "media").stat().st_mode & 0o077 == 0


async def test_the_same_bytes_twice_are_one_file(store: FileStore) -> None:
    await keep(store)
    await keep(store)

    assert await stale(store) == [SHA256]
    assert store.path_of(SHA256).stat().st_nlink == 1


@pytest.mark.parametrize("name", ["../../etc/passwd", "a" * 63, "A" * 64, "", "\0" * 64])
def test_only_hashes_are_paths(store: FileStore, name: str) -> None:
    with pytest.raises(ValueError, match="not a sha256"):
        store.path_of(name)


async def test_only_ids_are_uploads(store: FileStore) -> None:
    with pytest.raises(ValueError, match="not an upload's id"):
        await store.forget(UploadId("../../../../etc/passwd"))


async def test_pieces_add_up(store: FileStore, tmp_path: Path, upload_id: UploadId) -> None:
    async with store.resume(upload_id) as file:
        await file.continue_at(0)
        await file.write(DATA[:5000])
        await file.sync()
    async with store.resume(upload_id) as file:
        await file.continue_at(5000)
        await file.write(DATA[5000:])
        kept = await file.keep()
    await store.forget(upload_id)

    assert kept.sha256 == SHA256
    assert kept.head == DATA[:4096]
    assert store.path_of(SHA256).read_bytes() == DATA
    assert incoming(tmp_path) == []


async def test_what_was_not_acknowledged_is_written_again(
    store: FileStore, upload_id: UploadId
) -> None:
    async with store.resume(upload_id) as file:
        await file.continue_at(0)
        await file.write(DATA + b"lost with the crash")
        await file.sync()
    async with store.resume(upload_id) as file:
        await file.continue_at(3000)
        await file.write(DATA[3000:])
        assert (await file.seal()).sha256 == SHA256


async def test_a_beginning_that_is_gone_is_not_made_up(
    store: FileStore, upload_id: UploadId
) -> None:
    async with store.resume(upload_id) as file:
        with pytest.raises(UploadNotFound):
            await file.continue_at(3000)


async def test_one_request_at_a_time_writes_to_an_upload(
    store: FileStore, upload_id: UploadId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "LOCK_PATIENCE_S", 0.05)

    async with store.resume(upload_id):
        with pytest.raises(UploadBusy):
            async with store.resume(upload_id):
                pass
    async with store.resume(upload_id):
        pass


async def test_another_request_waits_for_its_turn(store: FileStore, upload_id: UploadId) -> None:
    order: list[int] = []

    async def write(number: int) -> None:
        async with store.resume(upload_id):
            order.append(number)
            await asyncio.to_thread(os.sync)
            order.append(number)

    await asyncio.gather(*(write(number) for number in range(4)))

    assert order[::2] == order[1::2]


async def test_the_disks_floor_is_kept_free(tmp_path: Path) -> None:
    store = FileStore(tmp_path, floor=10**18)

    with pytest.raises(DiskFull, match="no space to spare"):
        await keep(store)

    assert store.free() < 0
    assert incoming(tmp_path) == []


async def test_a_disk_that_fills_up_meanwhile_is_said_to_be_full(
    store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)

    with pytest.raises(DiskFull):
        await keep(store)

    assert incoming(tmp_path) == []


async def test_a_cancelled_writer_closes_its_file_only_after_the_write(
    store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A descriptor closed under a running write could by then be somebody else's file."""
    begun, go_on = threading.Event(), threading.Event()
    pwrite = os.pwrite

    def slow(*args: Any) -> int:
        begun.set()
        go_on.wait(10)
        return pwrite(*args)

    async def receive() -> None:
        async with store.receive() as file:
            await file.write(bytes(storage.WRITE_SIZE))

    monkeypatch.setattr(os, "pwrite", slow)
    task = asyncio.create_task(receive())
    await eventually(begun.is_set)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=0.05)
    assert not done
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert incoming(tmp_path) == []


# Sweeping


async def test_what_was_left_on_its_way_in_is_swept(
    store: FileStore, tmp_path: Path, upload_id: UploadId
) -> None:
    wanted = UploadId(str(uuid4()))
    for each in (upload_id, wanted):
        async with store.resume(each) as file:
            await file.continue_at(0)
            await file.write(DATA)
            await file.sync()
    (tmp_path / "incoming" / "dead.part").write_bytes(DATA)
    (tmp_path / "incoming" / "dead.work").mkdir()
    (tmp_path / "incoming" / "dead.work" / "transcript.flac").write_bytes(DATA)

    assert await store.sweep_incoming(before=EARLIER, keep=[]) == 0
    assert await store.sweep_incoming(before=LATER, keep=[wanted]) == 3

    assert [path.stem for path in (tmp_path / "incoming").iterdir()] == [wanted]


async def test_an_analysis_at_work_is_not_swept_away(store: FileStore) -> None:
    async with store.workspace() as workspace:
        os.utime(workspace, (0, 0))
        (workspace / "transcript.flac").write_bytes(DATA)

        assert await store.sweep_incoming(before=EARLIER, keep=[]) == 0
        assert workspace.is_dir()

    assert not workspace.exists()


async def test_only_old_files_are_removed(store: FileStore) -> None:
    await keep(store)

    assert await stale(store, EARLIER) == []
    assert await store.remove([SHA256], before=EARLIER) == 0
    assert store.path_of(SHA256).read_bytes() == DATA
    assert await store.remove([SHA256], before=LATER) == 1
    assert not store.path_of(SHA256).exists()
    assert await store.remove([SHA256], before=LATER) == 0


async def test_what_is_uploaded_again_while_it_is_swept_stays(
    store: FileStore, tmp_path: Path
) -> None:
    """The sweep found it old and unneeded; before it could delete it, it came again."""
    await keep(store)
    os.utime(store.path_of(SHA256), (0, 0))
    assert await stale(store, EARLIER) == [SHA256]
    await keep(store)

    assert await store.remove([SHA256], before=EARLIER) == 0
    assert store.path_of(SHA256).read_bytes() == DATA
    assert incoming(tmp_path) == []


async def test_a_finished_file_is_adopted(store: FileStore) -> None:
    async with store.workspace() as workspace:
        (workspace / "cover.webp").write_bytes(DATA)
        adopted = await store.adopt(workspace / "cover.webp")

    assert adopted.sha256 == SHA256
    assert store.path_of(SHA256).read_bytes() == DATA


async def test_a_link_is_not_adopted(store: FileStore, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"of the host")

    async with store.workspace() as workspace:
        (workspace / "cover.webp").symlink_to(secret)
        with pytest.raises(OSError, match="symbolic links"):
            await store.adopt(workspace / "cover.webp")
