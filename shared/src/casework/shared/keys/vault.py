"""The store of person keys: one random key a person, wrapped under the key-encryption key.

Invariant: a person's key is minted at most once and, once erased, never again, whatever runs at the same time:
both ride on the one row a person has (see `tables`). The database never sees a key unwrapped; what wraps
them (`wrapping`) is kept where backups of the database are not.

Erasing empties the row. Until PostgreSQL has vacuumed it and older backups are gone, the wrapped key can
still be dug out of the disk by somebody who also has the key file.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from casework.shared.errors import Refusal
from casework.shared.keys.sealing import ERASED, KEY_BYTES, Opened
from casework.shared.keys.wrapping import KeyFile as KeyFile
from casework.shared.keys.wrapping import KeyFileError as KeyFileError
from casework.shared.keys.wrapping import Wrapped, WrappingKeys
from casework.shared.runtime.database import Work


class PersonErased(Refusal):
    """The person was erased: nothing new may be recorded about them under that identity."""

    code: ClassVar[str] = "person-erased"


@dataclass(frozen=True, slots=True)
class Vault:
    """The person keys, through what wraps them. Every method works inside the caller's transaction."""

    key_file: WrappingKeys

    async def mint(self, work: Work, persons: Collection[UUID]) -> dict[UUID, bytes]:
        """A key for each person: theirs, or a new one. Raises `PersonErased` when any of them was erased."""
        keys = {person: key for person, key in (await self.keys_of(work, persons)).items() if isinstance(key, bytes)}
        if len(keys) < len(set(persons)):
            raise PersonErased("this person was erased on request; record the complaint under a new person")
        return keys

    async def keys_of(self, work: Work, persons: Collection[UUID]) -> dict[UUID, Opened]:
        """As `mint`, with `ERASED` for those who were.

        Two that mint the same person at once wait for each other and get the same key; the sorted order keeps
        them from waiting in a circle.
        """
        wanted = list(dict.fromkeys(persons))
        wrapped = await self.key_file.wrap_all({person: secrets.token_bytes(KEY_BYTES) for person in wanted})
        await work.execute(
            "insert into vault.person_key (person, wrapped_key, kek_id)"
            " select * from unnest($1::uuid[], $2::bytea[], $3::text[]) as n(person, key, kek)"
            " where not exists (select from intake.erased_person e where e.person = n.person)"
            " order by 1 on conflict do nothing",
            wanted,
            [wrapped[person].key for person in wanted],
            [wrapped[person].kek_id for person in wanted],
        )
        return await self.open(work, wanted)

    async def open(self, work: Work, persons: Collection[UUID]) -> dict[UUID, Opened]:
        """The key of each person, or `ERASED`. A person who never had a key is not in the answer."""
        rows = await work.fetch(
            # Who was erased stands in two schemas: a key store that was set back brings nobody back.
            "select p.person, k.kek_id, case when e.person is null then k.wrapped_key end as wrapped_key"
            " from unnest($1::uuid[]) as p(person) left join vault.person_key k using (person)"
            " left join intake.erased_person e using (person) where k.person is not null or e.person is not null",
            list(persons),
        )
        kept = {
            UUID(int=row["person"].int): None
            if row["wrapped_key"] is None
            else Wrapped(row["wrapped_key"], row["kek_id"])
            for row in rows
        }
        keys = await self.key_file.unwrap_all({person: each for person, each in kept.items() if each is not None})
        return {person: ERASED if each is None else keys[person] for person, each in kept.items()}

    async def erase(self, work: Work, person: UUID) -> bool:
        """Destroy the person's key and leave the fence, also for one who never had a key. False when it was done."""
        return (
            await work.execute(
                "insert into vault.person_key as kept (person, kek_id, erased_at)"
                " values ($1, 'erased', clock_timestamp())"
                " on conflict (person) do update set wrapped_key = null, erased_at = excluded.erased_at"
                " where kept.erased_at is null",
                person,
            )
            == 1
        )
