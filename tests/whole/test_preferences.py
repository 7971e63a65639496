"""How somebody wants to be reached is kept to: by name, in their language, by their channel, at their hours."""

from __future__ import annotations

from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

CN = """
calendar = "CN"
policies = ["internal.answer", "internal.finish", "internal.call-back"]
"""
GRANDMA = {"name": "Grandma Li", "language": "zh", "channel": "phone", "hours": ["morning"], "avoid": "别提儿子。"}
UPDATE = {"channel": "phone", "next_by": "2026-03-06T15:00:00+08:00"}


async def _outgoing(office: Office, case_id: str) -> dict[str, Any]:
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")
    assert "Grandma" not in answer.text
    return dict(answer.json()["file"]["outgoing"])


@pytest.mark.practice("P013")
@pytest.mark.parametrize("known", ["before", "after"])
async def test_an_update_due_in_the_afternoon_is_a_call_that_morning_for_who_wants_mornings(
    open_office: Open, known: str
) -> None:
    async with open_office(institution=CN, now="2026-03-02", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        if known == "before":
            await office.desk.do(case_id, "contact-preferences", GRANDMA)
        await office.desk.walk(case_id, "resolution/acceptance")
        await office.desk.do(case_id, "resolution/progress-updates", UPDATE)
        if known == "after":
            (before,) = (await _outgoing(office, case_id))["planned"].values()
            assert office.local(before["begins"]) == "2026-03-06T13:00"
            await office.desk.do(case_id, "contact-preferences", GRANDMA)
        (planned,) = (await _outgoing(office, case_id))["planned"].values()
        assert (planned["channel"], planned["purpose"], planned["as_wished"]) == ("phone", "progress-update", True)
        assert [office.local(planned[name]) for name in ("begins", "ends", "due_at")] == [
            "2026-03-06T09:00",
            "2026-03-06T12:00",
            "2026-03-06T15:00",
        ]
        asked = {"part": "outgoing-details", "purpose": "Make the call."}
        opened = await office.desk.post(f"/v1/cases/{case_id}/files/intake/openings", asked)
        preferences = opened.json()["file"]["preferences"]
        assert (preferences["name"], preferences["avoid"]) == ("Grandma Li", "别提儿子。")
        # The next update takes the place of the one before.
        await office.desk.do(case_id, "resolution/progress-updates", UPDATE | {"next_by": "2026-03-09T08:30:00+08:00"})
        (following,) = (await _outgoing(office, case_id))["planned"].values()
        assert office.local(following["begins"]) == "2026-03-08T09:00"


@pytest.mark.practice("P013")
async def test_the_name_and_the_language_are_those_of_the_text_that_goes_out(open_office: Open) -> None:
    async with open_office(institution=CN, now="2026-03-02", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(language="en")
        await office.desk.do(case_id, "contact-preferences", GRANDMA | {"name": "李奶奶"})
        await office.desk.do(case_id, "acknowledgement")
        asked = {"part": "outgoing-details", "purpose": "Read what was sent."}
        opened = (await office.desk.post(f"/v1/cases/{case_id}/files/intake/openings", asked)).json()["file"]
        assert opened["acknowledgement"]["language"] == "zh"
        assert "尊敬的李奶奶：" in opened["acknowledgement"]["text"]


async def test_a_call_back_is_planned_until_it_was_made(open_office: Open) -> None:
    async with open_office(institution=CN, now="2026-03-02", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "resolution/acceptance")
        promise = {"kind": "call-back", "words": "We call.", "due_at": "2026-03-04T12:00:00+08:00", "reach": "phone"}
        await office.desk.do(case_id, "resolution/promises", promise)
        (planned,) = (await _outgoing(office, case_id))["planned"].values()
        assert planned["purpose"] == "call-back"
        await office.desk.do(case_id, "resolution/kept-promises", {"proof": "Recording 0417."})
        assert (await _outgoing(office, case_id))["planned"] == {}
        late = {"purpose": "call-back", "due_at": "2026-03-01T12:00:00+08:00"}
        refused = await office.desk.ask(case_id, "planned-contacts", late)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/contact-due-in-the-past")
