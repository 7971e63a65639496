"""Who speaks for others: a complaint is received whoever brings it, and told to nobody without authority."""

from __future__ import annotations

import pytest
from tests.clocks.conftest import Open

CN = """
calendar = "CN"
policies = ["internal.answer", "internal.finish"]
"""


@pytest.mark.practice("P014")
async def test_at_most_five_speak_for_a_joint_complaint(open_office: Open) -> None:
    names = [f"Parent {number} 家长" for number in range(1, 7)]
    async with open_office(now="2026-03-02") as office:
        case_id = await office.desk.receive()
        refused = await office.desk.ask(case_id, "joint-complaints", {"complainants": 7, "spokespersons": names})
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/max-5")
        await office.desk.do(case_id, "joint-complaints", {"complainants": 7, "spokespersons": names[:5]})
        sixth = await office.desk.ask(case_id, "representatives", {"role": "spokesperson", "name": names[5]})
        assert sixth.json()["type"] == "/problems/max-5"
        answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")
        assert answer.json()["file"]["representatives"]["joint"] == {
            "complainants": 7,
            "spokespersons": [1, 2, 3, 4, 5],
        }
        assert "Parent" not in answer.text
        few = await office.desk.ask(
            await office.desk.receive(), "joint-complaints", {"complainants": 2, "spokespersons": names[:3]}
        )
        assert few.json()["type"] == "/problems/more-speak-than-complain"


@pytest.mark.practice("P014")
async def test_an_heir_without_papers_is_received_and_told_nothing_until_they_are_there(open_office: Open) -> None:
    told = {"what": "status", "channel": "phone", "to": 1}
    async with open_office(institution=CN, now="2026-03-02", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(representative={"role": "heir", "name": "李小明", "reach": "138 0000 0000"})
        assert (await office.desk.show(case_id))["stage"] == "received"
        refused = await office.desk.ask(case_id, "disclosures", told)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/authority-missing")
        await office.desk.do(case_id, "disclosures", {"what": "status", "channel": "phone"})  # to the complainant
        papers = {
            "representative": 1,
            "proof": "Notarised certificate of inheritance 0417.",
            "valid_from": "2026-03-04",
            "valid_until": "2026-03-31",
        }
        backwards = await office.desk.ask(case_id, "authorities", papers | {"valid_until": "2026-03-03"})
        assert backwards.json()["type"] == "/problems/validity-ends-before-it-begins"
        await office.desk.do(case_id, "authorities", papers)
        early = await office.desk.ask(case_id, "disclosures", told)
        assert early.json()["type"] == "/problems/authority-not-valid"
        await office.go_to("2026-03-31T23:59")
        await office.desk.do(case_id, "disclosures", told)
        await office.go_to("2026-04-01T00:00")
        late = await office.desk.ask(case_id, "disclosures", told)
        assert late.json()["type"] == "/problems/authority-not-valid"
        file = (await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")).json()["file"]["representatives"]
        assert [each.get("to") for each in file["disclosures"]] == [None, 1]
        assert file["representatives"][0]["authority"]["proof"] == {"sealed": True}
        opened = await office.desk.post(
            f"/v1/cases/{case_id}/files/intake/openings", {"part": "representative-details", "purpose": "Call him."}
        )
        assert opened.json()["file"]["representatives"][0]["name"] == "李小明, 138 0000 0000"
