"""Envelopes as Kafka messages, by the CloudEvents Kafka binding (binary content mode).

The attributes travel as the headers `ce_id`, `ce_type` and `ce_time`, other headers beside them
under their own names; the message's key is the event's key.
"""

import json
from datetime import datetime
from uuid import UUID

from confluent_kafka import Message

from backline.kit.messaging.log import Delivered, Record

_ID, _TYPE, _TIME = "ce_id", "ce_type", "ce_time"
_NONE = "{}"

Headers = list[tuple[str, str | bytes | None]]


def headers_of(record: Record) -> Headers:
    headers: Headers = [
        (_ID, str(record.id)),
        (_TYPE, record.type),
        (_TIME, record.at.isoformat()),
    ]
    if record.headers != _NONE:
        headers += json.loads(record.headers).items()
    return headers


def to_delivered(message: Message, topic: str) -> Delivered:
    """The message as a consumer gets it.

    Args:
        topic: Its name without the namespace.
    """
    headers = _headers(message)
    return Delivered(
        id=UUID(headers.pop(_ID)),
        topic=topic,
        key=(message.key() or b"").decode(),
        type=headers.pop(_TYPE),
        payload=message.value() or b"",
        at=datetime.fromisoformat(headers.pop(_TIME)),
        headers=headers,
        partition=message.partition() or 0,
        offset=message.offset() or 0,
    )


def _headers(message: Message) -> dict[str, str]:
    headers = message.headers() or []
    pairs = headers.items() if isinstance(headers, dict) else headers
    return {
        name: value.decode() if isinstance(value, bytes) else value or "" for name, value in pairs
    }
