"""What is around a complaint: contacts, respondents, others' quarrels, posts, like cases."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole.test_demands import file_of, opened, refused

from casework.shared.testing.desk import STEPS, Desk

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OF_THE_CASE = frozenset({"source_reference", "sha256"})
BANK = "贷款未经本人同意。 The loan was taken without my consent."


@pytest.mark.practice("P037")
async def test_thirteen_contacts_by_three_channels_are_one_complaint(open_office: Open) -> None:
    async with open_office(now="2025-03-03T09:00", zone="Asia/Shanghai") as office:
        other = await office.desk.receive()
        case_id = await office.desk.receive(channel="phone", words=BANK)
        # A year of it: by phone, by letters to the regulator, at the counter.
        channels = ["phone"] * 5 + ["letter"] * 4 + ["counter"] * 3
        for at, channel in enumerate(channels, 1):
            await office.go_to((office.time.at("2025-03-03T09:00") + timedelta(days=28 * at)).isoformat())
            contact: dict[str, object] = {"channel": channel, "words": "Again: 仍未解决。"}
            if channel == "letter":
                contact |= {"source": "regulator", "source_reference": f"NFRA-{at}"}
            await office.desk.do(case_id, "intake/linked-contacts", contact)
        found = await file_of(office, case_id, "intake", "linked-contacts")
        assert (found["contacts"], found["channels"]) == (13, 3)
        assert found["by_channel"] == {"counter": 3, "letter": 4, "phone": 6}
        assert [each["number"] for each in found["list"]] == list(range(1, 14))
        # One in every count: of the cases, of those that are open, of those received.
        counts = (await office.desk.http.get("/v1/case-counts")).json()
        assert (counts["open"], counts["closed"], counts["stages"]) == (2, 0, {"received": 2})
        listed = (await office.desk.http.get("/v1/cases")).json()
        assert sorted(each["case_id"] for each in listed["items"]) == sorted([case_id, other])
        assert (await office.desk.types(case_id, "followup")).count("follow-up-opened.v1") == 1
        # The letter that the regulator knows by its number is linked once, and nothing is linked before it happened.
        again = {"channel": "letter", "source": "regulator", "source_reference": "NFRA-6"}
        assert await refused(office, case_id, "intake/linked-contacts", again) == "contact-already-linked"
        ahead = {"channel": "phone", "contacted_at": "2026-12-01T09:00:00+08:00"}
        assert await refused(office, case_id, "intake/linked-contacts", ahead) == "contact-in-the-future"
        half = await office.desk.ask(case_id, "intake/linked-contacts", {"channel": "phone", "source": "regulator"})
        assert half.status_code == 422
        full = await opened(office, case_id, "linked-contacts-in-full")
        assert full["list"][1]["words"] == "Again: 仍未解决。"
        assert "仍未解决" not in json.dumps(found, ensure_ascii=False)


@pytest.mark.practice("P040")
async def test_withdrawn_against_one_the_clocks_of_the_other_run_on(open_office: Open) -> None:
    async with open_office(now="2026-03-02T09:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(words=BANK)
        for name in ("Bank A", "Bank B"):
            await office.desk.do(case_id, "intake/respondents", {"name": name})
        assert await refused(office, case_id, "intake/respondents", {"name": "Bank A"}) == "respondent-already-named"
        (a, b) = await file_of(office, case_id, "intake", "respondents")

        async def phases() -> list[str]:
            clocks = {each["about"]: each for each in await office.clocks(case_id, policy="internal.respondent")}
            return [clocks[each["respondent_id"]]["phase"] for each in (a, b)]

        assert await phases() == ["running", "running"]
        await office.wait_until("2026-03-09T16:00")
        withdrawal = {"number": 1, "reason": "Bank A has paid it back.", "channel": "phone"}
        await office.desk.do(case_id, "intake/respondent-withdrawals", withdrawal)
        assert await phases() == ["withdrawn", "running"]
        (ended,) = await office.events(case_id, "clock-withdrawn")
        assert office.local(ended["time"])[:10] == "2026-03-09"
        # The case itself goes on, with all that counts on it, and each has its own outcome.
        assert (await office.desk.show(case_id))["stage"] == "received"
        assert (await office.clock(case_id, "internal.answer"))["phase"] == "running"
        assert await refused(office, case_id, "intake/respondent-withdrawals", withdrawal) == "respondent-ended"
        last = withdrawal | {"number": 2}
        assert await refused(office, case_id, "intake/respondent-withdrawals", last) == "last-respondent"
        answer = {"number": 2, "outcome": "partly-upheld", "reason": "The second charge had no ground."}
        await office.desk.do(case_id, "intake/respondent-outcomes", answer)
        assert await phases() == ["withdrawn", "met"]
        (a, b) = await file_of(office, case_id, "intake", "respondents")
        assert (a["state"], b["state"], b["outcome"]) == ("withdrawn", "answered", "partly-upheld")


async def _quarrel(office: Office) -> str:
    case_id = await office.desk.receive(words="6 of 50 cartons missing.", complainant={"name": "Buyer Li 李"})
    cartons = {"goods": "carton", "quantity": 6, "delivered": 50, "condition": "missing"}
    await office.desk.do(case_id, "intake/items", cartons)
    await office.desk.do(case_id, "intake/third-party-disputes", {"third_party": "forwarder", "item": 1})
    for side, words in (("complainant", "I paid 买方资料 in full."), ("third-party", "We loaded fifty 货代资料.")):
        told = {"number": 1, "side": side, "words": words}
        await office.desk.do(case_id, "intake/third-party-dispute-words", told)
    return case_id


@pytest.mark.practice("P039")
async def test_a_quarrel_between_others_is_linked_and_neither_sees_the_others_data(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await _quarrel(office)
        await office.desk.do(case_id, "intake/item-results", {"number": 1, "result": "credited"})
        (link,) = await file_of(office, case_id, "intake", "third-party-disputes")
        assert (link["link"], link["third_party"], link["ours"]) == ("third-party-dispute", "forwarder", "closed")
        assert link["state"] == {"en": "theirs, open", "zh": "对方之间:未结"}
        theirs = await opened(office, case_id, "dispute-third-party")
        buyers = await opened(office, case_id, "dispute-complainant")
        assert [each["words"] for each in theirs[0]["words"]] == ["We loaded fifty 货代资料."]
        assert [each["words"] for each in buyers[0]["words"]] == ["I paid 买方资料 in full."]
        shown = json.dumps(theirs, ensure_ascii=False)
        for of_the_buyer in ("买方资料", "Buyer Li", "6 of 50", case_id):
            assert of_the_buyer not in shown
        assert "货代资料" not in json.dumps(buyers, ensure_ascii=False)
        # Theirs ends when they end it, and moves nothing of ours.
        await office.desk.do(case_id, "intake/third-party-dispute-states", {"number": 1, "state": "settled"})
        (link,) = await file_of(office, case_id, "intake", "third-party-disputes")
        assert (link["state"]["en"], link["ours"]) == ("theirs, settled", "closed")
        assert await refused(office, case_id, "intake/third-party-disputes", {"third_party": "insurer", "item": 2}) == (
            "not-numbered"
        )


def _but_for_ids(value: Any) -> Any:
    """A value without what differs between any two cases: ids and what is sealed."""
    match value:
        case {"box": _}:
            return "sealed"
        case dict():
            return {name: _but_for_ids(each) for name, each in value.items() if name not in _OF_THE_CASE}
        case list():
            return [_but_for_ids(each) for each in value]
        case str() if _UUID.fullmatch(value):
            return "id"
        case _:
            return value


async def _steps(office: Office, case_id: str) -> list[tuple[str, object]]:
    """What was decided of the case in all services, in their order."""
    events = (await office.desk.http.get(f"/v1/cases/{case_id}/events")).json()
    return [(each["event"]["type"], _but_for_ids(each["event"]["data"])) for each in events]


@pytest.mark.practice("P041")
async def test_a_pattern_is_shown_and_never_a_reason(open_office: Open) -> None:
    ground = {"ground": "loan-without-consent"}
    async with open_office(now="2026-03-02T09:00", zone="Asia/Shanghai") as office:
        first = await office.desk.receive(words=BANK, organisation="Bank A")
        await office.desk.do(first, "intake/ground", ground)
        nobody = (await office.desk.http.get(f"/v1/cases/{first}/intake/like-cases")).json()
        assert (nobody["ground"], nobody["cases"]) == ("loan-without-consent", [])
        await office.go_to("2026-03-20T09:00")
        second = await office.desk.receive(words=BANK, organisation="Bank B")
        third = await office.desk.receive(words=BANK, organisation="Bank B")
        await office.desk.do(second, "intake/ground", ground)
        await office.desk.do(third, "intake/ground", {"ground": "nothing-like-it"})
        hint = (await office.desk.http.get(f"/v1/cases/{second}/intake/like-cases")).json()
        assert [each["case_id"] for each in hint["cases"]] == [second, first]
        assert [each["organisation"] for each in hint["cases"]] == ["Bank B", "Bank A"]
        alone = (await office.desk.http.get(f"/v1/cases/{third}/intake/like-cases")).json()
        assert alone["cases"] == []
        # The same steps on the case with the hint and on the one without give equal events, and none is refused.
        for case_id in (second, third):
            await office.desk.walk(case_id, list(STEPS)[-1])
        with_it, without = await _steps(office, second), await _steps(office, third)
        recorded = "casework.intake.ground-recorded.v1"
        assert [each for each in with_it if each[0] != recorded] == [each for each in without if each[0] != recorded]
        # 31 days apart is no pattern.
        await office.go_to("2026-04-20T09:00")
        late = await office.desk.receive(words=BANK, organisation="Bank C")
        await office.desk.do(late, "intake/ground", ground)
        assert (await office.desk.http.get(f"/v1/cases/{late}/intake/like-cases")).json()["cases"] == []


@pytest.mark.practice("P038")
async def test_a_post_is_linked_answered_and_reported_and_nothing_acts_on_it(open_office: Open) -> None:
    address = "https://blog.example/u/zhang-san/1"
    async with open_office(now="2026-03-04T15:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(words=BANK)
        post = {"medium": "micro-blog", "posted_on": "2026-03-04", "address": address}
        await office.desk.do(case_id, "intake/posts", post)
        statement = "No account was opened in that name. 未以该姓名开立账户。"
        said = {"number": 1, "statement": statement}
        assert await refused(office, case_id, "intake/post-answers", said) == "public-statement-not-approved"
        await office.desk.do(case_id, "intake/post-statement-approvals", said)
        assert await refused(office, case_id, "intake/post-answers", said) == "approved-by-its-author"
        async with office.stack.client(await office.stack.key(actor="head-of-press")) as http:
            await Desk(http, office.stack.settle).do(case_id, "intake/post-statement-approvals", said)
        await office.desk.do(case_id, "intake/post-answers", said)
        early = {"number": 1, "to": "head-office-media-watch", "reported_on": "2026-03-03"}
        assert await refused(office, case_id, "intake/post-reports", early) == "reported-before-posted"
        for to, on in (("head-office-media-watch", "2026-03-04"), ("regulator", "2026-03-05")):
            await office.wait_until(f"{on}T16:00")
            await office.desk.do(case_id, "intake/post-reports", {"number": 1, "to": to, "reported_on": on})
        (linked,) = await file_of(office, case_id, "intake", "posts")
        assert (linked["medium"], linked["posted_on"]) == ("micro-blog", "2026-03-04")
        (answer,) = linked["answers"]
        assert (answer["statement"], answer["author"], answer["approved_by"]) == (
            statement,
            "handler-1",
            "head-of-press",
        )
        assert [(each["to"], each["on"]) for each in linked["reports"]] == [
            ("head-office-media-watch", "2026-03-04"),
            ("regulator", "2026-03-05"),
        ]
        assert (await opened(office, case_id, "posts-in-full"))[0]["address"] == address
        events = await office.desk.http.get(f"/v1/cases/{case_id}/events")
        assert "zhang-san" not in events.text
        # All that can be asked about posts: there is nothing that hides, sinks, buys or deletes one.
        paths = office.stack.app.openapi()["paths"]
        about_posts = {
            (method, path.rpartition("/")[2])
            for path, methods in paths.items()
            for method in methods
            if "/intake/post" in path
        }
        steps = ("posts", "post-statement-approvals", "post-answers", "post-reports")
        assert about_posts == {("post", step) for step in steps}
        acting = await office.desk.ask(case_id, "intake/posts", post | {"remove": True})
        assert acting.status_code == 422
