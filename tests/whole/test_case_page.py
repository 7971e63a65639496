from __future__ import annotations
import json
from pathlib import Path
from tests.clocks.conftest import Open
from tests.whole import page_case

async def fetch(office, case_id):
    get = office.desk.http.get
    async def j(p):
        a = await get(p); assert a.status_code == 200, a.text
        return a.json()
    out = {"status": await j(f"/v1/cases/{case_id}"), "events": await j(f"/v1/cases/{case_id}/events"), "clocks": await j(f"/v1/cases/{case_id}/clocks"), "files": {}}
    for s in ("intake","investigation","resolution","followup"):
        a = await get(f"/v1/cases/{case_id}/files/{s}")
        out["files"][s] = a.json()
    return out

async def test_dump(open_office: Open) -> None:
    async with open_office(now="2026-03-02T09:00", zone="Asia/Shanghai") as office:
        case_id = await page_case.received(office)
        Path("/tmp/show_1.json").write_text(json.dumps(await fetch(office, case_id), ensure_ascii=False))
        await page_case.investigated(office, case_id)
        Path("/tmp/show_2.json").write_text(json.dumps(await fetch(office, case_id), ensure_ascii=False))
        await page_case.decided(office, case_id)
        Path("/tmp/show_3.json").write_text(json.dumps(await fetch(office, case_id), ensure_ascii=False))
        await page_case.ended(office, case_id)
        Path("/tmp/show_4.json").write_text(json.dumps(await fetch(office, case_id), ensure_ascii=False))
