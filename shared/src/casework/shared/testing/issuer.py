"""An issuer of access tokens for tests: real keys, a key set, and a web server of its own that counts who asks."""

from __future__ import annotations

import asyncio
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

AUDIENCE = "https://casework.example"
ISSUER = "https://issuer.example"


def new_key(algorithm: str, kid: str) -> Key:
    """A new private key that signs by `algorithm`."""
    parameters: Any = {"kid": kid, "use": "sig", "alg": algorithm}
    match algorithm:
        case "ES256":
            return ECKey.generate_key("P-256", parameters)
        case "EdDSA" | "Ed25519":
            return OKPKey.generate_key("Ed25519", parameters)
        case _:
            return RSAKey.generate_key(2_048, parameters)


@dataclass(slots=True)
class Issuer:
    """Signs what it is told to."""

    keys: dict[str, Key] = field(default_factory=dict)

    def add(self, algorithm: str, kid: str | None = None) -> str:
        """A new key; returns its id."""
        kid = kid or f"{algorithm}-{uuid4().hex[:8]}"
        self.keys[kid] = new_key(algorithm, kid)
        return kid

    def key_set(self) -> bytes:
        """The public halves, as JWKS."""
        return json.dumps({"keys": [key.as_dict(private=False) for key in self.keys.values()]}).encode()

    def claims(self, *scopes: str, **changed: Any) -> dict[str, Any]:
        """The claims of a good token; `changed` ones of None are left out."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "ann-7",
            "client_id": "desk-app",
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "jti": uuid4().hex,
            "scope": " ".join(scopes),
            **changed,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(
        self, *scopes: str, kid: str | None = None, header: Mapping[str, Any] | None = None, **changed: Any
    ) -> str:
        """A signed token of these scopes. `header` members replace the good ones; those of None are left out."""
        kid = kid or next(iter(self.keys))
        key = self.keys[kid]
        head = {"alg": key.alg, "typ": "at+jwt", "kid": kid, **(header or {})}
        head = {name: value for name, value in head.items() if value is not None}
        return signed(head, json.dumps(self.claims(*scopes, **changed)), key)


def signed(header: Mapping[str, Any], payload: str, key: Key) -> str:
    """A token of just these parts: the library refuses to sign some that a hostile issuer would."""
    parts = [urlsafe_b64encode(part.encode()).rstrip(b"=") for part in (json.dumps(header), payload)]
    signature = JWSRegistry.algorithms[str(header["alg"])].sign(b".".join(parts), key)
    return b".".join([*parts, urlsafe_b64encode(signature).rstrip(b"=")]).decode()


@dataclass(slots=True)
class Web:
    """A web server on this machine that answers every request with `body`, and counts them."""

    url: str
    body: bytes = b""
    status: int = 200
    asked: int = 0
    headers: tuple[str, ...] = ()


@asynccontextmanager
async def web(body: bytes = b"") -> AsyncIterator[Web]:
    """A running one."""
    found = Web("", body)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.asked += 1
        await reader.readuntil(b"\r\n\r\n")
        lines = [f"HTTP/1.1 {found.status} X", f"content-length: {len(found.body)}", "connection: close"]
        writer.write("\r\n".join([*lines, *found.headers, "", ""]).encode() + found.body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys"
    try:
        yield found
    finally:
        server.close()
        await server.wait_closed()
