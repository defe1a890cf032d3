"""One message, one transaction: aggregates, outbox and inbox commit together or not at all."""

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from backline.kit.core.failpoints import failpoint
from backline.kit.core.messages import Aggregate, Event
from backline.kit.db.doorbell import Doorbell
from backline.kit.inbox.inbox import Inbox
from backline.kit.inbox.messages import MessageInbox
from backline.kit.outbox.codec import EventCodec
from backline.kit.outbox.outbox import DOORBELL_CHANNEL, Outbox


class UnitOfWork:
    """The transaction of the message being handled. Handlers never see it.

    Repositories `track` the aggregates they load or add; on `commit` the events those
    aggregates recorded are written to the outbox in the same transaction.

    Attributes:
        in_doubt: Whether a commit was sent and has not been answered.
    """

    def __init__(self, connection: AsyncConnection, codec: EventCodec, doorbell: Doorbell) -> None:
        self.connection = connection
        self.inbox = Inbox(connection)
        self.message_inbox = MessageInbox(connection)
        self._codec = codec
        self._doorbell = doorbell
        self.in_doubt = False
        self._session: AsyncSession | None = None
        self._tracked: dict[int, Aggregate] = {}
        self._recorded: list[Event] = []
        self._bells: set[str] = set()
        self._last_writes: list[Callable[[], Awaitable[None]]] = []

    @property
    def session(self) -> AsyncSession:
        """The ORM's session on this transaction's connection. Flushed by `commit`."""
        if self._session is None:
            self._session = AsyncSession(self.connection, expire_on_commit=False)
        return self._session

    def track(self, aggregate: Aggregate) -> None:
        """Publish what `aggregate` records, once, however often it is tracked."""
        self._tracked[id(aggregate)] = aggregate

    def record(self, event: Event) -> None:
        """Publish `event` with this transaction; for what no aggregate records."""
        self._recorded.append(event)

    def before_commit(self, write: Callable[[], Awaitable[None]]) -> None:
        """Call `write` when the handler is done: for rows that others wait for until the commit.

        Locks are taken in one order by everybody then: the handler's, these, the outbox's.
        """
        self._last_writes.append(write)

    def ring(self, channel: str) -> None:
        """Ring `channel` once this transaction has committed."""
        self._bells.add(channel)

    async def commit(self) -> None:
        """Write what was recorded, then make everything permanent."""
        if self._session is not None:
            await self._session.flush()
        for write in self._last_writes:
            await write()
        self._last_writes.clear()
        events = [event for aggregate in self._tracked.values() for event in aggregate.events]
        events += self._recorded
        if events:
            await Outbox(self.connection).add([self._codec.encode(event) for event in events])
            self._bells.add(DOORBELL_CHANNEL)
        failpoint("command.written")
        self.in_doubt = True
        await self._make_permanent()
        self.in_doubt = False
        failpoint("command.committed")
        for aggregate in self._tracked.values():
            aggregate.events.clear()
        self._recorded.clear()
        for channel in self._bells:
            self._doorbell.ring(channel)
        self._bells.clear()

    async def _make_permanent(self) -> None:
        await self.connection.commit()
