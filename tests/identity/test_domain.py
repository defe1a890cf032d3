"""What users, sessions, tokens, limits and names are, without any I/O."""

import string
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from backline.identity.domain.events import RoleChanged, SessionRevoked, UserRenamed
from backline.identity.domain.limits import Allowance, Attempts, TooManyAttempts, address_of
from backline.identity.domain.names import (
    InvalidDisplayName,
    InvalidUsername,
    display_name_of,
    username_of,
)
from backline.identity.domain.passwords import WeakPassword, composed, password_of
from backline.identity.domain.sessions import (
    Client,
    Rotation,
    Session,
    SessionEnded,
    SessionId,
)
from backline.identity.domain.tokens import OpaqueTokens
from backline.identity.domain.users import GuestHasNoAccount, RoleNotAssignable, User, UserId
from backline.kit.auth.gate import MAX_NAME_LENGTH
from backline.kit.core.actor import Role
from backline.kit.testing.clock import FixedClock

AT = FixedClock().now()
HOUR = timedelta(hours=1)
HERE = Client("10.0.0.1", "Firefox")


# Names


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ann", "ann"),
        ("  ann ", "ann"),
        ("\uff21\uff4e\uff4e", "ann"),  # full-width letters
        ("STRASSE", "strasse"),
        ("straße", "strasse"),
        ("Аня-2026", "аня-2026"),
        ("a.b_c-d", "a.b_c-d"),
    ],
)
def test_a_username_has_one_form(typed, kept) -> None:
    assert username_of(typed) == kept
    assert username_of(kept) == kept


@pytest.mark.parametrize(
    "typed", ["", "al", "x" * 33, "a b c", "ann@home", "a\u0000n", "ann\u200b"]
)
def test_what_is_no_username_says_what_is(typed) -> None:
    with pytest.raises(InvalidUsername) as refused:
        username_of(typed)
    assert refused.value.violations[0].pointer == "#/username"


@given(st.text())
def test_a_username_is_refused_or_final(typed) -> None:
    try:
        kept = username_of(typed)
    except InvalidUsername:
        return
    assert username_of(kept) == kept
    assert 3 <= len(kept) <= 32


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ann", "Ann"),
        (" Ann\t\n of  the Dark ", "Ann of the Dark"),
        ("Zoë", "Zoë"),
        ("Zoe\u0308", "Zoë"),
        ("👩\u200d🎤", "👩\u200d🎤"),
        ("x" * 64, "x" * 64),
    ],
)
def test_a_display_name_is_composed_and_single_spaced(typed, kept) -> None:
    assert display_name_of(typed) == kept


@pytest.mark.parametrize(
    "typed",
    ["", "  ", "x" * 65, "\u202eevil", "a\u0000b", "\ud800", "a\u061cb", "\u200d", "\u3164 \u2800"],
)
def test_what_cannot_be_seen_is_no_name(typed) -> None:
    with pytest.raises(InvalidDisplayName):
        display_name_of(typed)


@given(st.text())
def test_a_display_name_always_fits_into_a_token(typed) -> None:
    try:
        assert len(display_name_of(typed)) <= MAX_NAME_LENGTH
    except InvalidDisplayName:
        return


# Passwords


@pytest.mark.parametrize(
    "password",
    [
        "1234567",
        "12345678",
        "87654321",
        "password",
        "PassWord1",
        "qwertyuiop",
        "aaaaaaaaaa",
        "abababababab",
        "letmein123",
        "backline",
        "ann.smith",
        "Ann Smith",
        "x" * 1025,
        "é" * 513,
    ],
)
def test_what_everybody_tries_first_is_no_password(password) -> None:
    with pytest.raises(WeakPassword) as refused:
        password_of(password, "ann.smith", "Ann Smith")
    assert refused.value.violations[0].pointer == "#/password"


@pytest.mark.parametrize(
    "password", ["correct horse", "        . ,", "x1y" * 341, "хорошая погода", "🎷🎺🥁🎸🎹🎻🪕🪗"]
)
def test_any_other_password_is_fine_whatever_it_is_made_of(password) -> None:
    assert password_of(password, "ann", "") == password


