"""The people of the demo: made once, apart from everybody else, and forgotten without a trace."""

from backline.identity.accounts import Accounts
from backline.identity.commands.demo import DemoPerson, RemoveDemoPeople, SettleDemoPeople
from backline.identity.domain.users import RoleNotAssignable
from backline.identity.queries.people import ListUsers
from backline.identity.wiring import Identity
from backline.kit.core.actor import SYSTEM, Role
from backline.kit.core.errors import BacklineError
from tests.identity.conftest import PASSWORD

PEOPLE = (
    DemoPerson("nina", "Nina Kallas", Role.HOST),
    DemoPerson("tom", "Tom", Role.LISTENER),
    DemoPerson("kofi", "Kofi", Role.GUEST),
)
NEW = "another long sentence"


async def logs_in(accounts: Accounts, name: str, password: str) -> bool:
    try:
        await accounts.log_in(name, password)
    except BacklineError:
        return False
    return True


async def names(identity: Identity) -> list[str]:
    users = await identity.mediator.send(ListUsers(after=0, limit=50), actor=SYSTEM)
    return [view.profile.username or "-" for view in users]


async def test_they_are_made_once(identity: Identity) -> None:
    first = await identity.accounts.settle_demo(PEOPLE)
    again = await identity.accounts.settle_demo(PEOPLE)

    assert first == again
    assert [profile.role for profile in first] == [Role.HOST, Role.LISTENER, Role.GUEST]
    assert await names(identity) == ["nina", "tom", "-"]


async def test_nobody_can_log_in_as_them_until_they_get_a_password(identity: Identity) -> None:
    accounts = identity.accounts
    await accounts.settle_demo(PEOPLE)
    assert not await logs_in(accounts, "tom", PASSWORD)

    await accounts.settle_demo(PEOPLE, PASSWORD)
    assert await logs_in(accounts, "tom", PASSWORD)

    await accounts.settle_demo(PEOPLE, NEW)
    assert not await logs_in(accounts, "tom", PASSWORD)
    assert await logs_in(accounts, "nina", NEW)


async def test_a_name_that_somebody_has_stays_theirs(identity: Identity) -> None:
    real = await identity.accounts.register("tom", PASSWORD)

    settled = await identity.accounts.settle_demo(PEOPLE, NEW)

    assert settled[1].username == "tom2"
    assert await logs_in(identity.accounts, "tom", PASSWORD)
    await identity.mediator.send(RemoveDemoPeople(), actor=SYSTEM)
    assert await names(identity) == [real.username]


async def test_they_are_gone_with_their_sessions(identity: Identity) -> None:
    await identity.accounts.settle_demo(PEOPLE, PASSWORD)
    await identity.accounts.log_in("tom", PASSWORD)

    assert await identity.mediator.send(RemoveDemoPeople(), actor=SYSTEM) == 3

    assert await names(identity) == []
    assert not await logs_in(identity.accounts, "tom", PASSWORD)
    assert await identity.mediator.send(RemoveDemoPeople(), actor=SYSTEM) == 0


async def test_it_makes_no_admins(identity: Identity) -> None:
    command = SettleDemoPeople(
        people=(DemoPerson("eve", "Eve", Role.ADMIN),), password_hash="$argon2id$unused"
    )
    try:
        await identity.mediator.send(command, actor=SYSTEM)
    except RoleNotAssignable:
        assert await names(identity) == []
    else:
        raise AssertionError("an admin was made")
