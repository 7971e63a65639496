"""What a person is worth, what sort of person they are, whether they sound true: no rule, event, policy or route knows
of it, and what somebody writes of it all the same changes nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole import refused_fields
from tests.whole.evidence_desk import ITEMS, item
from tests.whole.refused_fields import asking, deciding, everything, kept, naming, recording, ruling, words

from casework.shared.policies.shipped_codes import codes_of_package
from casework.shared.testing.desk import STEPS, complaint

WORTH = words(
    "worth value vip lifetime revenue spend spending turnover wealth income tier segment loyalty importance profit"
    " influence influencer fame famous"
)
KINDS = words(
    "talkative doubting angry lawyer victim attacker helpless temperament temper personality character persona trait"
    " profile psychology mood knowing asking stubborn querulous troublemaker malicious attitude feeling"
)
TRUTH = words(
    "truthfulness truthful sincerity sincere honest honesty lie lies lying liar credibility credible voice tone stress"
    " polygraph confidence probability likelihood sentiment emotion score"
)
LIKENESS = words("reasonable regular opinion opinions like similar similarity resemblance pattern hint")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ADDED = ("facts", "source_reference", "sha256")
_OF_THE_NOTES = ("opinion-recorded", "ground-recorded", "evidence-statement-recorded")


def test_the_walk_sees_commands_states_events_policies_and_routes() -> None:
    assert {"what_happened", "demands", "severity", "upheld"} <= deciding()
    assert {"remedies", "negotiation"} <= kept()
    assert {"complaint-received", "complainant", "received_at"} <= recording()
    assert {"goodwill_per_quarter", "outside_actions", "ladder"} <= ruling()
    assert {"POST /v1/complaints", "POST /v1/cases/{case_id}/assessment"} <= asking().keys()
    assert {"complainant", "phone", "severity", "occurred_at"} <= everything()


@pytest.mark.practice("R06")
def test_no_field_holds_what_a_person_is_worth() -> None:
    # The value of a fact, of a file's column and of a report's line: what something is, not what somebody is worth.
    assert naming(WORTH, deciding() | recording() | ruling()) == ["value"]
    for route, names in asking().items():
        assert naming(WORTH, names) in ([], ["value"]), route


@pytest.mark.practice("R09")
def test_no_field_tag_or_code_holds_what_sort_of_person_somebody_is() -> None:
    # What the complainant says they feel stands on the card in their own words, and a checklist asks about our tone.
    assert naming(KINDS, everything()) == ["attitude", "feeling"]
    assert naming(KINDS, deciding() | recording()) == ["feeling"]
    assert naming(KINDS, kept()) == []
    # The eighth cause is said of the demand.
    causes = codes_of_package().newest("cause").code
    assert len(causes) == 8
    eighth = causes[-1]
    assert (eighth.code, eighth.title.en, eighth.title.zh) == (
        "nothing-could-meet", "A demand that nothing could meet", "无法满足的要求",
    )  # fmt: skip


@pytest.mark.practice("R10")
def test_nothing_scores_truth_temper_or_sincerity() -> None:
    # The one score there is: what complainants give us at the end.
    assert naming(TRUTH, everything()) == ["score"]
    assert naming(TRUTH, deciding() | recording() | ruling()) == ["score"]
    scored = {route for route, names in asking().items() if "score" in names}
    assert scored == {"POST /v1/cases/{case_id}/follow-up/opinions"}
    assert naming(TRUTH, kept()) == []


@pytest.mark.practice("R11")
def test_no_decision_remembers_an_opinion_of_a_handler_or_a_likeness() -> None:
    # How the complainants found it, which followup waits for.
    assert naming(LIKENESS, kept()) == ["opinion"]
    # Sealed before any rule sees it; the complainant's own; and what a quality report counts, which decides nothing.
    assert naming(LIKENESS, deciding()) == ["like_cases", "opinion", "opinion-asked", "pattern"]


@pytest.mark.practice("R06", "R09", "R10", "R11")
async def test_what_is_noted_of_the_person_changes_no_event_no_clock_and_no_route(open_office: Open) -> None:
    async with open_office(now="2026-03-02T09:00", zone="Asia/Shanghai") as office:
        plain, noted = await _walked(office, notes=False), await _walked(office, notes=True)
        assert await _history(office, noted) == await _history(office, plain)
        assert await _counted(office, noted) == await _counted(office, plain)
        one, other = await office.desk.show(noted), await office.desk.show(plain)
        assert [one[name] for name in ("owner", "holder", "stage")] == [
            other[name] for name in ("owner", "holder", "stage")
        ]


@pytest.mark.practice("R06", "R09", "R10")
async def test_whoever_tries_to_store_it_is_told_that_there_is_no_such_field(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "acknowledgement")
        case = f"/v1/cases/{case_id}"
        forbidden: list[tuple[str, dict[str, Any], str]] = [
            (f"{case}/assessment", {**STEPS["assessment"], "customer_value": "platinum"}, "customer_value"),
            (f"{case}/intake/card", {"wish": "A refund.", "temperament": "doubting"}, "temperament"),
            (f"{case}/intake/card", {"wish": "A refund.", "sincerity": 3}, "sincerity"),
            ("/v1/complaints", dict(complaint(vip=True)), "vip"),
            ("/v1/complaints", dict(complaint(complainant={"name": "A", "person_type": "lawyer"})), "person_type"),
        ]
        for path, body, field in forbidden:
            answer = await office.desk.post(path, body)
            assert answer.status_code == 422, (path, field)
            (found,) = answer.json()["errors"]
            assert found["pointer"].endswith(f"/{field}")
            assert found["detail"] == "there is no such field; leave it out"
        # A flag is for a purpose that serves the person: there is none for their sort.
        flag = {"flag": "attacker", "purpose": "Beware.", "source": "Us.", "until": "2036-01-01"}
        assert (await office.desk.ask(case_id, "intake/flags", flag)).status_code == 422


async def _walked(office: Office, *, notes: bool) -> str:
    """A case from receipt to closing; with notes that say all that must not count."""
    facts = [{"name": "customer_value", "value": "platinum"}, {"name": "complaints_before", "value": "12"}]
    case_id = await office.desk.receive(organisation="Bank A", facts=facts if notes else [])
    if notes:
        await office.desk.do(case_id, "intake/card", {"reasonable": "no", "regular": "yes"})
        await office.desk.do(case_id, "intake/ground", {"ground": "loan-without-consent"})
    for step in STEPS:
        await office.desk.do(case_id, step)
        if step == "investigation/acceptance":
            await office.desk.do(case_id, ITEMS, item("statement", "organisation"))
        if step == "investigation/acceptance" and notes:
            said = {"number": 1, "by": "organisation", "said": "他在撒谎,情绪失控。 He lies; the angry sort."}
            await office.desk.do(case_id, "investigation/evidence-statements", said)
    return case_id


async def _history(office: Office, case_id: str) -> list[tuple[str, object]]:
    """What was decided in all services, but for ids, what is sealed, and the notes themselves."""
    events = (each["event"] for each in (await office.desk.http.get(f"/v1/cases/{case_id}/events")).json())
    return [(each["type"], _masked(each["data"])) for each in events if each["type"].split(".")[2] not in _OF_THE_NOTES]


async def _counted(office: Office, case_id: str) -> list[tuple[str, str, str]]:
    return sorted((each["policy"], each["due_at"], each["phase"]) for each in await office.clocks(case_id))


def _masked(value: Any) -> Any:
    match value:
        case {"box": _}:
            return "sealed"
        case dict():
            return {name: _masked(each) for name, each in value.items() if name not in _ADDED}
        case list():
            return [_masked(each) for each in value]
        case str() if _UUID.fullmatch(value):
            return "id"
        case _:
            return value


def test_a_forbidden_field_would_be_seen() -> None:
    assert refused_fields.naming(WORTH, frozenset({"customer_value", "clientTier", "vip", "severity"})) == [
        "clientTier", "customer_value", "vip",
    ]  # fmt: skip


@pytest.mark.practice("R06")
async def test_equal_treatment_is_measured_by_the_way_people_come(open_office: Open) -> None:
    async with open_office(now="2026-03-02T09:00") as office:
        for source, days in (("branch", "2026-03-04T09:00"), ("web", "2026-03-09T09:00")):
            await office.go_to("2026-03-02T09:00")
            case_id = await office.desk.receive(source=source)
            await office.desk.walk(case_id, "follow-up/acceptance")
            await office.go_to(days)
            await office.desk.do(case_id, "closure")
        await office.desk.receive(source="web")
        (card,) = (await office.desk.http.get("/v1/equal-treatment")).json()
        assert (card["category"], card["gap_hours"]) == ("Credit card", 120)
        fared = {
            each["source"]: (each["cases"], each["closed"], each["median_hours"], each["outcomes"], each["with_remedy"])
            for each in card["by_source"]
        }
        assert fared == {"branch": (1, 1, 48, {"upheld": 1}, 1), "web": (2, 1, 168, {"upheld": 1}, 1)}
