"""What may be offered, how a refund is reckoned, and each remedy from its offer until the complainant has it."""

from __future__ import annotations

import pytest
from tests.clocks.conftest import Open
from tests.whole.remedy_office import cny, counter, refund

PAID = {"paid": cny("299.00"), "days": 30, "used": 10}
REPLACE = {"kind": "replacement", "description": "A new one.", "remedy": "replace"}


@pytest.mark.practice("P069")
async def test_a_refund_is_reckoned_by_the_rule_and_more_than_that_asks_the_next_rung(open_office: Open) -> None:
    async with open_office() as office, counter(office) as at:
        assert await at.asked(at.agent, "refund-assessments", **PAID) == (200, ["refund-assessed"])
        reckoned = (await at.file("remedies"))["refund"]
        assert (reckoned["eligible"], reckoned["path"]) == (cny("199.33"), "partial")
        assert reckoned["catalogue"] == {"id": "internal.remedies", "version": 1}
        assert await at.asked(at.agent, "remedies", **refund("299.00")) == (200, ["approval-asked"])
        (asked,) = (await at.file("approvals"))["asked"]
        assert (asked["role"], asked["ground"]) == ("lead", "over-eligible")
    async with open_office() as office, counter(office) as at:
        await at.asked(at.agent, "refund-assessments", **PAID)
        assert await at.asked(at.agent, "remedies", **refund("199.33")) == (200, ["remedy-proposed"])
    async with open_office() as office, counter(office) as at:
        # A lead could give 299.00, but not against the rule: the rung above is asked.
        await at.asked(at.lead, "refund-assessments", **PAID)
        assert await at.asked(at.lead, "remedies", **refund("199.34")) == (200, ["approval-asked"])
        assert (await at.file("approvals"))["asked"][0]["role"] == "manager"


@pytest.mark.parametrize(
    ("used", "rule", "eligible", "path"),
    [
        (0, "pro-rata", "299.00", "full"),
        (30, "pro-rata", "0.00", "without-refund"),
        (10, "whole", "299.00", "full"),
        (17, "pro-rata", "129.57", "partial"),
    ],
)
async def test_the_paths_of_a_refund(open_office: Open, used: int, rule: str, eligible: str, path: str) -> None:
    async with open_office() as office, counter(office) as at:
        await at.asked(at.agent, "refund-assessments", **PAID | {"used": used, "rule": rule})
        found = (await at.file("remedies"))["refund"]
        assert (found["eligible"]["amount"], found["path"]) == (eligible, path)


async def test_a_refund_that_cannot_be_is_refused_by_name(open_office: Open) -> None:
    async with open_office() as office, counter(office) as at:
        for body, code in (
            (PAID | {"used": 31}, "days-do-not-fit"),
            (PAID | {"days": 0, "used": 0}, "days-do-not-fit"),
            (PAID | {"paid": cny("0.00")}, "amount-not-positive"),
            (PAID | {"rule": "by-mood"}, "unknown-refund-rule"),
        ):
            assert await at.asked(at.agent, "refund-assessments", **body) == (409, code)
        await at.asked(at.agent, "refund-assessments", **PAID)
        assert await at.asked(at.agent, "remedies", **refund("299.01")) == (409, "more-than-paid")
        pounds = refund("20.00") | {"amount": {"amount": "20.00", "currency": "GBP"}}
        assert await at.asked(at.agent, "remedies", **pounds) == (409, "other-currency")


