"""What shows a receipt: a postmark beside the arrival, a recording, a visit's note. Clocks count from the arrival."""

from __future__ import annotations

from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

CN_BANK = """
calendar = "CN"
policies = ["cn.bank.15", "internal.answer", "internal.finish"]
"""


async def _receipt(office: Office, case_id: str) -> dict[str, Any]:
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["file"]["receipt"])


@pytest.mark.practice("P016")
@pytest.mark.parametrize("how", ["in the post", "by staff"])
async def test_a_letter_counts_from_its_arrival_and_shows_both_dates(open_office: Open, how: str) -> None:
    proof = {"postmarked_on": "2026-02-27"}
    async with open_office(institution=CN_BANK, now="2026-03-02", zone="Asia/Shanghai") as office:
        if how == "in the post":
            case_id = await office.desk.receive(channel="letter", proof=proof)
        else:
            case_id = await office.desk.receive(channel="letter")
            await office.wait_until("2026-03-04")
            await office.desk.do(case_id, "receipt-proofs", proof)
        for clock in await office.clocks(case_id):
            assert office.local(clock["started_at"]).startswith("2026-03-02"), clock
        shown = (await _receipt(office, case_id))["proof"]
        assert shown["postmarked_on"] == "2026-02-27"
        assert office.local(shown["arrived_at"]) == "2026-03-02T10:00"


@pytest.mark.practice("P016")
async def test_a_call_is_shown_by_its_recording_and_a_visit_by_its_note(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office:
        call = await office.desk.receive(channel="phone", proof={"recording": "rec-2026-0417"})
        assert (await _receipt(office, call))["proof"]["recording"] == "rec-2026-0417"
        visit = await office.desk.receive(channel="counter", proof={"visit_note": "来访人说完。 Came with a son."})
        assert (await _receipt(office, visit))["proof"]["visit_note"] == {"sealed": True}
        opened = await office.desk.post(
            f"/v1/cases/{visit}/files/intake/openings", {"part": "words", "purpose": "Prepare the answer."}
        )
        assert opened.json()["file"]["visit_note"] == "来访人说完。 Came with a son."


@pytest.mark.parametrize(
    ("channel", "proof", "refusal"),
    [
        ("letter", {"postmarked_on": "2026-03-04"}, "postmark-after-arrival"),
        ("phone", {"postmarked_on": "2026-02-27"}, "proof-of-another-channel"),
        ("web", {"recording": "rec-1"}, "proof-of-another-channel"),
        ("letter", {}, "proof-missing"),
    ],
)
async def test_a_proof_that_shows_nothing_is_refused(
    open_office: Open, channel: str, proof: dict[str, str], refusal: str
) -> None:
    async with open_office(now="2026-03-02") as office:
        case_id = await office.desk.receive(channel=channel)
        answer = await office.desk.ask(case_id, "receipt-proofs", proof)
        assert (answer.status_code, answer.json()["type"]) == (409, f"/problems/{refusal}")
        assert "proof" not in await _receipt(office, case_id)
