"""W3C Trace Context: which spans belong to one request."""

import re
import secrets

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def new_traceparent(parent: str = "") -> str:
    """A W3C traceparent: the next span of `parent`'s trace, or of a trace that begins here."""
    if parent and _TRACEPARENT.fullmatch(parent) and not parent.startswith("ff"):
        version, trace_id, _, flags = parent.split("-")
        return f"{version}-{trace_id}-{secrets.token_hex(8)}-{flags}"
    digits = secrets.token_hex(24)
    return f"00-{digits[:32]}-{digits[32:]}-01"
