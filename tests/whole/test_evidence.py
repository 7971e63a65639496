"""Evidence, from the item to the decision that cites it, over HTTP."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

from casework.shared.contracts.envelope import open_envelope
from casework.shared.contracts.registry import from_data
from casework.shared.policies.shipped_evidence import read_evidence
from casework.shared.runtime.database import begin
from casework.shared.testing.desk import STEPS

PICTURE = "一件衬衫的照片".encode() * 50
ACCEPTANCE, CONCLUSION = "investigation/acceptance", "investigation/conclusion"
ITEMS, RULINGS = "investigation/evidence-items", "investigation/evidence-rulings"


def item(kind: str, given_by: str, **more: object) -> Mapping[str, object]:
    """The body of an item: its bytes are the description."""
    what = str(more.get("what", f"A {kind}."))
    usual: dict[str, object] = {
        "kind": kind,
        "given_by": given_by,
        "what": what,
        "sha256": sha256(what.encode()).hexdigest(),
        "reference": "DMS box 1",
    }
    return usual | more


async def investigated(office: Office, **fields: object) -> str:
    """A case that investigation has accepted."""
    case_id = await office.desk.receive(**fields)
    await office.desk.walk(case_id, ACCEPTANCE)
    return case_id


async def recorded(office: Office, case_id: str, service: str, name: str) -> list[Mapping[str, Any]]:
    """The data of a service's events of one type, in order."""
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/events")
    found = (each["event"] for each in answer.json())
    return [each["data"] for each in found if each["type"] == f"casework.{service}.{name}.v1"]


async def refused(office: Office, case_id: str, step: str, body: Mapping[str, object], code: str) -> str:
    """The step is refused by that rule. Returns what it says."""
    answer = await office.desk.ask(case_id, step, body)
    assert (answer.status_code, answer.json()["type"]) == (409, f"/problems/{code}"), answer.text
    return str(answer.json()["detail"])


async def file_of(office: Office, case_id: str) -> Mapping[str, Any]:
    """The part of the case file about evidence."""
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/investigation")
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Any] = answer.json()["file"]["evidence"]
    return found


async def opened(office: Office, case_id: str, part: str = "evidence-statements") -> Mapping[str, Any]:
    """A restricted part of the case file."""
    asked = {"part": part, "purpose": "To decide."}
    answer = await office.desk.post(f"/v1/cases/{case_id}/files/investigation/openings", asked)
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Any] = answer.json()["file"]
    return found


async def decided(office: Office, case_id: str) -> Mapping[str, Any]:
    """Find, conclude, hand on and decide. Returns the decision."""
    started = False
    for step in STEPS:
        if started:
            await office.desk.do(case_id, step)
        started = started or step == ACCEPTANCE
        if step == "resolution/decision":
            break
    (decision,) = await recorded(office, case_id, "resolution", "decision-communicated")
    return decision


