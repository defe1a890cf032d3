"""Every forged or odd token is refused, with one and the same answer."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Annotated, Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backline.kit.auth.gate import (
    CACHED_TOKENS,
    Gate,
    InvalidToken,
    KeysUnknown,
    _decoded,
    _Refused,
)
from backline.kit.auth.http import (
    CurrentActor,
    OptionalActor,
    ReadingActor,
    RoleRequired,
    require,
    require_role,
)
from backline.kit.auth.keys import KeyRing
from backline.kit.auth.revocations import Revocation, Revocations
from backline.kit.core.actor import Actor, Role
from backline.kit.http.app import build_app
from backline.kit.testing.clock import FixedClock
from tests.kit.tokens import AUDIENCE, ISSUER, KEY, OTHER_KEY, b64, claims, public_jwk, token

CLOCK = FixedClock()
NOW = int(CLOCK.now().timestamp())
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
PEM = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
RAW = KEY.public_key().public_bytes_raw()


def hs256(key: bytes) -> Callable[[bytes], bytes]:
    return lambda message: hmac.new(key, message, hashlib.sha256).digest()


def good(**changes: Any) -> str:
    return token(claims(CLOCK, **changes))


def header(**changes: Any) -> dict[str, Any]:
    return {"alg": "EdDSA", "typ": "at+jwt", "kid": public_jwk(KEY)["kid"], **changes}


def with_header(**changes: Any) -> str:
    return token(claims(CLOCK), header=header(**changes))


def without(name: str) -> str:
    return token({key: value for key, value in claims(CLOCK).items() if key != name})


def raw(change: Callable[[str], str]) -> str:
    return token(raw_claims=change(json.dumps(claims(CLOCK))).encode())


def parts() -> list[str]:
    return good().split(".")


def malleable_signature() -> str:
    head, body, signature = parts()
    decoded = base64.urlsafe_b64decode(signature + "==")
    high = int.from_bytes(decoded[32:], "little") + ED25519_ORDER
    return f"{head}.{body}.{b64(decoded[:32] + high.to_bytes(32, 'little'))}"


def malleable_last_character() -> str:
    whole = good()
    place = ALPHABET.index(whole[-1])
    return whole[:-1] + ALPHABET[(place // 16) * 16 + ((place % 16) + 1) % 16]


def flipped_bit() -> str:
    whole = good()
    return whole[:-4] + ("A" if whole[-4] != "A" else "B") + whole[-3:]


EXP = str(NOW + 300)
JWE = b64(b'{"alg":"dir","enc":"A256GCM"}')
PBES2 = b64(
    json.dumps(
        {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2**31, "p2s": "AAAA"}
    ).encode()
)

ATTACKS: dict[str, Callable[[], str]] = {
    "01 alg none, empty signature": lambda: token(
        claims(CLOCK), header=header(alg="none"), signature=b""
    ),
    "02 alg nOnE": lambda: token(claims(CLOCK), header=header(alg="nOnE"), signature=b""),
    "03 alg none, old signature": lambda: with_header(alg="none"),
    "04 HS256 with the public key as PEM": lambda: token(
        claims(CLOCK), header=header(alg="HS256"), signature=hs256(PEM)
    ),
    "05 HS256 with the raw public key": lambda: token(
        claims(CLOCK), header=header(alg="HS256"), signature=hs256(RAW)
    ),
    "06 HS256 with an empty key": lambda: token(
        claims(CLOCK), header=header(alg="HS256"), signature=hs256(b"")
    ),
    "07 key in the header (jwk)": lambda: token(
        claims(CLOCK), header=header(jwk=public_jwk(OTHER_KEY)), key=OTHER_KEY
    ),
    "08 address of a key set (jku)": lambda: token(
        claims(CLOCK), header=header(jku="http://127.0.0.1:9/jwks"), key=OTHER_KEY
    ),
    "09 certificates (x5u, x5c)": lambda: token(
        claims(CLOCK), header=header(x5u="http://127.0.0.1:9/c", x5c=["MII"]), key=OTHER_KEY
    ),
    "10 kid is a path": lambda: token(
        claims(CLOCK), header=header(kid="../../../../dev/null"), signature=hs256(b"")
    ),
    "11 kid is SQL": lambda: token(
        claims(CLOCK), header=header(kid="k1' OR '1'='1"), key=OTHER_KEY
    ),
    "12 kid unknown, another key": lambda: token(
        claims(CLOCK), header=header(kid="zz"), key=OTHER_KEY
    ),
    "13 kid is a list": lambda: with_header(kid=["k1"]),
    "14 signature stripped": lambda: token(claims(CLOCK), signature=b""),
    "15 two segments": lambda: ".".join(parts()[:2]),
    "16 payload swapped": lambda: ".".join(
        [parts()[0], b64(json.dumps(claims(CLOCK, sub="1")).encode()), parts()[2]]
    ),
    "17 a bit of the signature flipped": flipped_bit,
    "18 expired an hour ago": lambda: good(exp=NOW - 3600, iat=NOW - 3900, nbf=NOW - 3900),
    "19 nbf in an hour": lambda: good(nbf=NOW + 3600),
    "20 iat in an hour": lambda: good(iat=NOW + 3600, exp=NOW + 3900),
    "21 exp missing": lambda: without("exp"),
    "22 exp is a string": lambda: good(exp=EXP),
    "23 exp is Infinity": lambda: raw(lambda text: text.replace(EXP, "Infinity")),
    "24 exp is NaN": lambda: raw(lambda text: text.replace(EXP, "NaN")),
    "25 exp is 10**30": lambda: good(exp=10**30),
    "26 exp is true": lambda: good(exp=True),
    "27 another issuer": lambda: good(iss="https://evil.test"),
    "28 issuer is a part of ours": lambda: good(iss=ISSUER[:-1]),
    "29 issuer is a list": lambda: good(iss=[ISSUER, "https://evil.test"]),
    "30 another audience": lambda: good(aud="other"),
    "31 audience missing": lambda: without("aud"),
    "32 audience is a list with ours": lambda: good(aud=["other", AUDIENCE]),
    "33 another kind of token": lambda: with_header(typ="refresh+jwt"),
    "34 kind missing": lambda: token(
        claims(CLOCK), header={key: value for key, value in header().items() if key != "typ"}
    ),
    "35 unknown critical extension": lambda: with_header(crit=["x-foo"], **{"x-foo": 1}),
    "36 b64=false, critical": lambda: with_header(crit=["b64"], b64=False),
    "37 b64=false, not critical": lambda: with_header(b64=False),
    "38 compressed (zip)": lambda: with_header(zip="DEF"),
    "39 alg twice": lambda: token(
        claims(CLOCK),
        raw_header=json.dumps(header()).replace('{"alg"', '{"alg": "none", "alg"').encode(),
    ),
    "40 sub twice": lambda: raw(lambda text: text.replace('"sub": "7"', '"sub": "7", "sub": "1"')),
    "41 sub is a number": lambda: good(sub=1),
    "42 sub missing": lambda: without("sub"),
    "43 payload is a list": lambda: token(raw_claims=b"[1]"),
    "44 payload is not UTF-8": lambda: token(raw_claims=b"\xff\xfe{}"),
    "45 nested 100,000 deep": lambda: token(
        raw_claims=b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    ),
    "46 ten megabytes": lambda: good(pad="A" * 10_000_000),
    "47 exp of 5,000 digits": lambda: raw(lambda text: text.replace(EXP, "9" * 5000)),
    "48 padding": lambda: good() + "==",
    "49 white space around": lambda: " " + good() + "\n",
    "50 junk behind": lambda: good() + "!!",
    "51 five segments (JWE)": lambda: f"{JWE}..AAAA.AAAA.AAAA",
    "52 JWE with 2**31 rounds of PBES2": lambda: f"{PBES2}.AAAA.AAAA.AAAA.AAAA",
    "53 JWS in JSON": lambda: json.dumps(
        dict(zip(("protected", "payload", "signature"), parts(), strict=True))
    ),
    "54 ES256 with r=s=0": lambda: token(
        claims(CLOCK), header=header(alg="ES256"), signature=b"\0" * 64
    ),
    "55 signature with S+L": malleable_signature,
    "56 last character changed in its unused bits": malleable_last_character,
    "57 alg Ed25519 where only EdDSA is allowed": lambda: with_header(alg="Ed25519"),
    "58 alg is a number": lambda: with_header(alg=1),
    "59 empty": lambda: "",
    "60 NULs": lambda: "\0" * 100,
    "61 not ASCII": lambda: "é.é.é",
    # Beyond the published list: what this gate promises in addition.
    "62 lives longer than any token may": lambda: good(exp=NOW + 3600),
    "63 expires before it was issued": lambda: good(iat=NOW + 5, exp=NOW + 5),
    "64 nested 1,500 deep, within 4 KiB": lambda: token(
        raw_claims=b'{"a":' + b"[" * 1_400 + b"]" * 1_400 + b"}"
    ),
    "65 exp of 1,000 digits, within 4 KiB": lambda: raw(lambda text: text.replace(EXP, "9" * 1000)),
    "66 exp is a fraction": lambda: good(exp=NOW + 300.5),
    "67 sub is not a number": lambda: good(sub="admin"),
    "68 sub with a leading zero": lambda: good(sub="07"),
    "69 sub is 2**53": lambda: good(sub=str(2**53)),
    "70 unknown role": lambda: good(role="owner"),
    "71 nobody's role": lambda: good(role="anonymous"),
    "72 role is a list": lambda: good(role=["admin"]),
    "73 sid missing": lambda: without("sid"),
    "74 jti too long": lambda: good(jti="j" * 65),
    "75 name too long": lambda: good(name="n" * 65),
    "76 name is an object": lambda: good(name={"en": "Ann"}),
    "77 digits of another script in sub": lambda: good(sub="\u0667"),
    "78 a lone surrogate": lambda: "\ud800.\ud800.\ud800",
    "79 signed by a key that is not published": lambda: token(claims(CLOCK), key=OTHER_KEY),
    "81 five kilobytes": lambda: good(pad="A" * 3_000),
    "82 nbf before all time": lambda: good(nbf=-1),
    "80 other key under a published kid": lambda: token(
        claims(CLOCK), header=header(), key=OTHER_KEY
    ),
}


@pytest.fixture
def keys() -> KeyRing:
    ring = KeyRing()
    ring.replace([public_jwk(KEY)])
    return ring


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def gate(keys: KeyRing, clock: FixedClock) -> Gate:
    return Gate(keys=keys, revocations=Revocations(), clock=clock, issuer=ISSUER, audience=AUDIENCE)


def test_a_good_token_passes(gate: Gate) -> None:
    assert gate.verify(good()) == Actor(id=7, role=Role.LISTENER, name="Ann", session_id="s1")


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_a_forged_token_is_refused(gate: Gate, attack: Callable[[], str]) -> None:
    with pytest.raises(InvalidToken) as refused:
        gate.verify(attack())

    assert refused.value.detail == InvalidToken().detail
    assert refused.value.metadata == {}


def test_the_attacks_would_pass_but_for_what_makes_them_attacks(gate: Gate) -> None:
    """The builders themselves make good tokens; otherwise every refusal above would be cheap."""
    assert gate.verify(with_header()).id == 7
    assert gate.verify(raw(lambda text: text)).id == 7
    assert gate.verify(token(raw_claims=json.dumps(claims(CLOCK)).encode())).id == 7


def test_the_newer_name_of_the_algorithm_passes_where_it_is_allowed(
    keys: KeyRing, clock: FixedClock
) -> None:
    gate = Gate(
        keys=keys,
        revocations=Revocations(),
        clock=clock,
        issuer=ISSUER,
        audience=AUDIENCE,
        algorithms=("EdDSA", "Ed25519"),
    )

    assert gate.verify(with_header(alg="Ed25519")).id == 7


def test_a_known_token_expires(gate: Gate, clock: FixedClock) -> None:
    known = good()
    gate.verify(known)

    clock.set(CLOCK.now().fromtimestamp(NOW + 300 + 10, tz=CLOCK.now().tzinfo))

    with pytest.raises(InvalidToken):
        gate.verify(known)


def test_a_known_token_of_an_ended_session_is_refused(gate: Gate) -> None:
    known = good()
    gate.verify(known)

    gate.revocations.add(Revocation(id=1, user_id=7, session_id="s1", reason="logout"))

    with pytest.raises(InvalidToken):
        gate.verify(known)
    assert gate.verify(good(sid="s2")).session_id == "s2"


def test_tokens_of_the_former_role_are_refused(gate: Gate) -> None:
    known = good()
    gate.verify(known)

    gate.revocations.add(Revocation(id=1, user_id=7, role=Role.HOST, reason="role changed"))

    with pytest.raises(InvalidToken):
        gate.verify(known)
    assert gate.verify(good(role="host")).role is Role.HOST


def test_a_screen_may_less_than_a_guest(gate: Gate) -> None:
    screen = gate.verify(good(role="screen"))

    assert screen.role is Role.SCREEN
    assert not screen.role.at_least(Role.GUEST)
    with pytest.raises(RoleRequired):
        require_role(screen, Role.GUEST)


async def test_a_door_lets_screens_read_and_nothing_else(gate: Gate) -> None:
    """Whatever a door asks for: its author need not have thought of screens."""
    app = build_app(title="Room", state={"gate": gate})
    gate.revocations.heard()

    @app.api_route("/known", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    async def known(actor: CurrentActor) -> str:
        return actor.name

    @app.api_route("/anybody", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    async def anybody(actor: OptionalActor) -> str:
        return actor.name

    @app.get("/hosts")
    async def hosts(actor: Annotated[Actor, require(Role.HOST)]) -> str:
        return actor.name

    @app.post("/reading")
    async def reading(actor: ReadingActor) -> str:
        return actor.name

    def as_somebody(role: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://room",
            headers={"authorization": f"Bearer {good(role=role)}"},
        )

    async with as_somebody("screen") as screen, as_somebody("guest") as guest:
        for path in ("/known", "/anybody"):
            assert (await screen.get(path)).status_code == 200
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                refused = await screen.request(method, path)
                assert (refused.status_code, refused.json()["reason"]) == (403, "ROLE_REQUIRED")
                assert (await guest.request(method, path)).status_code == 200
        assert (await screen.get("/hosts")).status_code == 403
        assert (await screen.post("/reading")).status_code == 200


def test_a_withdrawn_key_is_refused_at_once(gate: Gate, keys: KeyRing) -> None:
    known = good()
    gate.verify(known)

    keys.replace([public_jwk(OTHER_KEY)])

    with pytest.raises(InvalidToken):
        gate.verify(known)


def test_a_retired_key_still_counts_while_it_is_published(gate: Gate, keys: KeyRing) -> None:
    known = good()
    gate.verify(known)

    keys.replace([public_jwk(OTHER_KEY), public_jwk(KEY)])

    assert gate.verify(known).id == 7
    assert gate.verify(token(claims(CLOCK), key=OTHER_KEY)).id == 7


def test_without_keys_nobody_is_told_to_log_in_again(clock: FixedClock) -> None:
    gate = Gate(keys=KeyRing(), revocations=Revocations(), clock=clock)

    with pytest.raises(KeysUnknown):
        gate.verify(good())


def test_the_memory_of_known_tokens_is_bounded(gate: Gate, monkeypatch: Any) -> None:
    assert CACHED_TOKENS > 1
    monkeypatch.setattr("backline.kit.auth.gate.CACHED_TOKENS", 2)

    for number in range(5):
        gate.verify(good(jti=f"j{number}"))

    assert len(gate._cache) == 2


@pytest.mark.parametrize("attack", [flipped_bit, lambda: good(exp=NOW - 60, iat=NOW - 90)])
def test_a_refused_token_is_not_remembered(gate: Gate, attack: Callable[[], str]) -> None:
    with pytest.raises(InvalidToken):
        gate.verify(attack())

    assert gate._cache == {}


@pytest.mark.parametrize("segment", ["", "QQ==", "QQ\n", " QQ", "QR", "QQ!", "Q", "+/8", "é"])
def test_base64url_has_one_form(segment: str) -> None:
    """The library decodes on its own; what it would forgive never gets there."""
    assert _decoded("QQ") == b"A"
    assert _decoded("-_8") == b"\xfb\xff"
    with pytest.raises(_Refused):
        _decoded(segment)


@pytest.mark.parametrize(
    "jwk",
    [
        {"kty": "oct", "k": "AAAA"},
        {"kty": "OKP", "crv": "X25519", "x": b64(RAW)},
        {**public_jwk(KEY), "kid": "k1"},
        {**public_jwk(KEY), "d": b64(Ed25519PrivateKey.generate().private_bytes_raw())},
    ],
    ids=["symmetric", "another curve", "kid is not the thumbprint", "private"],
)
def test_a_key_ring_takes_public_ed25519_keys_only(jwk: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"public Ed25519|thumbprint"):
        KeyRing().replace([jwk])
