"""Commands that came as messages are applied once, and together."""

import asyncio

import pytest

from backline.kit.core.ids import uuid7
from tests.kit.shop import Restock, Sell, SoldOut, open_shop


@pytest.fixture
async def shop(kit_database):
    async with open_shop(kit_database) as shop:
        yield shop


async def test_a_message_twenty_times_at_once_is_one_effect(shop):
    id_ = uuid7()

    await asyncio.gather(*[shop.mediator.deliver({id_: Sell("tea")}) for _ in range(20)])

    assert shop.trouble.tries == 1
    assert await shop.delivered() == [1, 1, 1]


async def test_messages_are_applied_together_and_those_known_passed_over(shop):
    ids = [uuid7() for _ in range(4)]
    await shop.mediator.deliver({ids[1]: Restock("milk")})

    await shop.mediator.deliver(
        {
            ids[0]: Restock("tea"),
            ids[1]: Restock("milk"),
            ids[2]: Sell("rum"),
            ids[3]: Restock("salt"),
        }
    )

    assert shop.trouble.tries == 1 + 2  # those of one kind are one call
    assert await shop.delivered() == [4, 4, 4]


async def test_one_message_may_ask_for_different_things(shop):
    id_ = uuid7()

    for _ in range(2):
        await shop.mediator.deliver({id_: Restock("tea")})
        await shop.mediator.deliver({id_: Sell("tea")})

    assert await shop.delivered() == [2, 2, 2]


async def test_a_refusal_among_messages_writes_none_of_them(shop):
    ids = [uuid7() for _ in range(2)]

    with pytest.raises(SoldOut):
        await shop.mediator.deliver({ids[0]: Restock("tea"), ids[1]: Sell("nothing")})

    assert await shop.delivered() == [0, 0, 0]
    await shop.mediator.deliver({ids[0]: Restock("tea")})
    assert await shop.delivered() == [1, 1, 1]


async def test_messages_whose_commit_was_not_answered_are_not_applied_again(shop):
    shop.trouble.at_commit = [(ConnectionResetError(), True)]

    await shop.mediator.deliver({uuid7(): Sell("tea")})

    assert shop.trouble.tries == 1
    assert await shop.delivered() == [1, 1, 1]


async def test_nothing_is_delivered_at_no_cost(shop):
    shop.trouble.at_commit = [(ZeroDivisionError(), True)]

    await shop.mediator.deliver({})


async def test_a_handler_of_many_also_takes_one(shop):
    await shop.mediator.send(Restock("tea"), key="k")
    await shop.mediator.send(Restock("tea"), key="k")

    assert await shop.written() == [1, 1, 1]
