"""What the database holds of a key opens nothing, and how long a comparison takes tells nothing."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from casework.shared.runtime.database import begin
from casework.shared.testing.canaries import columns_holding
from casework.shared.testing.desk import Desk
from casework.shared.testing.stack import Stack


async def test_only_the_hash_of_a_key_is_stored(stack: Stack) -> None:
    key = await stack.key(actor="rest-1")
    async with stack.client(key) as http:
        await Desk(http, stack.settle).receive()
    _, prefix, secret = key.split("_", 2)
    assert await columns_holding(stack.admin, key) == set()
    assert await columns_holding(stack.admin, secret) == set()
    # The prefix is the key's name: the limits of rates count by it.
    assert await columns_holding(stack.admin, prefix) == {"platform.api_key.prefix", "platform.rate_use.caller"}
    async with begin(stack.admin) as work:
        rows = await work.fetch("SELECT prefix, hash FROM platform.api_key")
    kept = {row["prefix"]: row["hash"] for row in rows}
    assert kept[prefix] == hashlib.sha256(key.encode()).digest()
    assert {len(digest) for digest in kept.values()} == {32}
    assert len(set(kept.values())) == len(kept)


async def test_hashes_are_compared_in_constant_time(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    real = hmac.compare_digest

    def watched(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", watched)
    key = await stack.key("cases:read")
    wrong = key[:-43] + "k" * 43
    statuses = []
    for each in (key, wrong):
        async with stack.client(each) as http:
            statuses.append((await http.get("/v1/case-counts")).status_code)
    assert statuses == [200, 401]
    stored = hashlib.sha256(key.encode()).digest()
    assert compared == [(stored, stored), (stored, hashlib.sha256(wrong.encode()).digest())]
