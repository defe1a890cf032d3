"""What admins do about people, and what they can read of the past."""

import csv
import io
from datetime import timedelta

import pytest

from backline.identity.domain.users import GUESTS_KEPT
from tests.identity.conftest import PASSWORD, log_in, register


def reason(answer):
    return answer.json()["reason"]


async def id_of(client) -> int:
    return int((await client.get("/auth/me")).json()["id"])


async def guest(http, name: str):
    answer = await http.post("/auth/guest", json={"display_name": name})
    return answer.json()["user"]


async def test_an_invited_person_chooses_the_password_by_the_link(http, admin) -> None:
    made = await admin.post("/users", json={"username": "Olga", "role": "host"})

    assert made.status_code == 201
    assert (made.json()["user"]["username"], made.json()["user"]["role"]) == ("olga", "host")
    link = made.json()["link"]
    assert link["path"] == f"/reset?token={link['token']}"
    body = {"token": link["token"], "password": PASSWORD}
    assert (await http.post("/auth/reset", json=body)).status_code == 200
    assert (await log_in(http, "olga"))["user"]["role"] == "host"
    actions = [each["action"] for each in (await admin.get("/audit")).json()["items"]]
    assert actions[-4:] == ["reset link issued", "registered", "logged in", "registered"]


async def test_an_invitation_is_repeated_without_a_second_account(admin) -> None:
    for _ in range(2):
        made = await admin.post(
            "/users", json={"username": "olga"}, headers={"idempotency-key": "k1"}
        )
        assert made.status_code == 201, made.text


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ({"username": "root"}, 409, "USERNAME_TAKEN"),
        ({"username": "olga", "role": "guest"}, 400, "ROLE_NOT_ASSIGNABLE"),
        ({"username": "o"}, 400, "INVALID_USERNAME"),
    ],
)
async def test_an_invitation_that_cannot_be_is_refused(admin, body, status, expected) -> None:
    refused = await admin.post("/users", json=body)

    assert (refused.status_code, reason(refused)) == (status, expected)


async def test_accounts_and_guests_are_listed_apart_and_counted(ann, admin, another) -> None:
    zoe = await guest(another(), "Zoë")
    await admin.patch(f"/users/{await id_of(ann)}", json={"disabled": True})

    async def names(**params) -> list[str]:
        found = (await admin.get("/users", params=params)).json()["items"]
        return [each["display_name"] for each in found]

    assert await names(guests=False) == ["Ann", "root"]
    assert await names(guests=True) == ["Zoë"]
    assert await names(disabled=True) == ["Ann"]
    assert (await admin.get("/users/counts")).json() == {
        "accounts": 2,
        "listeners": 1,
        "hosts": 0,
        "admins": 1,
        "disabled": 1,
        "guests": 1,
        "gone_guests": 0,
    }
    assert (await admin.get(f"/users/{zoe['id']}")).json()["sessions"] == 1


async def test_nobody_disables_their_own_account(admin, identity) -> None:
    await register(admin, "second")
    second = (await admin.get("/users", params={"query": "second"})).json()["items"][0]
    await admin.patch(f"/users/{second['id']}", json={"role": "admin"})

    refused = await admin.patch(f"/users/{await id_of(admin)}", json={"disabled": True})

    assert (refused.status_code, reason(refused)) == (409, "OWN_ACCOUNT")


async def test_an_admin_sees_and_ends_somebodys_sessions(ann, another, admin) -> None:
    await log_in(another("10.0.0.3", "curl/8"))
    ann_id = await id_of(ann)

    listed = (await admin.get(f"/users/{ann_id}/sessions")).json()["items"]
    assert {each["device"] for each in listed} == {"curl/8", "Firefox on Linux"}
    assert not any(each["current"] for each in listed)
    await admin.delete(f"/auth/sessions/{listed[0]['id']}")
    newest = (await admin.get("/audit", params={"action": "session ended"})).json()["items"][0]
    assert (newest["user_id"], newest["detail"]) == (ann_id, "ended by an admin")

    assert (await admin.delete(f"/users/{ann_id}/sessions")).status_code == 204
    assert (await admin.get(f"/users/{ann_id}/sessions")).json()["items"] == []
    assert (await ann.post("/auth/refresh")).status_code == 401


