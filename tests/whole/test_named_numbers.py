"""Numbers of evidence and of demands that people give are there; what a hold keeps is not said to be gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole.evidence_desk import item, recorded, refused
from tests.whole.test_bearing import DAMAGE, SUPPLIER, US
from tests.whole.test_care import INCIDENT, arrived
from tests.whole.test_demands import demand, file_of

from casework.shared.policies.shipped_evidence import read_evidence
from casework.shared.testing.desk import STEPS

FINDINGS, SHARES = "investigation/findings", "investigation/shares"
GONE = "investigation/unavailable-evidence"
RULE = """
[[retention]]
rule = "gate-log"
version = 1
title = { en = "Log of the gate", zh = "门禁记录" }
years = 1
basis = "Our own rule."
certainty = "second-hand"
"""


async def inquiry(office: Office, case_id: str) -> Any:
    return await file_of(office, case_id, "investigation", "inquiry")


async def test_a_finding_names_only_what_is_there(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "investigation/acceptance")
        finding = STEPS[FINDINGS]
        told = await refused(office, case_id, FINDINGS, {**finding, "evidence": [1]}, "unknown-evidence")
        assert "no item of evidence 1; it has none so far" in told
        await office.desk.do(case_id, "investigation/evidence-items", item("photograph", "complainant"))
        told = await refused(office, case_id, FINDINGS, {**finding, "evidence": [1, 3]}, "unknown-evidence")
        assert "no item of evidence 3; it has those from 1 to 1" in told
        told = await refused(office, case_id, FINDINGS, {**finding, "demand": 1}, "demand-unknown")
        assert "no demand 1 that a finding could answer; it has none so far" in told
        for kind in ("refund", "apology"):
            await office.desk.do(case_id, "intake/demands", demand(kind))
        told = await refused(office, case_id, FINDINGS, {**finding, "demand": 3}, "demand-unknown")
        assert "it has those from 1 to 2" in told
        await office.desk.do(case_id, FINDINGS, {**finding, "demand": 2, "evidence": [1]})
        (found,) = (await inquiry(office, case_id))["findings"]
        assert (found["demand"], found["evidence"]) == (2, [1])
        # A changed demand keeps its number, and what is told of the past is taken as it is.
        await office.desk.do(case_id, "intake/demand-changes", demand("repair", number=2))
        past = f"{FINDINGS}?occurred_at=2026-03-01T10:00:00Z"
        await office.desk.do(case_id, past, {**finding, "demand": 9, "evidence": [9]})
        assert len((await inquiry(office, case_id))["findings"]) == 2


async def test_a_demand_stated_before_the_inquiry_is_known_to_it(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.do(case_id, "intake/demands", demand("refund"))
        await office.desk.walk(case_id, "investigation/acceptance")
        await office.desk.do(case_id, FINDINGS, {**STEPS[FINDINGS], "demand": 1})


async def test_a_share_is_proven_by_evidence_that_is_there(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive(category="Furniture")
        await office.desk.walk(case_id, "investigation/acceptance")
        for shares in ([SUPPLIER | {"evidence": [1]}, US], [SUPPLIER, US | {"evidence": [1]}]):
            await refused(office, case_id, SHARES, {"damage": DAMAGE, "shares": shares}, "unknown-evidence")
        await office.desk.do(case_id, "investigation/evidence-items", item("photograph", "complainant"))
        proven = {"damage": DAMAGE, "shares": [SUPPLIER | {"evidence": [1]}, US]}
        await refused(
            office, case_id, SHARES, proven | {"shares": [SUPPLIER | {"evidence": [2]}, US]}, "unknown-evidence"
        )
        await office.desk.do(case_id, SHARES, proven)
        assert (await inquiry(office, case_id))["shares"][0]["evidence"] == [1]


async def test_a_hold_keeps_numbered_items_and_what_a_rule_would_let_go(open_office: Open, tmp_path: Path) -> None:
    own = tmp_path / "evidence"
    own.mkdir()
    (own / "retention.toml").write_text(RULE, encoding="utf-8")
    async with open_office(now="2025-12-30T10:00", zone="Asia/Shanghai") as office:
        office.stack.runtimes["investigation"].evidence = read_evidence(own)
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "investigation/acceptance")
        request = await arrived(office, case_id)
        given = item("photograph", "third-party", request_id=request)
        await office.desk.do(case_id, "investigation/evidence-items", given)
        await office.desk.do(case_id, "intake/incident-mode", INCIDENT)
        disposal = {"request_id": request, "rule": "Photographs: 30 days after the answer."}
        await refused(office, case_id, "investigation/disposals", disposal, "evidence-is-held")
        await office.go_to("2026-01-02")
        # Kept until the last day of 2025 by its rule, and by the hold from the day before on.
        kept = {"what": "The log of the gate of 2024. 2024年门禁记录。", "dated": "2024-03-01", "rule": "gate-log"}
        await refused(office, case_id, GONE, kept, "evidence-is-held")
        asked = {
            "of": "organisation",
            "what": "The log of the gate.",
            "due_at": "2026-01-05T18:00:00+08:00",
            "effect": "decide-on-what-we-have",
            "channel": "api",
        }
        await office.desk.do(case_id, "investigation/evidence-requests", asked)
        newest = (await recorded(office, case_id, "investigation", "evidence-requested"))[-1]
        answers = kept | {"request_id": newest["request_id"]}
        await refused(office, case_id, GONE, answers, "evidence-is-held")
        # What was gone long before stays gone.
        await office.desk.do(case_id, GONE, kept | {"dated": "2020-03-01"})
        await office.desk.do(case_id, "intake/incident-mode-end", {"reason": "Everybody went home."})
        await office.desk.do(case_id, GONE, answers)
        await office.desk.do(case_id, "investigation/disposals", disposal)
