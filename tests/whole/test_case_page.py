"""The page of a case, drawn from what the four services answer over HTTP of a rich one."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole import page_case

from casework.shared.cli.case_page import Found, Speech, drawn, page_of
from casework.shared.cli.case_page.parts import RESTRICTED, TITLES
from casework.shared.cli.case_page.speech import Lang
from casework.shared.contracts.ids import SERVICES

SHANGHAI = ZoneInfo("Asia/Shanghai")


async def read(office: Office, case_id: str) -> Found:
    """The case as the command reads it."""

    async def got(path: str) -> Any:
        answer = await office.desk.http.get(f"/v1/cases/{case_id}{path}")
        if path.startswith("/files") and answer.status_code == 404:
            # The service has not heard of the case yet.
            return {"file": {}, "restricted": []}
        assert answer.status_code == 200, answer.text
        return answer.json()

    files: dict[str, Any] = {service: await got(f"/files/{service}") for service in SERVICES}
    return Found(await got(""), await got("/events"), await got("/clocks"), files, office.time.now)


def text(found: Found, lang: Lang = "en", width: int = 100, **how: Any) -> str:
    return drawn(page_of(found, Speech(lang, SHANGHAI), **how), width=width)


def section(page: str, title: str) -> str:
    """What stands below a heading, its spaces and line breaks made one."""
    lines = page.split("\n")
    start = lines.index(title) + 1
    end = next((at for at in range(start, len(lines)) if lines[at] and not lines[at].startswith(" ")), len(lines))
    return " ".join(" ".join(lines[start:end]).split())


def headings(page: str) -> list[str]:
    return [line for line in page.split("\n") if line and not line.startswith(" ")]


async def test_a_manager_reads_where_a_rich_case_stands(open_office: Open) -> None:
    async with open_office(now="2026-03-02T09:00", zone="Asia/Shanghai") as office:
        case_id = await page_case.received(office)
        await page_case.investigated(office, case_id)
        await page_case.decided(office, case_id)
        found = await read(office, case_id)
        page = text(found, width=140)

        stands = section(page, "Where the case stands")
        for said in (
            f"Case {case_id} About Furniture Stage communicating the decision / 沟通决定",
            "Owner complaints-desk Held by li-na Next Hear the complainant's reply and hand over to follow-up",
            "Due LATE since 2026-03-04 17:00: task (internal.task)",
            "Received 2026-03-02 09:00, from crm CR-1041 Decision upheld",
            "ann-wu (answers for a demand, approves); li-na (assessed, resolution, has promised, decided); chen-bo",
        ):
            assert said in stands
        assert section(page, "LATE OR BROKEN") == (
            "task 1 of packing: was due 2026-03-04 17:00; gone up to the manager (rung 2)"
        )
        demanded = section(page, "What is demanded")
        assert (
            "1 refund 3300.00 CNY ann-wu 2026-03-09 18:00 The box left without three boards. met (evidence 1)"
            in demanded
        )
        assert "2 apology (inferred) met (evidence 1)" in demanded
        assert "Together 2 of 2 met, 0 refused" in demanded
        evidence = section(page, "Evidence")
        assert (
            "1 photograph 开箱照片，24块板缺3块。 complainant valid, by chen-bo The box number is in the picture."
            in evidence
        )
        assert "2 document Pack list. organisation not ruled on" in evidence
        inquiry = section(page, "Investigation")
        assert "Finding 1 The box left without three boards. (on the organisation's side; demand 1" in inquiry
        assert "Cause An old list of parts. Concluded upheld: The list of parts was old." in inquiry
        assert "1 Weigh ten boxes. packing 2026-03-04 17:00 open, LATE" in inquiry
        report = section(page, "Quality report 8D-0001: Desks lack boards.")
        linked = next(each for each in found.part("investigation", "quality-report")["led"]["cases"] if each != case_id)
        assert report.startswith(f"Linked cases {linked} D1 The team [closed] Mei Lin (leader, 6 h a week)")
        assert "Before 12 cases of 10000 orders in 90 days, after 3 cases" in report
        remedies = section(page, "Remedies")
        assert "2 refund The price of the desk back. 3300.00 CNY ann-wu proposed" in remedies
        assert "1 refund 3300.00 CNY li-na over limit manager approved by ann-wu" in remedies
        promises = section(page, "Promises")
        assert "1 2026-03-06 17:00 li-na kept: Mail of 5 March. 〃 2 2026-03-13 17:00 li-na open" in promises
        assert "task 1 of packing internal.task 2026-03-04 17:00 MISSED" in section(page, "Deadlines")
        hand_offs = section(page, "Hand-offs")
        assert "intake investigation 2026-03-02 09:00 Assessed. 2026-03-02 09:00 taken by chen-bo" in hand_offs
        story = section(page, "The story")
        for said in (
            "Monday 2 March 2026 09:00 handler-1 received the complaint by phone, about Furniture.",
            "09:00 li-na offered the case to investigation: Assessed. 09:00 chen-bo took the case for investigation.",
            "Tuesday 3 March 2026 10:00 Item 1 of evidence came from the complainant (photograph)",
            "17:00 It went up to the supervisor (rung 1), deadline missed: task 1 of packing.",
            "10:00 ann-wu approved request 1.",
            "10:00 li-na gave the complainant the decision by letter, upheld: You were right; the fee comes back.",
        ):
            assert said in story
        assert not {"Agreements", "Appeals", "Between the parties", "Closing"} & set(headings(page))

        # Nothing sealed is in it, and no restricted part; each is named.
        for secret in (page_case.WORDS, page_case.STATEMENT):
            assert secret[:12] not in page
        restricted = section(page, "Restricted")
        assert restricted.startswith("Open one with: casework case show CASE --open PART --purpose TEXT.")
        assert "problem-in-full" in restricted


async def test_the_end_of_a_case_and_its_story_in_chinese(open_office: Open) -> None:
    async with open_office(now="2026-03-02T09:00", zone="Asia/Shanghai") as office:
        case_id = await page_case.received(office)
        await page_case.investigated(office, case_id)
        await page_case.decided(office, case_id)
        await page_case.ended(office, case_id)
        found = await read(office, case_id)
        page = text(found, "zh")
        assert "closed / 终止" in section(page, "案件现状")
        assert "逾期或未兑现" not in headings(page)
        assert "2 2026-03-13 17:00 li-na 已履行，逾期: Mail of 16 March." in section(page, "承诺")
        assert "不成立 (2026-03-16" in section(page, "申诉")
        assert "终止 2026-03-16 10:00 (已决定): The refund has arrived." in section(page, "终止")
        story = section(page, "经过")
        assert "2026年3月16日 星期一 10:00 投诉人对决定提出申诉：The second visit was not looked at." in story
        assert "10:00 zhao-min对投诉人的申诉作出决定：不成立，维持原决定。" in story

        # Folded is only what the machinery did; --all tells every event.
        everything = text(found, everything=True)
        lines = [line for line in everything.split("\n") if line.startswith("  ") and line[4:5] == ":"]
        assert len(lines) == len(found.events)
        assert "smaller events" not in everything
        assert "smaller events" in text(found)

        for lang in ("en", "zh"):
            for width in (60, 80, 100, 140):
                widest = max(text(found, lang, width, everything=True).split("\n"), key=cell_len)
                assert cell_len(widest) <= width, widest


async def test_a_new_case_has_few_sections_and_what_is_opened_is_shown(open_office: Open) -> None:
    async with open_office(now="2026-03-02T09:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(words=page_case.WORDS)
        found = await read(office, case_id)
        assert headings(text(found)) == [
            "Where the case stands",
            "What it is about",
            "Deadlines",
            "The story",
            "Restricted",
        ]
        answer = await office.desk.post(
            f"/v1/cases/{case_id}/files/intake/openings", {"part": "words", "purpose": "Prepare the call back."}
        )
        opened = {"service": "intake", "part": "words", "file": answer.json()["file"]}
        page = text(found, opened=[opened])
        assert page_case.WORDS in section(page, "Opened, on record: who complains, and what they said")


async def test_a_key_that_reads_no_files_is_told_so(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        found = await read(office, case_id)
        bare = Found(found.status, found.events, found.clocks, {}, found.now)
        page = text(bare)
        assert "This key may not read the files of intake, investigation, resolution, follow-up." in page
        assert "The story" in page


async def test_markup_and_unknown_parts_are_shown_as_they_are(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive(category="[bold]Tuition[/bold] :smile:")
        found = await read(office, case_id)
        found.files["intake"]["file"]["stars"] = {"seen_at": "2026-03-02T01:00:00.000000Z", "of": [{"name": "昴宿"}]}
        page = text(found)
        assert "[bold]Tuition[/bold] :smile:" in page
        assert section(page, "stars (intake)") == "seen at: 2026-03-02 09:00 of: 1: name: 昴宿"


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_every_part_of_every_file_is_known_to_the_page(open_office: Open, lang: Lang) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        found = await read(office, case_id)
        later = Found(found.status, found.events, found.clocks, found.files, found.now + timedelta(days=1))
        page_of(later, Speech(lang, UTC))
        parts = {(name, part) for name, runtime in office.stack.runtimes.items() for part in runtime.rooms.files}
        untold = {(service, part.name) for service, part in parts if not part.restricted} - later.used
        assert untold == set(TITLES), "a part that no section tells has a title, and no other has"
        restricted = {(service, part.name) for service, part in parts if part.restricted}
        assert restricted == set(RESTRICTED), "of each restricted part it is said what it holds"
