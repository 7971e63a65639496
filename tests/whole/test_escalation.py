"""What goes up: the complainant's own words on top, facts and options with it, a floor for the approver alone."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs
from tests.clocks.conftest import Open
from tests.whole.remedy_office import cny, counter, refund
from tests.whole.test_authority import PACK

from casework.shared.runtime.database import begin

QUOTE = "I want the 3,300 back"
READING = "will take 2,000"
FLOOR = "1500.00"


@pytest.mark.practice("P071")
async def test_the_complainants_words_are_on_top_and_stand(open_office: Open) -> None:
    async with open_office() as office, counter(office) as at:
        await at.asked(at.agent, "remedies", **refund("3300.00"))
        assert await at.asked(at.agent, "readings", reading=READING) == (409, "no-quote")
        assert await at.asked(at.agent, "approval-packs", **PACK, reading=READING) == (409, "no-quote")
        brought = await at.asked(at.agent, "approval-packs", **PACK, quote=QUOTE, reading=READING)
        assert brought == (200, ["approval-pack-brought"])
        status, file = await at.opened(at.manager, "approval-packs")
        assert status == 200
        (pack,) = file["packs"]
        assert list(pack)[:2] == ["quote", "reading"]
        assert (pack["quote"], pack["reading"]) == (QUOTE, READING)

        other = "I would take 2,000"
        assert await at.asked(at.agent, "approval-packs", **PACK, quote=other) == (409, "quote-stands")
        assert await at.asked(at.agent, "readings", reading="想要全额退款") == (200, ["reading-amended"])
        # The rest is brought anew; the words stay where they were.
        assert await at.asked(at.agent, "approval-packs", **PACK) == (200, ["approval-pack-brought"])
        _, file = await at.opened(at.manager, "approval-packs")
        (pack,) = file["packs"]
        assert list(pack)[:2] == ["quote", "reading"]
        assert (pack["quote"], pack["reading"]) == (QUOTE, "想要全额退款")


@pytest.mark.practice("P073")
async def test_a_pack_has_options_and_a_floor_that_the_approver_alone_reads(
    open_office: Open,
) -> None:
    async with open_office() as office, counter(office) as at:
        with capture_logs() as logs:
            await at.asked(at.agent, "remedies", **refund("3300.00"))
            one = PACK | {"options": PACK["options"][:1], "floor": cny(FLOOR)}
            assert await at.asked(at.agent, "approval-packs", **one) == (409, "needs-options")
            assert await at.asked(at.manager, "approvals", granted=True) == (409, "pack-missing")
            await at.asked(at.agent, "approval-packs", **PACK, floor=cny(FLOOR), quote=QUOTE)

            answer = await at.agent.http.get(f"/v1/cases/{at.case_id}/files/resolution")
            assert FLOOR not in answer.text
            assert "floor" not in answer.text
            assert "approval-packs" in answer.json()["restricted"]
            assert (await at.opened(at.agent, "approval-packs"))[0] == 403
            assert (await at.opened(at.lead, "approval-packs"))[0] == 403
            status, file = await at.opened(at.manager, "approval-packs")
            assert (status, file["packs"][0]["floor"]) == (200, f"{FLOOR} CNY")
            types = await office.desk.types(at.case_id, "resolution")
            assert types[-3:] == ["file-refused.v1", "file-refused.v1", "file-opened.v1"]

        # What an auditor or an export gets are the bytes of the store; the log is what was logged meanwhile.
        async with begin(office.stack.runtimes["resolution"].engine) as work:
            rows = await work.fetch("SELECT envelope FROM event")
        stored = b"".join(bytes(row["envelope"]) for row in rows)
        assert stored
        assert FLOOR.encode() not in stored
        assert QUOTE.encode() not in stored
        logged = repr(logs)
        assert "/resolution/approval-packs" in logged
        assert FLOOR not in logged
        assert QUOTE not in logged


async def test_a_pack_that_cannot_be_compared_is_refused(open_office: Open) -> None:
    async with open_office() as office, counter(office) as at:
        assert await at.asked(at.agent, "approval-packs", **PACK) == (409, "nothing-open")
        await at.asked(at.agent, "remedies", **refund("3300.00"))
        first, second = PACK["options"]
        pounds = second | {"cost": {"amount": "200.00", "currency": "GBP"}}
        mixed = PACK | {"options": [first, pounds]}
        assert await at.asked(at.agent, "approval-packs", **mixed) == (409, "options-in-currencies")
        below = PACK | {"options": [first, second | {"cost": cny("-1.00")}]}
        assert await at.asked(at.agent, "approval-packs", **below) == (409, "cost-below-zero")


@pytest.mark.practice("P074")
async def test_options_stand_side_by_side_with_the_reason_for_the_one_that_was_taken(open_office: Open) -> None:
    async with open_office() as office, counter(office) as at:
        rework = {
            "what": "Rework: 4 mm off.",
            "cost": {"amount": "2600.00", "currency": "USD"},
            "days": 30,
            "payer": "organisation",
            "risk": "The buyer misses the season.",
        }
        resend = rework | {
            "what": "Send a new batch.",
            "cost": {"amount": "3000.00", "currency": "USD"},
            "days": 9,
            "payer": "third-party",
            "risk": "The old batch is scrapped.",
        }
        assert await at.asked(at.agent, "option-comparisons", options=[rework]) == (409, "needs-options")
        compared = await at.asked(at.agent, "option-comparisons", options=[rework, resend])
        assert compared == (200, ["options-compared"])
        reason = "The buyer needs it within two weeks."
        assert await at.asked(at.agent, "option-choices", option=3, reason=reason) == (409, "unknown-option")
        assert await at.asked(at.agent, "option-choices", option=2, reason=reason) == (200, ["option-chosen"])
        (comparison,) = (await at.file("options"))["comparisons"]
        assert comparison["options"] == [rework, resend]
        assert (comparison["chosen"], comparison["left"], comparison["reason"]) == (2, [1], reason)
        again = {"number": 1, "option": 1, "reason": reason}
        assert await at.asked(at.agent, "option-choices", **again) == (409, "option-already-chosen")
