"""Every operation of the API against every role: nobody may more than is written here."""

import re

import pytest

from backline.identity.commands.links import IssueResetLink, IssueSetupLink
from backline.identity.commands.screens import MakeScreen
from backline.kit.core.actor import SYSTEM, Role
from tests.identity.conftest import PASSWORD, log_in

EVERYBODY = set(Role)
JOINED = EVERYBODY - {Role.ANONYMOUS, Role.SCREEN}
READERS = JOINED | {Role.SCREEN}
HOSTS = {Role.HOST, Role.ADMIN}
ADMINS = {Role.ADMIN}

MAY = {
    "GET /auth/options": EVERYBODY,
    "POST /auth/register": EVERYBODY,
    "POST /auth/login": EVERYBODY,
    "POST /auth/token": EVERYBODY,
    "POST /auth/guest": EVERYBODY,
    "POST /auth/refresh": EVERYBODY,
    "POST /auth/logout": EVERYBODY,
    "POST /auth/setup": EVERYBODY,
    "POST /auth/reset": EVERYBODY,
    "GET /.well-known/jwks.json": EVERYBODY,
    "GET /health/live": EVERYBODY,
    "GET /health/ready": EVERYBODY,
    "GET /auth/me": READERS,
    "GET /auth/me/data": READERS,
    "PATCH /auth/me": JOINED,
    "POST /auth/password": JOINED - {Role.GUEST},
    "GET /auth/sessions": READERS,
    "DELETE /auth/sessions": JOINED,
    "DELETE /auth/sessions/{session_id}": ADMINS,  # somebody else's
    "POST /auth/ws-ticket": READERS,
    "POST /screens/token": EVERYBODY,
    "GET /screens": HOSTS,
    "POST /screens": HOSTS,
    "PATCH /screens/{screen_id}": HOSTS,
    "DELETE /screens/{screen_id}": HOSTS,
    "GET /users": ADMINS,
    "POST /users": ADMINS,
    "GET /users/counts": ADMINS,
    "DELETE /users/guests": ADMINS,
    "GET /users/{user_id}": ADMINS,
    "GET /users/{user_id}/sessions": ADMINS,
    "DELETE /users/{user_id}/sessions": ADMINS,
    "PATCH /users/{user_id}": ADMINS,
    "POST /users/{user_id}/reset-link": ADMINS,
    "GET /audit": ADMINS,
    "GET /audit/actions": ADMINS,
    "GET /audit/export": ADMINS,
}

BODIES = {
    "POST /auth/register": {"username": "newcomer", "password": PASSWORD},
    "POST /auth/login": {"username": "victim", "password": PASSWORD},
    "POST /auth/guest": {"display_name": "Zoë"},
    "PATCH /auth/me": {"display_name": "New Name"},
    "POST /auth/password": {"current_password": PASSWORD, "new_password": "another room tonight"},
    "PATCH /users/{user_id}": {"role": "host"},
    "POST /screens": {"name": "Back wall"},
    "PATCH /screens/{screen_id}": {"name": "Front wall"},
    "POST /users": {"username": "invited"},
}


def operations(app):
    return sorted(
        f"{method.upper()} {path}"
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    )


def test_the_matrix_knows_every_operation(service) -> None:
    assert operations(service.app) == sorted(MAY)


@pytest.fixture
async def victim(identity):
    """Somebody else, whose things are asked for."""
    profile = await identity.accounts.register("victim", PASSWORD, actor=SYSTEM)
    grant = await identity.accounts.log_in("victim", PASSWORD)
    return profile, grant


@pytest.fixture(params=list(Role), ids=str)
def role(request):
    return request.param


@pytest.fixture
async def client(role, identity, another):
    client = another()
    if role is Role.GUEST:
        answer = await client.post("/auth/guest", json={"display_name": "Zoë"})
        client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
    elif role is Role.SCREEN:
        made = await identity.mediator.send(MakeScreen("Bar"), actor=SYSTEM)
        answer = await client.post("/screens/token", json={"key": made.key})
        client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
    elif role is not Role.ANONYMOUS:
        await identity.accounts.register("caller", PASSWORD, role=role, actor=SYSTEM)
        await log_in(client, "caller")
    return client


async def test_every_operation_for_every_role(role, client, identity, victim) -> None:
    profile, grant = victim
    setup = await identity.mediator.send(IssueSetupLink(), actor=SYSTEM) or "none"
    reset = await identity.mediator.send(IssueResetLink(profile.id), actor=SYSTEM)
    screen = await identity.mediator.send(MakeScreen("Stage"), actor=SYSTEM)
    bodies = {
        **BODIES,
        "POST /auth/refresh": {"refresh_token": grant.refresh_token},
        "POST /auth/logout": {"refresh_token": "blr_"},
        "POST /auth/setup": {"token": setup, "username": "boss", "password": PASSWORD},
        "POST /screens/token": {"key": screen.key},
        "POST /auth/reset": {"token": reset.token, "password": PASSWORD},
    }
    form = {"grant_type": "password", "username": "victim", "password": PASSWORD}
    # What ends a session, or makes a link stop working, comes last.
    last = [
        "PATCH /users/{user_id}",
        "POST /auth/reset",
        "POST /users/{user_id}/reset-link",
        "POST /auth/password",
        "DELETE /screens/{screen_id}",
        "POST /auth/logout",
    ]
    order = sorted(MAY.keys() - set(last)) + last

    for operation in order:
        method, path = operation.split(" ")
        path = path.replace("{session_id}", grant.session_id)
        path = path.replace("{user_id}", str(profile.id))
        path = path.replace("{screen_id}", str(screen.id))
        answer = await client.request(
            method,
            path,
            json=bodies.get(operation),
            data=form if operation == "POST /auth/token" else None,
        )
        allowed = role in MAY[operation]
        if operation == "POST /auth/setup" and role is Role.ADMIN:
            allowed = False  # There is an admin already: the caller.
        if operation == "POST /auth/refresh" and role is Role.ADMIN:
            allowed = False  # The admin has just ended that session.
        assert (answer.status_code < 300) is allowed, f"{role} {operation}: {answer.text}"
        if not allowed:
            assert answer.status_code in {401, 403, 404, 409}
            assert re.search("application/problem", answer.headers["content-type"])


async def test_nobody_without_a_right_changed_anything(role, client, identity, victim) -> None:
    profile, _ = victim
    if role is Role.ADMIN:
        return

    answers = [
        await client.patch(f"/users/{profile.id}", json={"role": "admin"}),
        await client.patch(f"/users/{profile.id}", json={"disabled": True}),
        # Not even whether there is such a user.
        await client.patch(f"/users/{10**9}", json={"role": "admin"}),
    ]

    expected = 401 if role is Role.ANONYMOUS else 403
    assert [answer.status_code for answer in answers] == [expected] * 3
    grant = await identity.accounts.log_in("victim", PASSWORD)
    assert grant.profile == profile
