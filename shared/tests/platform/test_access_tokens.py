"""Access tokens: good ones of every algorithm, a corpus of bad ones, and keys that change."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from joserfc.jwk import OctKey

from casework.shared.contracts.actors import Actor
from casework.shared.platform import key_sets
from casework.shared.platform.access_tokens import MOST_BYTES, AccessTokens, Claims
from casework.shared.platform.api_keys import Principal, Unauthenticated
from casework.shared.platform.authentication import access_tokens
from casework.shared.platform.key_sets import FilePlace, KeySet, KeySetUnavailable, UnusableKeySet, WebPlace
from casework.shared.runtime.token_settings import TokenSettings
from casework.shared.testing.issuer import AUDIENCE, ISSUER, Issuer, Web, new_key, signed, web

CLAIMS = Claims(ISSUER, AUDIENCE)
ALGORITHMS = ("ES256", "EdDSA", "Ed25519", "PS256", "RS256")


class Clock:
    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


class Door:
    """An issuer, its web server, a hostile one, and what judges tokens."""

    def __init__(self, issuer: Issuer, place: Web, hostile: Web) -> None:
        self.issuer, self.place, self.hostile, self.clock = issuer, place, hostile, Clock()
        self.keys = KeySet(WebPlace(place.url), clock=self.clock)
        self.tokens = AccessTokens(CLAIMS, self.keys)

    async def who(self, *scopes: str, **said: Any) -> Principal:
        return await self.tokens.principal_of(self.issuer.token(*scopes, **said))


@pytest_asyncio.fixture
async def door() -> AsyncIterator[Door]:
    issuer = Issuer()
    issuer.add("ES256", "one")
    async with web(issuer.key_set()) as place, web(issuer.key_set()) as hostile:
        yield Door(issuer, place, hostile)


async def test_a_role_that_has_its_own_scopes_gets_no_others_from_a_token(door: Door) -> None:
    """Whatever the issuer grants: an auditor reads and verifies."""
    granted = ("staff:write", "privacy:write", "personal:read", "cases:read", "audit:read")
    assert (await door.who(*granted, role="auditor")).scopes == {"cases:read", "audit:read"}
    assert (await door.who(*granted, role="handler")).scopes == set(granted)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_a_good_token_says_who_is_calling(door: Door, algorithm: str) -> None:
    kid = door.issuer.add(algorithm)
    door.place.body = door.issuer.key_set()
    who = await door.who(
        "cases:read", "nonsense:all", "staff:write", kid=kid, role="supervisor", rank=3, aud=["x", AUDIENCE]
    )
    assert who == Principal(Actor("ann-7", "person"), "supervisor", 3, frozenset({"cases:read", "staff:write"}))


async def test_what_is_not_granted_in_known_words_is_not_granted(door: Door) -> None:
    who = await door.who(sub="desk-app", scope=None)
    assert who == Principal(Actor("desk-app", "integrator"), "", 0, frozenset())
    for scope in ("*", "admin", "cases:*", "cases:read,staff:write", "CASES:READ", {"cases:read": True}, 7, [["x"]]):
        assert (await door.who(scope=scope)).scopes == frozenset(), scope
    assert (await door.who(scope=["cases:read"])).scopes == {"cases:read"}


def _parts(token: str) -> list[str]:
    return token.split(".")


def _encoded(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def _public_pem(issuer: Issuer) -> bytes:
    key = issuer.keys["one"]
    assert not isinstance(key, OctKey)
    return key.as_pem(private=False)


def _by_secret(issuer: Issuer, secret: bytes, **header: Any) -> str:
    """Signed with HMAC, as whoever knows the public key could."""
    head = _encoded({"alg": "HS256", "typ": "at+jwt", "kid": "one", **header})
    body = f"{head}.{_encoded(issuer.claims('cases:read'))}"
    digest = hmac.new(secret, body.encode(), hashlib.sha256).digest()
    return f"{body}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _unsigned(issuer: Issuer, signature: str = "", **header: Any) -> str:
    head = _encoded({"alg": "none", "typ": "at+jwt", "kid": "one", **header})
    return f"{head}.{_encoded(issuer.claims('cases:read'))}.{signature}"


def _with(token: str, at: int, text: str) -> str:
    parts = _parts(token)
    parts[at] = text
    return ".".join(parts)


def _by_stranger(issuer: Issuer) -> str:
    stranger = Issuer({"one": new_key("ES256", "one")})
    return stranger.token("cases:read")


def _twice(issuer: Issuer) -> str:
    """`scope` twice, signed by the issuer."""
    claims = json.dumps(issuer.claims("cases:read"))[:-1] + ', "scope": "staff:write"}'
    return signed({"alg": "ES256", "typ": "at+jwt", "kid": "one"}, claims, issuer.keys["one"])


def _own_key(issuer: Issuer) -> str:
    own = Issuer({"own": new_key("ES256", "own")})
    return own.token("cases:read", header={"jwk": own.keys["own"].as_dict(private=False), "kid": "one"})


def _now() -> int:
    return int(time.time())


BAD: dict[str, Callable[[Issuer, str], str]] = {
    "nothing": lambda i, h: "",
    "not a token": lambda i, h: "a.b",
    "dots only": lambda i, h: "..",
    "five parts, as encrypted ones": lambda i, h: i.token("cases:read") + ".x.y",
    "none": lambda i, h: _unsigned(i),
    "none, with a signature": lambda i, h: _unsigned(i, "AAAA"),
    "None": lambda i, h: _unsigned(i, "AAAA", alg="nOnE"),
    "the public key as a secret": lambda i, h: _by_secret(i, _public_pem(i)),
    "the key set as a secret": lambda i, h: _by_secret(i, i.key_set()),
    "an empty secret": lambda i, h: _by_secret(i, b""),
    "an empty secret and no key id": lambda i, h: _by_secret(i, b"", kid=""),
    "another's signature": lambda i, h: _by_stranger(i),
    "no signature": lambda i, h: _with(i.token("cases:read"), 2, ""),
    "a signature of zeros": lambda i, h: _with(i.token("cases:read"), 2, "A" * 86),
    "a signature cut": lambda i, h: i.token("cases:read")[:-4],
    "other claims": lambda i, h: _with(i.token("cases:read"), 1, _encoded(i.claims("staff:write"))),
    "claims that are a list": lambda i, h: _with(i.token("cases:read"), 1, _encoded(["x"])),
    "a header that is a list": lambda i, h: _with(i.token("cases:read"), 0, _encoded(["x"])),
    "a header nested deep": lambda i, h: _with(
        i.token(), 0, base64.urlsafe_b64encode(b"[" * 5_000).decode().rstrip("=")
    ),
    "a claim twice": lambda i, h: _twice(i),
    "another issuer": lambda i, h: i.token("cases:read", iss="https://issuer.example.evil"),
    "no issuer": lambda i, h: i.token("cases:read", iss=None),
    "another audience": lambda i, h: i.token("cases:read", aud="https://shop.example"),
    "no audience": lambda i, h: i.token("cases:read", aud=None),
    "an audience that begins like ours": lambda i, h: i.token("cases:read", aud=AUDIENCE + ".evil"),
    "expired": lambda i, h: i.token("cases:read", exp=_now() - 31),
    "without an end": lambda i, h: i.token("cases:read", exp=None),
    "an end that is a text": lambda i, h: i.token("cases:read", exp="tomorrow"),
    "an end that is true": lambda i, h: i.token("cases:read", exp=True),
    "an end that is no number": lambda i, h: i.token("cases:read", exp=float("nan")),
    "not yet": lambda i, h: i.token("cases:read", nbf=_now() + 120),
    "made in the future": lambda i, h: i.token("cases:read", iat=_now() + 120),
    "made never": lambda i, h: i.token("cases:read", iat=None),
    "an id token": lambda i, h: i.token("cases:read", header={"typ": "JWT"}),
    "no type": lambda i, h: i.token("cases:read", header={"typ": None}),
    "no key id": lambda i, h: i.token("cases:read", header={"kid": None}),
    "an unknown key": lambda i, h: i.token("cases:read", header={"kid": "two"}),
    "a key id that is a path": lambda i, h: i.token("cases:read", header={"kid": "../../dev/null"}),
    "a key id that is a statement": lambda i, h: i.token("cases:read", header={"kid": "' OR 1=1 --"}),
    "another algorithm of the same family": lambda i, h: _with(
        i.token("cases:read"), 0, _encoded({"alg": "ES384", "typ": "at+jwt", "kid": "one"})
    ),
    "an algorithm of another family": lambda i, h: _with(
        i.token("cases:read"), 0, _encoded({"alg": "RS256", "typ": "at+jwt", "kid": "one"})
    ),
    "jku": lambda i, h: i.token("cases:read", header={"jku": h}),
    "x5u": lambda i, h: i.token("cases:read", header={"x5u": h}),
    "jku and an unknown key": lambda i, h: i.token("cases:read", header={"jku": h, "kid": "two"}),
    "a key of its own": lambda i, h: _own_key(i),
    "a certificate of its own": lambda i, h: i.token("cases:read", header={"x5c": ["AAAA"]}),
    "crit": lambda i, h: i.token("cases:read", header={"crit": ["exp"]}),
    "an unencoded payload": lambda i, h: i.token("cases:read", header={"b64": False}),
    "an unencoded payload, and crit": lambda i, h: i.token("cases:read", header={"b64": False, "crit": ["b64"]}),
    "compressed": lambda i, h: i.token("cases:read", header={"zip": "DEF"}),
    "huge": lambda i, h: i.token("cases:read", more="x" * MOST_BYTES),
    "huge, and no token": lambda i, h: "e" * 60_000 + ".e.e",
    "nobody": lambda i, h: i.token("cases:read", sub=None),
    "nobody, in writing": lambda i, h: i.token("cases:read", sub=""),
    "a line break in the name": lambda i, h: i.token("cases:read", sub="ann\r\nadmin"),
    "a name of ours": lambda i, h: i.token("cases:read", sub="casework-intake"),
    "a service": lambda i, h: i.token("cases:read", actor_kind="service"),
    "a clock": lambda i, h: i.token("cases:read", actor_kind="clock"),
    "a rank below nothing": lambda i, h: i.token("cases:read", rank=-1),
    "a rank in words": lambda i, h: i.token("cases:read", rank="9"),
    "a rank that is true": lambda i, h: i.token("cases:read", rank=True),
    "two roles": lambda i, h: i.token("cases:read", role=["clerk", "head"]),
}


async def test_no_bad_token_says_anything_and_nobody_is_asked(door: Door) -> None:
    assert len(BAD) >= 25
    await door.who("cases:read")
    texts = set()
    for name, bad in BAD.items():
        token = bad(door.issuer, door.hostile.url)
        with pytest.raises(Unauthenticated) as refused:
            pytest.fail(f"{name}: {await door.tokens.principal_of(token)}")
        texts.add(str(refused.value))
    assert len(texts) == 1, "what was wrong is not said"
    assert door.hostile.asked == 0
    assert door.place.asked == 1
    await door.who("cases:read")


@pytest.mark.parametrize("leeway", (0, 60))
async def test_times_are_judged_with_the_leeway_and_no_more(door: Door, leeway: int) -> None:
    now = _now()
    tokens = AccessTokens(Claims(ISSUER, AUDIENCE, leeway), door.keys, now=lambda: now)
    good: list[dict[str, Any]] = [{"exp": now - leeway + 1}, {"nbf": now + leeway}, {"iat": now + leeway}]
    for claims in good:
        await tokens.principal_of(door.issuer.token(**claims))
    bad: list[dict[str, Any]] = [{"exp": now - leeway}, {"nbf": now + leeway + 1}, {"iat": now + leeway + 1}]
    for claims in bad:
        with pytest.raises(Unauthenticated):
            await tokens.principal_of(door.issuer.token(**claims))
    with pytest.raises(ValueError, match="a minute"):
        Claims(ISSUER, AUDIENCE, 61)


async def test_keys_change_without_a_restart(door: Door) -> None:
    """A new key counts at the first token that names it, one that was taken back within five minutes."""
    await door.who("cases:read")
    door.issuer.add("RS256", "two")
    door.place.body = door.issuer.key_set()
    door.clock.at += key_sets.LOOK_AGAIN_S
    assert (await door.who("cases:read", kid="two")).scopes == {"cases:read"}
    assert door.place.asked == 2
    door.place.body = Issuer({"two": door.issuer.keys["two"]}).key_set()
    await door.who("cases:read", kid="one")
    door.clock.at += key_sets.FRESH_S + 1
    with pytest.raises(Unauthenticated):
        await door.who("cases:read", kid="one")
    await door.who("cases:read", kid="two")
    assert door.place.asked == 3


async def test_unknown_keys_are_looked_for_at_a_bounded_rate(door: Door) -> None:
    for number in range(200):
        with pytest.raises(Unauthenticated):
            await door.tokens.principal_of(door.issuer.token(header={"kid": f"k{number}"}))
        door.clock.at += 0.1
    assert door.place.asked <= 1 + 200 * 0.1 / key_sets.LOOK_AGAIN_S


async def test_an_issuer_that_is_away_is_waited_for_an_hour(door: Door) -> None:
    await door.who("cases:read")
    door.place.status = 500
    door.clock.at += key_sets.STALE_S - 1
    await door.who("cases:read")
    door.clock.at += 2
    with pytest.raises(KeySetUnavailable):
        await door.who("cases:read")
    door.place.status = 200
    door.clock.at += key_sets.LOOK_AGAIN_S
    await door.who("cases:read")


async def test_a_redirect_is_not_followed(door: Door) -> None:
    door.place.status, door.place.headers = 302, (f"location: {door.hostile.url}",)
    with pytest.raises(KeySetUnavailable):
        await door.who("cases:read")
    assert (door.place.asked, door.hostile.asked) == (1, 0)


async def test_a_file_is_read_anew(tmp_path: Path) -> None:
    issuer, clock = Issuer(), Clock()
    issuer.add("EdDSA", "one")
    file = tmp_path / "keys.json"
    file.write_bytes(issuer.key_set())
    tokens = AccessTokens(CLAIMS, KeySet(FilePlace(file), clock=clock))
    await tokens.principal_of(issuer.token())
    issuer.add("ES256", "two")
    file.write_bytes(issuer.key_set())
    clock.at += key_sets.LOOK_AGAIN_S
    await tokens.principal_of(issuer.token(kid="two"))


def test_only_public_signing_keys_of_known_kinds_are_taken() -> None:
    good = new_key("ES256", "good")
    public = good.as_dict(private=False)
    secret = OctKey.generate_key(256, {"kid": "secret"}).as_dict(private=True)
    leaked = new_key("ES256", "leaked").as_dict(private=True)
    others: list[Any] = [
        secret, leaked, 7, None, {}, {**public, "kid": "enc", "use": "enc"}, {**public, "kid": ""},
        {**public, "kid": "other", "alg": "HS256"}, {**public, "kid": "ops", "key_ops": ["sign"]},
        {"kty": "RSA", "kid": "weak", "n": "AQAB" * 40, "e": "AQAB"}, {"kty": "EC", "crv": "P-256", "kid": "cut"},
        {**public, "kid": "off", "x": public["y"]},
    ]  # fmt: skip
    found = key_sets.parse_key_set(json.dumps({"keys": [public, *others]}).encode())
    assert {kid: usable.algorithms for kid, usable in found.items()} == {"good": ("ES256",)}
    for bad in (b"", b"[]", b"{}", b'{"keys": 1}', json.dumps({"keys": others}).encode(), b" " * 300_000):
        with pytest.raises(UnusableKeySet):
            key_sets.parse_key_set(bad)
    with pytest.raises(UnusableKeySet, match="same"):
        key_sets.parse_key_set(json.dumps({"keys": [public, public]}).encode())


def test_the_settings_say_whose_tokens_count(monkeypatch: pytest.MonkeyPatch) -> None:
    assert access_tokens(TokenSettings()) is None
    monkeypatch.setenv("CASEWORK_JWT_ISSUER", ISSUER)
    with pytest.raises(ValueError, match="all three"):
        TokenSettings()
    monkeypatch.setenv("CASEWORK_JWT_AUDIENCE", AUDIENCE)
    for keys in ("http://issuer.example/keys", "ftp://issuer.example/keys", "http://127.0.0.1.evil/keys"):
        monkeypatch.setenv("CASEWORK_JWT_KEYS", keys)
        with pytest.raises(ValueError, match="https"):
            TokenSettings()
    for keys in ("https://issuer.example/keys", "http://127.0.0.1:8080/keys", "/etc/casework/keys.json"):
        monkeypatch.setenv("CASEWORK_JWT_KEYS", keys)
        assert access_tokens(TokenSettings()) is not None
    monkeypatch.setenv("CASEWORK_JWT_LEEWAY_S", "61")
    with pytest.raises(ValueError, match="60"):
        TokenSettings()
