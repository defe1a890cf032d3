"""Journeys through the REST doors."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from backline.identity.commands.links import IssueSetupLink
from backline.identity.wiring import key_files
from backline.kit.core.actor import SYSTEM
from backline.kit.testing.eventually import eventually
from tests.identity.conftest import ORIGIN, PASSWORD, log_in, register

OTHER_PASSWORD = "a quieter room than before"


def reason(answer):
    return answer.json()["reason"]


def bearer(tokens) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens['access_token']}"}


async def test_register_login_me_refresh(http) -> None:
    registered = await register(http)
    assert registered == {
        "id": registered["id"],
        "username": "ann",
        "display_name": "Ann",
        "role": "listener",
    }

    tokens = await log_in(http)
    assert tokens["token_type"] == "bearer"
    assert tokens["expires_in"] == 600
    assert tokens["user"] == registered
    assert (await http.get("/auth/me")).json() == registered

    refreshed = await http.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert refreshed.status_code == 200
    assert refreshed.json()["refresh_token"] != tokens["refresh_token"]
    http.headers["authorization"] = f"Bearer {refreshed.json()['access_token']}"
    assert (await http.get("/auth/me")).json() == registered


async def test_the_display_name_is_the_username_where_there_is_none(http) -> None:
    answer = await http.post("/auth/register", json={"username": "Bob.B", "password": PASSWORD})

    assert answer.json()["username"] == "bob.b"
    assert answer.json()["display_name"] == "Bob.B"


async def test_a_repeated_registration_with_the_same_key_is_one(http) -> None:
    body = {"username": "ann", "password": PASSWORD}
    answers = [
        await http.post("/auth/register", json=body, headers={"idempotency-key": "k1"})
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


async def test_a_username_is_taken_whatever_its_case(http) -> None:
    await register(http)

    taken = await http.post("/auth/register", json={"username": "ANN", "password": PASSWORD})

    assert taken.status_code == 409
    assert reason(taken) == "USERNAME_TAKEN"
    assert taken.json()["detail"] == "The username ann is taken. Choose another, or log in."


@pytest.mark.parametrize(
    ("change", "status", "expected"),
    [
        ({"username": "al"}, 400, "INVALID_USERNAME"),
        ({"username": "x" * 33}, 400, "INVALID_USERNAME"),
        ({"username": "ann smith"}, 400, "INVALID_USERNAME"),
        ({"username": "ann\u0000"}, 400, "INVALID_USERNAME"),
        ({"username": "../etc"}, 400, "INVALID_USERNAME"),
        ({"display_name": "\u202egnirts"}, 400, "INVALID_DISPLAY_NAME"),
        ({"display_name": "x" * 65}, 400, "INVALID_DISPLAY_NAME"),
        ({"password": "short"}, 400, "WEAK_PASSWORD"),
        ({"password": "password123"}, 400, "WEAK_PASSWORD"),
        ({"password": "12345678"}, 400, "WEAK_PASSWORD"),
        ({"password": "ann.smith", "username": "ann.smith"}, 400, "WEAK_PASSWORD"),
        ({"password": "x" * 1025}, 422, "INVALID_REQUEST"),
        ({"password": None}, 422, "INVALID_REQUEST"),
        ({"username": 7}, 422, "INVALID_REQUEST"),
        ({"role": "admin"}, 422, "INVALID_REQUEST"),
    ],
)
async def test_what_cannot_be_registered_says_why(http, change, status, expected) -> None:
    body = {"username": "ann", "password": PASSWORD, **change}

    refused = await http.post("/auth/register", json=body)

    assert (refused.status_code, reason(refused)) == (status, expected)
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["errors"]
    assert str(change.get("password") or PASSWORD) not in refused.text


async def test_a_password_of_64_characters_of_any_kind_is_fine(http) -> None:
    password = "дзеркало ✨ " * 6
    await http.post("/auth/register", json={"username": "ann", "password": password})

    answer = await http.post("/auth/login", json={"username": "ann", "password": password})

    assert answer.status_code == 200


async def test_unknown_name_and_wrong_password_get_the_same_answer(http) -> None:
    await register(http)
    attempts = [
        {"username": "ann", "password": "not the password"},
        {"username": "nobody", "password": "not the password"},
        {"username": "not even a name!", "password": "not the password"},
        {"username": "\u0000", "password": "not the password"},
    ]

    answers = [await http.post("/auth/login", json=body) for body in attempts]

    for answer in answers:
        problem = answer.json()
        problem.pop("trace_id")
        assert (answer.status_code, problem["reason"]) == (401, "WRONG_CREDENTIALS")
        first = answers[0].json()
        first.pop("trace_id")
        assert problem == first
        assert set(answer.headers) == set(answers[0].headers)


async def test_every_login_is_a_new_session(ann) -> None:
    before = (await ann.get("/auth/sessions")).json()["items"]

    await log_in(ann)

    after = (await ann.get("/auth/sessions")).json()["items"]
    assert len(after) == len(before) + 1
    assert [each["current"] for each in after] == [True, False]
    assert after[0]["device"] == "Firefox on Linux"


async def test_the_oauth2_form_works_on_both_paths(http) -> None:
    await register(http)
    form = {"grant_type": "password", "username": "ann", "password": PASSWORD}

    for path in ("/auth/token", "/api/identity/auth/token"):
        answer = await http.post(path, data=form)
        assert answer.status_code == 200
        assert (await http.get("/auth/me", headers=bearer(answer.json()))).status_code == 200


# Cookies


async def test_on_plain_http_the_refresh_token_travels_in_a_cookie_that_scripts_cannot_see(
    http,
) -> None:
    await register(http)
    answer = await http.post("/auth/login", json={"username": "ann", "password": PASSWORD})

    cookies = answer.headers.get_list("set-cookie")
    refresh = next(each for each in cookies if each.startswith("bl_rt="))
    assert "HttpOnly" in refresh
    assert "SameSite=strict" in refresh
    assert "Path=/" in refresh
    assert "Secure" not in refresh
    assert answer.headers["cache-control"] == "no-store"


async def test_on_https_its_name_and_flags_are_the_strictest_there_are(service, http) -> None:
    await register(http)
    http.base_url = "https://box"
    answer = await http.post("/auth/login", json={"username": "ann", "password": PASSWORD})

    cookies = answer.headers.get_list("set-cookie")
    assert all(each.startswith("__Host-") and "Secure" in each for each in cookies)
    assert (await http.post("/auth/refresh")).status_code == 200


async def test_a_browser_refreshes_by_its_cookie_alone(ann) -> None:
    del ann.headers["authorization"]

    answer = await ann.post("/auth/refresh", headers={"origin": ORIGIN})

    assert answer.status_code == 200
    assert answer.json()["user"]["username"] == "ann"
    assert ann.cookies["bl_rt"] == answer.json()["refresh_token"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.test"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://box"},
    ],
)
async def test_a_page_of_another_site_cannot_use_the_cookie(ann, headers) -> None:
    for path in ("/auth/refresh", "/auth/logout"):
        refused = await ann.post(path, headers=headers)
        assert (refused.status_code, reason(refused)) == (403, "CROSS_SITE")

    assert (await ann.post("/auth/refresh")).status_code == 200


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""],
)
async def test_a_form_of_another_site_logs_nobody_in(http, kind) -> None:
    """Such forms need no permission of the browser's; JSON does (login CSRF)."""
    await register(http)
    bodies = {
        "/auth/login": {"username": "ann", "password": PASSWORD},
        "/auth/guest": {"display_name": "Zoë"},
    }

    for path, body in bodies.items():
        refused = await http.post(
            path, content=json.dumps(body), headers={"content-type": kind} if kind else {}
        )
        assert refused.status_code == 422
    form = {"grant_type": "password", "username": "ann", "password": PASSWORD}
    by_form = await http.post("/auth/token", data=form)
    assert by_form.status_code == 200
    assert "set-cookie" not in by_form.headers
    assert not http.cookies


