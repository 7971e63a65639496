"""The complaint card: received whatever it lacks, written, read back, corrected, confirmed, and read again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any, get_args, get_type_hints

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

from casework.shared.contracts.vocabulary import Channel
from casework.shared.runtime.discovery import installed
from casework.shared.testing.desk import STEPS

UK = 'calendar = "UK-ENG"\npolicies = ["uk.disp.ack", "uk.disp.8w", "internal.finish"]\n'


async def opened(office: Office, case_id: str, part: str) -> dict[str, Any]:
    """A restricted part of intake's file."""
    asked = {"part": part, "purpose": "Prepare the answer."}
    answer = await office.desk.post(f"/v1/cases/{case_id}/files/intake/openings", asked)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["file"])


async def free(office: Office, case_id: str) -> dict[str, Any]:
    """What of intake's file is read without opening anything."""
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.practice("P004")
async def test_a_card_without_a_demand_is_received_and_waits_to_be_assessed(open_office: Open) -> None:
    async with open_office(institution=UK, now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive(words="少了三块板。 3 boards missing.", wish=None)
        clock = await office.clock(case_id, "uk.disp.8w")
        assert (clock["phase"], office.local(clock["started_at"])) == ("running", "2026-03-02T00:00")
        assert office.local(clock["due_at"]) == "2026-04-28T00:00"
        assert (await free(office, case_id))["file"]["card-state"] == {
            "state": "incomplete", "missing": ["demand"], "version": 0, "codes": {},
        }  # fmt: skip
        said = {**STEPS["acknowledgement"], "statements": ["received", "being-dealt-with", "time-limit"]}
        await office.desk.do(case_id, "acknowledgement", said)
        await office.wait_until("2026-03-03")
        refused = await office.desk.ask(case_id, "assessment")
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/demand-missing")
        after = await office.clock(case_id, "uk.disp.8w")
        assert (after["phase"], after["due_at"]) == ("running", clock["due_at"])

        await office.desk.do(case_id, "intake/card", {"when": "2026-03-02", "wish": "补发缺少的板材。"})
        await office.desk.do(case_id, "intake/card-readings", {"channel": "phone"})
        await office.desk.do(case_id, "intake/card", {"when": "2026-03-03"})
        early = await office.desk.ask(case_id, "intake/card-confirmations", {"channel": "phone"})
        assert early.json()["type"] == "/problems/card-not-read-back"
        await office.desk.do(case_id, "intake/card-readings", {"channel": "phone"})
        await office.desk.do(case_id, "intake/card-confirmations", {"channel": "phone"})

        state = (await free(office, case_id))["file"]["card-state"]
        assert (state["state"], state["version"], state["confirmed"]["version"]) == ("complete", 2, 2)
        card = await opened(office, case_id, "card")
        versions = {each["version"]: each["answers"] for each in card["versions"]}
        assert list(versions) == [0, 1, 2]
        assert (versions[1]["when"]["answer"], versions[2]["when"]["answer"]) == ("2026-03-02", "2026-03-03")
        assert versions[1]["wish"] == versions[2]["wish"]
        await office.desk.do(case_id, "assessment")


@pytest.mark.practice("P004")
async def test_who_was_asked_and_does_not_wish_to_say_is_assessed_once_the_problem_is_known(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(channel="phone", words=None, wish=None)
        await office.desk.do(case_id, "acknowledgement")
        assert (await office.desk.ask(case_id, "assessment")).json()["type"] == "/problems/problem-missing"
        await office.desk.do(case_id, "intake/card", {"what_happened": "少了三块板。"})
        assert (await office.desk.ask(case_id, "assessment")).json()["type"] == "/problems/demand-missing"
        await office.desk.do(case_id, "intake/no-demand", {})
        assert (await free(office, case_id))["file"]["card-state"]["missing"] == []
        await office.desk.do(case_id, "assessment")


async def test_a_recorded_history_waits_for_no_card(open_office: Open) -> None:
    async with open_office(now="2026-03-20", zone="Asia/Shanghai") as office:
        bare: dict[str, Any] = {"words": None, "wish": None}
        old = await office.desk.receive(**bare, received_at="2026-03-02T09:10:00+08:00")
        now = await office.desk.receive(**bare)
        for case_id in (old, now):
            await office.desk.do(case_id, "acknowledgement")
        await office.desk.do(old, "assessment")
        # A time of its own that is no more than a clock's difference from now is no history.
        just_now = await office.desk.ask(now, "assessment?occurred_at=2026-03-20T01:58:00Z", STEPS["assessment"])
        assert just_now.json()["type"] == "/problems/problem-missing"


@pytest.mark.practice("P001")
@pytest.mark.parametrize("spoken", ["phone", "counter"])
async def test_what_was_spoken_has_the_clocks_of_a_letter_of_that_minute(open_office: Open, spoken: str) -> None:
    async with open_office(institution=UK, now="2026-03-02T09:10", zone="Asia/Shanghai") as office:
        told = await office.desk.receive(channel=spoken, words=None, complainant=None, wish=None)
        letter = await office.desk.receive(channel="letter")
        heard, read = await office.clocks(told), await office.clocks(letter)

        def of(clock: Mapping[str, Any]) -> list[Any]:
            return [clock.get(name) for name in ("policy", "started_at", "due_at", "phase")]

        assert [of(each) for each in heard] == [of(each) for each in read]
        receipt = (await free(office, told))["file"]["receipt"]
        assert office.local(receipt["received_at"]) == "2026-03-02T09:10"
        assert {each["policy"] for each in heard} >= {"uk.disp.ack", "uk.disp.8w"}


@pytest.mark.practice("P001")
async def test_every_way_of_complaining_is_taken(open_office: Open) -> None:
    async with open_office(now="2026-03-02T09:10", zone="Asia/Shanghai") as office:
        letter = await office.desk.receive(channel="letter")
        read = sorted((each["policy"], each["due_at"]) for each in await office.clocks(letter))
        assert read
        assert {"phone", "counter", "letter", "email", "web", "chat", "api"} <= set(get_args(Channel))
        for channel in get_args(Channel):
            # Neither written down nor signed.
            case_id = await office.desk.receive(channel=channel, words=None, complainant=None, wish=None)
            counted = {(each["policy"], each["due_at"]) for each in await office.clocks(case_id)}
            assert counted >= set(read), channel
            assert (await office.desk.show(case_id))["open"] is True


CARD = {
    "what_happened": "少了三块板。 3 boards missing.",
    "when": "2026-02-27T16:20",
    "goods": {"what": "书柜", "design": "橡木,五层", "price": {"amount": "1280.00", "currency": "CNY"}},
    "clerk": {"said": "The young man at the door.", "staff": ["clerk-0417"]},
    "real_cause": "Nobody called back.",
    "wish": "补发缺少的板材。",
    "reasonable": "no",
    "regular": "yes",
}


@pytest.mark.practice("P002")
async def test_the_eight_answers_come_back_with_their_author_and_time(open_office: Open) -> None:
    async with open_office(now="2026-03-02T09:10", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(channel="counter", words=None, wish=None)
        await office.go_to("2026-03-02T09:25")
        answer = await office.desk.do(case_id, "intake/card", CARD)
        author = (await _events(office, case_id, "card-written"))[0]["actor"]
        assert [name.split(".")[2] for name in answer.json()["events"]] == [
            "card-written", "persons-named", "opinion-recorded", "opinion-recorded",
        ]  # fmt: skip
        card = await opened(office, case_id, "card")
        assert {name: card[name]["answer"] for name in CARD} == CARD
        assert {(card[name]["author"], office.local(card[name]["at"])) for name in CARD} == {
            (author, "2026-03-02T09:25")
        }
        # What was said stands nowhere in the open, and one answer that is corrected leaves the others as they were.
        everything = (await office.desk.http.get(f"/v1/cases/{case_id}/events")).text
        assert not [
            text for text in ("boards", "书柜", "橡木", "young man", "called back", "补发") if text in everything
        ]
        await office.go_to("2026-03-02T09:40")
        await office.desk.do(case_id, "intake/card", {"clerk": {"staff": ["clerk-0418", "clerk-0417"]}})
        card = await opened(office, case_id, "card")
        assert (office.local(card["clerk"]["at"]), office.local(card["when"]["at"])) == (
            "2026-03-02T09:40", "2026-03-02T09:25",
        )  # fmt: skip
        named = await _events(office, case_id, "persons-named")
        assert [each["data"]["persons"] for each in named] == [["clerk-0417"], ["clerk-0417", "clerk-0418"]]


@pytest.mark.practice("P003")
async def test_an_opinion_is_in_no_export_and_changes_nothing(open_office: Open) -> None:
    async with open_office(now="2026-03-02T09:10", zone="Asia/Shanghai") as office:
        histories = []
        for opinions in ({}, {"reasonable": "no", "regular": "yes"}):
            case_id = await office.desk.receive()
            if opinions:
                await office.desk.do(case_id, "intake/card", opinions)
            await office.desk.walk(case_id, "closure")
            text = (await office.desk.http.get(f"/v1/cases/{case_id}/events")).text
            assert not [word for word in ("reasonable", "regular") if word in text]
            copy = await opened(office, case_id, "complainants-copy")
            assert not {"reasonable", "regular"} & copy.keys()
            file = (await free(office, case_id))["file"]
            assert "reasonable" not in str(file)
            histories.append(
                [
                    (each["service"], each["event"]["type"])
                    for each in (await office.desk.http.get(f"/v1/cases/{case_id}/events")).json()
                    if not each["event"]["type"].startswith(("casework.intake.opinion", "casework.intake.file"))
                ]
            )
            if opinions:
                card = await opened(office, case_id, "card")
                assert (card["reasonable"]["answer"], card["regular"]["answer"]) == ("no", "yes")
        assert histories[0] == histories[1]


@pytest.mark.practice("P003")
def test_no_decision_of_any_service_takes_an_opinion() -> None:
    seen = set[str]()
    for service in installed():
        hints = get_type_hints(service.decider.decide)
        for given in (hints["command"], hints["state"]):
            seen |= set(_fields(given, set()))
    assert {"what_happened", "demands", "severity"} <= seen, "the walk finds fields of commands and states"
    assert not [name for name in seen if "reasonable" in name or "regular" in name]


@pytest.mark.practice("P005")
async def test_feeling_fact_and_expectation_are_kept_apart(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(words="你们是不是要关门了?! Are you closing down?!", wish=None)
        await office.desk.do(case_id, "intake/card", {"feeling": "angry", "expectation": "make up the lost time"})
        fact = {"fact": "nobody met my child", "asserted_by": "complainant"}
        await office.desk.do(case_id, "intake/facts", fact)
        copy = await opened(office, case_id, "complainants-copy")
        assert (copy["feeling"]["answer"], copy["expectation"]["answer"]) == ("angry", "make up the lost time")
        (asserted,) = copy["facts"]
        assert (asserted["fact"], asserted["asserted_by"], asserted["standing"]) == (
            "nobody met my child", "complainant", "open",
        )  # fmt: skip
        assert copy["what_happened"]["answer"] == "你们是不是要关门了?! Are you closing down?!"
        contested = {"number": 1, "standing": "contested", "reason": "The duty log names Ms Wu at the gate."}
        await office.desk.do(case_id, "intake/fact-standings", contested)
        await office.desk.do(case_id, "intake/facts", {"fact": "Ms Wu was at the gate.", "asserted_by": "organisation"})
        facts = (await opened(office, case_id, "complainants-copy"))["facts"]
        assert [(each["asserted_by"], each["standing"]) for each in facts] == [
            ("complainant", "contested"), ("organisation", "open"),
        ]  # fmt: skip
        unknown = await office.desk.ask(case_id, "intake/fact-standings", {**contested, "number": 3})
        assert unknown.json()["type"] == "/problems/fact-unknown"


async def _events(office: Office, case_id: str, kind: str) -> list[dict[str, Any]]:
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/events")
    return [each["event"] for each in answer.json() if each["event"]["type"] == f"casework.intake.{kind}.v1"]


def _fields(given: object, walked: set[object]) -> Iterator[str]:
    """The names of all fields of all dataclasses that a type is made of."""
    if is_dataclass(given) and isinstance(given, type):
        if given in walked:
            return
        walked.add(given)
        for name, hint in get_type_hints(given).items():
            yield name
            yield from _fields(hint, walked)
    for part in get_args(given):
        yield from _fields(part, walked)
