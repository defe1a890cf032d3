"""How a child of root runs as somebody else.

PostgreSQL refuses to run as root. Started by root, it runs as an unprivileged account of the
machine, which then owns the cluster and nothing else. Where the way to the cluster leads through
a directory that only root may enter (`/root`, a temporary directory), the child keeps the one
capability that lets it pass, instead of us opening that directory to everybody.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from backline.kit.core.errors import FailedPrecondition

ACCOUNTS = ("backline", "postgres", "nobody")

_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522
_CAP_DAC_READ_SEARCH = 2


class NoAccount(FailedPrecondition):
    """The machine has no unprivileged account that PostgreSQL could run as."""


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilityData(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def account() -> pwd.struct_passwd | None:
    """Whom a child runs as if we are root; None if we are not and it runs as ourselves.

    Raises:
        NoAccount: We are root and the machine has none of the accounts.
    """
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoAccount(
        "PostgreSQL does not run as root, and there is no unprivileged account for it. "
        "Make one with: useradd --system backline"
    )


def give(path: Path) -> None:
    """Make `path` belong to the account of the children."""
    if (owner := account()) is not None:
        os.chown(path, owner.pw_uid, owner.pw_gid)


def entrance(*paths: Path, dies_with: signal.Signals | None = None) -> Callable[[], None]:
    """Return what a forked child calls before it becomes another program.

    It changes to the unprivileged account if we are root, keeping the right to reach `paths`,
    and asks Linux for the signal `dies_with` at the death of its parent.
    """
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None
    owner = account()
    needs_passage = owner is not None and not all(_reaches(owner, path) for path in paths)
    parent = os.getpid()

    def enter() -> None:
        if owner is not None:
            if needs_passage and libc is not None:
                libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
            os.setgroups([])
            os.setgid(owner.pw_gid)
            os.setuid(owner.pw_uid)
            if needs_passage and libc is not None:
                _keep(libc, _CAP_DAC_READ_SEARCH)
            os.chdir("/")
        if dies_with is not None and libc is not None:
            # After the change of account, which would clear it.
            libc.prctl(_PR_SET_PDEATHSIG, int(dies_with), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return enter


def _keep(libc: ctypes.CDLL, capability: int) -> None:
    """Carry one capability of root over the change of account and through `exec`."""
    bit = 1 << capability
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    data = (_CapabilityData * 2)(_CapabilityData(bit, bit, bit), _CapabilityData(0, 0, 0))
    libc.capset(ctypes.byref(header), data)
    libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def _reaches(owner: pwd.struct_passwd, path: Path) -> bool:
    """Whether `owner` may enter every directory on the way to `path`."""
    for directory in path.resolve().parents:
        status = directory.stat()
        if status.st_uid == owner.pw_uid:
            allowed = status.st_mode & 0o100
        elif status.st_gid == owner.pw_gid:
            allowed = status.st_mode & 0o010
        else:
            allowed = status.st_mode & 0o001
        if not allowed:
            return False
    return True