# Refresh


async def test_two_tabs_that_refresh_at_once_get_the_same_token(ann) -> None:
    presented = {"refresh_token": ann.cookies["bl_rt"]}

    first = await ann.post("/auth/refresh", json=presented)
    second = await ann.post("/auth/refresh", json=presented)

    assert first.status_code == second.status_code == 200
    assert first.json()["refresh_token"] == second.json()["refresh_token"]


async def test_a_grandparent_token_ends_the_session_for_everybody(ann, admin) -> None:
    stolen = {"refresh_token": ann.cookies["bl_rt"]}
    for _ in range(2):
        assert (await ann.post("/auth/refresh")).status_code == 200

    reused = await ann.post("/auth/refresh", json=stolen)

    assert (reused.status_code, reason(reused)) == (401, "SESSION_ENDED")
    honest = await ann.post("/auth/refresh")
    assert (honest.status_code, reason(honest)) == (401, "SESSION_ENDED")
    actions = [each["action"] for each in (await admin.get("/audit")).json()["items"]]
    assert "refresh token reused" in actions


@pytest.mark.parametrize(
    "token",
    ["", "blr_", "x", "blr_" + "A" * 75, "bld_" + "A" * 75, "é", "\u0000"],
)
async def test_a_refresh_token_that_was_never_issued_is_refused(ann, token) -> None:
    refused = await ann.post("/auth/refresh", json={"refresh_token": token})

    assert (refused.status_code, reason(refused)) == (401, "SESSION_ENDED")


