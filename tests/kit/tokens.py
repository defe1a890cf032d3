"""Tokens made by hand, so that a test can get any part of them wrong."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backline.kit.auth.gate import AUDIENCE, ISSUER
from backline.kit.core.clock import Clock

__all__ = ["AUDIENCE", "ISSUER", "KEY", "OTHER_KEY", "b64", "claims", "public_jwk", "token"]

KEY = Ed25519PrivateKey.generate()
OTHER_KEY = Ed25519PrivateKey.generate()


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def public_jwk(key: Ed25519PrivateKey) -> dict[str, str]:
    members = {"crv": "Ed25519", "kty": "OKP", "x": b64(key.public_key().public_bytes_raw())}
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return {**members, "kid": b64(hashlib.sha256(canonical.encode()).digest()), "use": "sig"}


def claims(clock: Clock, **changes: Any) -> dict[str, Any]:
    """The claims of a listener named Ann, good for five minutes."""
    now = int(clock.now().timestamp())
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "7",
        "sid": "s1",
        "role": "listener",
        "name": "Ann",
        "iat": now,
        "nbf": now,
        "exp": now + 300,
        "jti": "j1",
    }
    return {**good, **changes}


def token(
    payload: dict[str, Any] | None = None,
    *,
    header: dict[str, Any] | None = None,
    key: Ed25519PrivateKey = KEY,
    signature: bytes | Callable[[bytes], bytes] | None = None,
    raw_claims: bytes | None = None,
    raw_header: bytes | None = None,
) -> str:
    if header is None:
        header = {"alg": "EdDSA", "typ": "at+jwt", "kid": public_jwk(key)["kid"]}
    head = b64(raw_header if raw_header is not None else json.dumps(header).encode())
    body = b64(raw_claims if raw_claims is not None else json.dumps(payload).encode())
    signed = f"{head}.{body}".encode()
    if signature is None:
        signature = key.sign(signed)
    elif callable(signature):
        signature = signature(signed)
    return f"{head}.{body}.{b64(signature)}"
