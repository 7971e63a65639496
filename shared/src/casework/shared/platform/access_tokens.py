"""Access tokens of an issuer that is trusted by configuration: JWT as RFC 9068 has them, judged as RFC 8725 asks.

Invariant: nothing that a token's header says chooses where a key comes from or which algorithms are allowed, a token
that is not good in every respect is worth nothing, and what it does not grant in words that are known here it does
not grant. The answer does not say what was wrong, the log says it by a fixed word.
"""

from __future__ import annotations

import json
import re
import time
import warnings
from base64 import urlsafe_b64decode
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import structlog
from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jws import JWSRegistry

from casework.shared.contracts.actors import Actor, ActorKind
from casework.shared.platform.api_keys import Principal, Unauthenticated, granted
from casework.shared.platform.key_sets import KeySet, VerifyingKey

ALGORITHMS = ("ES256", "EdDSA", "Ed25519", "PS256", "RS256")
"""Asymmetric all of them: with a shared secret, or the public key taken for one, anybody could sign."""
TYPES = frozenset({"at+jwt", "application/at+jwt"})
MOST_BYTES = 8_192
MOST_LEEWAY_S = 60
HIGHEST_RANK = 1_000_000
_HEADER = frozenset({"alg", "typ", "kid", "x5t", "x5t#S256"})
"""Whatever else a header may say (`jku`, `x5u`, `jwk`, `x5c`, `crit`, `b64`, `zip`, `cty`) is refused, not ignored."""
_SEGMENTS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_ACTOR = re.compile(r"[!-~]{1,100}")
_ROLE = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_OURS = "casework-"
"""The services act under names that begin so; nobody else can be called like one."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claims:
    """What must be in a token, and which of its claims say who is calling."""

    issuer: str
    audience: str
    leeway_s: int = 30
    actor: str = "sub"
    scope: str = "scope"
    kind: str = "actor_kind"
    role: str = "role"
    rank: str = "rank"

    def __post_init__(self) -> None:
        if not (self.issuer and self.audience and 0 <= self.leeway_s <= MOST_LEEWAY_S):
            raise ValueError("tokens need an issuer, an audience, and a leeway of at most a minute")


class _Refused(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Strict(json.JSONDecoder):
    """Refuses a name that stands twice: two readers of one token must not see different claims."""

    def __init__(self) -> None:
        super().__init__(object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


class AccessTokens:
    """Finds the principal behind an access token. `now` tells the time: seconds since 1970, UTC."""

    def __init__(self, claims: Claims, keys: KeySet, *, now: Callable[[], float] = time.time) -> None:
        self._claims = claims
        self._keys = keys
        self._rules = jwt.JWTClaimsRegistry(
            now=lambda: int(now()),
            leeway=claims.leeway_s,
            iss={"essential": True, "value": claims.issuer},
            aud={"essential": True, "value": claims.audience},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )

    async def principal_of(self, token: str) -> Principal:
        """The principal. Raises `Unauthenticated`, or `KeySetUnavailable` when it cannot be judged."""
        try:
            return self._principal(await self._verified(token))
        except _Refused as refused:
            log.info("tokens.refused", reason=refused.reason)
            raise Unauthenticated(
                f"this access token is not accepted; ask the issuer for a new one for the audience"
                f" {self._claims.audience}"
            ) from None

    async def _verified(self, token: str) -> Mapping[str, Any]:
        if len(token) > MOST_BYTES:
            raise _Refused("too-long")
        if _SEGMENTS.fullmatch(token) is None:
            raise _Refused("malformed")
        header = _header(token)
        found: VerifyingKey | None = await self._keys.key(header["kid"])
        if found is None:
            raise _Refused("unknown-key")
        if header["alg"] not in found.algorithms:
            raise _Refused("algorithm")
        try:
            with warnings.catch_warnings():
                # About the name EdDSA, which RFC 9864 replaces by Ed25519; issuers still write it.
                warnings.simplefilter("ignore", SecurityWarning)
                claims = jwt.decode(
                    token, found.key, found.algorithms, _Registry(algorithms=found.algorithms), _Strict
                ).claims
            self._rules.validate(claims)
        except JoseError as error:
            raise _Refused(error.error or "invalid") from None
        except (ValueError, RecursionError):
            raise _Refused("malformed") from None
        return claims

    def _principal(self, claims: Mapping[str, Any]) -> Principal:
        names = self._claims
        actor = claims.get(names.actor)
        if not isinstance(actor, str) or _ACTOR.fullmatch(actor) is None or actor.startswith(_OURS):
            raise _Refused("actor")
        role = _role(claims.get(names.role))
        return Principal(
            actor=Actor(actor, _kind(claims, names.kind)),
            role=role,
            rank=_rank(claims.get(names.rank)),
            scopes=granted(role, _words(claims.get(names.scope))),
        )


class _Registry(JWSRegistry):
    max_payload_length = MOST_BYTES
    max_header_length = 1_024


def _header(token: str) -> Mapping[str, str]:
    segment = token.partition(".")[0]
    try:
        header = json.loads(urlsafe_b64decode(segment + "=" * (-len(segment) % 4)), cls=_Strict)
    except (ValueError, RecursionError):
        raise _Refused("malformed") from None
    if not isinstance(header, dict) or not all(isinstance(value, str) for value in header.values()):
        raise _Refused("header")
    if header.keys() - _HEADER:
        raise _Refused("header")
    if header.get("alg") not in ALGORITHMS:
        raise _Refused("algorithm")
    if header.get("typ", "").lower() not in TYPES:
        raise _Refused("type")
    if not header.get("kid"):
        raise _Refused("unknown-key")
    return header


def _kind(claims: Mapping[str, Any], name: str) -> ActorKind:
    """A claim says it, else: a client that speaks for itself (RFC 9068, 2.2) is an integrator, all others persons."""
    kind = claims.get(name)
    if kind is None:
        return "integrator" if claims["sub"] == claims.get("client_id") else "person"
    if kind not in ("person", "integrator"):
        _refuse("kind")
    found: ActorKind = kind
    return found


def _role(role: object) -> str:
    if isinstance(role, list) and len(role) == 1:
        role = role[0]
    if role is None:
        return ""
    if not isinstance(role, str) or _ROLE.fullmatch(role) is None:
        _refuse("role")
    return role


def _rank(rank: object) -> int:
    if rank is None:
        return 0
    if isinstance(rank, bool) or not isinstance(rank, int) or not 0 <= rank <= HIGHEST_RANK:
        _refuse("rank")
    return rank


def _words(scope: object) -> Collection[str]:
    """RFC 8693 has the scopes as one text, some issuers as an array."""
    return scope.split(" ") if isinstance(scope, str) else scope if isinstance(scope, list) else ()


def _refuse(reason: str) -> NoReturn:
    raise _Refused(reason)