@pytest.mark.practice("P042")
async def test_an_item_stands_in_the_decision_with_its_hash_ruling_and_reason(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Asia/Shanghai") as office:
        case_id = await investigated(office)
        request = {
            "of": "complainant",
            "what": "A photograph of the garment.",
            "due_at": "2026-03-05T18:00:00+08:00",
            "effect": "decide-on-what-we-have",
            "channel": "email",
        }
        await office.desk.do(case_id, "investigation/evidence-requests", request)
        ((asked),) = await recorded(office, case_id, "investigation", "evidence-requested")
        photograph = item("photograph", "complainant", giver="account-88", request_id=asked["request_id"])
        digest = sha256(PICTURE).hexdigest()
        sent = {**photograph, "sha256": digest, "content": base64.b64encode(PICTURE).decode()}
        await office.go_to("2026-03-04T09:30")
        await office.desk.do(case_id, ITEMS, sent)
        await office.desk.do(case_id, RULINGS, {"number": 1, "ruling": "invalid", "reason": "not this garment"})

        decision = await decided(office, case_id)
        (cited,) = decision["evidence"]
        assert cited == {
            "number": 1,
            "kind": "photograph",
            "given_by": "complainant",
            "sha256": digest,
            "ruling": "invalid",
            "reason": "not this garment",
        }
        (kept,) = (await file_of(office, case_id))["items"]
        assert kept["item"] | {"giver": "account-88", "asked_by": asked["asked_by"], "late": False} == kept["item"]
        assert kept["item"]["received_at"] == "2026-03-04T01:30:00.000000Z"
        assert kept["item"]["due_at"] == "2026-03-05T10:00:00.000000Z"
        assert kept["said"] == {"en": "invalid", "zh": "无效"}
        assert (await office.clock(case_id, "internal.evidence"))["phase"] == "met"


async def test_bytes_that_are_not_those_declared_are_refused(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await investigated(office)
        content = base64.b64encode(PICTURE).decode()
        answer = await office.desk.ask(case_id, ITEMS, item("photograph", "complainant", content=content))
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/hash-mismatch")
        for bad in ("no base64!", base64.b64encode(b"0" * 524_289).decode()):
            answer = await office.desk.ask(case_id, ITEMS, item("photograph", "complainant", content=bad))
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["pointer"] == "/content"
        assert "evidence-item-received.v1" not in await office.desk.types(case_id, "investigation")


@pytest.mark.practice("P043")
async def test_the_evidence_is_not_complete_without_the_payment_proof(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await investigated(office, category="marketplace")
        page = item("document", "complainant", meets=["order-number", "merchant"])
        await office.desk.do(case_id, ITEMS, page)
        await office.desk.do(case_id, ITEMS, item("photograph", "complainant", meets=["evidence"]))
        done = "investigation/evidence-completion"
        said = await refused(office, case_id, done, {}, "evidence-incomplete")
        assert said.startswith("Missing: payment-proof.")
        waiver = {"entry": "payment-proof", "reason": "平台已确认付款。"}
        await office.desk.do(case_id, "investigation/evidence-waivers", waiver)
        await office.desk.do(case_id, done, {})
        (complete,) = await recorded(office, case_id, "investigation", "evidence-completed")
        assert (complete["checklist"], complete["version"]) == ("marketplace", 1)
        assert complete["entries"] == [
            {"entry": "order-number", "item": 1},
            {"entry": "merchant", "item": 1},
            {"entry": "payment-proof"},
            {"entry": "evidence", "item": 2},
        ]
        assert (await file_of(office, case_id))["waived"] == [waiver]


@pytest.mark.practice("P046")
async def test_a_task_done_alone_concludes_nothing_and_with_the_photograph_the_last_holder_is_named(
    open_office: Open,
) -> None:
    async with open_office() as office:
        case_id = await investigated(office, category="Takeaway")
        desk, finding = office.desk, STEPS["investigation/findings"]
        not_upheld = {**STEPS[CONCLUSION], "outcome": "not-upheld"}
        await desk.do(case_id, ITEMS, item("task-entry", "respondent", giver="courier-17", what="delivered 12:31"))
        links = [("kitchen-3", "2026-03-01T12:02:00Z", None), ("courier-17", "2026-03-01T12:05:00Z", None)]
        for holder, since, shown_by in [*links, ("complainant", "2026-03-01T12:31:00Z", 1)]:
            shown = {} if shown_by is None else {"shown_by": shown_by}
            await desk.do(case_id, "investigation/custody", {"holder": holder, "since": since, **shown})
        await desk.do(case_id, "investigation/findings", finding)
        said = await refused(office, case_id, CONCLUSION, not_upheld, "one-sided-evidence")
        assert "photograph" in said

        photograph = item("photograph", "respondent", giver="courier-17", what="The bag at the reception, 12:31.")
        await desk.do(case_id, ITEMS, photograph)
        hand_over = {"holder": "reception-2", "since": "2026-03-01T12:31:00Z", "shown_by": 2}
        await desk.do(case_id, "investigation/custody", hand_over)
        await desk.do(case_id, "investigation/findings", finding)
        await desk.do(case_id, CONCLUSION, not_upheld)
        unknown, named = await recorded(office, case_id, "investigation", "finding-recorded")
        assert "last_holder" not in unknown
        assert named["last_holder"] == "reception-2"
        assert len((await file_of(office, case_id))["custody"]) == 4


@pytest.mark.practice("P047")
async def test_a_slip_that_nobody_counted_is_valid_and_contested_with_both_statements(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await investigated(office, category="Export")
        signer = "仓库 王建国"
        slip = {"count": 50, "signer": signer, "signed_at": "2026-02-20T15:00:00+08:00"}
        await office.desk.do(case_id, ITEMS, item("delivery-slip", "respondent", slip=slip))
        kept, denied = "50 pieces came in, and I signed for 50.", "没有人清点过数量。"
        statements = "investigation/evidence-statements"
        await office.desk.do(case_id, statements, {"number": 1, "by": "respondent", "said": kept})
        denial = {"number": 1, "by": "third-party", "said": denied, "disputes": "not-counted"}
        await office.desk.do(case_id, statements, denial)
        void = {"number": 1, "ruling": "invalid", "reason": "Nobody counted."}
        assert "contested, not void" in await refused(office, case_id, RULINGS, void, "contested-not-void")
        await office.desk.do(case_id, RULINGS, {"number": 1, "ruling": "valid", "reason": "Signed for 50."})

        (ruled,) = (await file_of(office, case_id))["items"]
        assert ruled["said"] == {"en": "valid, contested", "zh": "有效，有争议"}
        assert ruled["ruling"]["statements"] == [1, 2]
        assert ruled["item"]["slip"]["signer"] == {"sealed": True}
        found = await opened(office, case_id)
        assert [each["said"] for each in found["statements"]] == [kept, denied]
        (opened_slip,) = found["slips"]
        assert (opened_slip["slip"]["signer"], opened_slip["slip"]["count"]) == (signer, 50)
        events = await office.desk.http.get(f"/v1/cases/{case_id}/events")
        assert not any(text in events.text for text in (kept, denied, signer))
        decision = await decided(office, case_id)
        assert decision["evidence"][0]["ruling"] == "contested"


@pytest.mark.practice("P045")
async def test_what_was_agreed_before_the_order_is_accepted_and_what_came_after_is_not(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await investigated(office, category="Embroidery")
        ordered_at = "2026-02-20T10:00:00+08:00"
        before = {"made_at": "2026-02-17T10:00:00+08:00", "ordered_at": ordered_at}
        await office.desk.do(case_id, ITEMS, item("pre-contract", "organisation", what="已确认的绣样图", **before))
        after = {"made_at": "2026-02-21T10:00:00+08:00", "ordered_at": ordered_at}
        late = item("pre-contract", "organisation", **after)
        said = await refused(office, case_id, ITEMS, late, "not-pre-contract")
        assert "not agreed before the order" in said
        assert (
            "pre-contract-undated" in (await office.desk.ask(case_id, ITEMS, item("pre-contract", "complainant"))).text
        )
        (kept,) = (await file_of(office, case_id))["items"]
        assert (kept["item"]["kind"], kept["item"]["made_at"]) == ("pre-contract", "2026-02-17T02:00:00.000000Z")


@pytest.mark.practice("P049")
async def test_what_is_no_longer_there_cites_its_rule_in_the_decision(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await investigated(office, category="Pension")
        gone = {"what": "Payroll records of 1999. 1999年工资记录。", "dated": "1999-12-31"}
        step = "investigation/unavailable-evidence"
        assert "id of the rule" in await refused(office, case_id, step, gone, "retention-rule-missing")
        other = gone | {"rule": "cn-accounting-vouchers-2016"}
        await refused(office, case_id, step, other, "retention-rule-of-another-time")
        recent = other | {"dated": "2010-12-31"}
        assert "2040-12-31" in await refused(office, case_id, step, recent, "still-retained")
        assert "choose one of" in await refused(office, case_id, step, gone | {"rule": "x"}, "unknown-evidence-policy")
        request = {
            "of": "organisation",
            "what": "The payroll records of 1999.",
            "due_at": "2026-03-05T18:00:00+08:00",
            "effect": "decide-on-what-we-have",
            "channel": "api",
        }
        await office.desk.do(case_id, "investigation/evidence-requests", request)
        ((asked),) = await recorded(office, case_id, "investigation", "evidence-requested")
        known = {"rule": "cn-accounting-vouchers-1998", "request_id": asked["request_id"]}
        await office.desk.do(case_id, step, gone | known)
        assert (await office.clock(case_id, "internal.evidence"))["phase"] == "met"
        decision = await decided(office, case_id)
        (cited,) = decision["evidence"]
        rule = {"rule": "cn-accounting-vouchers-1998", "years": 15, "disposed_on": "2014-12-31"}
        assert cited | rule == cited
        assert "15 years, until 2014-12-31" in cited["said_en"]
        assert "保存15年，至2014-12-31止" in cited["said_zh"]


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
        archive = ask | {"document": "contract 2018-114", "what": "The contract."}
        assert "contract 2018-114" in await refused(office, second, asking, archive, "held-already")

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
