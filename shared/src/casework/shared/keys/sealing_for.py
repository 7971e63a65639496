"""Sealing what staff of any service write down of a case, under the key of its complainant.

Invariant: person keys stay with intake for this: the text goes there, the sealed value comes back. A case whose
complainant nobody knows has a key of its own, so that what is said in it can be forgotten too.
"""

# No postponed annotations here: the router's handler refers to types made inside its module.

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias
from uuid import UUID

import httpx2 as httpx
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, TypeAdapter

from casework.shared.contracts.ids import derived_id
from casework.shared.contracts.types import Prose, Sealed
from casework.shared.files.parts import SAID
from casework.shared.http.access import requires
from casework.shared.http.commands import UnknownCase
from casework.shared.http.idempotency import repeatable
from casework.shared.keys.sealing import new_nonce
from casework.shared.keys.sealing import seal as sealed_under
from casework.shared.keys.vault import PersonErased, Vault
from casework.shared.keys.wrapping import WrappingKeys
from casework.shared.runtime.database import StoreUnavailable, begin

if TYPE_CHECKING:
    from casework.shared.runtime.service import ServiceRuntime

MOST_TEXTS = 50
FileOf: TypeAlias = Literal["complainant", "staff"]
"""Whose record it is: the complainant's, or the file that is kept of members of staff beside it."""
_SEALED: TypeAdapter[list[Sealed]] = TypeAdapter(list[Sealed])


class TextsToSeal(BaseModel, extra="forbid", frozen=True):
    """What is to be sealed for a case."""

    texts: Annotated[list[Prose], Field(min_length=1, max_length=MOST_TEXTS, repr=False)]
    of: FileOf = "complainant"


class SealedTexts(BaseModel, frozen=True):
    """The sealed values, in the order of the texts."""

    sealed: list[Sealed]


def staff_file_of(case_id: UUID) -> UUID:
    """Under whose key the case's file of staff is sealed: nobody's, but its own."""
    return derived_id(case_id, "staff", 0)


async def seal(runtime: "ServiceRuntime", case_id: UUID, *texts: str, of: FileOf = "complainant") -> tuple[Sealed, ...]:
    """Each text under the key of the case's complainant, or of its file of staff. To be called before the transaction
    of the command begins.

    Raises `StoreUnavailable` when intake does not answer, `UnknownCase`, `PersonErased`, and
    `ValueError` where a text is too long."""
    if not texts:
        return ()
    url = f"{runtime.settings.url_of('intake')}/v1/cases/{case_id}/intake/sealings"
    headers = {"authorization": f"Bearer {runtime.credential}"}
    try:
        answer = await runtime.http.post(url, json={"texts": texts, "of": of}, headers=headers)
    except httpx.HTTPError as error:
        raise StoreUnavailable(f"intake does not answer ({type(error).__name__})") from error
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise UnknownCase(f"There is no case {case_id}.")
    if answer.status_code == httpx.codes.CONFLICT and answer.json()["type"] == f"/problems/{PersonErased.code}":
        gone = "complainant of this case was erased" if of == "complainant" else "file of staff was disposed of"
        raise PersonErased(f"the {gone}; nothing more is written down in it")
    if answer.status_code != httpx.codes.OK:
        raise StoreUnavailable(f"intake answers HTTP {answer.status_code} when asked to seal")
    return tuple(_SEALED.validate_python(answer.json()["sealed"]))


def sealing_router(runtime: "ServiceRuntime", key_file: WrappingKeys) -> APIRouter:
    """Intake's side."""
    router = APIRouter(tags=["person keys"])
    vault = Vault(key_file)

    @router.post(
        "/v1/cases/{case_id}/intake/sealings",
        summary="Seal texts under the key of the case's complainant",
        dependencies=[Depends(requires("keys:open")), Depends(repeatable)],
    )
    async def seal_texts(case_id: UUID, asked: TextsToSeal) -> SealedTexts:
        async with begin(runtime.engine) as work:
            rows = await work.fetch("SELECT person FROM reference WHERE case_id = $1", case_id)
            if not rows:
                raise UnknownCase(f"Intake has no case {case_id}.")
            known = next((UUID(int=row["person"].int) for row in rows if row["person"] is not None), None)
            person = known or derived_id(case_id, "complainant", 0)
            if asked.of == "staff":
                person = staff_file_of(case_id)
                await work.execute(
                    "INSERT INTO staff_file (case_id, person) VALUES ($1, $2) ON CONFLICT DO NOTHING", case_id, person
                )
            key = (await vault.mint(work, [person]))[person]
        return SealedTexts(
            sealed=[
                sealed_under(text, key, person=person, case_id=case_id, field=SAID, nonce=new_nonce())
                for text in asked.texts
            ]
        )

    return router
