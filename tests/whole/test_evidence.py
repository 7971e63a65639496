"""Evidence, from the item to the decision that cites it, over HTTP."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest
from tests.clocks.conftest import Open
from tests.whole.evidence_desk import (
    CONCLUSION,
    ITEMS,
    RULINGS,
    decided,
    file_of,
    investigated,
    item,
    opened,
    recorded,
    refused,
)

from casework.shared.testing.desk import STEPS

PICTURE = "一件衬衫的照片".encode() * 50


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
            "what": "A photograph.",
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
