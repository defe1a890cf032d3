"""The words that every layer shares."""

from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest

from backline.kit.core.actor import Role
from backline.kit.core.backoff import Backoff
from backline.kit.core.clock import SystemClock
from backline.kit.core.context import RequestContext
from backline.kit.core.errors import Kind, NotFound, Violation
from backline.kit.core.ids import uuid7


class TrackNotFound(NotFound):
    """There is no such track."""


def test_a_refusal_names_itself():
    refusal = TrackNotFound("There is no track 7.", track_id="7")

    assert (refusal.reason, refusal.kind) == ("TRACK_NOT_FOUND", Kind.NOT_FOUND)
    assert (str(refusal), refusal.detail) == ("There is no track 7.", "There is no track 7.")
    assert refusal.metadata == {"track_id": "7"}


def test_a_refusal_says_when_to_try_again_and_what_was_wrong():
    at = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
    violation = Violation("#/title", "too long")

    refusal = TrackNotFound("Later.", retry_at=at, violations=(violation,))

    assert refusal.retry_at == at
    assert refusal.metadata["retry_at"] == at.isoformat()
    assert refusal.violations == (violation,)


def test_no_two_kinds_share_a_grpc_code():
    assert len({kind.grpc for kind in Kind}) == len(Kind)


def test_each_role_may_do_what_the_ones_before_it_may():
    roles = [Role.ANONYMOUS, Role.GUEST, Role.LISTENER, Role.HOST, Role.ADMIN]

    for position, role in enumerate(roles):
        assert [role.at_least(other) for other in roles] == [
            other <= position for other in range(len(roles))
        ]


def test_ids_are_version_7_and_sort_by_time():
    ids = [uuid7() for _ in range(1000)]

    assert len(set(ids)) == 1000
    assert {(one.version, one.variant) for one in ids} == {(7, "specified in RFC 4122")}
    milliseconds = [one.int >> 80 for one in ids]
    assert milliseconds == sorted(milliseconds)


def test_the_systems_time_knows_its_zone():
    assert SystemClock().now().utcoffset() == timedelta()


def test_a_deadline_shrinks_and_never_goes_below_zero():
    assert RequestContext().remaining_s() is None
    assert RequestContext(deadline=monotonic() - 1).remaining_s() == 0
    remaining = RequestContext(deadline=monotonic() + 100).remaining_s()
    assert remaining is not None
    assert 0 < remaining <= 100


@pytest.mark.parametrize(
    ("traceparent", "trace_id"),
    [("00-" + "a" * 32 + "-" + "b" * 16 + "-01", "a" * 32), ("", ""), ("nonsense", "")],
)
def test_the_trace_id_is_read_from_the_header(traceparent, trace_id):
    assert RequestContext(traceparent=traceparent).trace_id == trace_id


def test_a_token_is_never_shown():
    assert "secret" not in repr(RequestContext(access_token="secret"))


def test_pauses_double_up_to_the_longest():
    backoff = Backoff(1.0, 10.0)

    pauses = [backoff.next_s() for _ in range(200)]

    for pause, longest in zip(pauses, [1, 2, 4, 8, *[10] * 196], strict=True):
        assert 0 <= pause <= longest
    # Those who fail at one moment come back at many: as often in the lower half as in the upper.
    assert any(pause < 2 for pause in pauses[4:])
    assert any(pause > 8 for pause in pauses[4:])
    backoff.reset()
    assert backoff.next_s() <= 1.0
