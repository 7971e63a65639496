"""The worklist: what somebody holds, what is due first on top, with the reason and the next action in two languages."""

from __future__ import annotations

from typing import Any

from tests.clocks.conftest import Open
from tests.clocks.office import Office


async def lines(office: Office, **asked: Any) -> list[dict[str, Any]]:
    answer = await office.desk.http.get("/v1/worklist", params=asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_what_is_due_first_is_on_top(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        first = await office.desk.receive()
        await office.desk.walk(first, "acknowledgement")  # to be answered by 30 March
        await office.wait_until("2026-03-04")
        second = await office.desk.receive()  # to be acknowledged by 5 March
        third = await office.desk.receive()
        await office.desk.walk(third, "investigation-offer")  # to be accepted within four hours
        assert [line["case_id"] for line in await lines(office)] == [third, second, first]
        assert [line["due"]["policy"] for line in await lines(office)] == [
            "internal.hand-off",
            "internal.acknowledge",
            "internal.answer",
        ]
        # What was missed comes first, and is still there; what is closed is not.
        await office.wait_until("2026-04-02T09:00")
        missed = await lines(office)
        assert all(line["due"]["missed"] for line in missed)
        await office.desk.walk(second, "closure")
        assert second not in [line["case_id"] for line in await lines(office)]


async def test_a_line_says_why_and_what_to_do_in_both_languages(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        (line,) = await lines(office)
        status = await office.desk.show(case_id)
        assert line == {
            "case_id": case_id,
            "holder": "complaints-desk",
            "owner": "complaints-desk",
            "stage": "received",
            "action": {"code": "acknowledge", "en": "Acknowledge the complaint", "zh": "告知已收到投诉"},
            "category": "Credit card",
            "received_at": status["received_at"],
            "due": status["due"],
            "why": {"en": "Acknowledge the complaint.", "zh": "确认收到投诉。"},
        }


async def test_it_is_asked_by_holder_and_by_time(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        mine, other = await office.desk.receive(), await office.desk.receive()
        await office.desk.walk(mine, "investigation-offer")
        await office.desk.do(mine, "investigation/acceptance", {"holder": "Ravi Patel"})
        assert [line["case_id"] for line in await lines(office, holder="Ravi Patel")] == [mine]
        assert [line["case_id"] for line in await lines(office, holder="complaints-desk")] == [other]
        assert await lines(office, holder="nobody") == []
        # Due on 3 March, so until the midnight after it.
        assert [line["case_id"] for line in await lines(office, due_before="2026-03-04T00:00:01Z")] == [other]
        assert await lines(office, due_before="2026-03-04T00:00:00Z") == []
        answer = await office.desk.http.get("/v1/worklist", params={"due_before": "2026-03-04T00:00:00"})
        assert answer.status_code in (400, 422)


async def test_its_pages_are_the_whole_each_case_once(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        cases = set()
        for hour in ("T10:00", "T10:00", "T10:00", "T11:00", "T12:00"):
            await office.go_to(f"2026-03-02{hour}")
            cases.add(await office.desk.receive())
        whole = [line["case_id"] for line in await lines(office)]
        assert set(whole) == cases
        paged, cursor = list[str](), None
        while True:
            asked = {"limit": "2"} if cursor is None else {"limit": "2", "cursor": cursor}
            page = (await office.desk.http.get("/v1/worklist", params=asked)).json()
            assert len(page["items"]) <= 2
            paged += [line["case_id"] for line in page["items"]]
            if (cursor := page.get("next")) is None:
                break
        assert paged == whole
        answer = await office.desk.http.get("/v1/worklist", params={"cursor": "cases"})
        assert answer.status_code in (400, 422)


async def test_it_is_for_those_who_may_read_cases(open_office: Open) -> None:
    async with (
        open_office() as office,
        office.stack.client(await office.stack.key("complaints:write", actor="shop")) as shop,
    ):
        assert (await shop.get("/v1/worklist")).status_code == 403
