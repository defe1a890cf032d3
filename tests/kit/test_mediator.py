"""One message, one transaction, one result."""

import asyncio
from collections.abc import Sequence

import asyncpg
import pytest
from dishka import make_async_container
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backline.kit.core.actor import ANONYMOUS
from backline.kit.core.errors import Aborted, Unavailable
from backline.kit.inbox.inbox import IdempotencyKeyReused
from backline.kit.mediator import ATTEMPTS, Mediator, OutcomeUnknown
from tests.kit.shop import ANNA, BERT, CountSold, Rename, Sell, SoldOut, open_shop
from tests.kit.test_doorbell_postgres import cut_all


@pytest.fixture
async def shop(kit_database):
    async with open_shop(kit_database) as shop:
        yield shop


async def test_data_and_event_are_written_together(shop):
    await shop.mediator.send(Sell("tea"), actor=ANNA)

    assert await shop.written() == [1, 1, 0]
    assert set(shop.doorbell.rung) == {"shop", "outbox"}


async def test_a_query_is_answered(shop):
    await shop.mediator.send(Sell("tea"))

    assert await shop.mediator.send(CountSold()) == 1


async def test_a_refusal_writes_nothing_and_leaves_the_key_free(shop):
    with pytest.raises(SoldOut):
        await shop.mediator.send(Sell("nothing"), actor=ANNA, key="k")

    assert await shop.written() == [0, 0, 0]
    assert shop.doorbell.rung == []


async def test_one_key_twenty_times_at_once_is_one_effect_and_one_result(shop):
    results = await asyncio.gather(
        *[shop.mediator.send(Sell("tea"), actor=ANNA, key="k") for _ in range(20)]
    )

    assert len(set(results)) == 1
    assert await shop.written() == [1, 1, 1]


async def test_a_key_belongs_to_its_actor(shop):
    anna = await shop.mediator.send(Sell("tea"), actor=ANNA, key="k")
    bert = await shop.mediator.send(Sell("milk"), actor=BERT, key="k")

    assert anna != bert
    assert await shop.written() == [2, 2, 2]


async def test_a_key_used_for_something_else_is_refused(shop):
    await shop.mediator.send(Sell("tea"), actor=ANNA, key="k")

    with pytest.raises(IdempotencyKeyReused) as refusal:
        await shop.mediator.send(Sell("milk"), actor=ANNA, key="k")

    assert refusal.value.metadata["key"] == "k"
    assert await shop.written() == [1, 1, 1]


async def test_a_failed_commit_is_heard_and_writes_nothing(shop):
    shop.trouble.at_commit = [(ZeroDivisionError("disk full"), False)]

    with pytest.raises(ZeroDivisionError):
        await shop.mediator.send(Sell("tea"), actor=ANNA, key="k")

    assert await shop.written() == [0, 0, 0]
    assert shop.doorbell.rung == []


def conflict():
    return DBAPIError("COMMIT", {}, asyncpg.SerializationError())


async def test_a_serialisation_failure_is_tried_again(shop):
    shop.trouble.in_handler = [conflict()]
    shop.trouble.at_commit = [(asyncpg.SerializationError(), False)]

    await shop.mediator.send(Sell("tea"), actor=ANNA, key="k")

    assert shop.trouble.tries == 3
    assert await shop.written() == [1, 1, 1]


async def test_a_deadlock_is_tried_again(shop):
    await asyncio.gather(*[shop.mediator.send(Sell(what)) for what in ("tea", "milk")])

    await asyncio.gather(
        shop.mediator.send(Rename("tea", "milk")), shop.mediator.send(Rename("milk", "tea"))
    )

    assert shop.trouble.tries == 2 + 3


async def test_what_conflicts_for_ever_is_told(shop):
    shop.trouble.in_handler = [conflict() for _ in range(ATTEMPTS)]

    with pytest.raises(Aborted):
        await shop.mediator.send(Sell("tea"))

    assert await shop.written() == [0, 0, 0]


async def test_other_database_errors_are_not_tried_again(shop):
    await shop.mediator.send(Sell("tea"))

    with pytest.raises(DBAPIError):
        await shop.mediator.send(Sell("tea"))

    assert shop.trouble.tries == 2


async def test_connections_that_were_cut_are_replaced(shop):
    await asyncio.gather(*[shop.mediator.send(CountSold()) for _ in range(5)])
    await cut_all(shop.url)

    await shop.mediator.send(Sell("tea"), actor=ANNA)

    assert await shop.written() == [1, 1, 0]


async def test_a_database_that_stays_away_is_told_as_unavailable(shop):
    shop.trouble.in_handler = [ConnectionResetError() for _ in range(ATTEMPTS)]

    with pytest.raises(Unavailable):
        await shop.mediator.send(Sell("tea"))


async def test_a_commit_whose_answer_was_lost_is_not_repeated_without_a_key(shop):
    shop.trouble.at_commit = [(ConnectionResetError(), True)]

    with pytest.raises(OutcomeUnknown):
        await shop.mediator.send(Sell("tea"))

    assert shop.trouble.tries == 1
    assert await shop.written() == [1, 1, 0]


async def test_a_commit_whose_answer_was_lost_is_looked_up_by_its_key(shop):
    shop.trouble.at_commit = [(ConnectionResetError(), True)]

    result = await shop.mediator.send(Sell("tea"), key="k")

    assert shop.trouble.tries == 1
    assert await shop.written() == [1, 1, 1]
    assert await shop.mediator.send(Sell("tea"), key="k") == result


async def test_a_handler_of_many_has_no_result():
    async def wrong(commands: Sequence[Sell]) -> str:
        return ""

    with pytest.raises(TypeError, match="wrong returns"):
        Mediator(make_async_container(), [wrong])


async def test_commands_are_handled_together_with_what_is_recorded(shop):
    counted = []

    async def within(uow):
        counted.append(await uow.connection.scalar(text("SELECT count(*) FROM sale")))

    await shop.mediator.together([Sell("tea"), Sell("milk")], actor=ANNA, within=within)

    assert counted == [2]
    assert await shop.written() == [2, 2, 0]


async def test_what_refuses_within_undoes_the_commands(shop):
    async def within(uow):
        raise SoldOut("Somebody else was faster.")

    with pytest.raises(SoldOut):
        await shop.mediator.together([Sell("tea")], within=within)

    assert await shop.written() == [0, 0, 0]


async def test_a_transaction_whose_answer_was_lost_is_told_again(shop):
    shop.trouble.at_commit = [(ConnectionResetError(), True)]
    times = []

    async def within(uow):
        times.append(await uow.connection.scalar(text("SELECT count(*) FROM sale")))
        if len(times) > 1:
            raise SoldOut("It was here before.")

    with pytest.raises(SoldOut):
        await shop.mediator.together([], within=within)

    assert times == [0, 0]


async def test_a_handler_that_returns_something_else_is_found_at_start():
    async def wrong(query: CountSold) -> str:
        return ""

    with pytest.raises(TypeError, match="wrong returns"):
        Mediator(make_async_container(), [wrong])


async def test_nobody_asks_on_behalf_of_nobody(shop):
    await shop.mediator.send(Sell("tea"))

    async with shop.engine.connect() as connection:
        assert await connection.scalar(text("SELECT actor FROM sale")) == ANONYMOUS.id
