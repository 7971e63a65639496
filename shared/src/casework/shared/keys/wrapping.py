"""What wraps person keys: the key file, with a new key in it from time to time, or whatever else keeps such keys.

Invariant: keys that were wrapped with a former key of the file open for as long as it stands there, and new ones are
wrapped with the newest. What is derived for other purposes stays the same when the wrapping key changes: the file hands
its root down, from which no wrapping key can be told. Keys appear in no log line and no `repr`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol
from uuid import UUID

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from casework.shared.durable import sync_path
from casework.shared.keys.sealing import KEY_BYTES, NONCE_BYTES
from casework.shared.runtime.database import StoreUnavailable

log = structlog.get_logger(__name__)

_ROOT = b"casework root of derived keys"
_MEND_THE_FILE = "what was read before is used on; give the file to its owner alone (chmod 600), or restore it"
_GIVE_THE_FILE = (
    "put the file here that `casework keys rotate` wrote, or set CASEWORK_KEY_FILE to the file with this key"
)


class KeyFileError(Exception):
    """The key file is missing, readable by others or damaged, or what is stored under its key was changed."""


class NotAKeyFile(KeyFileError):
    """What the file holds are no keys, or not the whole of them."""


class KeyNotInFile(KeyFileError, StoreUnavailable):
    """What wrapped a person's key is not in the key file as it is read now.

    Transient while a process runs, since the file is looked at again: back off and run again. Whoever took it for the
    fault of what is being worked on would refuse good posts because the file was not handed out yet."""


class Wrapped(NamedTuple):
    """A person's key as it is stored, and the name of what wrapped it."""

    key: bytes
    kek_id: str


class WrappingKeys(Protocol):
    """What person keys are wrapped with: a key file, or a key management service.

    Whole batches, so that a service is asked once for each; a person's id is bound into what is stored. An
    implementation opens what its former keys wrapped for as long as it has them, and wraps with the newest."""

    @property
    def root_id(self) -> str:
        """Names what `derive` goes by: it stays when the wrapping key changes."""

    def derive(self, purpose: bytes) -> bytes:
        """A key for another purpose, the same for good, such as telling repeated words from changed ones. Asked for
        when a service starts."""

    async def wrap_all(self, keys: Mapping[UUID, bytes]) -> Mapping[UUID, Wrapped]:
        """The keys of these persons as they are to be stored."""

    async def unwrap_all(self, wrapped: Mapping[UUID, Wrapped]) -> Mapping[UUID, bytes]:
        """The inverse. Raises `KeyNotInFile` where one was wrapped by a key that is not there now, and `KeyFileError`
        where it was changed."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """One key-encryption key. `kek_id` names it without telling anything about it.

    `root` is what other keys are derived from, where that is handed down from an earlier key file."""

    kek_id: str
    kek: bytes = field(repr=False)
    root: bytes | None = field(default=None, repr=False)

    @classmethod
    def create(cls, path: Path) -> KeyFile:
        """Write a new key to `path`, readable by its owner only. Raises FileExistsError rather than overwrite."""
        _write(path, _text(secrets.token_bytes(KEY_BYTES)))
        sync_path(path.parent)
        return cls.load(path)

    @classmethod
    def load(cls, path: Path) -> KeyFile:
        """Read the newest key of the file. Raises `KeyFileError`, which says what to do."""
        return read_ring(path)[0]

    def wrap(self, key: bytes, person: UUID) -> bytes:
        """The person's key as it is stored: nonce, then ciphertext, bound to the person."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.kek).encrypt(nonce, key, self._bound_to(person))

    def unwrap(self, wrapped: bytes, person: UUID, kek_id: str) -> bytes:
        """The inverse of `wrap`. Raises `KeyNotInFile` when another key wrapped it, `KeyFileError` when it was
        changed."""
        if kek_id != self.kek_id:
            raise KeyNotInFile(
                f"a person key that was wrapped with key {kek_id} does not open with {self.kek_id}; {_GIVE_THE_FILE}"
            )
        try:
            return AESGCM(self.kek).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], self._bound_to(person))
        except InvalidTag:
            raise KeyFileError(
                f"a person key that was wrapped with key {kek_id} does not open with it: the row was changed; "
                "restore the schema vault from its backup"
            ) from None

    @property
    def root_key(self) -> bytes:
        """What other keys are derived from: handed down, or of this key. It tells nothing of the key itself."""
        return self.root or HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=_ROOT).derive(self.kek)

    @property
    def root_id(self) -> str:
        return hashlib.sha256(self.root_key).hexdigest()[:8]

    def derive(self, purpose: bytes) -> bytes:
        """A key for another purpose (HKDF-SHA256)."""
        return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=purpose).derive(self.root_key)

    async def wrap_all(self, keys: Mapping[UUID, bytes]) -> Mapping[UUID, Wrapped]:
        return {person: Wrapped(self.wrap(key, person), self.kek_id) for person, key in keys.items()}

    async def unwrap_all(self, wrapped: Mapping[UUID, Wrapped]) -> Mapping[UUID, bytes]:
        return {person: self.unwrap(each.key, person, each.kek_id) for person, each in wrapped.items()}

    def _bound_to(self, person: UUID) -> bytes:
        return b"casework-person-key-1\x00" + self.kek_id.encode() + person.bytes


