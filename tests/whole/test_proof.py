"""What is done with evidence, over HTTP: papers checked and used again, our own records, meetings, recordings."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from tests.clocks.conftest import Open
from tests.whole.evidence_desk import (
    ITEMS,
    RULINGS,
    file_of,
    investigated,
    item,
    opened,
    recorded,
    refused,
)

from casework.shared.contracts.envelope import open_envelope
from casework.shared.contracts.registry import from_data
from casework.shared.policies.shipped_evidence import read_evidence
from casework.shared.runtime.database import begin


@pytest.mark.practice("P050")
async def test_papers_in_another_name_are_incomplete(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await investigated(office, category="Trade mark")
        await office.desk.do(case_id, ITEMS, item("credential", "complainant", valid_until="2026-12-31"))
        await office.desk.do(case_id, ITEMS, item("credential", "complainant", valid_until="2027-05-31"))
        papers = [{"paper": "authorisation", "item": 1, "name": "Acme Ltd"}, {"paper": "certificate", "item": 2}]
        body = {"party": "agent", "name": "Acme Co", "papers": papers}
        await office.desk.do(case_id, "investigation/party-papers", body)
        checked = (await file_of(office, case_id))["papers"]
        assert checked["complete"] is False
        assert checked["faults"] == [{"paper": "authorisation", "reason": "name-mismatch"}]
        assert checked["complaining"] == {"sealed": True}
        assert (await opened(office, case_id))["complaining"] == "Acme Co"
        await office.desk.do(case_id, "investigation/party-papers", body | {"name": "Acme Ltd"})
        assert (await file_of(office, case_id))["papers"]["complete"] is True

        for party, wanted in {
            "person": ["identity-card-front", "identity-card-back", "certificate"],
            "company": ["licence", "representative-card", "certificate"],
        }.items():
            await office.desk.do(case_id, "investigation/party-papers", {"party": party, "name": "Acme Ltd"})
            faults = (await file_of(office, case_id))["papers"]["faults"]
            assert faults == [{"paper": paper, "reason": "missing"} for paper in wanted]


@pytest.mark.practice("P051")
async def test_a_paper_is_used_again_until_its_last_day_and_what_we_hold_is_not_asked_for(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office:
        first = await investigated(office, category="Trade mark")
        paper = item("credential", "complainant", document="TM-12345678", party="account-88", valid_until="2027-05-31")
        await office.desk.do(first, ITEMS, paper)
        contract = {"document": "contract 2018-114", "source": "archive", "as_of": "2026-03-02"}
        await office.desk.do(first, ITEMS, item("own-record", "organisation", **contract))

        await office.go_to("2026-09-01")
        second = await investigated(office, category="Trade mark")
        attach, mine = "investigation/held-evidence", {"document": "TM-12345678", "party": "account-88"}
        # Nobody has accepted it yet.
        await refused(office, second, attach, mine, "not-held")
        await office.desk.do(first, RULINGS, {"number": 1, "ruling": "valid", "reason": "Seen in the register."})
        asking, ask = (
            "investigation/evidence-requests",
            {
                "of": "complainant",
                "what": "The certificate.",
                "due_at": "2027-07-01T10:00:00Z",
                "effect": "decide-on-what-we-have",
                "channel": "email",
                "document": "TM-12345678",
            },
        )
        assert f"item 1 of case {first}" in await refused(office, second, asking, ask, "held-already")
        await refused(office, second, attach, mine | {"party": "account-99"}, "not-held")
        await office.desk.do(second, attach, mine)
        (attached,) = await recorded(office, second, "investigation", "evidence-attached")
        assert (attached["of_case"], attached["of_number"]) == (first, 1)
        assert (attached["sha256"], attached["valid_until"]) == (paper["sha256"], "2027-05-31")
        archive = ask | {"document": "Contract  2018-114", "what": "The contract."}
        assert "2018-114 already" in await refused(office, second, asking, archive, "held-already")

        await office.go_to("2027-05-31")
        third = await investigated(office, category="Trade mark")
        await refused(office, third, asking, ask, "held-already")
        await office.go_to("2027-06-01")
        assert "2027-05-31" in await refused(office, third, attach, mine, "credential-expired")
        await office.desk.do(third, asking, ask)
        (asked,) = await recorded(office, third, "investigation", "evidence-requested")
        assert asked["document"] == "TM-12345678"


TARIFFS = """
[[tariff]]
tariff = "fixed-deposit-3y"
version = 1
document = "RATE-2022-09"
in_force_from = 2022-09-15
rate = "3.85"
currency = "CNY"
days_a_year = 365