async def test_tokens_of_one_kind_never_pass_for_another(ann, http) -> None:
    access = ann.headers["authorization"].removeprefix("Bearer ")
    refresh, device = ann.cookies["bl_rt"], ann.cookies["bl_device"]
    ticket = (await ann.post("/auth/ws-ticket")).json()["ticket"]

    for wrong in (refresh, device, ticket):
        refused = await ann.get("/auth/me", headers={"authorization": f"Bearer {wrong}"})
        assert (refused.status_code, reason(refused)) == (401, "INVALID_TOKEN")
    for wrong in (access[:256], device, ticket):
        refused = await ann.post("/auth/refresh", json={"refresh_token": wrong})
        assert (refused.status_code, reason(refused)) == (401, "SESSION_ENDED")


async def test_a_session_ends_without_refreshes(ann, clock) -> None:
    clock.advance(timedelta(days=14))

    assert (await ann.post("/auth/refresh")).status_code == 401


async def test_a_session_ends_in_the_end_whatever_happens(ann, clock) -> None:
    for _ in range(8):
        clock.advance(timedelta(days=11))
        assert (await ann.post("/auth/refresh")).status_code == 200
    clock.advance(timedelta(days=3))

    assert (await ann.post("/auth/refresh")).status_code == 401


# Ending sessions


async def test_logout_ends_the_session_at_every_door(service, ann) -> None:
    answer = await ann.post("/auth/logout")

    assert answer.status_code == 204
    assert "bl_rt" not in ann.cookies
    await refused_by(service, ann)
    assert (await ann.post("/auth/logout")).status_code == 204


async def refused_by(service, client) -> None:
    """The feed brings revocations to this process, as in a running box."""
    stop = asyncio.Event()
    feed = service.background["identity-feed"]
    running = asyncio.create_task(feed(stop))

    async def refused():
        return (await client.get("/auth/me")).status_code == 401

    try:
        await eventually(refused)
    finally:
        stop.set()
        await running


async def test_logout_works_with_the_refresh_token_alone(ann, http) -> None:
    token = ann.cookies["bl_rt"]
    ann.cookies.clear()
    del ann.headers["authorization"]

    assert (await ann.post("/auth/logout", json={"refresh_token": token})).status_code == 204

    assert (await ann.post("/auth/refresh", json={"refresh_token": token})).status_code == 401


