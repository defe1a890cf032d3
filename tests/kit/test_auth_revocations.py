"""What has ended is remembered for as long as a token could live."""

import pytest

from backline.kit.auth.revocations import KEPT_S, STALE_AFTER_S, Revocation, Revocations
from backline.kit.core.actor import Actor, Role

ANN = Actor(7, Role.LISTENER, "Ann", "s1")


class Stopwatch:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def revocations(stopwatch) -> Revocations:
    return Revocations(monotonic=stopwatch)


def test_an_ended_session_is_refused_and_no_other(revocations) -> None:
    assert revocations.add(Revocation(id=1, user_id=7, session_id="s1"))

    assert revocations.refuses(ANN)
    assert not revocations.refuses(Actor(7, Role.LISTENER, "Ann", "s2"))


def test_the_latest_role_counts(revocations) -> None:
    revocations.add(Revocation(id=1, user_id=7, role=Role.HOST))
    assert revocations.refuses(ANN)

    revocations.add(Revocation(id=2, user_id=7, role=Role.LISTENER))
    assert not revocations.refuses(ANN)


def test_a_repetition_is_no_news(revocations) -> None:
    heard: list[Revocation] = []
    revocations.on_revoked(heard.append)
    revocations.add(Revocation(id=1, user_id=7, role=Role.HOST))
    revocations.add(Revocation(id=2, user_id=7, role=Role.LISTENER))

    assert not revocations.add(Revocation(id=1, user_id=7, role=Role.HOST))

    assert len(heard) == 2
    assert not revocations.refuses(ANN)


def test_nothing_is_forgotten_while_a_token_could_live(revocations, stopwatch) -> None:
    revocations.add(Revocation(id=1, user_id=7, session_id="s1"))
    stopwatch.now += KEPT_S
    revocations.add(Revocation(id=2, user_id=8, session_id="s8"))
    assert revocations.refuses(ANN)

    stopwatch.now += 1
    revocations.add(Revocation(id=3, user_id=8, role=Role.HOST))

    assert not revocations.refuses(ANN)
    assert len(revocations._known) == 2


def test_silence_is_noticed(revocations, stopwatch) -> None:
    assert revocations.stale
    revocations.heard()
    assert not revocations.stale
    stopwatch.now += STALE_AFTER_S
    assert not revocations.stale
    stopwatch.now += 0.1
    assert revocations.stale