class KeyRing:
    """The key file at a path as it is now: a running process takes up a new file by itself.

    The newest key wraps; those that it replaces open until they are taken out of the file. A file that cannot be read
    is reported, and what was read before is used on."""

    def __init__(self, path: Path) -> None:
        """Raises `KeyFileError`."""
        self._path = path
        self._seen = self._refused = _state_of(path)
        self._keys = read_ring(path)
        self._missed: set[str] = set()

    @property
    def newest(self) -> KeyFile:
        """What new keys are wrapped with now."""
        self._look()
        return self._keys[0]

    @property
    def former(self) -> Sequence[KeyFile]:
        """Those that the newest replaces and that still open."""
        self._look()
        return self._keys[1:]

    @property
    def root_id(self) -> str:
        return self._keys[0].root_id

    def derive(self, purpose: bytes) -> bytes:
        return self._keys[0].derive(purpose)

    async def wrap_all(self, keys: Mapping[UUID, bytes]) -> Mapping[UUID, Wrapped]:
        return await self.newest.wrap_all(keys)

    async def unwrap_all(self, wrapped: Mapping[UUID, Wrapped]) -> Mapping[UUID, bytes]:
        self._look()
        known = {each.kek_id: each for each in self._keys}
        self._report(kek_id for _, kek_id in wrapped.values() if kek_id not in known)
        # Where the key is not there, the newest one says so, and what to do.
        return {
            person: known.get(each.kek_id, self._keys[0]).unwrap(each.key, person, each.kek_id)
            for person, each in wrapped.items()
        }

    def _report(self, missing: Iterable[str]) -> None:
        """Say once of each key that it is not in the file: whoever waits for it asks again and again."""
        for kek_id in set(missing) - self._missed:
            self._missed.add(kek_id)
            log.error("keys.not-in-file", reason=kek_id, action=_GIVE_THE_FILE)

    def _look(self) -> None:
        state = _state_of(self._path)
        if state == self._seen:
            return
        try:
            self._keys = read_ring(self._path)
        except KeyFileError as error:
            # It is read again at the next look all the same: its rights can be mended without a trace in its state.
            if state != self._refused:
                self._refused = state
                log.error("keys.file-unreadable", error=type(error).__name__, action=_MEND_THE_FILE)
            return
        self._seen = self._refused = state


def read_ring(path: Path) -> tuple[KeyFile, ...]:
    """The keys in a file, the newest first. Raises `KeyFileError`, which says what to do."""
    try:
        if path.stat().st_mode & 0o077:
            raise KeyFileError(f"{path} can be read by others; run `chmod 600 {path}`")
        lines = path.read_text(encoding="ascii").split("\n")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise KeyFileError(f"cannot read the key file {path} ({reason}); set CASEWORK_KEY_FILE") from None
    except ValueError:
        lines = []
    keys: dict[str, list[bytes]] = {"": [], "root": [], "former": []}
    try:
        for line in filter(None, (each.strip() for each in lines)):
            word, _, text = line.rpartition(" ")
            keys[word].append(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, KeyError):
        keys[""] = []
    newest, roots, former = keys.values()
    if len(newest) != 1 or len(roots) > 1 or any(len(key) != KEY_BYTES for key in (*newest, *roots, *former)):
        raise NotAKeyFile(f"{path} is not a key file ({KEY_BYTES} bytes in base64url); restore it from its backup")
    root = next(iter(roots), None)
    return tuple(KeyFile(hashlib.sha256(key).hexdigest()[:8], key, root) for key in (*newest, *former))


def write_ring(path: Path, keys: Sequence[KeyFile]) -> None:
    """Write the file anew, the newest key first: the whole of it or, after a crash, what was before. It is on the disk
    when this returns. Raises OSError, FileExistsError where one was left behind by an earlier change."""
    newest, *former = keys
    lines = [_text(newest.kek), f"root {_text(newest.root_key)}", *(f"former {_text(each.kek)}" for each in former)]
    _write(fresh_beside(path), "\n".join(lines))
    put_in_place(path)


def fresh_beside(path: Path) -> Path:
    """Where the next file is written. A crash leaves it there: half of it, or the whole with keys that are in use."""
    return path.with_name(f"{path.name}.new")


def put_in_place(path: Path) -> None:
    """Give the fresh file its name, for good: what is wrapped with its keys is committed right after."""
    fresh_beside(path).replace(path)
    sync_path(path.parent)


def new_key(root: bytes) -> KeyFile:
    """A new key that hands `root` down."""
    kek = secrets.token_bytes(KEY_BYTES)
    return KeyFile(hashlib.sha256(kek).hexdigest()[:8], kek, root)


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


def _state_of(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
