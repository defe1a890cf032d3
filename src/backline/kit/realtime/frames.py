"""One message, encoded once for all who get it."""

import struct
from dataclasses import dataclass
from typing import Any

import orjson

_FIN_TEXT = 0x81
_SHORT = 125
_MEDIUM = 0xFFFF


@dataclass(frozen=True, slots=True)
class Frame:
    """The bytes of an unmasked text frame (RFC 6455 §5.2) around a message in JSON."""

    wire: bytes
    head_size: int

    @property
    def payload(self) -> bytes:
        """The JSON alone."""
        return self.wire[self.head_size :]


def encode(message: Any) -> Frame:
    """The frame of a message made of plain data, times as RFC 3339 in UTC."""
    payload = orjson.dumps(message, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)
    size = len(payload)
    if size <= _SHORT:
        head = struct.pack("!BB", _FIN_TEXT, size)
    elif size <= _MEDIUM:
        head = struct.pack("!BBH", _FIN_TEXT, 126, size)
    else:
        head = struct.pack("!BBQ", _FIN_TEXT, 127, size)
    return Frame(head + payload, len(head))
