"""Findings on members of staff, training and sanctions: in a file of their own, which managers open, on record."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole.test_erasure import INCIDENT

from casework.intake.retention import Disposals, Retention
from casework.shared.audit.export import export
from casework.shared.audit.walk import open_stores

KEEPS = """
calendar = "UK-ENG"
policies = ["internal.answer", "internal.finish"]
retention = "internal.retention"
staff_retention = "internal.staff-file"
"""
MATTERS = (
    {"what": "finding", "staff": "Zhao Min", "words": "The newcomer was never shown the till."},
    {"what": "training", "staff": "Zhao Min", "words": "Two weeks beside Li Na."},
    {"what": "sanction", "staff": "Wu Gang", "words": "A written warning."},
)


@pytest.mark.practice("P161")
async def test_a_matter_of_staff_is_in_no_export_and_managers_read_it_on_record(
    open_office: Open, tmp_path: Path
) -> None:
    async with open_office() as office:
        desk = office.desk
        case_id = await desk.receive()
        await desk.walk(case_id, until="investigation/acceptance")
        for matter in MATTERS:
            await desk.do(case_id, "investigation/staff-matters", matter)
        personal = [text for each in MATTERS for text in (each["staff"], each["words"])]
        # The complainant's export, and what an outside body is given of the record.
        await desk.do(case_id, "intake/subject-requests", {})
        own = await desk.post("/v1/subject-exports", {"case_id": case_id})
        assert own.status_code == 200, own.text
        url = office.stack.admin.url.render_as_string(hide_password=False).replace("+asyncpg", "")
        async with open_stores(url) as stores:
            await export(stores, tmp_path / "record.jsonl")
        outside = (tmp_path / "record.jsonl").read_text(encoding="utf-8")
        file = await desk.http.get(f"/v1/cases/{case_id}/files/investigation")
        for text in personal:
            assert text not in own.text
            assert text not in outside
            assert text not in file.text
        assert "staff-matter" not in own.text
        assert "staff-file" in file.json()["restricted"]
        # A manager reads it; a handler does not; both are on record.
        path = f"/v1/cases/{case_id}/files/investigation/openings"
        asked = {"part": "staff-file", "purpose": "Yearly talk."}
        assert (await desk.post(path, asked)).status_code == 403
        manager = await office.stack.key("personal:read", actor="manager-1", role="manager", rank=3)
        async with office.stack.client(manager) as http:
            read = await http.post(path, json=asked, headers={"idempotency-key": str(uuid4())})
        assert read.status_code == 200, read.text
        assert [
            {name: each[name] for name in ("what", "staff", "words")} for each in read.json()["file"]["matters"]
        ] == [*MATTERS]
        assert (await desk.types(case_id, "investigation"))[-2:] == ["file-refused.v1", "file-opened.v1"]


async def test_the_file_of_staff_has_a_time_of_its_own(open_office: Open) -> None:
    """Two years from the closing, where the record is kept for three from its receipt; and not under legal hold."""
    async with open_office(institution=KEEPS, now="2026-03-02", zone="Europe/London") as office:
        retention = next(p for p in office.stack.runtimes["intake"].rooms.parts if isinstance(p, Retention))
        free, held, without = [await office.desk.receive() for _ in range(3)]
        for case_id in (free, held, without):
            await office.desk.walk(case_id, until="closure")
        for case_id in (free, held):
            await office.desk.do(case_id, "investigation/staff-matters", MATTERS[2])
        await office.desk.do(held, "intake/incident-mode", INCIDENT)
        await office.go_to("2028-03-02T23:59")
        assert await retention.dispose_due() == Disposals(0, 0)
        assert MATTERS[2]["words"] in await _opened(office, held)
        await office.go_to("2028-03-03T00:00")
        assert await retention.dispose_due() == Disposals(done=1, kept=1)
        assert await retention.dispose_due() == Disposals(done=0, kept=1)
        await office.stack.settle()
        assert (await office.desk.types(free, "intake"))[-1] == "staff-file-disposed.v1"
        assert "staff-file-disposed.v1" not in await office.desk.types(without, "intake")
        for text in (MATTERS[2]["staff"], MATTERS[2]["words"]):
            assert text not in await _opened(office, free)
            assert text in await _opened(office, held)
        # The complainant's record is as it was, and nothing more is written into the file.
        assert "complainant-erased.v1" not in await office.desk.types(free, "intake")
        more = await office.desk.post(f"/v1/cases/{free}/investigation/staff-matters", MATTERS[0])
        assert (more.status_code, more.json()["type"]) == (409, "/problems/person-erased")
        await office.desk.do(held, "intake/incident-mode-end", {"reason": "The court has ruled."})
        assert await retention.dispose_due() == Disposals(done=1, kept=0)
        await office.go_to("2029-03-03")
        assert await retention.dispose_due() == Disposals(done=3, kept=0)


async def _opened(office: Office, case_id: str) -> str:
    asked = {"part": "staff-file", "purpose": "Yearly talk."}
    manager = await office.stack.key("personal:read", actor="manager-1", role="manager", rank=3)
    async with office.stack.client(manager) as http:
        path = f"/v1/cases/{case_id}/files/investigation/openings"
        read = await http.post(path, json=asked, headers={"idempotency-key": str(uuid4())})
    assert read.status_code == 200, read.text
    return read.text


async def test_the_file_of_staff_stays_when_the_complainant_is_erased(open_office: Open) -> None:
    async with open_office() as office:
        desk = office.desk
        case_id = await desk.receive()
        await desk.walk(case_id, until="closure")
        await desk.do(case_id, "investigation/staff-matters", MATTERS[0])
        assert (await desk.post("/v1/erasures", {"case_id": case_id, "reason": "request"})).status_code == 201
        await office.stack.settle()
        assert MATTERS[0]["words"] in await _opened(office, case_id)
