"""The quality report as PDF: the same eight parts and the same cases, in a font that comes with it."""

from __future__ import annotations

import re

import pytest
from pypdfium2 import PdfDocument
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole.test_eight_d import led, step, whole

HEADINGS = (
    "D1 The team 团队",
    "D2 The problem in numbers 问题描述",
    "D3 The interim measure 临时措施",
    "D4 The cause 根本原因",
    "D5 The lasting measure, chosen and tried 永久措施的选择与验证",
    "D6 The lasting measure in place, and its effect 永久措施的实施与效果",
    "D7 Not again, not elsewhere 预防再发与横向展开",
    "D8 Thanks and memory 表彰与总结",
)


async def printed(office: Office, number: str = "8D-0001") -> PdfDocument:
    return PdfDocument(await content(office, number))


async def content(office: Office, number: str = "8D-0001") -> bytes:
    answer = await office.desk.http.get(f"/v1/reports/{number}", params={"format": "pdf"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'attachment; filename="{number}.pdf"'
    return bytes(answer.content)


def close_up(text: str) -> str:
    """Without white space: lines are broken where the page ends."""
    return re.sub(r"\s", "", text)


def text_of(document: PdfDocument) -> str:
    return close_up("".join(page.get_textpage().get_text_range() for page in document))


def blank_chinese(document: PdfDocument) -> str:
    """The Chinese characters of the first page that leave no ink where they are drawn, and all where there is none."""
    page = document[0]
    drawn, text = page.render(scale=2, grayscale=True).to_pil(), page.get_textpage()
    blank, found = "", 0
    for at in range(text.count_chars()):
        character = text.get_text_range(at, 1)
        if "\u4e00" <= character <= "\u9fff":
            left, bottom, right, top = (2 * each for each in text.get_charbox(at))
            box = (int(left), int(drawn.height - top), int(right) + 1, int(drawn.height - bottom) + 1)
            found += 1
            blank += character if drawn.crop(box).getextrema()[0] > 100 else ""
    assert found > 20
    return blank


@pytest.mark.practice("P066")
async def test_the_pdf_holds_all_eight_parts_and_the_linked_case_numbers(open_office: Open) -> None:
    async with open_office() as office:
        lead, other = await whole(office)
        document = await printed(office)
        text = text_of(document)
        places = [text.index(close_up(each)) for each in HEADINGS]
        assert places == sorted(places)
        assert text.count("Closed已完成") == 8
        before_the_first = text[: places[0]]
        assert lead in before_the_first
        assert other in before_the_first
        for said in ("8D-0001", "书桌缺板。", "Boards sent today.", "Reason5.", "12cases", "3cases"):
            assert close_up(said) in text
        memory = text[places[7] :]
        for said in ("Team团队:MeiLin,AnnWu", "Thankyouall.谢谢大家。", "Lesson经验文章:lesson-0044"):
            assert said in memory
        # The outlines are in the file, and Chinese is drawn also where no font for it is installed.
        fonts = [each.get_font() for page in document for each in page.get_objects() if hasattr(each, "get_font")]
        assert fonts
        assert all(each.is_embedded for each in fonts)
        assert not blank_chinese(document)


async def test_a_lesson_at_an_address_is_a_link(open_office: Open) -> None:
    async with open_office() as office:
        await whole(office, article="https://lessons.example/0044")
        assert b"/URI (https://lessons.example/0044)" in await content(office)


async def test_a_report_that_was_only_opened_prints_all_eight_as_open(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await led(office)
        text = text_of(await printed(office))
        assert all(close_up(each) in text for each in HEADINGS)
        assert text.count("Stillopen未完成") == 8
        # What is odd, long or not in the font stops nothing.
        await step(office, case_id, "containment", action="超" * 3_000 + "\n\t𠮷 🙂 ' \"<b>&\\ " + "x" * 3_000)
        long = text_of(await printed(office))
        assert long.count("超") == 3_000
        assert long.count("x") >= 3_000


async def test_an_unknown_report_or_format_is_refused(open_office: Open) -> None:
    async with open_office() as office:
        await led(office)
        for number, form, status in (("8D-9999", "pdf", 404), ("8D-0001", "docx", 422)):
            answer = await office.desk.http.get(f"/v1/reports/{number}", params={"format": form})
            assert answer.status_code == status
            assert answer.headers["content-type"].startswith("application/problem+json")
