"""What happens at the same moment happens one after the other, on a real PostgreSQL."""

import asyncio

from backline.identity.commands.sessions import RefreshSession
from backline.identity.commands.users import ChangeUser
from backline.identity.domain.users import LastAdmin, UsernameTaken
from backline.kit.core.actor import SYSTEM, Actor, Role
from tests.identity.conftest import PASSWORD


async def test_ten_tabs_that_refresh_at_once_get_one_successor(ann) -> None:
    presented = {"refresh_token": ann.cookies["bl_rt"]}

    answers = await asyncio.gather(*(ann.post("/auth/refresh", json=presented) for _ in range(10)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


async def test_of_two_who_choose_one_name_at_once_one_gets_it(identity) -> None:
    results = await asyncio.gather(
        *(identity.accounts.register("ann", PASSWORD) for _ in range(4)), return_exceptions=True
    )

    assert sum(isinstance(each, UsernameTaken) for each in results) == 3


async def test_parallel_guesses_are_all_counted(http, ann, another) -> None:
    """A try is charged before it is known how it ends."""
    guesser = another("10.6.6.6")
    body = {"username": "ann", "password": "not the password"}

    answers = await asyncio.gather(*(guesser.post("/auth/login", json=body) for _ in range(20)))

    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 15


async def test_two_admins_cannot_demote_each_other(identity) -> None:
    first, second = [
        await identity.accounts.register(name, PASSWORD, role=Role.ADMIN, actor=SYSTEM)
        for name in ("ann", "bob")
    ]

    for _ in range(5):
        results = await asyncio.gather(
            *(
                identity.mediator.send(
                    ChangeUser(user_id=target.id, role=Role.LISTENER),
                    actor=Actor(actor.id, Role.ADMIN, actor.display_name),
                )
                for actor, target in ((first, second), (second, first))
            ),
            return_exceptions=True,
        )
        assert sum(isinstance(each, LastAdmin) for each in results) == 1
        for profile in (first, second):
            command = ChangeUser(user_id=profile.id, role=Role.ADMIN)
            await identity.mediator.send(command, actor=SYSTEM)


async def test_whoever_is_disabled_during_a_refresh_is_out(identity) -> None:
    profile = await identity.accounts.register("ann", PASSWORD)
    for _ in range(10):
        grant = await identity.accounts.log_in("ann", PASSWORD)
        command = RefreshSession(refresh_token=grant.refresh_token)
        await asyncio.gather(
            identity.mediator.send(command),
            identity.mediator.send(ChangeUser(user_id=profile.id, disabled=True), actor=SYSTEM),
            return_exceptions=True,
        )

        again = await asyncio.gather(identity.mediator.send(command), return_exceptions=True)
        assert type(again[0]).__name__ == "SessionEnded"
        await identity.mediator.send(ChangeUser(user_id=profile.id, disabled=False), actor=SYSTEM)
