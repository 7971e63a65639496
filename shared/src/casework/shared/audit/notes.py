"""Signed notes (C2SP signed-note): a text, an empty line, and a line for each signature.

Invariant: only a signature by a key that the reader brought counts. Signatures by others, and of other kinds, are
passed over, so that a note can be signed by an old key and a new one at once. What was signed is the text up to and
with its last newline, byte for byte.

A signature line is `— <name> <base64 of 4 bytes that name the key, then the signature>`; the 4 bytes are the first of
SHA-256(name || "\\n" || 0x01 || public key), and 0x01 stands for Ed25519.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

_ED25519 = b"\x01"
_MARK = "— "
_PEM = re.compile(rb"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----", re.DOTALL)
_VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")
MOST_SIGNATURES = 16


class NotSigned(Exception):
    """The note is malformed, or bears no valid signature by any key that the reader trusts."""


class NoKey(Exception):
    """A file of keys holds none that can be used. The message says what it should hold."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key to verify with. `name` is None where only the key is known, as in a PEM file: then any name will do."""

    raw: bytes
    name: str | None = None


Signers: TypeAlias = Sequence[Ed25519PrivateKey]


def sign(text: str, name: str, signers: Signers) -> bytes:
    """The note: `text`, which ends in a newline, signed by each of the keys under `name`."""
    if not text.endswith("\n") or "\n\n" in text or re.search(r"[\s+]", name):
        raise ValueError("a note ends in a newline and has no empty line, and a signer's name no blank or plus")
    body = text.encode()
    lines = [text, "\n"]
    for signer in signers:
        key = raw_public(signer)
        signature = base64.b64encode(_key_id(name, key) + signer.sign(body)).decode()
        lines.append(f"{_MARK}{name} {signature}\n")
    return "".join(lines).encode()


def open_note(note: bytes, trusted: Sequence[PublicKey]) -> str:
    """The text of a note that one of the trusted keys signed. Raises `NotSigned`."""
    text, signatures = _parts(note)
    body = text.encode()
    for name, key_id, signature in signatures:
        for key in trusted:
            if key.name not in (None, name) or _key_id(name, key.raw) != key_id:
                continue
            try:
                Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, body)
            except InvalidSignature:
                raise NotSigned("the signature by the trusted key is not one of this text: it was changed") from None
            return text
    raise NotSigned("it bears no signature by a trusted key")


def text_of(note: bytes) -> str:
    """The text of a note, whoever signed it. Raises `NotSigned` when it is no note at all."""
    return _parts(note)[0]


def split_notes(content: bytes) -> Iterator[bytes]:
    """The notes that were written one after the other. What is no note comes out as it is, to be refused."""
    current: list[bytes] = []
    signed = False
    for line in content.splitlines(keepends=True):
        if signed and not line.startswith(_MARK.encode()):
            yield b"".join(current)
            current, signed = [], False
        current.append(line)
        signed = signed or line.startswith(_MARK.encode())
    if current:
        yield b"".join(current)


def read_private(content: bytes) -> list[Ed25519PrivateKey]:
    """The private keys of a key file (PEM, PKCS #8, one or several). Raises `NoKey`."""
    found = []
    for block in _PEM.findall(content):
        try:
            key = load_pem_private_key(block, None)
        except (ValueError, TypeError):
            raise NoKey("a key in it cannot be read: Ed25519 private keys as PEM, without a passphrase") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise NoKey("a key in it is not an Ed25519 key")
        found.append(key)
    if not found:
        raise NoKey("it holds no private key: Ed25519 private keys as PEM, without a passphrase")
    return found


def read_public(content: bytes) -> list[PublicKey]:
    """The public keys of a file: PEM blocks, lines `name+id+key` as signed notes have them, or both. Raises `NoKey`."""
    found = []
    for block in _PEM.findall(content):
        try:
            key = load_pem_public_key(block)
        except ValueError:
            raise NoKey("a key in it is not a public key: never give a private one away") from None
        if not isinstance(key, Ed25519PublicKey):
            raise NoKey("a key in it is not an Ed25519 key")
        found.append(PublicKey(key.public_bytes(Encoding.Raw, PublicFormat.Raw)))
    for line in _PEM.sub(b"", content).decode(errors="replace").split("\n"):
        match = _VKEY.fullmatch(line.strip())
        if match is not None:
            found.append(_of_line(match))
    if not found:
        raise NoKey("it holds no public key: PEM, or a line name+id+key")
    return found


def new_private_pem() -> bytes:
    """A new private key, as its file holds it."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(signer: Ed25519PrivateKey) -> str:
    """The public half, as PEM."""
    return signer.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def public_line(name: str, signer: Ed25519PrivateKey) -> str:
    """The public half, as the tools of signed notes take it: name+id+key."""
    key = raw_public(signer)
    return f"{name}+{_key_id(name, key).hex()}+{base64.b64encode(_ED25519 + key).decode()}"


def raw_public(signer: Ed25519PrivateKey) -> bytes:
    """The 32 bytes of the public half."""
    return signer.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _of_line(match: re.Match[str]) -> PublicKey:
    name, key_id = match[1], bytes.fromhex(match[2])
    try:
        kind_and_key = base64.b64decode(match[3], validate=True)
    except binascii.Error:
        raise NoKey(f"the key of {name} is not base64") from None
    key = kind_and_key[1:]
    if kind_and_key[:1] != _ED25519 or len(key) != 32 or _key_id(name, key) != key_id:
        raise NoKey(f"the key of {name} is not an Ed25519 key with that name and id")
    return PublicKey(key, name)


def _parts(note: bytes) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        raise NotSigned("it is no text") from None
    text, separator, tail = whole.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise NotSigned("it is no signed note")
    signatures = []
    for line in tail[:-1].split("\n"):
        name, _, encoded = line.removeprefix(_MARK).partition(" ")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise NotSigned("a line of its signatures is malformed") from None
        # Base64 has several spellings of the same bytes; with one alone no byte of a note can be changed unseen.
        if line != f"{_MARK}{name} {base64.b64encode(raw).decode()}" or not name or len(raw) < 5:
            raise NotSigned("a line of its signatures is malformed")
        signatures.append((name, raw[:4], raw[4:]))
    if len(signatures) > MOST_SIGNATURES:
        raise NotSigned(f"it has more than {MOST_SIGNATURES} signatures")
    return text + "\n", signatures


def _key_id(name: str, key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + key).digest()[:4]
