"""Erasing a person: refused under a hold and while the case goes on, final after that, and told of place by place."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

from casework.intake.erasing import erase_again
from casework.intake.references import rebuild
from casework.intake.search_index import IndexKeeper, SearchIndex
from casework.shared.contracts.envelope import open_envelope
from casework.shared.contracts.registry import from_data
from casework.shared.keys.vault import KeyFile, Vault
from casework.shared.runtime.database import begin
from casework.shared.testing.backups import back_up, restore
from casework.shared.testing.bad_posts import message
from casework.shared.testing.desk import complaint

INCIDENT = {"what": "A fire in the shop.", "safety_lead": "wei", "spokesperson": "lin", "legal_route": "legal-desk"}
WORDS = "年费被重复扣取"
CLOUDEVENT = {"content-type": "application/cloudevents+json"}


async def _closed(office: Office, **fields: object) -> str:
    case_id = await office.desk.receive(**fields)
    await office.desk.walk(case_id, until="closure")
    return case_id


async def _erase(office: Office, case_id: str, **fields: str) -> Any:
    body = {"case_id": case_id, "reason": "request", "reference": "DSR-8"} | fields
    return await office.desk.post("/v1/erasures", body)


async def _opened(office: Office, case_id: str) -> str:
    """What intake's file says of the complainant, its restricted parts opened."""
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")
    said: str = answer.text
    for part in answer.json()["restricted"]:
        body = {"part": part, "purpose": "Subject request."}
        said += (await office.desk.post(f"/v1/cases/{case_id}/files/intake/openings", body)).text
    return said


async def _refuse(office: Office, **fields: object) -> None:
    """Post what is refused, by a channel that there is not."""
    said = message(complaint(channel="pigeon", **fields), id=str(uuid4()))
    answer = await office.desk.http.post("/v1/inbox", json=said, headers=CLOUDEVENT)
    assert answer.status_code == 422, answer.text


async def _refused(office: Office) -> str:
    """Everything that was refused, as far as it is kept."""
    async with begin(office.stack.runtimes["intake"].engine) as work:
        return b"\n".join(row["original"] for row in await work.fetch("SELECT original FROM rejection")).decode()


