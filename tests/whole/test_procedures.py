"""The procedure in force on the day of receipt applies to a case to its end; staff confirm what they have read."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office, office_on

from casework.shared.testing.parts import PostgresServer

V3, V4 = (sha256(f"Handling complaints, version {number}".encode()).hexdigest() for number in (3, 4))
INSTITUTION = 'calendar = "CN"\npolicies = ["internal.answer", "internal.finish"]\nfolders = ["own"]\n'
PROCEDURES = f"""
[[procedure]]
id = "bank.complaints"
version = 3
first = 2025-01-01
title = {{ en = "Handling complaints", zh = "投诉处理程序" }}
sha256 = "{V3}"

[[procedure]]
id = "bank.complaints"
version = 4
first = 2026-04-01
title = {{ en = "Handling complaints", zh = "投诉处理程序" }}
sha256 = "{V4}"
location = "https://intranet.example/complaints-v4.pdf"
readers = ["handler"]
"""
OWN = {"procedures/complaints.toml": PROCEDURES}
STAFF = [f"handler-{number}" for number in range(1, 11)]
PEOPLE = '[[member]]\nid = "duty"\nroles = ["desk"]\n' + "".join(
    f'[[member]]\nid = "{name}"\nroles = ["handler"]\n' for name in STAFF
)
READINGS = "/v1/procedures/bank.complaints/versions/4/readings"
READERS = "/v1/procedures/bank.complaints/versions/4/readers"


async def _applies(office: Office, case_id: str) -> Any:
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")
    assert answer.status_code == 200, answer.text
    return answer.json()["file"]["receipt"].get("procedures")


async def _confirm(office: Office, person: str, document: str = V4, kind: Any = "person") -> Any:
    async with office.stack.client(await office.stack.key(actor=person, kind=kind)) as http:
        return await http.post(READINGS, json={"sha256": document}, headers={"idempotency-key": person + document})


@pytest.mark.practice("P155")
async def test_the_version_of_the_day_of_receipt_applies(open_office: Open) -> None:
    async with open_office(institution=INSTITUTION, files=OWN, now="2026-03-30", zone="Asia/Shanghai") as office:
        before = await office.desk.receive()
        await office.go_to("2026-03-31T23:59")
        last = await office.desk.receive()
        await office.go_to("2026-04-01T00:00")
        after = await office.desk.receive()
        await office.go_to("2026-04-20")
        await office.desk.walk(before, until="acknowledgement")
        third = [{"id": "bank.complaints", "version": 3, "sha256": V3}]
        assert await _applies(office, before) == await _applies(office, last) == third
        assert await _applies(office, after) == [{"id": "bank.complaints", "version": 4, "sha256": V4}]
        # Who audits the events reads the same.
        events = (await office.desk.http.get(f"/v1/cases/{before}/events")).json()
        assert events[0]["event"]["data"]["procedures"] == third
        # A complaint of before the day that is recorded afterwards had the version of its own day.
        late = await office.desk.receive(received_at="2026-03-30T10:00:00+08:00")
        assert await _applies(office, late) == third


@pytest.mark.practice("P155")
async def test_two_of_ten_who_have_not_read_it_are_listed(open_office: Open) -> None:
    async with open_office(
        institution=INSTITUTION, files=OWN, people=PEOPLE, now="2026-03-30", zone="Asia/Shanghai"
    ) as office:
        for person in STAFF[:8]:
            answer = await _confirm(office, person)
            assert (answer.status_code, answer.json()["person"]) == (200, person), answer.text
        listed = (await office.desk.http.get(READERS)).json()
        assert (listed["procedure"], listed["version"], listed["asked"]) == ("bank.complaints", 4, 10)
        assert sorted(each["person"] for each in listed["read"]) == sorted(STAFF[:8])
        assert listed["unread"] == ["handler-9", "handler-10"]
        third, fourth = (await office.desk.http.get("/v1/procedures")).json()
        assert (third["in_force"], third["asked"], third["unread"]) == (True, 11, 11)
        assert (fourth["in_force"], fourth["asked"], fourth["unread"]) == (False, 10, 2)
        assert fourth["title"] == {"en": "Handling complaints", "zh": "投诉处理程序"}
        await office.go_to("2026-04-01")
        # The first confirmation counts, however often it is given.
        again = await office.desk.post(READINGS, {"sha256": V4})
        assert again.json()["read_at"].startswith("2026-03-30")
        third, fourth = (await office.desk.http.get("/v1/procedures")).json()
        assert (third["in_force"], fourth["in_force"]) == (False, True)


async def test_a_file_edited_later_moves_no_case(
    postgres_server: PostgresServer, installed_database: str, tmp_path: Path
) -> None:
    async with postgres_server.database("procedures", installed_database) as url:
        usual: Any = {"institution": INSTITUTION, "zone": "Asia/Shanghai"}
        async with office_on(url, tmp_path, files=OWN, people=PEOPLE, now="2026-03-30", **usual) as office:
            case_id = await office.desk.receive()
            assert (await _confirm(office, "handler-1")).status_code == 200
        other = "0" * 64
        edited = {name: text.replace("2026-04-01", "2026-03-01").replace(V4, other) for name, text in OWN.items()}
        async with office_on(url, tmp_path, files=edited, people=PEOPLE, now="2026-04-02", **usual) as office:
            assert await _applies(office, case_id) == [{"id": "bank.complaints", "version": 3, "sha256": V3}]
            # What was read was the other document.
            assert "handler-1" in (await office.desk.http.get(READERS)).json()["unread"]
            assert (await _confirm(office, "handler-1", other)).status_code == 200
            assert "handler-1" not in (await office.desk.http.get(READERS)).json()["unread"]


async def test_a_reading_is_of_that_document_by_a_person(open_office: Open) -> None:
    async with open_office(institution=INSTITUTION, files=OWN, people=PEOPLE, now="2026-03-30") as office:
        refused = await _confirm(office, "handler-1", V3)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/another-document")
        assert V4 in refused.json()["detail"]
        refused = await _confirm(office, "crm", kind="integrator")
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/only-people-read")
        for version in ("5", "0"):
            path = f"/v1/procedures/bank.complaints/versions/{version}"
            unknown = await office.desk.post(f"{path}/readings", {"sha256": V4})
            assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/unknown-procedure")
            assert (await office.desk.http.get(f"{path}/readers")).status_code == 404
        assert (await office.desk.post(READINGS, {"sha256": V4, "for": "handler-2"})).status_code == 422
        assert (await office.desk.http.get(READERS)).json()["read"] == []


async def test_without_procedures_nothing_is_pinned(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        assert await _applies(office, case_id) is None
        assert (await office.desk.http.get("/v1/procedures")).json() == []
