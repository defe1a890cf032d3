"""Links for screens: made by hosts, shown by walls, taken back."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from backline.identity.commands.screens import MakeScreen, RevokeScreen
from backline.identity.domain.limits import LoginLimits
from backline.identity.domain.screens import LIFETIME
from backline.identity.domain.tokens import digest
from backline.kit.core.actor import SYSTEM, Actor, Role
from backline.kit.core.errors import NotFound
from tests.identity.conftest import PASSWORD, log_in
from tests.identity.test_doors import refuses
from tests.identity.test_sockets import address, joining, ticket_of  # noqa: F401 - a fixture
from tests.kit.sockets import closed, told

NINA = Actor(4, Role.HOST, "Nina", "s")


@pytest.fixture
async def host(identity, another):
    await identity.accounts.register("nina", PASSWORD, role=Role.HOST, actor=SYSTEM)
    client = another("10.0.0.3", "Firefox")
    await log_in(client, "nina")
    return client


@pytest.fixture
def identity_rows(identity_database):
    """Everything that the database of identity holds, as text."""

    async def rows() -> str:
        engine = create_async_engine(identity_database)
        async with engine.connect() as connection:
            tables = await connection.scalars(
                text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            )
            found = [
                str(row)
                for table in tables.all()
                for row in await connection.scalars(text(f'SELECT t::text FROM "{table}" t'))
            ]
        await engine.dispose()
        return "\n".join(found)

    return rows


@pytest.fixture
async def link(host):
    answer = await host.post("/screens", json={"name": "  Back   wall "})
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
async def wall(another, link):
    """A browser that shows the wall; it has nothing but the link."""
    client = another("10.0.0.4", "Chrome")
    await enter(client, link)
    return client


async def enter(client, link):
    answer = await client.post("/screens/token", json={"key": link["key"]})
    assert answer.status_code == 200, answer.text
    client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
    return answer.json()


async def screens(host):
    return (await host.get("/screens")).json()["items"]


async def test_a_link_says_its_key_once(host, link, identity) -> None:
    assert link["name"] == "Back wall"
    assert link["path"] == f"/wall#key={link['key']}"

    (screen,) = await screens(host)

    assert {**screen, "made_at": None} == {
        "id": link["id"],
        "name": "Back wall",
        "made_by": "nina",
        "made_at": None,
        "last_seen_at": None,
        "revoked_at": None,
    }
    assert link["key"] not in str(await screens(host))


async def test_only_a_hash_of_the_key_is_kept(host, link, identity_rows) -> None:
    everything = await identity_rows()

    assert digest(link["key"]).hex() in everything
    assert link["key"] not in everything


async def test_a_repeated_request_makes_another_link_and_keeps_no_key(host, identity_rows) -> None:
    headers = {"idempotency-key": "k1"}
    keys = [
        (await host.post("/screens", json={"name": "TV"}, headers=headers)).json()["key"]
        for _ in range(2)
    ]

    assert keys[0] != keys[1]
    everything = await identity_rows()
    assert not any(key in everything for key in keys)


async def test_the_key_is_exchanged_for_a_token_that_names_the_screen(
    wall, link, elsewhere, host, clock
) -> None:
    clock.advance(timedelta(minutes=5))
    grant = await enter(wall, link)

    actor = elsewhere.gate.verify(grant["access_token"])

    assert (actor.id, actor.role, actor.name) == (link["id"], Role.SCREEN, "Back wall")
    assert grant["expires_in"] == 600
    (screen,) = await screens(host)
    assert screen["last_seen_at"] == clock.now().isoformat().replace("+00:00", "Z")


async def test_revoked_means_dark_at_once_and_for_ever(
    wall,
    link,
    host,
    elsewhere,
    address,  # noqa: F811
) -> None:
    token = wall.headers["authorization"].removeprefix("Bearer ")
    async with joining(address, await ticket_of(wall)) as socket:
        await told(socket, "hello")

        assert (await host.delete(f"/screens/{link['id']}")).status_code == 204

        async with asyncio.timeout(1):
            assert (await closed(socket))[0] == 4401
    assert refuses(elsewhere, token)
    assert (await wall.post("/auth/ws-ticket")).status_code == 401
    again = await wall.post("/screens/token", json={"key": link["key"]})
    assert (again.status_code, again.json()["reason"]) == (403, "SCREEN_LINK_ENDED")
    assert (await screens(host))[0]["revoked_at"] is not None
    # Twice changes nothing.
    assert (await host.delete(f"/screens/{link['id']}")).status_code == 204


async def test_another_link_goes_on(wall, link, host, another) -> None:
    other = (await host.post("/screens", json={"name": "Bar"})).json()
    bar = another("10.0.0.5")
    await enter(bar, other)

    await host.delete(f"/screens/{link['id']}")

    assert (await bar.get("/auth/me")).status_code == 200
    # Those that work come first.
    assert [screen["name"] for screen in await screens(host)] == ["Bar", "Back wall"]


async def test_a_link_is_renamed_while_it_hangs(wall, link, host) -> None:
    answer = await host.patch(f"/screens/{link['id']}", json={"name": "Stage left"})

    assert answer.status_code == 204
    assert (await screens(host))[0]["name"] == "Stage left"
    assert (await enter(wall, link))["name"] == "Stage left"


async def test_a_screen_cannot_take_itself_down(wall, link) -> None:
    assert (await wall.post("/auth/logout")).status_code == 204
    assert (await wall.get("/auth/me")).json()["role"] == "screen"

    assert (await wall.delete("/auth/sessions")).status_code == 403
    await enter(wall, link)


async def test_a_wall_outlives_every_evening(wall, link, clock) -> None:
    clock.advance(LIFETIME - timedelta(days=1))

    await enter(wall, link)


async def test_who_tries_many_keys_has_to_wait(another, link) -> None:
    guesser = another("10.0.0.66")
    limit = LoginLimits().address.free
    answers = [
        await guesser.post("/screens/token", json={"key": f"guess {number}"})
        for number in range(limit + 1)
    ]

    assert [answer.status_code for answer in answers] == [403] * limit + [429]
    assert answers[-1].json()["reason"] == "TOO_MANY_ATTEMPTS"
    # Others are not kept waiting, and a wall that comes back for months neither.
    neighbour = another("10.0.0.67")
    for _ in range(limit + 2):
        await enter(neighbour, link)


async def test_making_and_revoking_are_written_down(host, link, admin) -> None:
    await host.delete(f"/screens/{link['id']}")

    found = (await admin.get("/audit", params={"user_id": link["id"]})).json()["items"]

    assert [(each["action"], each["actor_name"], each["detail"]) for each in found] == [
        ("screen link revoked", "nina", "Back wall"),
        ("screen link made", "nina", "Back wall"),
    ]


async def test_screens_are_not_among_the_people(link, admin) -> None:
    found = (await admin.get("/users")).json()["items"]

    assert [user["username"] for user in found] == ["nina", "root"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "a\u202eb"])
async def test_a_link_has_a_name_that_can_be_read(host, name) -> None:
    assert (await host.post("/screens", json={"name": name})).status_code == 400


async def test_what_never_was_cannot_be_changed(host) -> None:
    assert (await host.patch("/screens/77", json={"name": "x"})).status_code == 404
    assert (await host.delete("/screens/77")).status_code == 404


async def test_two_who_revoke_at_once_write_it_down_once(identity, link, admin) -> None:
    revoke = RevokeScreen(link["id"])

    await asyncio.gather(*(identity.mediator.send(revoke, actor=NINA) for _ in range(5)))

    found = await admin.get("/audit", params={"action": "screen link revoked"})
    assert len(found.json()["items"]) == 1


async def test_a_link_of_nobody_is_no_screen(identity) -> None:
    made = await identity.mediator.send(MakeScreen("TV"), actor=NINA)
    with pytest.raises(NotFound):
        await identity.mediator.send(RevokeScreen(made.id + 1), actor=NINA)
