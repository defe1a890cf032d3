"""argon2id, off the event loop, and never more of it at a time than there are cores.

Hashing is the dearest thing that a stranger can ask for, so what waits for it is bounded too.
"""

import asyncio
import os
import secrets
import threading
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from backline.kit.core.errors import ResourceExhausted

T = TypeVar("T")

# The least that ASVS 5.0 (appendix C) and OWASP ask for.
MEMORY_KIB = 19 * 1024
ITERATIONS = 2
PARALLELISM = 1
_SALT_BYTES = 16
_HASH_BYTES = 32


class TooManyLogins(ResourceExhausted):
    """More passwords wait to be checked than can be in good time."""

    domain = "identity"

    def __init__(self) -> None:
        super().__init__("Too many people are logging in right now. Try again in a moment.")


class Passwords:
    """Hashes and checks passwords.

    Args:
        memory_kib: Memory of one hash.
        iterations: Passes over it.
        parallelism: Lanes.
        threads: Hashes at a time; as many as there are cores if left out.
        waiting: Hashes that may wait for a thread; more are refused.
    """

    def __init__(
        self,
        *,
        memory_kib: int = MEMORY_KIB,
        iterations: int = ITERATIONS,
        parallelism: int = PARALLELISM,
        threads: int | None = None,
        waiting: int = 64,
    ) -> None:
        self._hasher = PasswordHasher(
            time_cost=iterations,
            memory_cost=memory_kib,
            parallelism=parallelism,
            hash_len=_HASH_BYTES,
            salt_len=_SALT_BYTES,
            type=Type.ID,
        )
        threads = threads or os.cpu_count() or 1
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._most = threads + waiting
        self._busy = 0
        self._counting = threading.Lock()
        # Nobody's password, at the same cost as everybody's.
        self._nobody = (
            f"$argon2id$v=19$m={memory_kib},t={iterations},p={parallelism}"
            f"${_unpadded(secrets.token_bytes(_SALT_BYTES))}"
            f"${_unpadded(secrets.token_bytes(_HASH_BYTES))}"
        )

    async def hash(self, password: str) -> str:
        """The hash of `password` in the PHC string format.

        Raises:
            TooManyLogins: Too many wait already.
        """
        return await self._off_loop(lambda: self._hasher.hash(_bytes(password)))

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether `password` has that hash; without a hash, False after the same time.

        Raises:
            TooManyLogins: Too many wait already.
        """
        known = password_hash or self._nobody

        def check() -> bool:
            try:
                return self._hasher.verify(known, _bytes(password))
            except (VerificationError, InvalidHashError):
                return False

        fits = await self._off_loop(check)
        return fits and password_hash is not None

    def outdated(self, password_hash: str) -> bool:
        """Whether a hash was made at another cost than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _off_loop(self, work: Callable[[], T]) -> T:
        with self._counting:
            if self._busy >= self._most:
                raise TooManyLogins
            self._busy += 1
        done = self._threads.submit(work)
        # Counted until a thread is done with it, not until somebody stops waiting for it.
        done.add_done_callback(self._one_less)
        return await asyncio.wrap_future(done)

    def _one_less(self, _: object) -> None:
        with self._counting:
            self._busy -= 1


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _unpadded(data: bytes) -> str:
    return b64encode(data).decode().rstrip("=")