async def test_logging_oneself_out_everywhere_spares_this_place(admin, another) -> None:
    await log_in(another(), "root")
    me = await id_of(admin)

    await admin.delete(f"/users/{me}/sessions")

    (left,) = (await admin.get(f"/users/{me}/sessions")).json()["items"]
    assert left["current"]


async def test_guests_are_forgotten_a_day_after_they_left(admin, another, clock) -> None:
    early, late = another(), another("10.0.0.4")
    await guest(early, "Zoë")
    clock.advance(timedelta(hours=20))
    staying = await guest(late, "Gus")
    await log_in(admin, "root")

    async def gone() -> int:
        return int((await admin.get("/users/counts")).json()["gone_guests"])

    assert await gone() == 0
    clock.advance(timedelta(hours=4, seconds=1) + GUESTS_KEPT)
    await log_in(admin, "root")
    assert await gone() == 1
    assert (await admin.delete("/users/guests")).json() == {"forgotten": 1}
    assert (await admin.delete("/users/guests")).json() == {"forgotten": 0}
    left = (await admin.get("/users", params={"guests": True})).json()["items"]
    assert [each["id"] for each in left] == [staying["id"]]
    (told,) = (await admin.get("/audit", params={"action": "guests forgotten"})).json()["items"]
    assert told["detail"] == "1"


async def test_the_audit_log_is_filtered_and_paged_both_ways(ann, admin, clock) -> None:
    ann_id, root_id = await id_of(ann), await id_of(admin)
    for role in ("host", "listener", "host", "listener", "host"):
        clock.advance(timedelta(seconds=1))
        await admin.patch(f"/users/{ann_id}", json={"role": role})

    async def page(**params):
        return (
            await admin.get("/audit", params={"limit": 2, "actor_id": root_id, **params})
        ).json()

    def details(page) -> list[str]:
        return [each["detail"] for each in page["items"]]

    first = await page()
    assert first["newer_cursor"] is None
    second = await page(cursor=first["next_cursor"])
    third = await page(cursor=second["next_cursor"])
    assert [*map(details, (first, second, third))] == [
        ["host", "listener"],
        ["host", "listener"],
        ["host"],
    ]
    assert third["next_cursor"] is None
    assert await page(after=third["newer_cursor"]) == second
    assert (await page(after=second["newer_cursor"]))["items"] == first["items"]
    assert (await page(after=second["newer_cursor"]))["newer_cursor"] is None
    assert first["items"][0]["user_name"] == "Ann"

    since = (clock.now() - timedelta(seconds=1)).isoformat()
    assert details(await page(since=since)) == ["host", "listener"]
    assert details(await page(until=since)) == ["host", "listener"]
    found = await admin.get(
        "/audit", params=[("about", ann_id), ("action", "registered"), ("action", "logged in")]
    )
    assert [each["action"] for each in found.json()["items"]] == ["logged in", "registered"]
    known = (await admin.get("/audit/actions")).json()["items"]
    assert known == ["logged in", "registered", "role changed"]


async def test_the_audit_log_is_exported_without_formulas(http, admin) -> None:
    await register(http, "eve")
    await log_in(http, "eve")
    await http.patch("/auth/me", json={"display_name": "=HYPERLINK(1)"})
    await log_in(http, "eve")
    await http.post("/auth/password", json={"current_password": PASSWORD, "new_password": "x"})

    listed = await admin.get("/audit/export", params={"format": "json", "action": "logged in"})
    assert {each["action"] for each in listed.json()["items"]} == {"logged in"}
    exported = await admin.get("/audit/export", params={"action": "logged in"})
    assert exported.headers["content-disposition"].endswith('"backline-audit.csv"')
    rows = list(csv.DictReader(io.StringIO(exported.text)))
    assert len(rows) == len(listed.json()["items"])
    assert "'=HYPERLINK(1)" in {row["user_name"] for row in rows}
