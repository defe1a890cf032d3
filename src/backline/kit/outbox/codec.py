"""Domain events to envelopes: CloudEvents attributes around a protobuf payload."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import Enum
from types import ModuleType
from typing import Any, Protocol
from uuid import UUID

from google.protobuf.message import Message as ProtobufMessage

from backline.kit.core.context import current
from backline.kit.core.ids import uuid7
from backline.kit.core.messages import Event


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event on its way.

    Attributes:
        id: UUIDv7; the message id everywhere (inbox, broker headers).
        topic: `<service>.v1`.
        key: The aggregate; events of one key keep their order.
        type: `<service>.v1.TrackPlayed`.
        payload: The serialised protobuf message of that name.
        headers: `traceparent` and whatever else travels beside the payload.
    """

    id: UUID
    topic: str
    key: str
    type: str
    payload: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class EventCodec(Protocol):
    def encode(self, event: Event) -> Envelope: ...


class ProtobufCodec:
    """Encodes the event class `TrackPlayed` as the message `TrackPlayed` of `module`.

    Args:
        topic: `<service>.v1`.
        module: The generated module that holds a message for each event, by name and by field.
    """

    def __init__(self, topic: str, module: ModuleType) -> None:
        self._topic = topic
        self._module = module

    def encode(self, event: Event) -> Envelope:
        name = type(event).__name__
        message: ProtobufMessage = getattr(self._module, name)()
        for attribute in fields(event):
            _assign(message, attribute.name, getattr(event, attribute.name))
        context = current()
        headers = {"traceparent": context.traceparent} if context.traceparent else {}
        return Envelope(
            id=uuid7(),
            topic=self._topic,
            key=event.key,
            type=f"{self._topic}.{name}",
            payload=message.SerializeToString(),
            headers=headers,
        )


def _assign(message: Any, name: str, value: object) -> None:
    if value is None:
        return
    if isinstance(value, datetime):
        getattr(message, name).FromDatetime(value)
    elif isinstance(value, timedelta):
        getattr(message, name).FromTimedelta(value)
    elif isinstance(value, (list, tuple)):
        getattr(message, name).extend(value)
    elif isinstance(value, Enum):
        setattr(message, name, value.value)
    elif isinstance(value, UUID):
        setattr(message, name, str(value))
    else:
        setattr(message, name, value)