async def test_an_open_case_is_refused_and_so_is_one_under_hold(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        refused = await _erase(office, case_id)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/case-still-open")
        await office.desk.walk(case_id, until="closure")
        await office.desk.do(case_id, "intake/incident-mode", INCIDENT)
        refused = await _erase(office, case_id)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/legal-hold")
        assert "legal-desk" in refused.json()["detail"]
        await office.desk.do(case_id, "intake/incident-mode-end", {"reason": "It is over."})
        done = await _erase(office, case_id)
        assert done.status_code == 201, done.text
        assert "complainant-erased.v1" in await office.desk.types(case_id, "intake")
        # Asked again: nothing is left to erase.
        again = await _erase(office, case_id)
        assert (again.status_code, again.json()["erasure_id"]) == (200, None)
        assert (await _erase(office, str(uuid4()))).status_code == 404


async def test_the_report_says_what_went_where_and_what_is_waited_for(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        watch = {"number": "+44 20 7946 0018", "note": "Put her through.", "until": "2026-03-09T08:00:00+00:00"}
        await office.desk.do(case_id, "watches", watch)
        await office.desk.walk(case_id, until="closure")
        done = (await _erase(office, case_id)).json()
        path = f"/v1/erasures/{done['erasure_id']}"

        async def waited_for() -> list[str]:
            report = (await office.desk.http.get(path)).json()
            assert report["complete"] is (not report["waiting_for"])
            return [each.partition(":")[0] for each in report["waiting_for"]]

        assert await waited_for() == ["investigation", "resolution", "followup", "cached keys", "inbox topic"]
        purged = {(p["where"], p["place"]): p["rows"] for p in (await office.desk.http.get(path)).json()["purged"]}
        assert purged["intake", "watch notes"] == 1
        # The person's key, and the fence of the key that the case had while nobody knew who complains.
        assert purged["intake", "person keys"] == done["persons"] == 2
        await office.stack.settle()
        office.time.now += timedelta(seconds=46)
        assert await waited_for() == ["inbox topic"]
        # There is no broker here: the topic's retention is the bound.
        office.time.now += timedelta(days=8)
        assert await waited_for() == []
        assert (await office.desk.http.get(f"/v1/erasures/{uuid4()}")).status_code == 404


async def test_nothing_new_is_recorded_of_somebody_erased(open_office: Open) -> None:
    async with open_office() as office:
        posted = complaint(source="crm", source_reference="R-8", words="Canary before.")
        case_id = str((await office.desk.post("/v1/complaints", posted)).json()["case_id"])
        await office.stack.settle()
        await office.desk.walk(case_id, until="closure")
        assert (await _erase(office, case_id)).status_code == 201
        refused = await office.desk.post("/v1/complaints", {**posted, "words": "Canary after."})
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/person-erased")
        # And by staff of another service.
        flag = {"conduct": "threat", "done": "x", "evidence": "y", "until": "2026-04-01"}
        refused = await office.desk.ask(case_id, "follow-up/conduct-flags", flag)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/person-erased")


@pytest.mark.parametrize("by", ["the same reference", "a second reference", "a new reference"])
async def test_nothing_new_is_recorded_where_nobody_was_known_when_they_were_erased(open_office: Open, by: str) -> None:
    """A complaint of codes and facts alone has nobody's key; its erasure is as final."""
    async with open_office() as office:
        bare: dict[str, Any] = {"words": None, "wish": None, "complainant": None, "issue": "Fee charged twice"}
        first = complaint(source="crm", source_reference="R-9", **bare)
        same = {"source": "crm", "source_reference": "R-9"}
        road = complaint(source="shop", source_reference="S-9", **bare, same_as=same)
        case_id = str((await office.desk.post("/v1/complaints", first)).json()["case_id"])
        if by == "a second reference":
            assert (await office.desk.post("/v1/complaints", road)).json()["case_id"] == case_id
        await office.stack.settle()
        await office.desk.do(case_id, "intake/no-demand", {})
        await office.desk.walk(case_id, until="closure")
        assert (await _erase(office, case_id)).status_code == 201
        before = await office.desk.types(case_id, "intake")
        posted = first if by == "the same reference" else road
        for said in ({"words": "Canary after."}, {"complainant": {"name": "Canary", "phone": "020 7946 0018"}}):
            refused = await office.desk.post("/v1/complaints", {**posted, **said})
            assert (refused.status_code, refused.json().get("type")) == (409, "/problems/person-erased")
        # What is not personal is taken as ever.
        told = await office.desk.post("/v1/complaints", {**posted, "facts": [{"name": "branch", "value": "Harbour"}]})
        assert told.status_code == 200, told.text
        added = ["road-added.v1"] * (by == "a new reference") + ["facts-added.v1"]
        assert await office.desk.types(case_id, "intake") == before + added
        async with begin(office.stack.admin) as work:
            keys = await work.fetch_value("SELECT count(*) FROM vault.person_key WHERE erased_at IS NULL")
        assert keys == 0


@pytest.mark.practice("P188")
async def test_events_stay_and_no_foreign_key_cascades(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await _closed(office)
        assert WORDS in await _opened(office, case_id)
        counted = (await office.desk.http.get("/v1/complaint-counts")).json()
        before = (await office.desk.http.get(f"/v1/cases/{case_id}/events")).json()
        assert (await _erase(office, case_id)).status_code == 201
        await office.stack.settle()
        # Everything that was there, as it was, and the erasure itself.
        after = (await office.desk.http.get(f"/v1/cases/{case_id}/events")).json()
        added = [each for each in after if each not in before]
        assert [each for each in after if each in before] == before
        assert [each["event"]["type"] for each in added] == ["casework.intake.complainant-erased.v1"]
        opened = await _opened(office, case_id)
        assert WORDS not in opened
        assert "[erased]" in opened
        assert (await office.desk.http.get("/v1/complaint-counts")).json() == counted
        async with begin(office.stack.admin) as work:
            cascading = await work.fetch(
                "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'f'"
                " AND (confdeltype IN ('c', 'n', 'd') OR confupdtype IN ('c', 'n', 'd'))"
            )
        assert cascading == []


async def test_a_restored_backup_of_events_and_keys_brings_nobody_back(open_office: Open) -> None:
    async with open_office() as office:
        case_id, other = await _closed(office), await _closed(office)
        await _refuse(office)
        assert WORDS in await _refused(office)
        url = office.stack.admin.url.render_as_string(hide_password=False).replace("+asyncpg", "")
        before = await back_up(url, ["intake", "vault"])
        assert (await _erase(office, case_id)).status_code == 201
        intake = office.stack.runtimes["intake"]
        async with begin(intake.engine) as work:
            rows = await work.fetch("SELECT envelope FROM event ORDER BY shard, position")
        # The key store alone: the second fence closes the keys at once, and they are emptied again.
        await restore(url, {name: rows for name, rows in before.items() if name[0] == "vault"}, ["vault"])
        assert WORDS not in await _opened(office, case_id)
        async with begin(intake.engine) as work:
            assert await erase_again(work) == 2
            assert await erase_again(work) == 0
        # Both: the refill brings the events back, and `rebuild` carries the erasure out again.
        await restore(url, before, ["intake", "vault"])
        envelopes = [open_envelope(row["envelope"]) for row in rows]
        async with begin(intake.engine) as work:
            await rebuild(work, intake.shards, [(each, from_data(each.type, each.data)) for each in envelopes])
        assert WORDS not in await _opened(office, case_id)
        assert WORDS in await _opened(office, other)
        assert WORDS not in await _refused(office)
        async with begin(intake.engine) as work:
            left = await work.fetch_value(
                "SELECT count(*) FROM vault.person_key k JOIN erased_person USING (person)"
                " WHERE k.wrapped_key IS NOT NULL"
            )
        assert left == 0


async def test_an_erasure_empties_the_refused_messages_of_whom_it_is_about_alone(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await _closed(office, wish="refund", complainant={"name": "王小明", "phone": "unknown"})
        other: dict[str, object] = {"wish": "A new fridge.", "complainant": {"name": "Wren", "phone": "unknown"}}
        await _refuse(office, **other, words="Canary: no refund came.", category="refund")
        await _refuse(office, **other | {"complainant": {"name": "王小明"}}, words="Canary of the same person.")
        assert (await _erase(office, case_id)).status_code == 201
        kept = await _refused(office)
        assert "Canary: no refund came." in kept
        assert "Canary of the same person." not in kept


@pytest.mark.parametrize("complainant", [{"name": "A. Example"}, None])
async def test_what_is_refused_of_an_erased_reference_is_not_kept(open_office: Open, complainant: object) -> None:
    """Neither by its own name nor by another road, whoever was known to complain."""
    async with open_office() as office:
        said: dict[str, object] = {"source": "crm", "source_reference": "R-9", "complainant": complainant}
        case_id = await office.desk.receive(**said, words=None, wish=None)
        await office.desk.do(case_id, "withdrawal", {"reason": "It was found.", "channel": "web"})
        await _refuse(office, **said, words="Canary before.")
        assert (await _erase(office, case_id)).status_code == 201
        await _refuse(office, **said, words="Canary after.")
        await _refuse(office, same_as={"source": "crm", "source_reference": "R-9"}, words="Canary by another road.")
        await _refuse(office, words="Canary of somebody else.")
        kept = await _refused(office)
        assert "Canary of somebody else." in kept
        assert "Canary before." not in kept
        assert "Canary after." not in kept
        assert "Canary by another road." not in kept
        # That they were refused, and why, stays.
        async with begin(office.stack.runtimes["intake"].engine) as work:
            assert await work.fetch_value("SELECT count(*) FROM rejection") == 4


async def test_an_erasure_and_a_refusal_at_once_leave_nothing(open_office: Open) -> None:
    """The refusal that comes in between waits until it can see who was erased."""
    async with open_office() as office:
        case_id = await _closed(office, source="crm", source_reference="R-9")
        async with begin(office.stack.admin) as other:
            await other.fetch("SELECT FROM vault.person_key FOR UPDATE")
            # It has looked through the refused messages, and waits for the person's key.
            erasing = asyncio.create_task(_erase(office, case_id))
            await _wait(office, 1)
            said = {"source": "crm", "source_reference": "R-9", "words": "Canary meanwhile."}
            refusing = asyncio.create_task(_refuse(office, **said))
            await _wait(office, 2, unless=refusing)
        assert (await erasing).status_code == 201
        await refusing
        assert "Canary meanwhile." not in await _refused(office)


WATCH = {"person": "A. Example", "note": "Canary.", "until": "2026-03-09T08:00:00+00:00"}


@pytest.mark.parametrize(
    ("step", "said"), [("complainants", {"email": "canary@example.org"}), ("watches", WATCH)], ids=["who", "watch"]
)
async def test_what_was_sealed_before_an_erasure_is_not_recorded_after_it(
    open_office: Open, step: str, said: dict[str, str]
) -> None:
    async with open_office() as office:
        case_id = await _closed(office, complainant=None)
        async with begin(office.stack.admin) as other:
            await other.fetch("SELECT FROM intake.case_state WHERE case_id = $1 FOR UPDATE", UUID(case_id))
            # The erasure is the first to wait for the case; the step has its values sealed, and waits too.
            erasing = asyncio.create_task(_erase(office, case_id))
            await _wait(office, 1)
            doing = asyncio.create_task(office.desk.ask(case_id, step, said))
            await _wait(office, 2)
        assert (await erasing).status_code == 201
        refused = await doing
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/person-erased")
        assert "as a complaint of its own" in refused.json()["detail"]
        assert await _kept_of(office, case_id) == {"reference"}


async def test_the_search_index_that_is_made_anew_during_an_erasure_finds_nobody(
    open_office: Open, tmp_path: Path
) -> None:
    async with open_office() as office:
        case_id = await _closed(office, complainant={"email": "canary@example.org"})
        assert await _kept_of(office, case_id) == {"reference", "email"}
        keys = KeyFile.load(tmp_path / "person-keys")
        keeper = IndexKeeper(office.stack.runtimes["intake"].engine, SearchIndex.of(keys), Vault(keys))
        async with begin(office.stack.admin) as work:
            await work.execute("DELETE FROM intake.search_index")
        async with begin(office.stack.admin) as other:
            await other.execute("DELETE FROM intake.search_key")
            # It has opened who complains, and waits to write by what they are known.
            keeping = asyncio.create_task(keeper.keep())
            await _wait(office, 1)
            erasing = asyncio.create_task(_erase(office, case_id))
            await _wait(office, 2)
        assert await keeping > 0
        assert (await erasing).status_code == 201
        assert await _kept_of(office, case_id) == {"reference"}


async def _kept_of(office: Office, case_id: str) -> set[str]:
    """By what kinds of thing the case is found, and whether a caller is put through to it."""
    async with begin(office.stack.runtimes["intake"].engine) as work:
        rows = await work.fetch(
            "SELECT kind FROM search_key WHERE case_id = $1 UNION SELECT 'watch' FROM watch WHERE case_id = $1",
            UUID(case_id),
        )
    return {row["kind"] for row in rows}


async def _wait(office: Office, many: int, *, unless: asyncio.Task[Any] | None = None) -> None:
    """Until so many transactions wait for a lock, or that is done."""
    async with asyncio.timeout(10):
        while unless is None or not unless.done():
            async with begin(office.stack.admin) as work:
                waiting = await work.fetch_value(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND wait_event_type = 'Lock'"
                )
            if waiting >= many:
                return
            await asyncio.sleep(0.01)