[[tariff]]
tariff = "fixed-deposit-3y"
version = 2
document = "RATE-2023-06"
in_force_from = 2023-06-08
rate = "3.30"
currency = "CNY"
days_a_year = 365
"""


@pytest.mark.practice("P048")
async def test_the_papers_of_that_day_and_the_record_of_the_car(open_office: Open, tmp_path: Path) -> None:
    own = tmp_path / "evidence"
    own.mkdir()
    (own / "tariffs.toml").write_text(TARIFFS, encoding="utf-8")
    async with open_office(now="2026-02-27") as office:
        office.stack.runtimes["investigation"].evidence = read_evidence(own)
        deposit = await investigated(office, category="Deposit")
        asked = {
            "tariff": "fixed-deposit-3y",
            "contract_date": "2023-06-08",
            "principal": {"amount": "12345.75", "currency": "CNY"},
            "years": 3,
            "remembered": "3.85",
        }
        consult = "investigation/tariff-consultations"
        await office.desk.do(deposit, consult, asked)
        (consulted,) = (await file_of(office, deposit))["tariffs"]
        assert (consulted["rate"], consulted["document"], consulted["version"]) == ("3.30", "RATE-2023-06", 2)
        assert consulted["interest"] == {"amount": "1222.23", "currency": "CNY"}
        assert consulted["interest_remembered"] == {"amount": "1425.93", "currency": "CNY"}
        await office.desk.do(deposit, consult, asked | {"contract_date": "2023-06-07"})
        assert (await file_of(office, deposit))["tariffs"][1]["document"] == "RATE-2022-09"
        await refused(office, deposit, consult, asked | {"contract_date": "2022-09-14"}, "no-tariff-then")
        euro = {"principal": {"amount": "1.00", "currency": "EUR"}}
        await refused(office, deposit, consult, asked | euro, "another-currency")

        # Our own record is fetched by a task, with its source and the day as of which it holds.
        car = await investigated(office, category="Car")
        task = {
            "of": "organisation",
            "what": "Service history of car-4711.",
            "due_at": "2026-03-01T10:00:00Z",
            "effect": "decide-on-what-we-have",
            "channel": "api",
        }
        await office.desk.do(car, "investigation/evidence-requests", task)
        (task_asked,) = await recorded(office, car, "investigation", "evidence-requested")
        history = item(
            "own-record",
            "organisation",
            request_id=task_asked["request_id"],
            document="SRV-2026-0226",
            source="workshop system",
            as_of="2026-02-26",
            about="car-4711",
        )
        await office.desk.do(car, ITEMS, history)
        await office.go_to("2026-03-02")
        again = await investigated(office, category="Car")
        await office.desk.do(again, ITEMS, item("photograph", "complainant", about="car-4711"))
        (brought,) = await recorded(office, again, "investigation", "evidence-attached")
        assert (brought["document"], brought["source"], brought["as_of"]) == (
            "SRV-2026-0226",
            "workshop system",
            "2026-02-26",
        )
        assert (brought["of_case"], brought["number"]) == (car, 2)
        # What is there comes along once.
        await office.desk.do(again, ITEMS, item("document", "complainant", about="car-4711"))
        assert len(await recorded(office, again, "investigation", "evidence-attached")) == 1


@pytest.mark.practice("P052")
async def test_a_meeting_is_ready_when_its_pack_is_complete(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await investigated(office, category="Wealth management")
        await office.desk.do(case_id, "investigation/meetings", {"pack": "bank-mediation"})
        await office.desk.do(case_id, ITEMS, item("document", "organisation", meets=["signed-contract"]))
        await office.desk.do(case_id, ITEMS, item("document", "complainant", meets=["handwritten-calculation"]))
        invitation, step = {"at": "2026-03-10T10:00:00+08:00"}, "investigation/meeting-invitations"
        said = await refused(office, case_id, step, invitation, "pack-incomplete")
        assert "call-back-recording" in said
        assert "signed-contract" not in said
        assert "ready" not in (await file_of(office, case_id))["meetings"]["1"]
        await office.desk.do(case_id, ITEMS, item("recording", "organisation", meets=["call-back-recording"]))
        await office.desk.do(case_id, step, invitation)
        ready = (await file_of(office, case_id))["meetings"]["1"]["ready"]
        assert ready["pack"] == [
            {"entry": "signed-contract", "item": 1},
            {"entry": "handwritten-calculation", "item": 2},
            {"entry": "call-back-recording", "item": 3},
        ]


RECORDING = {
    "sha256": "c" * 64,
    "reference": "Call store, 2026-03-01, 0117",
    "made_at": "2026-03-01T09:00:00Z",
    "consent": "yes",
    "consent_by": "complainant",
    "consent_at": "2026-03-01T09:00:05Z",
}
HEAR, CALL_BACK = "investigation/recording-openings", "investigation/call-backs"


@pytest.mark.practice("P053")
async def test_who_calls_back_has_listened_and_nobody_hears_what_nobody_consented_to(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await investigated(office)
        await office.desk.do(case_id, "investigation/recordings", RECORDING)
        reached = {"result": "reached"}
        assert "listen first" in await refused(office, case_id, CALL_BACK, reached, "recording-unheard")
        heard = await office.desk.do(case_id, HEAR, {"recording": 1, "purpose": "Before calling back."})
        assert heard.json()["reference"] == RECORDING["reference"]
        await office.desk.do(case_id, CALL_BACK, reached)
        events = await office.desk.http.get(f"/v1/cases/{case_id}/events")
        assert str(RECORDING["reference"]) not in events.text

        await office.desk.do(case_id, "investigation/recordings", RECORDING | {"consent": "no"})
        silent = await office.desk.ask(case_id, HEAR, {"recording": 2, "purpose": "Curiosity."})
        assert silent.status_code == 403
        assert "reference" not in silent.json()
        (access,) = await recorded(office, case_id, "investigation", "file-refused")
        assert access == {"part": "recording-2", "purpose": "Curiosity."}
        # It holds nobody up.
        await office.desk.do(case_id, CALL_BACK, reached)
        recordings = (await file_of(office, case_id))["recordings"]
        assert [(each["recording"]["consent"], len(each["heard"])) for each in recordings] == [("yes", 1), ("no", 0)]
        unknown = await office.desk.ask(case_id, HEAR, {"recording": 3, "purpose": "To listen."})
        assert unknown.json()["type"] == "/problems/unknown-recording"


@pytest.mark.practice("P053")
async def test_a_promised_call_back_waits_for_the_recording_too(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await investigated(office)
        await office.desk.do(case_id, "investigation/recordings", RECORDING)
        await office.desk.do(case_id, "investigation/recordings", RECORDING | {"consent": "no"})
        promise = {"kind": "call-back", "words": "We call you.", "due_at": "2026-03-04T10:00:00Z", "reach": "phone"}
        await office.desk.do(case_id, "resolution/promises", promise)
        tried, kept = "resolution/call-attempts", "resolution/kept-promises"
        engaged, proof = {"result": "engaged"}, {"proof": "Call 0118."}
        await refused(office, case_id, tried, engaged, "recording-unheard")
        await refused(office, case_id, kept, proof, "recording-unheard")
        await office.desk.do(case_id, HEAR, {"recording": 1, "purpose": "Before calling back."})
        await office.desk.do(case_id, tried, engaged)
        await office.desk.do(case_id, kept, proof)
        told = await recorded(office, case_id, "resolution", "promise-kept")
        assert [each["kind"] for each in told] == ["call-back"]


async def test_what_is_held_is_written_again_after_a_restore(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await investigated(office, category="Trade mark")
        for document in ("TM-1", "TM-2"):
            await office.desk.do(case_id, ITEMS, item("credential", "complainant", document=document))
        await office.desk.do(case_id, RULINGS, {"number": 1, "ruling": "valid", "reason": "Seen."})
        investigation = office.stack.runtimes["investigation"]
        rebuild = investigation.service.rebuild
        assert rebuild is not None
        async with begin(investigation.engine) as work:
            held = "SELECT * FROM held_item ORDER BY number"
            before = await work.fetch(held)
            events = await work.fetch("SELECT envelope FROM event WHERE case_id = $1 ORDER BY version", UUID(case_id))
            await work.execute("UPDATE held_item SET ruling = NULL")
            envelopes = [open_envelope(row["envelope"]) for row in events]
            told = [(each, from_data(each.type, each.data)) for each in envelopes]
            assert await rebuild(work, investigation.shards, told) == ()
            assert await work.fetch(held) == before
        assert [row["ruling"] for row in before] == ["valid", None]