async def test_one_ends_a_session_on_another_device(service, ann, another) -> None:
    phone = another()
    await log_in(phone)
    sessions = (await ann.get("/auth/sessions")).json()["items"]
    (other,) = [each for each in sessions if not each["current"]]

    assert (await ann.delete(f"/auth/sessions/{other['id']}")).status_code == 204

    await refused_by(service, phone)
    assert (await phone.post("/auth/refresh")).status_code == 401
    assert len((await ann.get("/auth/sessions")).json()["items"]) == 1


async def test_all_other_sessions_end_together(service, ann, another) -> None:
    phone, laptop = another(), another()
    await log_in(phone)
    await log_in(laptop)

    assert (await ann.delete("/auth/sessions")).status_code == 204

    for other in (phone, laptop):
        assert (await other.post("/auth/refresh")).status_code == 401
    assert (await ann.post("/auth/refresh")).status_code == 200


async def test_somebody_elses_session_is_as_good_as_none(ann, another) -> None:
    other = another()
    await register(other, "eve")
    await log_in(other, "eve")
    (session,) = (await ann.get("/auth/sessions")).json()["items"]

    for unknown in (session["id"], "019ac7c8-0b5e-7d30-8f0e-5d3c1c6f4b2a", "x", "%00"):
        refused = await other.delete(f"/auth/sessions/{unknown}")
        assert (refused.status_code, reason(refused)) == (404, "SESSION_NOT_FOUND")
    assert (await ann.get("/auth/me")).status_code == 200


# Passwords