@pytest.mark.practice("P068")
async def test_goods_of_40_days_are_not_replaced_under_a_rule_of_30_and_the_reason_is_shown(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office, counter(office) as at:
        assert await at.asked(at.agent, "remedy-checks", delivered_on="2026-01-21") == (200, ["remedies-checked"])
        checked = (await at.file("remedies"))["checked"]
        offered = {each["remedy"]: each for each in checked["offered"]}
        assert set(offered) == {"repair-at-works", "repair-at-home", "guidance", "explanation", "refund", "apology"}
        assert offered["repair-at-home"]["cost"] == cny("120.00")
        assert offered["refund"]["proof"] == "payment-confirmation"
        (withheld,) = checked["withheld"]
        assert withheld["remedy"] == "replace"
        assert "within 30 days of delivery; 40 days have passed" in withheld["reason_en"]
        assert "30天" in withheld["reason_zh"]
        assert "40天" in withheld["reason_zh"]
        assert await at.asked(at.agent, "remedies", **REPLACE) == (409, "remedy-withheld")
        assert "40 days have passed" in await at.told(at.agent, "remedies", **REPLACE)
        nameless = {"kind": "replacement", "description": "A new one."}
        assert await at.asked(at.agent, "remedies", **nameless) == (409, "remedy-withheld")


async def test_the_day_of_asking_counts_and_the_last_day_is_in_time(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office, counter(office) as at:
        assert await at.asked(at.agent, "remedies", **REPLACE) == (409, "remedy-withheld")
        late = {"delivered_on": "2026-01-21", "asked_on": "2026-02-21"}
        await at.asked(at.agent, "remedy-checks", **late)
        assert await at.asked(at.agent, "remedies", **REPLACE) == (409, "remedy-withheld")
        await at.asked(at.agent, "remedy-checks", **late | {"asked_on": "2026-02-20"})
        assert await at.asked(at.agent, "remedies", **REPLACE) == (200, ["remedy-proposed"])
        for body, code in (
            ({"delivered_on": "2026-03-03"}, "delivered-later"),
            ({"delivered_on": "2026-03-03", "asked_on": "2026-03-04"}, "asked-later"),
        ):
            assert await at.asked(at.agent, "remedy-checks", **body) == (409, code)
        stranger = {"kind": "repair", "description": "Mended.", "remedy": "repair-in-space"}
        assert await at.asked(at.agent, "remedies", **stranger) == (409, "unknown-remedy")
        other = {"kind": "refund", "description": "Mended.", "remedy": "repair-at-home"}
        assert await at.asked(at.agent, "remedies", **other) == (409, "remedy-of-another-kind")


@pytest.mark.practice("P076")
async def test_silence_is_no_yes_and_what_was_sent_keeps_the_case_open(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office, counter(office) as at:
        await at.asked(at.agent, "remedies", **refund("199.33", remedy="refund"))
        offer = {"until": "2026-03-20T16:00:00Z", "channel": "phone"}
        assert await at.asked(at.agent, "remedy-offers", **offer) == (200, ["remedy-offered"])
        await office.wait_until("2026-03-21")
        (line,) = (await at.file("remedies"))["ledger"]
        assert line["status"] == "no-reply"
        statuses = [each["status"] for each in line["history"]]
        assert statuses == ["offered", "no-reply"]
        types = await office.desk.types(at.case_id, "resolution")
        assert "remedy-offer-unanswered.v1" in types
        assert "remedy-offer-answered.v1" not in types
        yes = {"answer": "accepted", "channel": "phone"}
        assert await at.asked(at.agent, "remedy-offer-answers", remedy=1, **yes) == (409, "offer-is-over")
        proof = {"proof": "Transfer 2026-03-23-0017."}
        assert await at.asked(at.agent, "sent-remedies", remedy=1, **proof) == (409, "not-agreed")

        again = {"remedy": 1, "until": "2026-03-27T16:00:00Z", "channel": "phone"}
        assert await at.asked(at.agent, "remedy-offers", **again) == (200, ["remedy-offered"])
        assert await at.asked(at.agent, "remedy-offer-answers", **yes) == (200, ["remedy-offer-answered"])
        assert await at.asked(at.agent, "sent-remedies", **proof, amount=cny("199.32")) == (409, "another-amount")
        assert await at.asked(at.agent, "sent-remedies", **proof, amount=cny("199.33")) == (200, ["remedy-sent"])
        for step in ("decision", "reply", "follow-up-offer"):
            await office.desk.do(at.case_id, f"resolution/{step}")
        await office.desk.do(at.case_id, "follow-up/acceptance")
        refused = await office.desk.ask(at.case_id, "closure")
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "remedy-not-received")
        assert "remedy 1" in refused.json()["detail"]
        received = {"kind": "carrier-receipt", "proof": "Bank advice of 2026-03-24."}
        assert await at.asked(at.agent, "received-remedies", **received) == (409, "another-proof")
        received["kind"] = "payment-confirmation"
        assert await at.asked(at.agent, "received-remedies", **received) == (200, ["remedy-received"])
        await office.desk.do(at.case_id, "closure")
        assert (await at.file("remedies"))["ledger"][0]["status"] == "received"


async def test_what_comes_back_is_still_owed_until_it_is_not_wanted(open_office: Open) -> None:
    async with open_office() as office, counter(office) as at:
        await at.asked(at.agent, "remedies", **refund("150.00"))
        received = {"kind": "payment-confirmation", "proof": "Bank advice."}
        assert await at.asked(at.agent, "received-remedies", remedy=1, **received) == (409, "not-sent")
        await at.asked(at.agent, "sent-remedies", proof="Transfer 1.")
        assert await at.asked(at.agent, "returned-remedies", reason="No such account.") == (200, ["remedy-came-back"])
        for step in ("decision", "follow-up-offer"):
            await office.desk.do(at.case_id, f"resolution/{step}")
        await office.desk.do(at.case_id, "follow-up/acceptance")
        assert (await office.desk.ask(at.case_id, "closure")).status_code == 409
        assert await at.asked(at.agent, "waived-remedies", proof="E-mail of today.") == (200, ["remedy-waived"])
        await office.desk.do(at.case_id, "closure")
        assert await at.asked(at.agent, "waived-remedies", remedy=1, proof="Again.") == (409, "nothing-to-waive")


async def test_nothing_is_offered_with_a_reason_and_only_where_nothing_is(open_office: Open) -> None:
    async with open_office() as office, counter(office) as at:
        assert await at.asked(at.agent, "no-offer", reason="The fee is in the contract.") == (200, ["nothing-offered"])
        assert (await at.file("remedies"))["nothing_offered"]["reason"] == "The fee is in the contract."
        await at.asked(at.agent, "remedies", **refund("150.00"))
        assert await at.asked(at.agent, "no-offer", reason="Again.") == (409, "something-is-offered")
        past = {"until": "2026-03-02T09:00:00Z", "channel": "phone"}
        assert await at.asked(at.agent, "remedy-offers", **past) == (409, "offer-ends-in-the-past")
        ahead = past | {"until": "2026-03-05T09:00:00Z"}
        await at.asked(at.agent, "remedy-offers", **ahead)
        assert await at.asked(at.agent, "remedy-offers", remedy=1, **ahead) == (409, "not-to-be-offered")
        await office.go_to("2026-03-05T09:00")
        # By the time, although nobody has looked at the clock yet.
        yes = {"answer": "accepted", "channel": "phone"}
        assert await at.asked(at.agent, "remedy-offer-answers", remedy=1, **yes) == (409, "offer-is-over")
