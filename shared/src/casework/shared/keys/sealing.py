"""Sealing: personal data under the person's own key, bound to the place it was written for.

Invariant: a sealed value opens only with that person's key, in that case and that field; moved anywhere else,
or changed by one bit, it does not open. Pure functions: key and nonce arrive as arguments. AES-256-GCM; a
nonce is 96 random bits and is never used twice under one key, except to make the same bytes again.
"""

from __future__ import annotations

import base64
import secrets
from typing import Final, TypeAlias
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from casework.shared.contracts.types import Sealed

KEY_BYTES = 32
NONCE_BYTES = 12
ERASED_TEXT = "[erased]"
MAX_TEXT_BYTES = 140_000
"""The longest `Sealed.box` holds this much; an envelope holds less than twice as much."""

_FORMAT = b"casework-sealed-1"


class Erased:
    """What stands in place of a key that was destroyed. There is one: `ERASED`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ERASED"


ERASED: Final = Erased()


class Tampered(Exception):
    """A sealed value is not what was sealed: changed, moved from another place, or under another key."""


def new_nonce() -> bytes:
    """96 random bits."""
    return secrets.token_bytes(NONCE_BYTES)


def seal(text: str, key: bytes, *, person: UUID, case_id: UUID, field: str, nonce: bytes) -> Sealed:
    """Seal `text` under the person's 32-byte key, for this field of this case. The same arguments give the same
    bytes. Raises ValueError for a text over `MAX_TEXT_BYTES` of UTF-8."""
    plain = text.encode()
    if len(plain) > MAX_TEXT_BYTES:
        raise ValueError(f"a sealed text holds at most {MAX_TEXT_BYTES} bytes")
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"a nonce has {NONCE_BYTES} bytes")
    box = AESGCM(key).encrypt(nonce, plain, _bound_to(case_id, person, field))
    return Sealed(person=person, nonce=_text(nonce), box=_text(box))


def open_sealed(sealed: Sealed, key: bytes | Erased, *, case_id: UUID, field: str) -> str:
    """The text that was sealed for this field of this case; `[erased]` when the key is no more.

    Raises `Tampered` when it was sealed for elsewhere, under another key, or has been changed since.
    """
    if isinstance(key, Erased):
        return ERASED_TEXT
    try:
        bound = _bound_to(case_id, sealed.person, field)
        return AESGCM(key).decrypt(_bytes(sealed.nonce), _bytes(sealed.box), bound).decode()
    except (InvalidTag, ValueError):
        # Nothing of the value may travel with the error.
        raise Tampered(f"the sealed field {field} of case {case_id} does not open") from None


def _bound_to(case_id: UUID, person: UUID, field: str) -> bytes:
    # Both ids have 16 bytes, so no two places give the same bytes.
    return b"%b\x00%b%b%b" % (_FORMAT, case_id.bytes, person.bytes, field.encode())


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _bytes(value: str) -> bytes:
    return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)


Opened: TypeAlias = bytes | Erased
"""A person's key, or the sign that it was destroyed."""
