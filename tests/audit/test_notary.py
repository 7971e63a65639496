"""The notary over a real installation: what it signs, what it refuses to sign, and what it proves over HTTP."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest
import pytest_asyncio

from casework.shared.audit.checkpoint import hold, notes_at, open_checkpoint
from casework.shared.audit.merkle import is_consistent, root_by_inclusion
from casework.shared.audit.notes import NotSigned, new_private_pem, read_public
from casework.shared.audit.signed import SignedTrees, read_held
from casework.shared.audit.sources import verify_stores
from casework.shared.audit.statement import open_statement
from casework.shared.contracts.canonical import leaf_hash
from casework.shared.contracts.ids import SERVICES
from casework.shared.http.proofs import PassedOn, proofs_router
from casework.shared.notary.book import BookDiffers
from casework.shared.notary.notary import Contradiction
from casework.shared.notary.serve import CannotSign, make_notary
from casework.shared.testing.desk import complaint
from casework.shared.testing.parts import PostgresServer

from .notaries import Signing, asked, signing_on
from .offices import KNOWN


@pytest_asyncio.fixture
async def signing(postgres_server: PostgresServer, tmp_path: Path) -> AsyncIterator[Signing]:
    async with postgres_server.database("notary") as url, signing_on(url, tmp_path) as signing:
        yield signing


async def events_in(signing: Signing) -> int:
    connection = await asyncpg.connect(signing.office.url)
    total = 0
    for service in SERVICES:
        total += await connection.fetchval(f"SELECT count(*) FROM {service}.event")
    await connection.close()
    return total


async def test_it_signs_what_changed_and_nothing_else(signing: Signing) -> None:
    notary = signing.start()
    first = await signing.sign(notary)
    assert (first.number, first.events) == (1, 0)
    assert await notary.look() is None
    await signing.office.known(3)
    second = await signing.sign(notary)
    assert second.events == await events_in(signing) > 0
    assert second.previous == first.hash
    assert await notary.look() is None
    held = hold(notes_at(signing.folder / "checkpoints"), signing.keys)
    assert (list(held.checkpoints), list(held.refused)) == ([first, second], [])
    report = await verify_stores(signing.office.url, signed=SignedTrees(held))
    assert (report.faults, report.checkpoints, report.unsigned) == (0, 2, 0), report.document()
    await signing.office.known(1)
    report = await verify_stores(signing.office.url, signed=SignedTrees(held))
    assert report.faults == 0
    assert report.unsigned == await events_in(signing) - second.events > 0


async def test_it_goes_on_after_a_start_whatever_was_left_behind(signing: Signing) -> None:
    await signing.office.known(3)
    first = await signing.sign(signing.start())
    place = max(first.trees, key=lambda each: first.trees[each].size)
    folder = signing.folder / "trees" / f"{place[0]}-{place[1]:03}"
    # A torn tail, leaves that nobody signed, and upper levels that never reached the disk.
    with (folder / "00").open("ab") as file:
        file.write(b"\x07" * 45)
    (folder / "01").write_bytes(bytes((folder / "01").stat().st_size))
    for level in folder.glob("0[2-9]"):
        level.unlink()
    await signing.office.known(2)
    again = signing.start()
    assert again.last == first
    second = await signing.sign(again)
    assert second.events == await events_in(signing)
    # The whole of the trees gone: they are read from the feeds again.
    for level in (signing.folder / "trees").rglob("0*"):
        level.unlink()
    await signing.office.known(1)
    third = await signing.sign(signing.start())
    assert (third.number, third.events) == (3, await events_in(signing))
    report = await verify_stores(
        signing.office.url, signed=SignedTrees(read_held(signing.folder / "checkpoints", signing.keys))
    )
    assert (report.faults, report.checkpoints) == (0, 3), report.document()


@pytest.mark.parametrize("how", ["set-back", "last-changed", "moved-away", "leaf-changed", "rewritten-while-away"])
async def test_it_refuses_to_sign_what_contradicts_the_last(signing: Signing, how: str) -> None:
    await signing.office.known(4)
    notary = signing.start()
    first = await signing.sign(notary)
    place = max((each for each in first.trees if each[0] == "intake"), key=lambda each: first.trees[each].size)
    end = first.trees[place].size - 1
    connection = await asyncpg.connect(signing.office.url)
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("ALTER TABLE intake.event DROP CONSTRAINT event_hash_is_of_envelope")
    level0 = signing.folder / "trees" / f"intake-{place[1]:03}" / "00"
    if how == "set-back":
        await connection.execute("DELETE FROM intake.event WHERE shard = $1 AND position = $2", place[1], end)
        before = await connection.fetchval(
            "SELECT hash FROM intake.event WHERE shard = $1 AND position = $2", place[1], end - 1
        )
        await connection.execute(
            "UPDATE intake.log_head SET next = $2, hash = $3 WHERE shard = $1", place[1], end, before
        )
    elif how == "last-changed":
        forged = os.urandom(32)
        await connection.execute(
            "UPDATE intake.event SET hash = $3 WHERE shard = $1 AND position = $2", place[1], end, forged
        )
        await connection.execute("UPDATE intake.log_head SET hash = $2 WHERE shard = $1", place[1], forged)
    elif how == "moved-away":
        # Read again from feeds that do not have any more what was signed.
        await connection.execute(
            "UPDATE intake.event SET hash = $2 WHERE shard = $1 AND position = 0", place[1], os.urandom(32)
        )
        level0.unlink()
        notary = signing.start()
    elif how == "leaf-changed":
        # Nor are the levels above taken for the truth: without them they are worked out from the leaves.
        level0.write_bytes(os.urandom(32) + level0.read_bytes()[32:])
        for level in level0.parent.glob("0[1-9]"):
            level.unlink()
        notary = signing.start()
    else:
        forged = os.urandom(32)
        await connection.execute(
            "UPDATE intake.event SET hash = $3 WHERE shard = $1 AND position = $2", place[1], end, forged
        )
        await connection.execute("UPDATE intake.log_head SET hash = $2 WHERE shard = $1", place[1], forged)
        # The log grows on what was forged. Nobody else reads it meanwhile: the other services would refuse to go on.
        while await connection.fetchval("SELECT next FROM intake.log_head WHERE shard = $1", place[1]) == end + 1:
            await signing.office.received()
        notary = signing.start()
    await connection.close()
    for _ in range(2):
        with pytest.raises(Contradiction):
            await notary.look()
    assert notary.refusing is not None
    assert "Nothing is signed" in notary.refusing
    assert notary.book.count == 1


async def test_a_store_that_is_put_right_is_signed_again(signing: Signing) -> None:
    await signing.office.known(2)
    notary = signing.start()
    first = await signing.sign(notary)
    place = next(each for each, tree in first.trees.items() if tree.size)
    connection = await asyncpg.connect(signing.office.url)
    right = await connection.fetchval(f"SELECT hash FROM {place[0]}.log_head WHERE shard = $1", place[1])
    set_hash = f"UPDATE {place[0]}.log_head SET hash = $2 WHERE shard = $1"
    await connection.execute(set_hash, place[1], os.urandom(32))
    with pytest.raises(Contradiction):
        await notary.look()
    await connection.execute(set_hash, place[1], right)
    await connection.close()
    assert await notary.look() is None
    assert notary.refusing is None
    await signing.office.known(1)
    assert (await signing.sign(notary)).number == 2


async def test_a_feed_that_is_away_only_waits(signing: Signing) -> None:
    await signing.office.known(1)
    notary = signing.start()
    await signing.sign(notary)
    credential = signing.settings.service_key_file
    right = credential.read_text()
    credential.write_text("cw_aaaaaaaa_" + "a" * 43)
    assert await signing.start().look() is None
    credential.write_text(right)
    assert notary.refusing is None


async def test_keys_are_changed_by_signing_with_both(signing: Signing, tmp_path: Path) -> None:
    await signing.office.known(1)
    old = signing.keys
    await signing.sign(signing.start())
    path = signing.settings.checkpoint_key_file
    path.write_bytes(path.read_bytes() + new_private_pem())
    new = [key for key in signing.keys if key not in old]
    await signing.office.known(1)
    notary = signing.start()
    await signing.sign(notary)
    both = notary.book.note(2)
    assert open_checkpoint(both, old) == open_checkpoint(both, new) == notary.last
    # Then the old one goes: what it signed alone is verified by it alone.
    path.write_bytes(path.read_bytes().split(b"-----END PRIVATE KEY-----\n", 1)[1])
    await signing.office.known(1)
    notary = signing.start()
    await signing.sign(notary)
    with pytest.raises(NotSigned):
        open_checkpoint(notary.book.note(3), old)
    held = hold(notes_at(signing.folder / "checkpoints"), [*old, *new])
    assert ([each.number for each in held.checkpoints], list(held.refused)) == ([1, 2, 3], [])
    # A key that never signed anything here goes on with nothing.
    path.write_bytes(new_private_pem())
    with pytest.raises(BookDiffers, match="keep the key"):
        signing.start()
    path.chmod(0o644)
    with pytest.raises(CannotSign, match="chmod 600"):
        signing.start()
    path.chmod(0o600)
    path.write_bytes(b"")
    with pytest.raises(CannotSign, match="no private key"):
        signing.start()


async def test_proofs_over_http_end_in_roots_that_were_signed(signing: Signing) -> None:
    office = signing.office
    answer = await office.desk.post("/v1/complaints", complaint(category=KNOWN))
    case_id = answer.json()["case_id"]
    notary, app, _ = make_notary(signing.settings, signing.client)
    assert (await asked(signing, app, "/v1/checkpoints/latest")).json()["type"] == "/problems/no-such-checkpoint"
    await signing.sign(notary)
    await office.stack.settle()
    await office.known(2)
    second = await signing.sign(notary)

    latest = (await asked(signing, app, "/v1/checkpoints/latest")).json()
    trusted = read_public("".join(latest["public_keys"]).encode())
    assert trusted == signing.keys
    assert open_checkpoint(latest["note"].encode(), trusted) == second
    proofs = (await asked(signing, app, "/v1/proofs/inclusion", case_id=case_id)).json()
    assert proofs["unsigned"] == 0
    found = 0
    for event in proofs["events"]:
        leaf = leaf_hash(event["envelope"].encode())
        path = [bytes.fromhex(each) for each in event["path"]]
        tree = second.trees[event["source"], event["shard"]]
        assert root_by_inclusion(leaf, event["position"], tree.size, path) == tree.root
        found += 1
    statement = open_statement(proofs["statement"].encode(), trusted)
    assert (statement.case_id, statement.checkpoint) == (UUID(case_id), 2)
    assert sum(count for count, _ in statement.streams.values()) == found > 10
    place = {name: proofs["events"][0][name] for name in ("source", "shard", "position")}
    one = (await asked(signing, app, "/v1/proofs/inclusion", **place)).json()
    assert one["events"][0]["path"] == proofs["events"][0]["path"]
    earlier = (await asked(signing, app, "/v1/proofs/inclusion", case_id=case_id, checkpoint=1)).json()
    assert 0 < len(earlier["events"]) < found
    assert len(earlier["events"]) + earlier["unsigned"] == found

    between = (await asked(signing, app, "/v1/proofs/consistency", **{"from": 1, "to": 2})).json()
    old, new = (open_checkpoint(between[name]["note"].encode(), trusted) for name in ("old", "new"))
    for proof in between["proofs"]:
        trees = [each.trees[proof["source"], proof["shard"]] for each in (old, new)]
        path = [bytes.fromhex(each) for each in proof["path"]]
        assert is_consistent(trees[0].size, trees[0].root, trees[1].size, trees[1].root, path)
    assert len(between["proofs"]) == len(second.trees)

    listed = (await asked(signing, app, "/v1/checkpoints", limit=1)).json()
    assert ([each["number"] for each in listed["checkpoints"]], listed["next"]) == ([1], 1)
    assert (await asked(signing, app, "/v1/checkpoints/1")).json() == listed["checkpoints"][0]
    for where, params, code in (
        ("/v1/checkpoints/3", {}, "no-such-checkpoint"),
        ("/v1/proofs/inclusion", {**place, "position": 9_999}, "not-signed-yet"),
        ("/v1/proofs/inclusion", {}, "invalid-message"),
        ("/v1/proofs/consistency", {"from": 2, "to": 1}, "invalid-message"),
    ):
        assert (await asked(signing, app, where, **params)).json()["type"] == f"/problems/{code}"
    unknown = (await asked(signing, app, "/v1/proofs/inclusion", case_id=str(uuid4()))).json()
    assert (unknown["events"], unknown["unsigned"]) == ([], 0)


async def test_a_service_passes_the_questions_on(signing: Signing) -> None:
    from casework.shared.http.app import make_app
    from casework.shared.notary.measures import Measures
    from casework.shared.platform.api_keys import ApiKeys

    await signing.office.known(1)
    notary, app, _ = make_notary(signing.settings, signing.client)
    first = await signing.sign(notary)
    credential = signing.settings.service_key_file.read_text()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as client:

        async def ready() -> dict[str, str | None]:
            return {}

        front = make_app(
            "passes on",
            [proofs_router(PassedOn(client, "http://notary", credential))],
            authenticator=ApiKeys(signing.office.stack.runtimes["followup"].engine),
            readiness=ready,
            registry=Measures().registry,
        )
        key = await signing.office.stack.key("audit:read", role="auditor")
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(front), base_url="http://front", headers={"authorization": f"Bearer {key}"}
        ) as auditor:
            latest = (await auditor.get("/v1/checkpoints/latest")).json()
            assert open_checkpoint(latest["note"].encode(), signing.keys) == first
            direct = await asked(signing, app, "/v1/checkpoints")
            assert (await auditor.get("/v1/checkpoints")).json() == direct.json()
            assert (await auditor.get("/v1/checkpoints/7")).json()["type"] == "/problems/no-such-checkpoint"
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://notary") as stranger:
            for given in (key, "x"):
                answer = await stranger.get("/v1/checkpoints", headers={"authorization": f"Bearer {given}"})
                assert answer.status_code == 401
    # Without a notary the routes say so, and nothing else is the matter.
    async with signing.office.stack.client(await signing.office.stack.key("audit:read")) as http:
        assert (await http.get("/v1/checkpoints/latest")).status_code == 503
