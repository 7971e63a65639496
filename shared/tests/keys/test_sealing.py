"""A sealed value opens in its place, under its key, unchanged; and nowhere else."""

from __future__ import annotations

import base64
import secrets
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from casework.shared.contracts.types import Sealed
from casework.shared.keys.sealing import (
    ERASED,
    ERASED_TEXT,
    MAX_TEXT_BYTES,
    Tampered,
    new_nonce,
    open_sealed,
    seal,
)

CASE, PERSON = UUID(int=1), UUID(int=2)
KEY, NONCE = bytes(range(32)), bytes(range(12))


def sealed(text: str = "Jane Canary", **changed: object) -> Sealed:
    place = {"person": PERSON, "case_id": CASE, "field": "narrative", "nonce": NONCE} | changed
    return seal(text, KEY, **place)  # type: ignore[arg-type]  # a dict has no keyword types


@given(st.text(max_size=200), st.uuids(), st.uuids(), st.binary(min_size=32, max_size=32))
def test_what_is_sealed_opens_again(text: str, case_id: UUID, person: UUID, key: bytes) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    box = seal(text, key, person=person, case_id=case_id, field="narrative", nonce=new_nonce())
    assert open_sealed(box, key, case_id=case_id, field="narrative") == text
    TypeAdapter(Sealed).validate_python(box)


def test_the_format_never_changes() -> None:
    # Events hold it for ever. If this fails, the format has changed: make a second one beside it.
    assert sealed() == Sealed(person=PERSON, nonce="AAECAwQFBgcICQoL", box="DWO4fuWmo3XsM-4y8IiKk_OxpTpeHqu2Vv_3")


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert sealed() == sealed()
    assert sealed() != sealed(nonce=new_nonce())
    assert len({new_nonce() for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("case_id", "field"), [(uuid4(), "narrative"), (CASE, "contact"), (CASE, "narrativ"), (CASE, "narrative2")]
)
def test_moved_to_another_place_it_does_not_open(case_id: UUID, field: str) -> None:
    with pytest.raises(Tampered):
        open_sealed(sealed(), KEY, case_id=case_id, field=field)


def test_given_to_another_person_it_does_not_open() -> None:
    with pytest.raises(Tampered):
        open_sealed(replace(sealed(), person=uuid4()), KEY, case_id=CASE, field="narrative")


def test_under_another_key_it_does_not_open() -> None:
    with pytest.raises(Tampered):
        open_sealed(sealed(), secrets.token_bytes(32), case_id=CASE, field="narrative")


def test_no_bit_of_it_can_be_changed() -> None:
    box = bytearray(base64.urlsafe_b64decode(sealed().box + "=="))
    for position in range(len(box) * 8):
        changed = bytearray(box)
        changed[position // 8] ^= 1 << position % 8
        text = base64.urlsafe_b64encode(changed).decode().rstrip("=")
        with pytest.raises(Tampered):
            open_sealed(replace(sealed(), box=text), KEY, case_id=CASE, field="narrative")


@pytest.mark.parametrize(("nonce", "box"), [("!" * 16, "A" * 40), ("A" * 16, "A"), ("A" * 16, ""), ("", "A" * 40)])
def test_what_is_not_even_sealed_is_tampered_with(nonce: str, box: str) -> None:
    with pytest.raises(Tampered):
        open_sealed(Sealed(person=PERSON, nonce=nonce, box=box), KEY, case_id=CASE, field="narrative")


def test_without_its_key_it_reads_as_erased() -> None:
    assert open_sealed(sealed(), ERASED, case_id=CASE, field="narrative") == ERASED_TEXT


def test_an_error_names_the_place_and_not_the_text() -> None:
    with pytest.raises(Tampered) as error:
        open_sealed(sealed(), KEY, case_id=CASE, field="contact")
    assert "contact" in str(error.value)
    assert error.value.__cause__ is None


def test_the_longest_text_fits_the_contract() -> None:
    longest = sealed("a" * MAX_TEXT_BYTES)
    TypeAdapter(Sealed).validate_python(longest)
    with pytest.raises(ValueError, match="at most"):
        sealed("中" * (MAX_TEXT_BYTES // 3 + 1))
