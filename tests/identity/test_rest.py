"""Journeys through the REST doors."""

from tests.identity.conftest import log_in, register


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
