"""Guessing is slow, and slows down nobody but those who guess."""

from datetime import datetime, timedelta

from tests.identity.conftest import PASSWORD, log_in

WRONG = {"username": "ann", "password": "not the password"}
RIGHT = {"username": "ann", "password": PASSWORD}


def move(client, ip) -> None:
    """From now on its requests come from another address."""
    client._transport.client = (ip, 50000)


async def test_after_some_wrong_passwords_one_has_to_wait(ann, another, clock) -> None:
    guesser = another("10.6.6.6")
    answers = [await guesser.post("/auth/login", json=WRONG) for _ in range(7)]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429, 429]
    problem = answers[-1].json()
    retry_at = datetime.fromisoformat(problem["metadata"]["retry_at"])
    assert problem["retryable"] is True
    assert int(answers[-1].headers["retry-after"]) == (retry_at - clock.now()).total_seconds()
    clock.set(retry_at)
    assert (await guesser.post("/auth/login", json=WRONG)).status_code == 401
    assert (await guesser.post("/auth/login", json=WRONG)).status_code == 429


async def test_the_wait_doubles_and_then_grows_no_more(ann, another, clock) -> None:
    guesser = another()
    waits = []
    for number in range(14):
        move(guesser, f"10.6.6.{number}")
        answer = await guesser.post("/auth/login", json=WRONG)
        if answer.status_code == 429:
            retry_at = datetime.fromisoformat(answer.json()["metadata"]["retry_at"])
            waits.append((retry_at - clock.now()).total_seconds())
            clock.set(retry_at)
            assert (await guesser.post("/auth/login", json=WRONG)).status_code == 401

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_a_thousand_guesses_from_everywhere_do_not_lock_out_a_known_device(
    ann, another, clock
) -> None:
    """The device cookie of an earlier login has a budget of its own."""
    guesser = another()
    seen = set()
    for number in range(1_000):
        move(guesser, f"10.{number // 250}.6.{number % 250}")
        seen.add((await guesser.post("/auth/login", json=WRONG)).status_code)
    assert seen == {401, 429}
    stranger = another("10.0.0.1")
    assert (await stranger.post("/auth/login", json=RIGHT)).status_code == 429

    for _ in range(3):
        assert (await ann.post("/auth/login", json=WRONG)).status_code == 401
        assert (await ann.post("/auth/login", json=RIGHT)).status_code == 200


async def test_the_cookie_of_a_device_has_its_limit_too(ann) -> None:
    answers = [await ann.post("/auth/login", json=WRONG) for _ in range(30)]

    # Ten of its own, then what a stranger has.
    assert sum(answer.status_code == 401 for answer in answers) == 10 + 5
    assert answers[-1].status_code == 429


async def test_the_cookie_of_one_account_is_worth_nothing_for_another(ann, another) -> None:
    other = another("10.0.0.3")
    await other.post("/auth/register", json={"username": "eve", "password": PASSWORD})
    await log_in(other, "eve")

    answers = [await other.post("/auth/login", json=WRONG) for _ in range(6)]

    assert answers[-1].status_code == 429


async def test_unknown_names_are_limited_like_known_ones(ann, another) -> None:
    guesser = another("10.6.6.6")
    body = {"username": "nobody", "password": "not the password"}

    answers = [await guesser.post("/auth/login", json=body) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429]


async def test_tries_of_links_are_counted_though_they_fail(http) -> None:
    """And cost no hash: what is dear is not done for a link that does not work."""
    body = {"token": "guessed", "password": "another room tonight"}
    answers = [await http.post("/auth/reset", json=body) for _ in range(101)]

    assert [answer.status_code for answer in answers] == [403] * 100 + [429]
    assert answers[0].json()["reason"] == "INVALID_LINK"
    registration = {"username": "ann", "password": PASSWORD}
    assert (await http.post("/auth/register", json=registration)).status_code == 429


async def test_everything_is_forgotten_in_time(ann, another, clock) -> None:
    guesser = another("10.6.6.6")
    for _ in range(6):
        await guesser.post("/auth/login", json=WRONG)

    clock.advance(timedelta(hours=1))

    answers = [await guesser.post("/auth/login", json=WRONG) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
