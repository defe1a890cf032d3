"""Hashing costs what it should, for everybody, and never more than the machine has."""

import asyncio
import threading

import pytest

from backline.kit.auth.passwords import Passwords, TooManyLogins
from backline.kit.testing.eventually import eventually


@pytest.fixture
def passwords():
    passwords = Passwords(threads=2, waiting=2)
    yield passwords
    passwords.close()


async def test_a_password_fits_its_own_hash_only(passwords) -> None:
    hashed = await passwords.hash("valve amber")

    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify("valve amber", hashed)
    assert not await passwords.verify("valve ambre", hashed)
    assert hashed != await passwords.hash("valve amber")


@pytest.mark.parametrize("password", ["x" * 1024, "🎷" * 64, "a\u0000b", "\ud800"])
async def test_nothing_is_cut_off(passwords, password) -> None:
    hashed = await passwords.hash(password)

    assert await passwords.verify(password, hashed)
    assert not await passwords.verify(password[:-1], hashed)


async def test_nobodys_password_is_checked_like_anybodys(passwords) -> None:
    """The same work is done, and no password fits."""
    real = await passwords.hash("valve amber")

    assert not await passwords.verify("valve amber", None)
    assert (
        passwords._nobody.rpartition("$")[0].rpartition("$")[0]
        == (real.rpartition("$")[0].rpartition("$")[0])
    )
    assert len(passwords._nobody) == len(real)


async def test_a_broken_hash_fits_nothing(passwords) -> None:
    assert not await passwords.verify("valve amber", "$argon2id$broken")


async def test_a_hash_of_another_cost_is_outdated(passwords) -> None:
    dearer = Passwords(iterations=3, threads=1)
    hashed = await passwords.hash("valve amber")

    assert not passwords.outdated(hashed)
    assert dearer.outdated(hashed)
    dearer.close()


async def test_what_waits_is_bounded_and_the_bound_is_given_back(passwords) -> None:
    results = await asyncio.gather(
        *(passwords.hash("valve amber") for _ in range(10)), return_exceptions=True
    )

    assert sum(isinstance(each, TooManyLogins) for each in results) == 6
    assert await passwords.hash("valve amber")


async def test_whoever_stops_waiting_does_not_make_room(passwords) -> None:
    """The thread is still busy; a flood of abandoned logins must not pass for none."""
    release = threading.Event()
    waiting = [asyncio.create_task(passwords._off_loop(release.wait)) for _ in range(4)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.wait(waiting[:1])

    with pytest.raises(TooManyLogins):
        await passwords.hash("valve amber")

    release.set()
    await eventually(lambda: passwords._busy == 0)
    assert await passwords.hash("valve amber")