async def test_a_new_password_ends_the_other_sessions_and_not_this_one(ann, another) -> None:
    phone = another()
    await log_in(phone)

    changed = await ann.post(
        "/auth/password", json={"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    )

    assert changed.status_code == 204
    assert (await ann.post("/auth/refresh")).status_code == 200
    assert (await phone.post("/auth/refresh")).status_code == 401
    old = await phone.post("/auth/login", json={"username": "ann", "password": PASSWORD})
    assert old.status_code == 401
    new = await phone.post("/auth/login", json={"username": "ann", "password": OTHER_PASSWORD})
    assert new.status_code == 200


async def test_a_stolen_session_cannot_guess_the_password(ann) -> None:
    body = {"current_password": "wrong", "new_password": OTHER_PASSWORD}
    answers = [await ann.post("/auth/password", json=body) for _ in range(15)]

    assert reason(answers[0]) == "WRONG_CREDENTIALS"
    assert (answers[-1].status_code, reason(answers[-1])) == (429, "TOO_MANY_ATTEMPTS")


async def test_a_weak_new_password_is_refused(ann) -> None:
    refused = await ann.post(
        "/auth/password", json={"current_password": PASSWORD, "new_password": "password1"}
    )

    assert (refused.status_code, reason(refused)) == (400, "WEAK_PASSWORD")


# Me and guests


async def test_one_changes_how_one_is_called(ann) -> None:
    renamed = await ann.patch("/auth/me", json={"display_name": "  Ann   of the  Dark "})

    assert renamed.json()["display_name"] == "Ann of the Dark"
    assert (await ann.get("/auth/me")).json()["display_name"] == "Ann of the Dark"


async def test_a_guest_comes_in_by_name_for_one_evening(http, clock) -> None:
    answer = await http.post("/auth/guest", json={"display_name": "Zoë 🎷"})

    assert answer.status_code == 201
    assert answer.json()["user"] == {
        "id": answer.json()["user"]["id"],
        "username": None,
        "display_name": "Zoë 🎷",
        "role": "guest",
    }
    http.headers.update(bearer(answer.json()))
    assert (await http.get("/auth/me")).json()["role"] == "guest"
    assert (await http.post("/auth/refresh")).status_code == 200
    clock.advance(timedelta(hours=24))
    assert (await http.post("/auth/refresh")).status_code == 401


async def test_a_guest_has_no_password_to_change(http) -> None:
    answer = await http.post("/auth/guest", json={"display_name": "Zoë"})

    refused = await http.post(
        "/auth/password",
        json={"current_password": "whatever", "new_password": OTHER_PASSWORD},
        headers=bearer(answer.json()),
    )

    assert (refused.status_code, reason(refused)) == (409, "GUEST_HAS_NO_ACCOUNT")


# Admins


async def test_the_first_admin_comes_by_a_link_that_works_once(identity, http) -> None:
    assert (await http.get("/auth/options")).json() == {
        "setup_needed": True,
        "registration": True,
        "guests": True,
        "public_url": None,
        "network_url": None,
    }
    old = await identity.mediator.send(IssueSetupLink(), actor=SYSTEM)
    token = await identity.mediator.send(IssueSetupLink(), actor=SYSTEM)
    body = {"token": token, "username": "boss", "password": PASSWORD}

    outdated = await http.post("/auth/setup", json={**body, "token": old})
    assert (outdated.status_code, reason(outdated)) == (403, "INVALID_LINK")
    made = await http.post("/auth/setup", json=body)
    assert (made.status_code, made.json()["role"]) == (201, "admin")
    again = await http.post("/auth/setup", json={**body, "username": "second"})
    assert (again.status_code, reason(again)) == (403, "INVALID_LINK")
    assert await identity.mediator.send(IssueSetupLink(), actor=SYSTEM) is None
    assert (await http.get("/auth/options")).json()["setup_needed"] is False


async def test_a_setup_link_expires(identity, http, clock) -> None:
    token = await identity.mediator.send(IssueSetupLink(), actor=SYSTEM)
    clock.advance(timedelta(hours=24))

    late = await http.post(
        "/auth/setup", json={"token": token, "username": "boss", "password": PASSWORD}
    )

    assert (late.status_code, reason(late)) == (403, "INVALID_LINK")


async def test_a_reset_link_sets_a_password_once_and_ends_every_session(ann, admin) -> None:
    user_id = (await ann.get("/auth/me")).json()["id"]
    link = await admin.post(f"/users/{user_id}/reset-link")
    assert link.status_code == 201
    assert link.json()["path"] == f"/reset?token={link.json()['token']}"
    body = {"token": link.json()["token"], "password": OTHER_PASSWORD}

    done = await ann.post("/auth/reset", json=body)
    assert (done.status_code, done.json()["username"]) == (200, "ann")
    assert (await ann.post("/auth/refresh")).status_code == 401
    again = await ann.post("/auth/reset", json=body)
    assert (again.status_code, reason(again)) == (403, "INVALID_LINK")
    entered = await ann.post("/auth/login", json={"username": "ann", "password": OTHER_PASSWORD})
    assert entered.status_code == 200


async def test_a_reset_link_expires(ann, admin, clock) -> None:
    user_id = (await ann.get("/auth/me")).json()["id"]
    token = (await admin.post(f"/users/{user_id}/reset-link")).json()["token"]
    clock.advance(timedelta(hours=24))

    late = await ann.post("/auth/reset", json={"token": token, "password": OTHER_PASSWORD})

    assert (late.status_code, reason(late)) == (403, "INVALID_LINK")


async def test_links_of_one_kind_do_not_open_the_other(identity, ann, admin) -> None:
    user_id = (await ann.get("/auth/me")).json()["id"]
    token = (await admin.post(f"/users/{user_id}/reset-link")).json()["token"]

    refused = await ann.post(
        "/auth/setup", json={"token": token, "username": "boss", "password": PASSWORD}
    )

    assert (refused.status_code, reason(refused)) == (403, "INVALID_LINK")


async def test_an_admin_lists_and_finds_users_by_pages(ann, admin) -> None:
    for name in ("bob", "cat"):
        await register(ann, name)

    first = (await admin.get("/users", params={"limit": 2})).json()
    second = (await admin.get("/users", params={"limit": 2, "cursor": first["next_cursor"]})).json()

    names = [each["username"] for each in first["items"] + second["items"]]
    assert names == ["ann", "root", "bob", "cat"]
    rest = (await admin.get("/users", params={"cursor": second["next_cursor"]})).json()
    assert rest == {"items": [], "next_cursor": None}
    found = (await admin.get("/users", params={"query": "BO"})).json()["items"]
    assert [each["username"] for each in found] == ["bob"]
    admins = (await admin.get("/users", params={"role": "admin"})).json()["items"]
    assert [each["username"] for each in admins] == ["root"]
    assert found[0].keys() >= {"id", "role", "disabled", "created_at", "last_seen_at"}


@pytest.mark.parametrize("query", ["%", "_", "\\", "'", "\u0000", "ann' OR '1'='1"])
async def test_a_search_takes_every_text_literally(ann, admin, query) -> None:
    found = await admin.get("/users", params={"query": query})

    assert found.status_code == 200
    assert query == "\u0000" or found.json()["items"] == []


async def test_a_role_change_reaches_tokens_and_comes_with_the_next_refresh(
    service, ann, admin
) -> None:
    user_id = (await ann.get("/auth/me")).json()["id"]

    changed = await admin.patch(f"/users/{user_id}", json={"role": "host"})

    assert changed.json()["role"] == "host"
    await refused_by(service, ann)
    fresh = await ann.post("/auth/refresh")
    assert fresh.json()["user"]["role"] == "host"
    assert (await ann.get("/auth/me", headers=bearer(fresh.json()))).status_code == 200


async def test_a_disabled_user_is_out_at_once_and_back_when_enabled(service, ann, admin) -> None:
    user_id = (await ann.get("/auth/me")).json()["id"]

    disabled = await admin.patch(f"/users/{user_id}", json={"disabled": True})

    assert disabled.json()["disabled"] is True
    await refused_by(service, ann)
    assert (await ann.post("/auth/refresh")).status_code == 401
    knows = await ann.post("/auth/login", json={"username": "ann", "password": PASSWORD})
    assert (knows.status_code, reason(knows)) == (403, "ACCOUNT_DISABLED")
    guesses = await ann.post("/auth/login", json={"username": "ann", "password": "not the one"})
    assert (guesses.status_code, reason(guesses)) == (401, "WRONG_CREDENTIALS")
    assert (await admin.patch(f"/users/{user_id}", json={"disabled": False})).status_code == 200
    await log_in(ann)


@pytest.mark.parametrize("change", [{"role": "host"}, {"disabled": True}])
async def test_the_last_admin_stays(admin, change) -> None:
    user_id = (await admin.get("/auth/me")).json()["id"]

    refused = await admin.patch(f"/users/{user_id}", json=change)

    assert (refused.status_code, reason(refused)) == (409, "LAST_ADMIN")
    assert (await admin.post("/auth/refresh")).status_code == 200


@pytest.mark.parametrize("role", ["guest", "anonymous"])
async def test_an_account_cannot_become_a_guest(ann, admin, role) -> None:
    user_id = (await ann.get("/auth/me")).json()["id"]

    refused = await admin.patch(f"/users/{user_id}", json={"role": role})

    assert (refused.status_code, reason(refused)) == (400, "ROLE_NOT_ASSIGNABLE")


async def test_a_guest_cannot_become_a_host(http, admin) -> None:
    guest = (await http.post("/auth/guest", json={"display_name": "Zoë"})).json()["user"]

    refused = await admin.patch(f"/users/{guest['id']}", json={"role": "host"})

    assert (refused.status_code, reason(refused)) == (409, "GUEST_HAS_NO_ACCOUNT")


async def test_the_audit_log_says_who_did_what_to_whom(ann, admin) -> None:
    me = (await ann.get("/auth/me")).json()
    root = (await admin.get("/auth/me")).json()
    await admin.patch(f"/users/{me['id']}", json={"role": "host"})
    await ann.post("/auth/login", json={"username": "ann", "password": "not the password"})

    page = (await admin.get("/audit", params={"user_id": me["id"], "limit": 2})).json()

    newest = page["items"]
    assert [each["action"] for each in newest] == ["login failed", "role changed"]
    assert newest[1]["actor_id"] == root["id"]
    assert newest[1]["detail"] == "host"
    assert newest[0]["ip"] == "10.0.0.1"
    older = await admin.get("/audit", params={"user_id": me["id"], "cursor": page["next_cursor"]})
    assert [each["action"] for each in older.json()["items"]] == ["logged in", "registered"]
    only = await admin.get("/audit", params={"action": "role changed"})
    assert [each["action"] for each in only.json()["items"]] == ["role changed"]


# Keys


async def test_a_token_outlives_the_rotation_of_its_key_and_not_its_revocation(
    service, settings, clock, ann
) -> None:
    before = (await ann.get("/.well-known/jwks.json")).json()["keys"]
    assert len(before) == 2
    files = key_files(settings, clock)
    signed_by = files.current().active.kid

    files.rotate()

    after = (await ann.get("/.well-known/jwks.json")).json()["keys"]
    assert {key["kid"] for key in before} < {key["kid"] for key in after}
    assert all("d" not in key for key in after)
    assert (await ann.get("/auth/me")).status_code == 200
    files.revoke(signed_by)
    await refused_by(service, ann)
    await log_in(ann)


# The header


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("authorization", "")],
        [("authorization", "Basic YW5uOnB3")],
        [("authorization", "Bearer")],
        [("authorization", "Bearer {}, Bearer {}")],
        [("authorization", "Bearer {}"), ("authorization", "Bearer {}")],
        [("authorization", "Bearer  {}")],
    ],
)
async def test_one_header_with_one_token_or_nothing(ann, headers) -> None:
    token = ann.headers.pop("authorization").removeprefix("Bearer ")
    given = [(name, value.replace("{}", token)) for name, value in headers]

    refused = await ann.get("/auth/me", headers=given)

    assert (refused.status_code, reason(refused)) == (401, "INVALID_TOKEN")
    assert refused.headers["www-authenticate"] == "Bearer"