def test_a_password_is_the_same_from_every_keyboard() -> None:
    assert password_of("Zoe\u0308 and Ann") == password_of("Zoë and Ann") == composed("Zoë and Ann")


# Users


def an_account(role=Role.LISTENER) -> User:
    return User.register(
        id=UserId(1), username="ann", display_name="Ann", password_hash="$", role=role, at=AT
    )


def test_a_rename_to_the_same_name_is_none() -> None:
    user = an_account()
    user.rename("Ann")
    user.rename("Bea")
    assert user.events[1:] == [UserRenamed(UserId(1), "Bea")]


def test_a_role_is_changed_once() -> None:
    user = an_account()
    assert user.change_role(Role.HOST, at=AT)
    assert not user.change_role(Role.HOST, at=AT)
    assert user.events[1:] == [RoleChanged(UserId(1), Role.LISTENER, Role.HOST, AT)]


@pytest.mark.parametrize("role", [Role.GUEST, Role.ANONYMOUS])
def test_some_roles_are_not_for_accounts(role) -> None:
    with pytest.raises(RoleNotAssignable):
        an_account().change_role(role, at=AT)


def test_a_guest_has_neither_role_nor_password_to_change() -> None:
    guest = User.join(id=UserId(2), display_name="Zoë", at=AT)
    with pytest.raises(GuestHasNoAccount, match="Zoë is a guest"):
        guest.change_role(Role.HOST, at=AT)
    with pytest.raises(GuestHasNoAccount):
        guest.set_password("$", at=AT)


def test_a_hash_is_in_no_representation() -> None:
    assert "password_hash" not in repr(an_account())


# Sessions


def a_session() -> Session:
    return Session.start(
        id=SessionId(str(uuid4())),
        user_id=UserId(1),
        client=HERE,
        idle=HOUR,
        absolute=10 * HOUR,
        at=AT,
    )


class RefreshTokens(RuleBasedStateMachine):
    """Whatever is presented in whatever order: one generation of grace, and no more."""

    def __init__(self) -> None:
        super().__init__()
        self.session = a_session()
        self.at = AT

    @precondition(lambda self: self.session.ended_at is None)
    @rule(age=st.integers(min_value=0, max_value=4))
    def present(self, age) -> None:
        counter = self.session.counter - age
        if counter < 0:
            return
        before = self.session.counter

        rotation = self.session.present(counter, idle=HOUR, client=HERE, at=self.at)

        assert rotation is (Rotation.ROTATED, Rotation.REPEATED, Rotation.REUSED)[min(age, 2)]
        assert self.session.counter == before + (age == 0)
        assert (self.session.ended_at is not None) is (age >= 2)

    @precondition(lambda self: self.session.ended_at is not None)
    @rule(age=st.integers(min_value=0, max_value=4))
    def present_after_the_end(self, age) -> None:
        with pytest.raises(SessionEnded):
            self.session.present(
                max(0, self.session.counter - age), idle=HOUR, client=HERE, at=self.at
            )

    @rule()
    def wait(self) -> None:
        self.at += HOUR / 100

    @invariant()
    def never_beyond_its_absolute_end(self) -> None:
        assert self.session.idle_until <= self.session.expires_at == AT + 10 * HOUR

    @invariant()
    def ends_once(self) -> None:
        ended = [each for each in self.session.events if isinstance(each, SessionRevoked)]
        assert len(ended) == (self.session.ended_at is not None)


TestRefreshTokens = RefreshTokens.TestCase


def test_a_token_from_the_future_is_refused() -> None:
    """A database that was restored from a backup does not know the tokens issued since."""
    with pytest.raises(SessionEnded):
        a_session().present(1, idle=HOUR, client=HERE, at=AT)


