"""How the other services open sealed values: keys from intake, over HTTP, kept for less than a minute.

Invariant: a key is never kept longer than `CACHE_SECONDS`, so an erasure holds everywhere within that time;
the cache is bounded; and keys appear in no log line and no `repr`.
"""

# No postponed annotations here: the router's handler refers to a type made inside its function.

import base64
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Annotated
from uuid import UUID

import httpx2
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.contracts.types import Sentence
from casework.shared.http.access import requires
from casework.shared.http.idempotency import repeatable
from casework.shared.keys.sealing import ERASED, Opened
from casework.shared.keys.vault import Vault
from casework.shared.keys.wrapping import WrappingKeys
from casework.shared.platform.access_records import Access, persons_asked, record_access
from casework.shared.platform.api_keys import Principal
from casework.shared.runtime.database import StoreUnavailable, begin

PATH = "/v1/person-keys"
CACHE_SECONDS = 45.0
CACHE_ENTRIES = 10_000
MOST_PERSONS = 500
"""How many one request asks for."""


class KeysUnavailable(StoreUnavailable):
    """Intake does not answer, or does not let us. Transient: back off and ask again."""


class PersonKeysAsked(BaseModel, extra="forbid", frozen=True):
    """Whose keys are wanted."""

    persons: Annotated[list[UUID], Field(min_length=1, max_length=MOST_PERSONS)]
    purpose: Sentence | None = None
    """What for, where it is not a service that asks: it is recorded."""


class PersonKeyFound(BaseModel, frozen=True):
    """A person's key in base64url; null once it has been erased."""

    person: UUID
    key: str | None = Field(repr=False)


class PersonKeysFound(BaseModel, frozen=True):
    """The keys of those asked for who have, or had, one."""

    keys: list[PersonKeyFound]


class KeyClient:
    """Person keys by way of intake's `POST /v1/person-keys`, cached. Close it at the end with `aclose`.

    `intake_url` is where intake answers, `token` an API key with the scope `keys:open`; `clock` gives monotonic
    seconds, `transport` is how to get there when it is not by TCP.
    """

    def __init__(
        self,
        intake_url: str,
        token: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx2.AsyncClient(
            transport=transport,
            base_url=intake_url,
            headers={"authorization": f"Bearer {token}"},
            timeout=httpx2.Timeout(5.0),
            trust_env=False,
        )
        self._clock = clock
        self._kept: OrderedDict[UUID, tuple[float, Opened]] = OrderedDict()

    async def aclose(self) -> None:
        """Close the connections and forget the keys."""
        self._kept.clear()
        await self._http.aclose()

    async def open(self, persons: Collection[UUID]) -> dict[UUID, Opened]:
        """The key of each person, or `ERASED`; who never had one is not in the answer.

        Raises `KeysUnavailable` when intake cannot be asked now.
        """
        now = self._clock()
        fresh = {
            person: self._kept[person][1] for person in persons if person in self._kept and self._kept[person][0] > now
        }
        missing = sorted(set(persons) - fresh.keys())
        for start in range(0, len(missing), MOST_PERSONS):
            fresh.update(await self._ask(missing[start : start + MOST_PERSONS]))
        return fresh

    def forget(self, persons: Collection[UUID]) -> None:
        """Ask for these anew the next time: they were erased."""
        for person in persons:
            self._kept.pop(person, None)

    async def _ask(self, persons: list[UUID]) -> dict[UUID, Opened]:
        # Counted from before the question: an erasure that comes in between must not be overlooked for longer.
        stale_at = self._clock() + CACHE_SECONDS
        try:
            answer = await self._http.post(PATH, json={"persons": [str(person) for person in persons]})
        except httpx2.TransportError as error:
            raise KeysUnavailable(f"intake does not answer ({type(error).__name__})") from None
        if answer.status_code != httpx2.codes.OK:
            raise KeysUnavailable(f"intake answers {answer.status_code} when asked for person keys")
        try:
            found = PersonKeysFound.model_validate_json(answer.content)
        except ValidationError:
            # Its text would quote keys.
            raise KeysUnavailable("intake's answer is not one of person keys") from None
        opened = {each.person: ERASED if each.key is None else _unquoted(each.key) for each in found.keys}
        for person, key in opened.items():
            self._kept[person] = (stale_at, key)
            self._kept.move_to_end(person)
        while len(self._kept) > CACHE_ENTRIES:
            self._kept.popitem(last=False)
        return opened


def person_keys_router(
    engine: AsyncEngine, key_file: WrappingKeys, refuse: Callable[[], None] = lambda: None
) -> APIRouter:
    """Intake's side. `engine` works as intake's role; `refuse` raises while it is not known who was erased."""
    router = APIRouter(tags=["person keys"])
    vault = Vault(key_file)

    @router.post(
        PATH,
        summary="The keys that open sealed values of these persons",
        dependencies=[Depends(repeatable)],
    )
    async def open_keys(
        asked: PersonKeysAsked, principal: Annotated[Principal, Depends(requires("keys:open"))]
    ) -> PersonKeysFound:
        refuse()
        async with begin(engine) as work:
            if principal.actor.kind != "service":
                # A service opens a file for somebody whose reading it has recorded; anybody else reads here and now.
                await record_access(
                    work,
                    Access(
                        what="person-keys",
                        by=principal.actor.id,
                        by_kind=principal.actor.kind,
                        purpose=asked.purpose or "not said",
                        details=persons_asked(asked.persons),
                    ),
                )
            opened = await vault.open(work, asked.persons)
        return PersonKeysFound(
            keys=[
                PersonKeyFound(person=person, key=_quoted(key) if isinstance(key, bytes) else None)
                for person, key in opened.items()
            ]
        )

    return router


def _quoted(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode()


def _unquoted(key: str) -> bytes:
    return base64.urlsafe_b64decode(key)
