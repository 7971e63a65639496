"""A filled form: imported as a complaint, given back field by field, followed up line by line."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

FORM: dict[str, Any] = {
    "receipt": {
        "date": "2026-03-02",
        "time": "09:10+08:00",
        "recipient": "Mei Chen",
        "medium": "counter",
        "number": "F-2026-0117",
    },
    "complainant": {
        "name": "王小明",
        "organisation": "小明书店",
        "address": "人民路 12 号 ",
        "postcode": "200010",
        "town": "上海",
        "country": "中国",
        "phone": "+86 21 5550 0117",
        "fax": "+86 21 5550 0118",
        "email": "xm@example.org",
    },
    "representative": {"name": "A. Solicitor", "organisation": "Solicitors & Co.", "phone": "+44 20 7946 0117"},
    "product": {"reference": "BK-5", "order": "O-2026-77", "description": "书柜,橡木,五层"},
    "problem": {
        "date": "2026-02-27",
        "recurrent": True,
        "description": "少了三块板。\n3 boards missing.",
        "category": "Missing parts",
    },
    "remedy_wished": "补发缺少的板材。",
    "enclosures": ["Photograph of the box", "送货单"],
    "follow_up": [
        {
            "action": "Acknowledged by phone.",
            "date": "2026-03-02",
            "name": "Mei Chen",
            "remark": "Friday 周五",
        },
        {"action": "Boards ordered.", "date": "2026-03-03", "name": "Ravi Patel"},
    ],
}


async def _posted(office: Office, form: dict[str, Any]) -> Any:
    return await office.desk.post("/v1/complaint-forms", {"source": "front-desk", "language": "zh", "form": form})


async def _opened(office: Office, case_id: str, part: str) -> Any:
    asked = {"part": part, "purpose": "Give the form back."}
    answer = await office.desk.post(f"/v1/cases/{case_id}/files/intake/openings", asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["file"]


@pytest.mark.practice("P007")
async def test_every_field_of_a_filled_form_comes_back_unchanged(open_office: Open) -> None:
    async with open_office(now="2026-03-02T09:12", zone="Asia/Shanghai") as office:
        answer = await _posted(office, FORM)
        assert answer.status_code == 201, answer.text
        case_id = answer.json()["case_id"]
        await office.stack.settle()
        assert await _opened(office, case_id, "form") == FORM
        # It is a complaint like any other: received when the form says, with its problem and its wish.
        file = (await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")).json()["file"]
        assert office.local(file["receipt"]["received_at"]) == "2026-03-02T09:10"
        assert file["receipt"]["source_reference"] == "F-2026-0117"
        assert file["card-state"]["state"] == "complete"
        said = (await office.desk.http.get(f"/v1/cases/{case_id}/events")).text
        assert not [
            text for text in ("王小明", "boards", "书柜", "5550", "Solicitor", "Photograph", "补发") if text in said
        ]
        assert await office.clocks(case_id)


@pytest.mark.practice("P007")
async def test_the_follow_up_goes_on_line_by_line(open_office: Open) -> None:
    async with open_office(now="2026-03-02T09:12", zone="Asia/Shanghai") as office:
        case_id = (await _posted(office, FORM)).json()["case_id"]
        line = {"action": "Boards sent.", "date": "2026-03-04", "name": "Ravi Patel", "remark": "单号 117"}
        await office.desk.do(case_id, "intake/form-lines", line)
        again = await _posted(office, {**FORM, "follow_up": []})
        assert (again.status_code, again.json()["outcome"]) == (200, "duplicate")
        assert await _opened(office, case_id, "form") == {**FORM, "follow_up": [*FORM["follow_up"], line]}
        other = await office.desk.receive()
        refused = await office.desk.ask(other, "intake/form-lines", line)
        assert refused.json()["type"] == "/problems/no-form"


async def test_a_thin_form_is_enough(open_office: Open) -> None:
    async with open_office(now="2026-03-02T09:12", zone="Asia/Shanghai") as office:
        thin = {name: deepcopy(FORM[name]) for name in ("receipt", "problem")} | {"complainant": {}}
        answer = await _posted(office, thin)
        assert answer.status_code == 201, answer.text
        assert await _opened(office, answer.json()["case_id"], "form") == {**thin, "enclosures": [], "follow_up": []}


WRONG = (
    ("receipt", "date", "2026-02-30"),
    ("receipt", "date", "0001-01-01"),
    ("receipt", "time", "09:10"),
    ("receipt", "time", "25:10Z"),
    ("receipt", "medium", "pigeon"),
    ("receipt", "number", " "),
    ("receipt", "date", "2026-03-20"),
    ("problem", "recurrent", "yes"),
    ("complainant", "nickname", "X"),
)


async def test_a_form_that_cannot_be_is_refused_whole(open_office: Open) -> None:
    async with open_office(now="2026-03-02T09:12", zone="Asia/Shanghai") as office:
        for part, field, value in WRONG:
            form = deepcopy(FORM)
            form[part][field] = value
            answer = await _posted(office, form)
            assert answer.status_code == 422, (part, field, value, answer.text)
            assert "王小明" not in answer.text


async def test_a_form_of_long_ago_needs_leave_to_record_the_past(open_office: Open) -> None:
    async with open_office(now="2026-03-09T09:12", zone="Asia/Shanghai") as office:
        async with office.stack.client(await office.stack.key("complaints:write")) as http:
            sent = {"source": "front-desk", "form": FORM}
            answer = await http.post("/v1/complaint-forms", json=sent, headers={"idempotency-key": "one"})
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/backdated")
        assert (await _posted(office, FORM)).status_code == 201
