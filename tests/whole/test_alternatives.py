"""Amounts claimed as alternatives, by a time that the complainant set: shown exactly, answered within the claim."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole.remedy_office import cny
from tests.whole.test_care import CN, told
from tests.whole.test_demands import demand, file_of, refused

EITHER = demand("refund", alternatives=[cny("2000.00"), cny("3300.00")])
BY_FIVE = {
    "words": "两千，或者三千三全退，五点之前。 2,000, or all 3,300, by five o'clock.",
    "said_at": "2026-03-02T09:58:00+08:00",
    "due_at": "2026-03-02T17:00:00+08:00",
}


async def standing(office: Office, case_id: str) -> Mapping[str, Any]:
    """Everything that three services say of the case, where it stands, and its clocks but the complainant's own."""
    files = {
        service: (await office.desk.http.get(f"/v1/cases/{case_id}/files/{service}")).json().get("file")
        for service in ("intake", "investigation", "resolution")
    }
    clocks = {
        each["policy"]: (each["phase"], each["due_at"])
        for each in await office.clocks(case_id)
        if each["policy"] != "internal.complainant-deadline"
    }
    shown = await office.desk.show(case_id)
    return files | {"clocks": clocks, "stage": shown["stage"], "status": shown.get("status")}


@pytest.mark.practice("P031")
async def test_alternatives_by_five_warn_at_five_and_change_no_right(open_office: Open) -> None:
    async with open_office(institution=CN, now="2026-03-02T10:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(words="六十件衣服，做工不好。 An order of 60 pieces.")
        await office.desk.do(case_id, "intake/demands", EITHER)
        await office.desk.do(case_id, "intake/their-deadlines", BY_FIVE | {"demand": 1})
        (shown,) = (await file_of(office, case_id, "intake", "demands"))["demands"]
        assert (shown["alternatives"], shown["amounts"]) == ([cny("2000.00"), cny("3300.00")], [])
        (theirs,) = (await file_of(office, case_id, "intake", "alerts"))["their_deadlines"].values()
        assert (office.local(theirs["due_at"]), theirs["demand"]) == ("2026-03-02T17:00", 1)
        clock = await office.clock(case_id, "internal.complainant-deadline")
        assert (office.local(clock["due_at"]), clock["binding"]) == ("2026-03-02T17:00", False)
        (noted,) = (await file_of(office, case_id, "resolution", "demands"))["demands"]
        assert noted["alternatives"] == [cny("2000.00"), cny("3300.00")]

        await office.wait_until("2026-03-02T16:59")
        assert not await office.events(case_id, "clock-expired")
        before = await standing(office, case_id)
        assert before["clocks"]
        await office.wait_until("2026-03-02T17:01")
        (warning,) = await office.events(case_id, "clock-expired")
        assert warning["data"]["policy"]["id"] == "internal.complainant-deadline"
        assert ("deadline-passed", "holder:complaints-desk") in await told(office)
        assert await standing(office, case_id) == before
        assert not await office.events(case_id, "case-escalated")
        # Nobody missed anything by it either.
        report = (await office.desk.http.get("/v1/clock-report")).json()
        (own,) = [each for each in report["clocks"] if each["policy"] == "internal.complainant-deadline"]
        assert (own["armed"], own["missed"], own["passed"], own["binding"]) == (1, 0, 1, False)
        # The answer after five is as good as one before it.
        met = {"number": 1, "answer": "met", "granted": cny("3300.00")}
        await office.desk.do(case_id, "resolution/demand-answers", met)
        answered = await file_of(office, case_id, "resolution", "demands")
        assert (answered["state"], answered["demands"][0]["answer"]["granted"]) == ("upheld", cny("3300.00"))


async def test_what_is_granted_lies_within_the_alternatives(open_office: Open) -> None:
    async with open_office(now="2026-03-02T10:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        beside = EITHER | {"amounts": [{"amount": "50.00", "currency": "USD"}]}
        await office.desk.do(case_id, "intake/demands", beside)
        await office.desk.walk(case_id, "investigation/acceptance")

        async def grant(answer: str, amount: str, currency: str = "CNY") -> str:
            body = {"number": 1, "answer": answer, "granted": {"amount": amount, "currency": currency}}
            return await refused(office, case_id, "resolution/demand-answers", body | {"reason": "So.", "evidence": []})

        assert await grant("met", "3300.01") == "over-the-claim"
        assert await grant("met", "5300.00") == "over-the-claim"  # alternatives are not added up
        assert await grant("met", "1999.99") == "less-than-claimed"
        assert await grant("met", "0.00") == "amount-not-positive"
        assert await grant("met", "-2000.00") == "amount-not-positive"
        assert await grant("met", "3300.00", "EUR") == "not-claimed"
        assert await grant("met", "50.01", "USD") == "over-the-claim"
        two = {"number": 1, "answer": "met", "granted": cny("2000.00")}
        await office.desk.do(case_id, "resolution/demand-answers", two)
        # Another demand is another claim.
        no = {"number": 1, "kind": "refund", "how": "explicit", "asked_directly": True, "amounts": [cny("1000.00")]}
        await office.desk.do(case_id, "intake/demand-changes", no)
        assert await grant("met", "2000.00") == "over-the-claim"
        (changed,) = (await file_of(office, case_id, "intake", "demands"))["demands"]
        assert changed["before"][0]["alternatives"] == [cny("2000.00"), cny("3300.00")]
        assert "alternatives" not in changed


async def test_alternatives_that_cannot_be_are_refused_by_name(open_office: Open) -> None:
    async with open_office(now="2026-03-02T10:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()

        async def of(*amounts: dict[str, str], **fields: object) -> str:
            body = demand("refund", alternatives=list(amounts), **fields)
            return await refused(office, case_id, "intake/demands", body)

        assert await of(cny("2000.00"), cny("2000")) == "alternative-twice"
        assert await of(cny("2000.00"), cny("-1.00")) == "amount-not-positive"
        assert await of(cny("2000.00"), cny("3300.00"), amounts=[cny("1.00")]) == "alternative-and-sum"
        one = await office.desk.ask(case_id, "intake/demands", demand("refund", alternatives=[cny("2000.00")]))
        assert one.status_code == 422
        assert await refused(office, case_id, "intake/their-deadlines", BY_FIVE | {"demand": 1}) == "demand-unknown"
