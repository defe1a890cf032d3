"""The public keys that access tokens may be signed with."""

from collections.abc import Iterable, Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry, deserialize_compact, serialize_compact
from typing_extensions import override

ALGORITHM = "EdDSA"
"""The `alg` of every token. A gate may be told to accept the RFC 9864 name `Ed25519` as well."""

_NAMES = frozenset({"EdDSA", "Ed25519"})


class _Ed25519Only(JWSRegistry):
    """One algorithm under its two names.

    The library warns at every use of the older name (RFC 9864 deprecates it because it leaves the
    curve open). A `KeyRing` holds nothing but Ed25519, so nothing is left open here.
    """

    @override
    def get_alg(self, name: str) -> Any:
        if name not in _NAMES:
            return super().get_alg(name)
        return self.algorithms[name]


_REGISTRY = _Ed25519Only(algorithms=sorted(_NAMES))


def sign(header: Mapping[str, Any], payload: bytes, private_key: OKPKey) -> str:
    """A JWS in compact serialisation, signed with an Ed25519 key."""
    return serialize_compact(dict(header), payload, private_key, registry=_REGISTRY)


class KeyRing:
    """Public Ed25519 keys by `kid`, as identity last published them. Never does I/O.

    Attributes:
        version: Rises whenever a key leaves; whatever was verified before must be verified again.
    """

    def __init__(self) -> None:
        self.version = 0
        self._keys: dict[str, OKPKey] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, kid: object) -> bool:
        return kid in self._keys

    def replace(self, keys: Iterable[Mapping[str, Any]]) -> None:
        """Take over a published set of JWKs (RFC 7517). A key that is not in it is gone at once.

        Raises:
            ValueError: A key is not a public Ed25519 key, or its `kid` is not its thumbprint.
        """
        ring = {key.kid: key for key in map(_public_key, keys) if key.kid is not None}
        if not self._keys.keys() <= ring.keys():
            self.version += 1
        self._keys = ring

    def verified(self, kid: str, token: str) -> bool:
        """Whether the key `kid` signed this compact JWS; False for an unknown key."""
        key = self._keys.get(kid)
        if key is None:
            return False
        try:
            deserialize_compact(token, key, registry=_REGISTRY)
        except (JoseError, ValueError):
            return False
        return True


def _public_key(jwk: Mapping[str, Any]) -> OKPKey:
    if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519" or "d" in jwk:
        raise ValueError("A key ring takes public Ed25519 keys only.")
    key = OKPKey.import_key(dict(jwk))
    if key.kid != key.thumbprint():
        raise ValueError("A key's `kid` must be its RFC 7638 thumbprint.")
    return key
