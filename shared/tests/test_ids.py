"""Shards and derived ids are written into every installation: these values hold for ever."""

from __future__ import annotations

from collections import Counter
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.shared.contracts.ids import DEFAULT_SHARDS, SERVICES, derived_id, shard_of

CAUSE = UUID("0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e01")

# By other means: `printf '%s' ID | tr -d - | xxd -r -p | sha256sum | cut -c1-16`, then the remainder.
SHARDS = {
    "00000000-0000-0000-0000-000000000000": (0x374708FFF7719DD5, {1: 0, 4: 1, 12: 9, 256: 213}),
    "0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e01": (0x1F08FF113E8B3D43, {1: 0, 4: 3, 12: 7, 256: 67}),
    "6ba7b810-9dad-11d1-80b4-00c04fd430c8": (0x4EBC3BF944587D83, {1: 0, 4: 3, 12: 11, 256: 131}),
    "ffffffff-ffff-ffff-ffff-ffffffffffff": (0x5AC6A5945F165009, {1: 0, 4: 1, 12: 9, 256: 9}),
}

# By other means: `{ printf '%s' ID | tr -d - | xxd -r -p; printf '|SERVICE|N'; } | sha256sum | cut -c1-32`, with the
# thirteenth digit made 8 and the two highest bits of the seventeenth made 10.
DERIVED = {
    ("intake", 0): "5b22dc1d-103e-8127-a82d-e320a8b4f65e",
    ("investigation", 0): "480cac3c-69ef-8b0b-8c80-db693a41dcc8",
    ("investigation", 1): "c534e358-4d90-8a5b-af11-5a7e4fac29b4",
    ("followup", 12): "64a38916-9c94-8987-b73e-262224811c42",
}


@pytest.mark.parametrize("case_id, expected", SHARDS.items())
def test_where_a_case_lives(case_id: str, expected: tuple[int, dict[int, int]]) -> None:
    number, by_count = expected
    assert {shards: shard_of(UUID(case_id), shards) for shards in by_count} == by_count
    assert {shards: number % shards for shards in by_count} == by_count


def test_cases_spread_over_all_shards() -> None:
    many = Counter(shard_of(UUID(int=number), DEFAULT_SHARDS) for number in range(12_000))
    assert set(many) == set(range(DEFAULT_SHARDS))
    assert 800 < min(many.values()) <= max(many.values()) < 1_200


@pytest.mark.parametrize("effect, expected", DERIVED.items())
def test_what_an_effect_is_called(effect: tuple[str, int], expected: str) -> None:
    assert str(derived_id(CAUSE, *effect)) == expected


@given(st.uuids(), st.sampled_from(SERVICES), st.integers(0, 10**6))
def test_an_effects_id_is_a_uuid_of_version_8(cause: UUID, consumer: str, ordinal: int) -> None:
    effect = derived_id(cause, consumer, ordinal)
    assert (effect.version, effect.variant) == (8, RFC_4122)
    assert effect == derived_id(UUID(int=cause.int), consumer, ordinal)


def test_effects_of_one_cause_differ_by_consumer_and_number() -> None:
    effects = {derived_id(CAUSE, service, ordinal) for service in SERVICES for ordinal in range(1_000)}
    assert len(effects) == 4 * 1_000
