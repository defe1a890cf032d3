"""Confluent's producer under asyncio: one future for a batch, resolved from its delivery reports.

The library's own asyncio producer resolves a future per message, which costs four times as much.
Reports are served by the event loop itself while there is something to report: a thread that did
it would contend for the interpreter with the loop that produces.
"""

import asyncio
from collections.abc import Awaitable, Sequence

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from backline.kit.messaging.kafka_messages import headers_of
from backline.kit.messaging.log import Record

_SOON_S = 0.001
_LATER_S = 0.02
_FULL_S = 0.05


class BatchProducer:
    """Produces batches durably, in the order given. Belongs to one event loop.

    Args:
        config: Of librdkafka.
    """

    def __init__(self, config: dict[str, str | int | float | bool]) -> None:
        self._producer = Producer(config)
        self._batches: set[_Batch] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._pause_s = _SOON_S

    async def send(
        self, records: Sequence[Record], *, prefix: str, partition: int
    ) -> Awaitable[None]:
        """Queue `records`; what is returned ends once every in-sync replica has all of them.

        Brokers that do not answer are waited for without end: an idempotent producer keeps the
        order only as long as no message before another was given up.

        Args:
            prefix: Of the topics, as the brokers call them.
            partition: Of each topic.

        Raises:
            KafkaException: One of them is too large; from what is returned: the brokers refuse
                one of them for good.
        """
        batch = _Batch(len(records))
        self._batches.add(batch)
        batch.done.add_done_callback(lambda _: self._batches.discard(batch))
        self._serve_soon()
        produce, report = self._producer.produce, batch.report
        for record in records:
            topic, key, value = prefix + record.topic, record.key, record.payload
            headers = headers_of(record)
            while True:
                try:
                    produce(topic, value, key, partition, on_delivery=report, headers=headers)
                except BufferError:
                    await asyncio.sleep(_FULL_S)  # it empties as reports come in
                except KafkaException:
                    batch.done.cancel()
                    raise
                else:
                    break
        return batch.done

    def _serve_soon(self) -> None:
        self._pause_s = _SOON_S
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_SOON_S, self._serve)

    def _serve(self) -> None:
        served = self._producer.poll(0)
        self._pause_s = _SOON_S if served else min(2 * self._pause_s, _LATER_S)
        self._timer = None
        if self._batches:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._pause_s, self._serve)

    async def close(self) -> None:
        """Give up what is not delivered yet, and end."""
        self._producer.purge()
        self._producer.poll(0)
        if self._timer is not None:
            self._timer.cancel()


class _Batch:
    def __init__(self, messages: int) -> None:
        self._missing = messages
        self._error: KafkaError | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def report(self, error: KafkaError | None, _: Message) -> None:
        """Called once for each message."""
        self._missing -= 1
        if error is not None:
            self._error = self._error or error
        if self._missing or self.done.done():
            return
        if self._error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(KafkaException(self._error))
