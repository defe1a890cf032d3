"""The key file: who may read it, and what becomes of the keys in it."""

import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from joserfc.jwk import OKPKey

from backline.identity.domain.sessions import SessionId
from backline.identity.domain.users import User, UserId
from backline.identity.storage import (
    FileSecrets,
    KeyFiles,
    KeyNotFound,
    KeysReadableByOthers,
    KeyState,
    SignedTokens,
)
from backline.kit.auth.gate import Gate, InvalidToken
from backline.kit.auth.keys import KeyRing
from backline.kit.auth.revocations import Revocations
from backline.kit.core.actor import Role
from backline.kit.testing.clock import FixedClock

LIFETIME = timedelta(minutes=10)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "keys"


@pytest.fixture
def files(folder: Path, clock: FixedClock) -> KeyFiles:
    return KeyFiles(folder, token_lifetime=LIFETIME, clock=clock)


def states(files: KeyFiles) -> list[KeyState]:
    return [key.state for key in files.current().keys]


def test_keys_are_made_at_the_first_use_for_this_user_only(files, folder) -> None:
    assert states(files) == [KeyState.ACTIVE, KeyState.NEXT]

    assert (folder / "keys.json").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in folder.iterdir()) == ["keys.json", "keys.lock"]


def test_a_file_that_others_can_read_is_refused(files, folder, clock) -> None:
    files.current()
    (folder / "keys.json").chmod(0o640)

    with pytest.raises(KeysReadableByOthers, match="chmod 600"):
        KeyFiles(folder, token_lifetime=LIFETIME, clock=clock).current()


def test_every_process_sees_the_same_keys_and_their_changes(files, folder, clock) -> None:
    other = KeyFiles(folder, token_lifetime=LIFETIME, clock=clock)
    assert other.current() == files.current()

    files.rotate()

    assert other.current() == files.current()


def test_processes_that_start_together_make_one_set_of_keys(folder, clock) -> None:
    many = [KeyFiles(folder, token_lifetime=LIFETIME, clock=clock) for _ in range(8)]
    threads = [threading.Thread(target=each.current) for each in many]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({each.current().secret for each in many}) == 1


def test_a_rotation_moves_every_key_one_step(files, clock) -> None:
    active, following = files.current().keys

    assert files.rotate()

    retired, now_active, fresh = files.current().keys
    assert (retired.kid, retired.state) == (active.kid, KeyState.RETIRED)
    assert (now_active.kid, now_active.state) == (following.kid, KeyState.ACTIVE)
    assert fresh.state is KeyState.NEXT
    assert len(files.published()) == 3


def test_a_retired_key_is_published_until_the_last_token_it_signed_has_expired(
    files, clock
) -> None:
    retired = files.current().active.kid
    files.rotate()

    clock.advance(LIFETIME)
    assert retired in {key["kid"] for key in files.published()}
    clock.advance(timedelta(seconds=10))
    assert retired not in {key["kid"] for key in files.published()}
    files.rotate()
    assert retired not in {key.kid for key in files.current().keys}


def test_a_young_key_is_not_rotated_by_itself(files, clock) -> None:
    files.current()
    assert not files.rotate(if_older_than=timedelta(days=30))
    clock.advance(timedelta(days=30))
    assert files.rotate(if_older_than=timedelta(days=30))
    assert not files.rotate(if_older_than=timedelta(days=30))


@pytest.mark.parametrize("state", list(KeyState))
def test_a_revoked_key_is_gone_and_there_is_always_one_that_signs(files, state) -> None:
    files.rotate()
    secret = files.current().secret
    gone = next(key.kid for key in files.current().keys if key.state is state)

    files.revoke(gone)

    assert gone not in {key["kid"] for key in files.published()}
    left = states(files)
    assert left.count(KeyState.ACTIVE) == left.count(KeyState.NEXT) == 1
    assert files.current().secret == secret


def test_an_unknown_key_cannot_be_revoked(files) -> None:
    with pytest.raises(KeyNotFound):
        files.revoke("nothing")


def test_what_is_published_is_public(files) -> None:
    private = {key.d for key in files.current().keys}

    assert not any(part in json.dumps(files.published()) for part in private)
    assert all(part not in repr(files.current()) for part in private)
    assert repr(files.current().secret) not in repr(files.current())
    for jwk in files.published():
        assert OKPKey.import_key(dict(jwk)).thumbprint() == jwk["kid"]


def a_token(files: KeyFiles, clock: FixedClock, *, name: str = "Ann") -> str:
    user = User.register(
        id=UserId(7),
        username="ann",
        display_name=name,
        password_hash="$",
        role=Role.HOST,
        at=clock.now(),
    )
    tokens = SignedTokens(files, lifetime=LIFETIME)
    assert tokens.lifetime_s == 600
    return tokens.issue(user, SessionId("s1"), at=clock.now())


@pytest.mark.parametrize("name", ["Ann", "Zoë 🎷", '"\\', "\u2028", "字" * 64])
def test_what_is_issued_passes_the_gate(files, clock, name) -> None:
    ring = KeyRing()
    ring.replace(files.published())
    gate = Gate(keys=ring, revocations=Revocations(), clock=clock)

    actor = gate.verify(a_token(files, clock, name=name))

    assert (actor.id, actor.role, actor.name, actor.session_id) == (7, Role.HOST, name, "s1")


def test_a_token_outlives_a_rotation_and_not_a_revocation(files, clock) -> None:
    ring = KeyRing()
    gate = Gate(keys=ring, revocations=Revocations(), clock=clock)
    signed_by = files.current().active.kid
    token = a_token(files, clock)

    files.rotate()
    ring.replace(files.published())
    assert gate.verify(token).id == 7
    files.revoke(signed_by)
    ring.replace(files.published())

    with pytest.raises(InvalidToken):
        gate.verify(token)


def test_secrets_are_long_and_never_the_same(files) -> None:
    secrets = FileSecrets(files)

    assert len({secrets.token() for _ in range(100)}) == 100
    assert {len(secrets.token()) for _ in range(100)} == {43}
    assert secrets.opaque_tokens() == FileSecrets(files).opaque_tokens()
