"""What a parked message says, for people to read."""

import re
from importlib import import_module
from typing import Any

from google.protobuf import json_format, symbol_database
from google.protobuf.message import DecodeError

from backline.kit.messaging.log import Delivered

_TOPIC = re.compile(r"[a-z_]+\.v\d+")


def decoded(message: Delivered) -> dict[str, Any] | None:
    """The payload as the JSON of its protobuf message; None if its type is not known here."""
    if _TOPIC.fullmatch(message.topic) is None:
        return None
    try:
        import_module(f"backline.api.{message.topic}.events_pb2")
        kind = symbol_database.Default().GetSymbol(f"backline.api.{message.type}")
        found: dict[str, Any] = json_format.MessageToDict(
            kind.FromString(message.payload), preserving_proto_field_name=True
        )
    except (ModuleNotFoundError, KeyError, DecodeError):
        return None
    return found
