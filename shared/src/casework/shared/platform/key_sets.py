"""The public keys of an issuer of access tokens, by their id: read from a file or fetched from one address.

Invariant: keys come from the configured place and from nowhere else, whatever a token says; a token that names an
unknown key causes at most one look there each `LOOK_AGAIN_S`, whoever sends how many; and no key is used for an
algorithm of another family.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx2 as httpx
import structlog
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from casework.shared.runtime.database import StoreUnavailable

FRESH_S = 300.0
"""A key that the issuer took back is refused after this long, while the issuer answers."""
STALE_S = 3_600.0
"""So long the last set serves when the issuer does not answer; then tokens cannot be judged any more."""
LOOK_AGAIN_S = 10.0
FETCH_S = 5.0
MOST_BYTES = 262_144
MOST_KEYS = 100
SHORTEST_RSA_BITS = 2_048

log = structlog.get_logger(__name__)


class KeySetUnavailable(StoreUnavailable):
    """The issuer's keys cannot be had, so no token can be judged. Transient."""


class UnusableKeySet(Exception):
    """What is at the configured place is no key set, or holds no key that may be used. The message says which."""


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key, and the algorithms that it may verify."""

    key: Key
    algorithms: tuple[str, ...]


class Place(Protocol):
    """Where a key set is."""

    async def read(self) -> bytes:
        """The document. Raises OSError or `httpx.HTTPError` when it cannot be had."""
        ...


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A file; it is read anew when it is looked for."""

    path: Path

    async def read(self) -> bytes:
        return await asyncio.to_thread(self._read)

    def _read(self) -> bytes:
        with self.path.open("rb") as file:
            return file.read(MOST_BYTES + 1)


@dataclass(frozen=True, slots=True)
class WebPlace:
    """An address. Redirects are not followed: whoever could make one could choose the keys."""

    url: str
    ca_file: Path | None = None
    transport: httpx.AsyncBaseTransport | None = None

    async def read(self) -> bytes:
        context = ssl.create_default_context(cafile=self.ca_file)
        async with (
            httpx.AsyncClient(
                timeout=FETCH_S, verify=context, trust_env=False, follow_redirects=False, transport=self.transport
            ) as http,
            http.stream("GET", self.url, headers={"accept": "application/jwk-set+json, application/json"}) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise httpx.HTTPError(f"status {answer.status_code}")
            found = bytearray()
            async for part in answer.aiter_bytes():
                found += part
                if len(found) > MOST_BYTES:
                    break
            return bytes(found)


def parse_key_set(document: bytes) -> dict[str, VerifyingKey]:
    """The keys of a JWKS (RFC 7517) that may verify, by `kid`. Others are left out: symmetric and private ones, those
    for encryption, weak ones, and those without an id. Raises `UnusableKeySet`."""
    if len(document) > MOST_BYTES:
        raise UnusableKeySet(f"the key set is over {MOST_BYTES} bytes")
    try:
        listed = json.loads(document)["keys"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UnusableKeySet("this is no key set: a JSON object with an array `keys`") from None
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise UnusableKeySet(f"`keys` must be an array of at most {MOST_KEYS}")
    found: dict[str, VerifyingKey] = {}
    for each in listed:
        kid = each.get("kid") if isinstance(each, dict) else None
        if not isinstance(kid, str) or not kid:
            continue
        usable = _usable(each)
        if usable is None:
            continue
        if kid in found:
            raise UnusableKeySet("two keys of the set have the same `kid`")
        found[kid] = usable
    if not found:
        raise UnusableKeySet("no key of the set is public, for signatures, of a known kind and has a `kid`")
    return found


def _usable(each: Mapping[str, Any]) -> VerifyingKey | None:
    if each.get("use", "sig") != "sig" or "verify" not in each.get("key_ops", ["verify"]) or "d" in each:
        return None
    key: Key
    family: tuple[str, ...]
    try:
        match each.get("kty"), each.get("crv"):
            case "RSA", None:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", SecurityWarning)  # about short ones, which are left out below
                    key, family = RSAKey.import_key(dict(each)), ("PS256", "RS256")
                if key.public_key.key_size < SHORTEST_RSA_BITS:
                    return None
            case "EC", "P-256":
                key, family = ECKey.import_key(dict(each)), ("ES256",)
            case "OKP", "Ed25519":
                key, family = OKPKey.import_key(dict(each)), ("EdDSA", "Ed25519")
            case _:
                return None
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    declared = each.get("alg")
    algorithms = family if declared is None else tuple(name for name in family if name == declared)
    return VerifyingKey(key, algorithms) if algorithms else None


class KeySet:
    """The issuer's keys, kept for `FRESH_S`. `clock` gives monotonic seconds."""

    def __init__(self, place: Place, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._place = place
        self._clock = clock
        self._keys: Mapping[str, VerifyingKey] = {}
        self._read_at = float("-inf")
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()

    async def key(self, kid: str) -> VerifyingKey | None:
        """The key of that id, None when the issuer has none. Raises `KeySetUnavailable`."""
        known = kid in self._keys and self._clock() - self._read_at <= STALE_S
        fresh = known and self._clock() - self._read_at <= FRESH_S
        # While somebody looks, what is known still serves: an issuer that answers slowly holds nobody up.
        if not fresh and not (known and self._looking.locked()):
            async with self._looking:
                now = self._clock()
                stale = now - self._read_at > FRESH_S
                if (stale or kid not in self._keys) and now - self._looked_at >= LOOK_AGAIN_S:
                    self._looked_at = now
                    await self._look(now)
        if self._clock() - self._read_at > STALE_S:
            raise KeySetUnavailable("the issuer's key set")
        return self._keys.get(kid)

    async def _look(self, now: float) -> None:
        try:
            self._keys = parse_key_set(await self._place.read())
            self._read_at = now
        except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
            log.warning("tokens.keys-unavailable", error=type(error).__name__)
        except UnusableKeySet as error:
            log.error("tokens.keys-unusable", action=str(error))
