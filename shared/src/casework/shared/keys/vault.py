"""The store of person keys: one random key a person, wrapped under the key-encryption key.

Invariant: a person's key is minted at most once and, once erased, never again, whatever runs at the same time:
both ride on the one row a person has (see `tables`). The database never sees a key unwrapped; the
key-encryption key is a file beside it that backups of the database do not hold.

Erasing empties the row. Until PostgreSQL has vacuumed it and older backups are gone, the wrapped key can
still be dug out of the disk by somebody who also has the key file.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from casework.shared.errors import Refusal
from casework.shared.keys.sealing import ERASED, KEY_BYTES, NONCE_BYTES, Opened
from casework.shared.runtime.database import Work


class PersonErased(Refusal):
    """The person was erased: nothing new may be recorded about them under that identity."""

    code: ClassVar[str] = "person-erased"


class KeyFileError(Exception):
    """The key file is missing, readable by others, damaged, or not the one the keys were wrapped with."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The key-encryption key. `kek_id` names it without telling anything about it."""

    kek_id: str
    kek: bytes = field(repr=False)

    @classmethod
    def create(cls, path: Path) -> KeyFile:
        """Write a new key to `path`, readable by its owner only. Raises FileExistsError rather than overwrite."""
        text = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode().rstrip("=")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        return cls.load(path)

    @classmethod
    def load(cls, path: Path) -> KeyFile:
        """Read the key. Raises `KeyFileError`, which says what to do."""
        try:
            if path.stat().st_mode & 0o077:
                raise KeyFileError(f"{path} can be read by others; run `chmod 600 {path}`")
            text = path.read_text(encoding="ascii").strip()
            kek = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise KeyFileError(f"cannot read the key file {path} ({reason}); set CASEWORK_KEY_FILE") from None
        except (binascii.Error, ValueError):
            kek = b""
        if len(kek) != KEY_BYTES:
            raise KeyFileError(f"{path} is not a key file ({KEY_BYTES} bytes in base64url); restore it from its backup")
        return cls(hashlib.sha256(kek).hexdigest()[:8], kek)

    def wrap(self, key: bytes, person: UUID) -> bytes:
        """The person's key as it is stored: nonce, then ciphertext, bound to the person."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.kek).encrypt(nonce, key, self._bound_to(person))

    def unwrap(self, wrapped: bytes, person: UUID, kek_id: str) -> bytes:
        """The inverse of `wrap`. Raises `KeyFileError` when another key file wrapped it, or it was changed."""
        try:
            return AESGCM(self.kek).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], self._bound_to(person))
        except InvalidTag:
            raise KeyFileError(
                f"a person key wrapped with key file {kek_id} does not open with {self.kek_id}; "
                "set CASEWORK_KEY_FILE to the file this database was made with"
            ) from None

    def derive(self, purpose: bytes) -> bytes:
        """A key for another purpose (HKDF-SHA256), such as telling repeated words from changed ones."""
        return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=purpose).derive(self.kek)

    def _bound_to(self, person: UUID) -> bytes:
        return b"casework-person-key-1\x00" + self.kek_id.encode() + person.bytes


@dataclass(frozen=True, slots=True)
class Vault:
    """The person keys, through one key file. Every method works inside the caller's transaction."""

    key_file: KeyFile

    async def mint(self, work: Work, persons: Collection[UUID]) -> dict[UUID, bytes]:
        """A key for each person: theirs, or a new one. Raises `PersonErased` when any of them was erased.

        Two that mint the same person at once wait for each other and get the same key; the sorted order keeps
        them from waiting in a circle.
        """
        wanted = list(dict.fromkeys(persons))
        wrapped = [self.key_file.wrap(secrets.token_bytes(KEY_BYTES), person) for person in wanted]
        await work.execute(
            "insert into vault.person_key (person, wrapped_key, kek_id)"
            " select *, $3 from unnest($1::uuid[], $2::bytea[]) order by 1 on conflict do nothing",
            wanted,
            wrapped,
            self.key_file.kek_id,
        )
        opened = await self.open(work, wanted)
        keys = {person: key for person, key in opened.items() if isinstance(key, bytes)}
        if len(keys) < len(wanted):
            raise PersonErased("this person was erased on request; record the complaint under a new person")
        return keys

    async def open(self, work: Work, persons: Collection[UUID]) -> dict[UUID, Opened]:
        """The key of each person, or `ERASED`. A person who never had a key is not in the answer."""
        rows = await work.fetch(
            "select person, wrapped_key, kek_id from vault.person_key where person = any($1::uuid[])", list(persons)
        )
        opened: dict[UUID, Opened] = {}
        for row in rows:
            person = UUID(int=row["person"].int)
            wrapped = row["wrapped_key"]
            opened[person] = ERASED if wrapped is None else self.key_file.unwrap(wrapped, person, row["kek_id"])
        return opened

    async def erase(self, work: Work, person: UUID) -> bool:
        """Destroy the person's key and leave the fence, also for one who never had a key. False when it was done."""
        return (
            await work.execute(
                "insert into vault.person_key as kept (person, kek_id, erased_at) values ($1, $2, clock_timestamp())"
                " on conflict (person) do update set wrapped_key = null, erased_at = excluded.erased_at"
                " where kept.erased_at is null",
                person,
                self.key_file.kek_id,
            )
            == 1
        )
