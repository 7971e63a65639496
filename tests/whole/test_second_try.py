"""A remedy that failed: the case goes on a rung higher, and what is sent again is checked by another person first."""

from __future__ import annotations

from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole.remedy_office import Counter, counter

REPLACE = {"kind": "replacement", "description": "A new parcel with all 36 boards.", "remedy": "replace"}
SHORT = "One board is missing again."
CHECK = "All 36 boards counted against the list, and photographed in the box."


async def sent(office: Office, at: Counter, parcel: str) -> None:
    """The remedy goes out, and the complainant has it."""
    assert await at.asked(at.agent, "sent-remedies", remedy=1, proof=f"Parcel {parcel}.") == (200, ["remedy-sent"])
    proof = {"remedy": 1, "kind": "carrier-receipt", "proof": f"Signature for {parcel}."}
    assert await at.asked(at.agent, "received-remedies", **proof) == (200, ["remedy-received"])


async def decided(office: Office, at: Counter) -> None:
    for step in ("decision", "reply", "follow-up-offer"):
        await office.desk.do(at.case_id, f"resolution/{step}")
    await office.desk.do(at.case_id, "follow-up/acceptance")


async def rungs(office: Office, at: Counter) -> list[tuple[int, str, str]]:
    events = await office.events(at.case_id, "case-escalated")
    return [(each["data"]["rung"], each["data"]["role"], each["data"]["reason"]) for each in events]


async def ledger(at: Counter) -> list[dict[str, Any]]:
    return list((await at.file("remedies"))["ledger"])


@pytest.mark.practice("P126")
async def test_a_failed_remedy_reopens_a_rung_higher_and_the_second_try_is_checked(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office, counter(office) as at:
        await at.asked(at.agent, "remedy-checks", delivered_on="2026-02-20")
        assert await at.asked(at.agent, "remedies", **REPLACE) == (200, ["remedy-proposed"])
        await sent(office, at, "CN-1")
        await decided(office, at)
        await office.desk.do(at.case_id, "closure")
        assert await rungs(office, at) == []

        assert await at.asked(at.agent, "failed-remedies", reason=SHORT) == (200, ["remedy-failed"])
        assert (await office.desk.show(at.case_id))["open"] is True
        (reopened,) = await office.events(at.case_id, "case-reopened")
        assert reopened["data"]["reason"] == "A remedy did not put it right."
        assert await rungs(office, at) == [(1, "supervisor", "remedy-failed")]
        (line,) = await ledger(at)
        assert (line["status"], line["failures"]) == ("failed", 1)
        assert line["history"][-1]["reason"] == SHORT
        report = (await office.desk.http.get("/v1/remedy-report")).json()
        assert report["remedies"] == {"sent": 1, "received": 1, "failed": 1}
        assert report["failures"] == [{"kind": "replacement", "failures": 1, "remedies": 1, "cases": 1}]

        again = {"remedy": 1, "proof": "Parcel CN-2."}
        assert await at.asked(at.agent, "sent-remedies", **again) == (409, "second-try-unchecked")
        # A new number does not make it a first try.
        assert await at.asked(at.agent, "remedies", **REPLACE) == (200, ["remedy-proposed"])
        assert await at.asked(at.agent, "sent-remedies", **again | {"remedy": 2}) == (409, "second-try-unchecked")
        check = {"remedy": 1, "checked": CHECK}
        assert await at.asked(at.agent, "second-try-checks", **check) == (200, ["second-try-checked"])
        assert await at.asked(at.agent, "sent-remedies", **again) == (409, "checked-by-sender")
        assert await at.asked(at.lead, "second-try-checks", **check) == (200, ["second-try-checked"])
        await sent(office, at, "CN-2")
        line = (await ledger(at))[0]
        assert (line["status"], line["checks"][-1]["by"], line["checks"][-1]["checked"]) == (
            "received",
            "lead-7",
            CHECK,
        )

        # It is short once more: before anybody closed the case, and one more rung up.
        assert await at.asked(at.agent, "failed-remedies", remedy=1, reason=SHORT) == (200, ["remedy-failed"])
        assert await rungs(office, at) == [(1, "supervisor", "remedy-failed"), (2, "manager", "remedy-failed")]
        assert (await ledger(at))[0]["failures"] == 2
        await decided(office, at)
        refused = await office.desk.ask(at.case_id, "closure")
        assert refused.json()["type"].rpartition("/")[2] == "remedy-not-received"
        # The check was for the sending before.
        assert await at.asked(at.agent, "sent-remedies", **again) == (409, "second-try-unchecked")
        await at.asked(at.lead, "second-try-checks", **check)
        await sent(office, at, "CN-3")
        await office.desk.do(at.case_id, "closure")
        report = (await office.desk.http.get("/v1/remedy-report")).json()
        assert report["remedies"] == {"sent": 1, "received": 1, "failed": 1}
        assert report["failures"] == [{"kind": "replacement", "failures": 2, "remedies": 1, "cases": 1}]


async def test_a_failure_climbs_above_what_the_case_was_on_before(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office, counter(office) as at:
        await at.asked(at.agent, "remedies", kind="apology", description="A letter.", remedy="apology")
        await at.asked(at.agent, "sent-remedies", proof="Letter 1.")
        # The answer is missed meanwhile: the supervisor is asked, and then the manager.
        due = await office.due(at.case_id, "internal.answer")
        await office.wait_until(due)
        before = max(rung for rung, _, _ in await rungs(office, at))
        assert before == 1
        assert await at.asked(at.agent, "failed-remedies", reason="The wrong name.") == (200, ["remedy-failed"])
        assert (await rungs(office, at))[-1] == (2, "manager", "remedy-failed")


async def test_what_was_not_sent_has_not_failed_and_a_first_try_needs_no_check(open_office: Open) -> None:
    async with open_office() as office, counter(office) as at:
        await at.asked(at.agent, "remedies", kind="apology", description="A letter.", remedy="apology")
        assert await at.asked(at.agent, "failed-remedies", remedy=1, reason="It is wrong.") == (409, "not-sent")
        assert await at.asked(at.agent, "failed-remedies", remedy=2, reason="It is wrong.") == (409, "not-on-this-case")
        assert await at.asked(at.lead, "second-try-checks", remedy=1, checked="The name.") == (409, "first-try")
        await at.asked(at.agent, "sent-remedies", proof="Letter 1.")
        checked = {"remedy": 1, "checked": "The name."}
        assert await at.asked(at.lead, "second-try-checks", **checked) == (409, "not-to-be-checked")
        assert await at.asked(at.agent, "failed-remedies", reason="The wrong name.") == (200, ["remedy-failed"])
        # What the complainant does not want a second time is not owed any more.
        assert await at.asked(at.agent, "waived-remedies", proof="E-mail of today.") == (200, ["remedy-waived"])
