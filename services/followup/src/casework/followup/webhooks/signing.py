"""Secrets and signatures, as Standard Webhooks 1.0 says: HMAC-SHA256 over `id.timestamp.body`, base64, `v1,`.

Invariant: a secret leaves this process once, in the answer that made it. It is stored under a key that is derived from
a file beside the database, bound to its webhook and number, so that a dump signs nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from casework.shared.errors import Conflict
from casework.shared.keys.vault import KeyFile, KeyFileError

PREFIX = "whsec_"
SECRET_BYTES = 32
"""The specification allows 24 to 64."""
PURPOSE = b"casework webhook secrets"
_NONCE = 12


class NoKeyFile(Conflict):
    """The file that webhook secrets are stored under cannot be used in this process."""

    code = "webhook-key-missing"
    status = 503


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """A secret as it lies in the table; `key_id` names the file it was stored under."""

    number: int
    box: bytes
    key_id: str


@dataclass(frozen=True, slots=True)
class SecretBox:
    """Stores and opens secrets under one key file."""

    key_id: str
    _key: bytes = field(repr=False)

    @classmethod
    def load(cls, path: Path) -> SecretBox:
        """Raises `NoKeyFile`, which says what to do."""
        try:
            file = KeyFile.load(path)
        except KeyFileError as error:
            raise NoKeyFile(f"{error} (or CASEWORK_WEBHOOK_KEY_FILE) where followup runs") from None
        return cls(file.root_id, file.derive(PURPOSE))

    def close(self, secret: bytes, webhook: UUID, number: int) -> StoredSecret:
        nonce = secrets.token_bytes(_NONCE)
        box = nonce + AESGCM(self._key).encrypt(nonce, secret, _bound_to(webhook, number))
        return StoredSecret(number, box, self.key_id)

    def open(self, stored: StoredSecret, webhook: UUID) -> bytes:
        """The inverse of `close`. Raises `NoKeyFile` where another file closed it, or it was changed."""
        try:
            bound = _bound_to(webhook, stored.number)
            return AESGCM(self._key).decrypt(stored.box[:_NONCE], stored.box[_NONCE:], bound)
        except InvalidTag:
            raise NoKeyFile(
                f"a webhook secret stored under key file {stored.key_id} does not open with {self.key_id}; "
                "set CASEWORK_WEBHOOK_KEY_FILE to the former file, or delete the webhook and make it anew"
            ) from None


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def shown(secret: bytes) -> str:
    """The secret as its receiver is told it: `whsec_` and base64."""
    return PREFIX + base64.b64encode(secret).decode()


def headers_of(message_id: str, timestamp: int, body: bytes, live: Sequence[bytes]) -> dict[str, str]:
    """The headers of one try: id, Unix time in seconds, and a signature by each live secret, newest first."""
    signed = b"%b.%d.%b" % (message_id.encode(), timestamp, body)
    signatures = (base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode() for secret in live)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def _bound_to(webhook: UUID, number: int) -> bytes:
    return b"webhook secret|%b|%d" % (webhook.bytes, number)
