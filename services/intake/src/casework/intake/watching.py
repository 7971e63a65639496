"""The watch notes by what callers are known by: a table of keyed hashes, never of numbers or names.

Invariant: a row is written and removed in the transaction of the watch's event. Who has the table and not the key
cannot try numbers out on it.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from pydantic import TypeAdapter

from casework.shared.contracts.canonical import record_bytes
from casework.shared.contracts.contacts import Watched
from casework.shared.contracts.types import Sealed
from casework.shared.runtime.database import Work

PURPOSE = b"casework watch notes"
"""What the key is derived for."""
_SEALED: TypeAdapter[Sealed] = TypeAdapter(Sealed)


class Found(NamedTuple):
    """A watch that stands: of which case, what whoever answers has to know, until when."""

    watch_id: UUID
    case_id: UUID
    note: Sealed
    until: datetime


@dataclass(frozen=True, slots=True)
class Watching:
    """The table, through one key."""

    key: bytes = field(repr=False)

    def mac(self, of: Watched, whom: str) -> bytes:
        """What a number or a name is known by, in whichever spelling: spaces, hyphens and case make no difference."""
        plain = unicodedata.normalize("NFKC", whom)
        if of == "number":
            digits = "".join(character for character in plain if character.isdecimal())
            plain = digits.removeprefix("00")
        else:
            plain = " ".join(plain.casefold().split())
        return hmac.digest(self.key, f"{of}\x00{plain}".encode(), sha256)

    async def remember(
        self, work: Work, case_id: UUID, watch_id: UUID, mac: bytes, until: datetime, note: Sealed
    ) -> None:
        """Let the watch be found from now on. Those that are over are let go."""
        await work.execute("DELETE FROM watch WHERE until <= $1", work.now)
        await work.execute(
            "INSERT INTO watch (watch_id, case_id, mac, until, note) VALUES ($1, $2, $3, $4, $5)",
            watch_id,
            case_id,
            mac,
            until,
            record_bytes(note).decode(),
        )

    async def find(self, work: Work, mac: bytes) -> Sequence[Found]:
        """The watches that stand now, what ends first on top."""
        rows = await work.fetch(
            "SELECT watch_id, case_id, note, until FROM watch WHERE mac = $1 AND until > $2 ORDER BY until, watch_id",
            mac,
            work.now,
        )
        return [Found(r["watch_id"], r["case_id"], _SEALED.validate_json(r["note"]), r["until"]) for r in rows]


async def forget(work: Work, watches: Iterable[UUID]) -> None:
    """Let nobody find these any more."""
    await work.execute("DELETE FROM watch WHERE watch_id = ANY($1)", list(watches))
