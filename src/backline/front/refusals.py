"""What the front door itself refuses to admins."""

from backline.kit.core.errors import FailedPrecondition, ResourceExhausted


class NoBackupFromHere(FailedPrecondition):
    """The databases are elsewhere, and so are their backups."""


class BackupRunning(FailedPrecondition):
    """One at a time."""


class NoSpaceForBackup(ResourceExhausted):
    """The archive would fill the disk that the room needs."""
