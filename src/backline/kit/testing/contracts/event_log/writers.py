"""A shard has one writer, and its successor knows what it did."""

import pytest

from backline.kit.messaging.log import EventLog, Fenced
from backline.kit.outbox.outbox import shard_of
from backline.kit.testing.contracts.event_log.scenes import (
    Seen,
    a_record,
    consuming,
    numbered,
    publish,
)
from backline.kit.testing.eventually import eventually


class WriterCases:
    """What goes wrong with relays."""

    @pytest.mark.feature("fencing")
    async def test_an_earlier_writer_is_fenced(
        self, event_log: EventLog, elsewhere: EventLog
    ) -> None:
        seen = Seen()
        shard = shard_of("key 0")
        zombie, _ = await event_log.take("test", [shard])
        await elsewhere.take("test", [shard])

        with pytest.raises(Fenced):
            await zombie.append(shard, numbered(1))

        await publish(elsewhere, [a_record("key 0", b"7")])
        async with consuming(event_log, seen):
            await eventually(lambda: seen.messages)
        assert seen.numbers == [7]

    async def test_a_writer_of_another_outbox_is_not_fenced(self, event_log: EventLog) -> None:
        shard = shard_of("key 0")
        writer, _ = await event_log.take("test", [shard])
        await event_log.take("another service", [shard])

        await writer.append(shard, numbered(1))

    @pytest.mark.feature("in_doubt")
    async def test_who_takes_over_learns_what_is_in_the_log_already(
        self, event_log: EventLog, elsewhere: EventLog
    ) -> None:
        record = a_record("key 0")
        shard = shard_of("key 0")
        writer, nothing = await event_log.take("test", [shard])
        await writer.append(shard, [record])

        _, published = await elsewhere.take("test", [shard])

        assert (list(nothing), list(published)) == ([], [record.id])
