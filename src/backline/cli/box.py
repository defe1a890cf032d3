"""The one box on disk: where everything of a data directory lies."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from backline.cli.registry import DATABASES
from backline.kit.core.errors import FailedPrecondition
from backline.kit.db.embedded import EmbeddedPostgres
from backline.kit.supervisor.state import RunState

DEFAULT_DATA = Path(".backline")
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000

_SOCKET_PATH_LIMIT = 107  # sockaddr_un.sun_path holds 108 bytes, the last of them zero
_LONGEST_SOCKET = "/db/.s.PGSQL.5432"


class UnusableDirectory(FailedPrecondition):
    """The data directory cannot be used by us."""


@dataclass(frozen=True)
class Box:
    """One data directory.

    Attributes:
        data: Absolute path.
    """

    data: Path

    @classmethod
    def at(cls, data: Path) -> Box:
        return cls(data.expanduser().absolute())

    @property
    def cluster(self) -> Path:
        return self.data / "postgres"

    @property
    def logs(self) -> Path:
        return self.data / "log"

    @property
    def media(self) -> Path:
        return self.data / "media"

    @property
    def backups(self) -> Path:
        """Where backups from the web app go, and the list of all that were made."""
        return self.data / "backups"

    @property
    def migrated(self) -> Path:
        """Holds the fingerprint of the migrations that were applied last."""
        return self.cluster / "backline.migrated"

    @cached_property
    def run(self) -> Path:
        """Sockets, lock and state of the running box; elsewhere if the path here is too long."""
        here = self.data / "run"
        if len(os.fsencode(here)) + len(_LONGEST_SOCKET) <= _SOCKET_PATH_LIMIT:
            return here
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        return Path(f"/tmp/backline-{os.geteuid()}-{digest}")  # noqa: S108 - 0700; see `make`

    @property
    def state(self) -> RunState:
        return RunState(self.run)

    @property
    def postgres(self) -> EmbeddedPostgres:
        return EmbeddedPostgres(cluster=self.cluster, socket_dir=self.run / "db")

    def socket(self, service: str) -> str:
        """The gRPC address of a service of this box."""
        return f"unix:{self.run / service}.sock"

    def make(self) -> None:
        """Make the directories that are not there, for this user alone.

        Raises:
            UnusableDirectory: They cannot be made, or belong to somebody else.
        """
        for directory in (self.data, self.run, self.logs, self.media):
            try:
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise UnusableDirectory(
                    f"{directory} cannot be made: {error.strerror}. Choose another with --data."
                ) from error
        status = self.run.lstat()
        if status.st_uid != os.geteuid() or status.st_mode & 0o077 or self.run.is_symlink():
            raise UnusableDirectory(
                f"{self.run} has to belong to this user alone. Run: chmod 700 {self.run}, or start "
                "Backline as its owner."
            )
        if self.run.parent != self.data:
            link = self.data / "run"
            if link.is_dir() and not link.is_symlink():
                shutil.rmtree(link)
            link.unlink(missing_ok=True)
            link.symlink_to(self.run)

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """What the processes of the box find in their environment; what was set before wins."""
        postgres = self.postgres
        known = {
            "IDENTITY_KEY_DIR": str(self.data / "keys"),
            "JUKEBOX_MEDIA_DIR": str(self.media),
            "JUKEBOX_IDENTITY_TARGET": self.socket("identity"),
            "LINEUP_IDENTITY_TARGET": self.socket("identity"),
            "JUKEBOX_PLAYER_TARGET": self.socket("player"),
            "SCORES_IDENTITY_TARGET": self.socket("identity"),
            "SCORES_LINEUP_TARGET": self.socket("lineup"),
            "SCORES_POOL_SIZE": "5",
            "PLAYER_MEDIA_ROOT": str(self.media),
            "IDENTITY_POOL_SIZE": "3",
            "JUKEBOX_POOL_SIZE": "5",
            "LINEUP_POOL_SIZE": "4",
            "PYTHONUNBUFFERED": "1",
            # glibc gives each thread a heap of its own, and keeps what was freed in them.
            "MALLOC_ARENA_MAX": "2",
            "MALLOC_TRIM_THRESHOLD_": "131072",
        }
        known |= {database.variable: postgres.url(database.name) for database in DATABASES}
        origins = inherited.get("BACKLINE_ORIGINS", "").split(",")
        public = urlsplit(inherited.get("BACKLINE_PUBLIC_URL", ""))
        origins.append(f"{public.scheme}://{public.netloc}" if public.netloc else "")
        allowed = ",".join(o.strip() for o in origins if o.strip())
        known |= {"JUKEBOX_ORIGINS": allowed, "SCORES_ORIGINS": allowed}
        return {**known, **inherited, "BACKLINE_DATA": str(self.data)}


def inherited_environment() -> dict[str, str]:
    """What we were started with; the processes of the box get it too."""
    return dict(os.environ)  # noqa: TID251 - passed on, not read


def adopt_environment(environment: Mapping[str, str]) -> None:
    """Let this process read its settings as the box's processes do."""
    os.environ.update(environment)  # noqa: TID251 - where settings are read from