def test_refreshes_never_carry_a_session_beyond_its_end() -> None:
    session = a_session()
    for halves in range(1, 20):
        session.present(session.counter, idle=HOUR, client=HERE, at=AT + halves * HOUR / 2)

    assert session.idle_until == session.expires_at == AT + 10 * HOUR
    assert not session.alive(AT + 10 * HOUR)


def test_a_session_ends_by_itself() -> None:
    session = a_session()
    assert session.alive(AT + HOUR / 2)
    assert not session.alive(AT + HOUR)
    assert not session.end("logout", at=AT + HOUR)


# Opaque tokens

TOKENS = OpaqueTokens(b"s" * 32)
SESSION = SessionId("019ac7c8-0b5e-7d30-8f0e-5d3c1c6f4b2a")


@given(st.uuids(), st.integers(min_value=0, max_value=2**63))
def test_a_refresh_token_says_again_what_it_was_made_of(session_id, counter) -> None:
    token = TOKENS.refresh_token(SessionId(str(session_id)), counter)

    assert token == TOKENS.refresh_token(SessionId(str(session_id)), counter)
    assert TOKENS.read_refresh_token(token) == (str(session_id), counter)
    assert OpaqueTokens(b"t" * 32).read_refresh_token(token) is None
    assert TOKENS.read_device_token("bld_" + token.removeprefix("blr_")) is None


@given(st.integers(min_value=0), st.sampled_from(string.printable))
def test_a_changed_refresh_token_is_none(place, character) -> None:
    token = TOKENS.refresh_token(SESSION, 7)
    place %= len(token)
    changed = token[:place] + character + token[place + 1 :]

    assert (TOKENS.read_refresh_token(changed) is not None) is (changed == token)


@given(st.text())
def test_any_other_text_is_no_token(text) -> None:
    for candidate in (text, "blr_" + text, "bld_" + text):
        assert TOKENS.read_refresh_token(candidate) is None
        assert TOKENS.read_device_token(candidate) is None


def test_a_device_token_names_device_and_user() -> None:
    device = UUID(int=5)
    token = TOKENS.device_token(device, UserId(7))

    assert TOKENS.read_device_token(token) == (device, UserId(7))
    assert TOKENS.read_refresh_token(token) is None
    assert "s" * 32 not in repr(TOKENS)


# Limits

THREE = Allowance(free=3, longest=timedelta(seconds=10))


def test_after_the_free_tries_each_wait_is_twice_the_last() -> None:
    attempts, at, waits = Attempts("x"), AT, []
    for _ in range(7):
        attempts.charge(THREE, at=at)
        if attempts.blocked_until is not None:
            with pytest.raises(TooManyAttempts) as refused:
                attempts.charge(THREE, at=attempts.blocked_until - timedelta(microseconds=1))
            assert refused.value.retry_at == attempts.blocked_until
            waits.append((attempts.blocked_until - at).total_seconds())
            at = attempts.blocked_until

    assert waits == [1, 2, 4, 8, 10]


def test_a_refused_try_does_not_count() -> None:
    attempts = Attempts("x")
    for _ in range(3):
        attempts.charge(THREE, at=AT)
    for _ in range(100):
        with pytest.raises(TooManyAttempts):
            attempts.charge(THREE, at=AT)

    assert attempts.count == 3


def test_forgiveness_refunds_and_time() -> None:
    attempts = Attempts("x")
    for _ in range(3):
        attempts.charge(THREE, at=AT)
    attempts.refund()
    assert (attempts.count, attempts.blocked_until) == (2, None)
    attempts.forgive()
    assert attempts.count == 0
    attempts.charge(THREE, at=AT)
    attempts.charge(THREE, at=AT + HOUR)
    assert attempts.count == 1


@pytest.mark.parametrize(
    ("ip", "counted"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_what_one_customer_can_choose_from_is_one_address(ip, counted) -> None:
    assert address_of(ip) == counted


def test_even_a_million_tries_do_not_overflow() -> None:
    attempts = Attempts("x", count=10**6, last_at=AT)
    attempts.charge(THREE, at=AT)
    assert attempts.blocked_until == AT + THREE.longest
