"""Steps at which a process dies: only where they are named, and then for good."""

import signal
import subprocess
import sys
from random import Random

import pytest

from backline.kit.core.failpoints import Failpoints, WrongFailpoint


def deaths(wanted: str, *steps: str, seed: int = 1) -> list[int]:
    """After which of `steps` the process would have died."""
    passed: list[str] = []
    seen: list[int] = []
    points = Failpoints(die=lambda: seen.append(len(passed)), dice=Random(seed))
    points.arm(wanted)
    for step in steps:
        passed.append(step)
        points.hit(step)
    return seen


def test_nothing_dies_unless_it_is_named():
    assert deaths("", "relay.published", "relay.published") == []
    assert deaths("saga.called", "relay.published") == []


def test_a_name_alone_means_the_first_hit_and_a_number_the_nth():
    assert deaths("relay.published", "saga.called", "relay.published", "relay.published") == [2]
    assert deaths("a=2, b", "a", "b", "a", "a") == [2, 3]


def test_a_probability_is_decided_anew_at_each_hit():
    seen = deaths("a=25%", *["a"] * 400)

    assert 60 < len(seen) < 140
    assert seen == deaths("a=25%", *["a"] * 400)
    assert deaths("a=0%", *["a"] * 50) == []
    assert deaths("a=100%", "a", "a") == [1, 2]


@pytest.mark.parametrize("wrong", ["a=0", "a=-1", "a=often", "=3", "a b", "A", "a=3 %", "a=%"])
def test_what_is_written_wrong_is_refused(wrong: str):
    with pytest.raises(WrongFailpoint):
        Failpoints().arm(wrong)


def test_a_hit_kills_the_process_at_once():
    program = """
from backline.kit.core.failpoints import arm, failpoint
arm("here=2")
try:
    failpoint("here"); print("once", flush=True)
    failpoint("here"); print("twice", flush=True)
finally:
    print("closed", flush=True)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, "once\n"), ended.stderr