async def test_the_scheme_may_be_written_in_lower_case(ann) -> None:
    token = ann.headers["authorization"].removeprefix("Bearer ")

    answer = await ann.get("/auth/me", headers={"authorization": f"bearer {token}"})

    assert answer.status_code == 200


async def test_a_token_in_the_address_is_refused_even_beside_a_good_one(ann) -> None:
    token = ann.headers["authorization"].removeprefix("Bearer ")

    refused = await ann.get("/auth/me", params={"access_token": token})

    assert refused.status_code == 401


async def test_what_is_kept_of_one_is_handed_over_page_by_page(http) -> None:
    await register(http, "bob")
    ann = await register(http)
    await log_in(http)

    kept: dict[str, list[Any]] = {}
    cursor = None
    while True:
        params = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await http.get("/auth/me/data", params=params)).json()
        assert len(page["items"]) <= 1
        kept.setdefault(page["part"], []).extend(page["items"])
        if (cursor := page["next_cursor"]) is None:
            break

    (account,) = kept["account"]
    assert (account["id"], account["username"]) == (ann["id"], "ann")
    (session,) = kept["sessions"]
    assert session["ended_at"] is None
    assert [entry["action"] for entry in kept["audit"]] == ["registered", "logged in"]
    assert "argon2" not in str(kept)


async def test_only_cursors_that_were_given_out_lead_on(http) -> None:
    await register(http)
    await log_in(http)

    for cursor in ("users:", "more", "sessions:a\0b"):
        answer = await http.get("/auth/me/data", params={"cursor": cursor})
        assert (answer.status_code, reason(answer)) == (400, "INVALID_DATA_CURSOR")
    nobody = await http.get("/auth/me/data", headers={"authorization": ""})
    assert nobody.status_code == 401
