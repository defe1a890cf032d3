"""Brings a database to the state its packages describe; safe to run in every process at start.

A package keeps its migrations in `migrations/NNNN_pre_<what>.py` (before the new code runs) and
`NNNN_post_<what>.py` (once no old code runs): plain Alembic files, whose revision ids begin with
the package's own name. There is no alembic.ini and no env.py.
"""

import ast
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import asyncpg
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from backline.kit.core.errors import FailedPrecondition
from backline.kit.db.engine import CONNECT_TIMEOUT_S, asyncpg_url, sqlalchemy_url

_OF_EVERY_SERVICE = (
    "backline.kit.outbox",
    "backline.kit.inbox",
    "backline.kit.messaging.parking",
    "backline.kit.saga",
)
_LOCK = 0x6261636B  # "back"; one migration at a time per database


class DatabaseTooNew(FailedPrecondition):
    """An older version of Backline was started on a newer one's data."""


async def migrate(url: str, package: str) -> None:
    """Apply to the database at `url` what `package` has added since the last time.

    A service's database also gets the outbox, the inbox, the dead letters and the sagas. Processes
    that start together wait for one another; when there is nothing to do, one query says so.

    Args:
        package: A service's full name (`backline.jukebox`), or the part of the kit that the
            database belongs to (`backline.kit.messaging`, `backline.kit.jobs`).

    Raises:
        ModuleNotFoundError: There is no such package.
        DatabaseTooNew: It holds what this version does not know.
    """
    folders = _folders(package)
    known, newest = _revisions(folders)
    applied = await _applied(url)
    if applied == newest:
        return
    if not applied <= known:
        raise DatabaseTooNew(
            "The database was made by a newer version of Backline"
            f" ({', '.join(sorted(applied - known))}). Run that version, or restore a backup."
        )
    engine = create_async_engine(
        sqlalchemy_url(url), poolclass=NullPool, connect_args={"timeout": CONNECT_TIMEOUT_S}
    )
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            await connection.commit()
            try:
                await connection.run_sync(_upgrade, folders)
                await connection.commit()
            finally:
                await connection.rollback()
                await connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
    finally:
        await engine.dispose()


async def pending(url: str, package: str) -> tuple[int, set[str]]:
    """How many migrations there are for the database at `url`, and the heads it is not at."""
    known, newest = _revisions(_folders(package))
    return len(known), newest ^ await _applied(url)


def _folders(package: str) -> list[Path]:
    names = [package]
    if not package.startswith("backline.kit."):
        names += _OF_EVERY_SERVICE
    return [folder for name in names if (folder := _package(name) / "migrations").is_dir()]


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            f"No package {name!r}: give its full name, such as backline.jukebox"
        )
    return Path(spec.origin).parent


async def _applied(url: str) -> set[str]:
    """The revisions that the database is at; none for one that was never migrated."""
    connection = await asyncpg.connect(asyncpg_url(url), timeout=CONNECT_TIMEOUT_S)
    try:
        rows = await connection.fetch("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return set()
    finally:
        await connection.close()
    return {row["version_num"] for row in rows}


def _revisions(folders: Sequence[Path]) -> tuple[set[str], set[str]]:
    """All revisions and the newest of them, without importing Alembic, which takes 0.2 s."""
    ids: set[str] = set()
    replaced: set[str] = set()
    for path in (path for folder in folders for path in folder.glob("*.py")):
        for name, value in _literals(path):
            if name == "revision":
                ids.add(value)
            elif name == "down_revision":
                replaced.add(value)
    return ids, ids - replaced


def _literals(path: Path) -> Iterator[tuple[str, str]]:
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(value)))
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=str(value)))
            ):
                yield name, value


def _upgrade(connection: Connection, folders: Sequence[Path]) -> None:
    from alembic.config import Config  # noqa: PLC0415
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415 - see _revisions
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    script = ScriptDirectory(str(folders[0]), version_locations=[str(folder) for folder in folders])
    environment = EnvironmentContext(
        Config(),
        script,
        fn=lambda applied, _: script._upgrade_revs("heads", applied),  # noqa: SLF001 - as its docs do
    )
    environment.configure(connection=connection, transactional_ddl=True)
    with environment.begin_transaction():
        environment.run_migrations()
