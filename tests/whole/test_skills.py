"""Skills and duty times decide who is asked to take a case; with nobody left, the duty member."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.testing.desk import STEPS

PEOPLE = """
duty = "desk"

[[member]]
id = "desk"

[[member]]
id = "ann"
zone = "Asia/Shanghai"
[[member.skill]]
name = "insurance"
first = 2024-06-01
last = 2026-05-31

[[member]]
id = "bo"
zone = "Asia/Shanghai"
[[member.training]]
name = "loans-course"
on = 2026-02-10
gives = ["loans"]

[[unit]]
name = "complaints"
zone = "Asia/Shanghai"
members = ["ann", "bo"]
[[unit.duty]]
members = ["ann", "bo"]
[unit.duty.hours]
default = ["09:00-18:00"]
"""
OFFER = dict(STEPS["investigation-offer"])
INSURANCE = OFFER | {"skills": ["insurance"], "unit": "complaints"}


async def _assessed(office: Office) -> str:
    case_id = await office.desk.receive()
    await office.desk.walk(case_id, until="assessment")
    return case_id


async def _routing(office: Office, case_id: str, service: str = "intake") -> Any:
    events = (await office.desk.http.get(f"/v1/cases/{case_id}/events")).json()
    offers = [each["event"]["data"] for each in events if each["event"]["type"].endswith("hand-off-offered.v1")]
    assert offers, service
    return offers[-1].get("routing")


def _refused(answer: Any, code: str, *said: str) -> None:
    assert (answer.status_code, answer.json()["type"]) == (409, f"/problems/{code}"), answer.text
    for each in said:
        assert each in answer.json()["detail"]


async def _roster(office: Office, **of: Any) -> Mapping[str, Any]:
    answer = await office.desk.http.get("/v1/roster", params=of)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.practice("P160")
async def test_a_skill_that_ran_out_the_day_before_makes_nobody_eligible(open_office: Open) -> None:
    async with open_office(people=PEOPLE, now="2026-05-31", zone="Asia/Shanghai") as office:
        first, case_id = await _assessed(office), await _assessed(office)
        # On its last day the skill still counts.
        await office.desk.do(first, "investigation-offer", INSURANCE)
        assert await _routing(office, first) == {
            "skills": ["insurance"],
            "unit": "complaints",
            "asked": ["ann"],
            "because": "skill",
        }
        await office.go_to("2026-06-01")
        by_name = await office.desk.ask(case_id, "investigation-offer", INSURANCE | {"person": "ann"})
        _refused(by_name, "not-eligible", "ann is not eligible on 2026-06-01: insurance was valid until 2026-05-31.")
        ann, bo = (await _roster(office, unit="complaints", skill="insurance"))["people"]
        assert (ann["eligible"], ann["missing"], ann["was_valid_until"]) == (
            False,
            ["insurance"],
            {"insurance": "2026-05-31"},
        )
        assert (bo["eligible"], bo["skills"], bo["was_valid_until"]) == (False, ["loans"], {})
        # There is no supervisor on record, so the duty member gets it, and nobody else without the skill.
        await office.desk.do(case_id, "investigation-offer", INSURANCE)
        assert await _routing(office, case_id) == {
            "skills": ["insurance"],
            "unit": "complaints",
            "asked": ["desk"],
            "because": "duty",
        }
        assert (await office.desk.show(case_id))["asked"] == ["desk"]
        listed = (await office.desk.http.get("/v1/worklist", params={"asked": "desk"})).json()["items"]
        assert [(each["case_id"], each["asked"]) for each in listed] == [(case_id, ["desk"])]
        taking = await office.desk.ask(case_id, "investigation/acceptance", {"holder": "ann"})
        _refused(taking, "skills-missing", "it takes insurance, which ann does not have. It was put to desk.")
        await office.desk.do(case_id, "investigation/acceptance", {"holder": "desk"})
        status = await office.desk.show(case_id)
        assert (status["holder"], "asked" in status) == ("desk", False)
        # What was put to ann while she was eligible is hers to take.
        await office.desk.do(first, "investigation/acceptance", {"holder": "ann"})
        assert (await office.desk.show(first))["holder"] == "ann"


@pytest.mark.practice("P160")
async def test_the_supervisor_comes_before_the_duty_where_one_is_on_record(open_office: Open) -> None:
    people = PEOPLE.replace(
        'members = ["ann", "bo"]\n[[unit.duty]]', 'members = ["ann", "bo"]\nsupervisor = "bo"\n[[unit.duty]]'
    )
    async with open_office(people=people, now="2026-06-01", zone="Asia/Shanghai") as office:
        case_id = await _assessed(office)
        await office.desk.do(case_id, "investigation-offer", INSURANCE)
        routing = await _routing(office, case_id)
        assert (routing["asked"], routing["because"]) == (["bo"], "supervisor")
        await office.desk.do(case_id, "investigation/acceptance", {"holder": "bo"})


@pytest.mark.practice("P160")
async def test_training_gives_a_skill_and_duty_times_say_who_is_asked(open_office: Open) -> None:
    loans = OFFER | {"skills": ["loans"], "unit": "complaints"}
    async with open_office(people=PEOPLE, now="2026-03-02T17:59", zone="Asia/Shanghai") as office:
        on_duty, late = await _assessed(office), await _assessed(office)
        await office.desk.do(on_duty, "investigation-offer", loans)
        assert (await _routing(office, on_duty))["asked"] == ["bo"]
        await office.go_to("2026-03-02T18:00")
        await office.desk.do(late, "investigation-offer", loans)
        assert (await _routing(office, late))["asked"] == ["desk"]
        at_noon = await _roster(office, unit="complaints", skill="loans", at="2026-03-03T12:00:00+08:00")
        before = await _roster(office, unit="complaints", skill="loans", at="2026-02-09T12:00:00+08:00")
        assert (at_noon["asked"], at_noon["because"]) == (["bo"], "skill")
        assert (before["asked"], before["because"]) == (["desk"], "duty")


async def test_every_stage_asks_for_the_skills_of_its_own_offer(open_office: Open) -> None:
    async with open_office(people=PEOPLE, now="2026-05-29", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, until="investigation/conclusion")
        offer = dict(STEPS["investigation/resolution-offer"])
        await office.desk.do(case_id, "investigation/resolution-offer", offer | {"skills": ["loans"]})
        assert (await office.desk.show(case_id))["asked"] == ["bo"]
        _refused(await office.desk.ask(case_id, "resolution/acceptance", {"holder": "ann"}), "skills-missing")
        _refused(await office.desk.ask(case_id, "resolution/acceptance", {}), "skills-missing")
        await office.desk.do(case_id, "resolution/acceptance", {"holder": "bo"})
        for step in ("resolution/remedies", "resolution/decision", "resolution/reply"):
            await office.desk.do(case_id, step)
        offer = dict(STEPS["resolution/follow-up-offer"])
        await office.desk.do(case_id, "resolution/follow-up-offer", offer | {"skills": ["insurance"], "person": "ann"})
        status = await office.desk.show(case_id)
        assert (status["asked"], status["holder"]) == (["ann"], "bo")
        _refused(await office.desk.ask(case_id, "follow-up/acceptance", {"holder": "bo"}), "skills-missing")
        await office.desk.do(case_id, "follow-up/acceptance", {"holder": "ann"})


async def test_a_kind_of_hand_off_says_what_the_work_takes(open_office: Open) -> None:
    kinds = """
[[hand-off]]
kind = "policy-claim"
title = { en = "A claim under a policy", zh = "保险理赔" }
checklist = []
acceptance = "internal.hand-off"
ladder = "internal.hand-off"
skills = ["insurance"]
unit = "complaints"
"""
    async with open_office(people=PEOPLE, hand_offs=kinds, now="2026-05-29", zone="Asia/Shanghai") as office:
        case_id = await _assessed(office)
        _refused(
            await office.desk.ask(case_id, "investigation-offer", OFFER | {"kind": "policy-claim", "person": "bo"}),
            "not-eligible",
            "insurance is missing. Eligible are ann.",
        )
        await office.desk.do(case_id, "investigation-offer", OFFER | {"kind": "policy-claim"})
        assert (await _routing(office, case_id))["asked"] == ["ann"]


async def test_who_is_unknown_is_named_and_history_is_held_to_nothing(open_office: Open) -> None:
    async with open_office(people=PEOPLE, now="2026-06-01", zone="Asia/Shanghai") as office:
        case_id = await _assessed(office)
        for wanted, code in (({"person": "cy"}, "unknown-person"), ({"unit": "cards"}, "unknown-unit")):
            _refused(await office.desk.ask(case_id, "investigation-offer", OFFER | wanted), code)
        temper = await office.desk.ask(case_id, "investigation-offer", OFFER | {"temperament": "calm"})
        assert temper.status_code == 422
        await office.go_to("2026-06-02")
        past = "?occurred_at=2026-06-01T03:00:00Z"
        await office.desk.do(case_id, f"investigation-offer{past}", INSURANCE)
        assert await _routing(office, case_id) is None
        await office.desk.do(case_id, f"investigation/acceptance{past}", {"holder": "ann"})


async def test_without_a_file_of_people_nobody_is_held_to_skills(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await _assessed(office)
        for wanted, code in (({"person": "ann"}, "unknown-person"), ({"unit": "complaints"}, "unknown-unit")):
            _refused(await office.desk.ask(case_id, "investigation-offer", OFFER | wanted), code)
        await office.desk.do(case_id, "investigation-offer", OFFER | {"skills": ["insurance"]})
        assert await _routing(office, case_id) is None
        await office.desk.do(case_id, "investigation/acceptance")


@pytest.mark.practice("P160")
@pytest.mark.parametrize("where", ["[[member.skill]]\n", "[[member.training]]\n", "[[unit]]\n", 'id = "ann"\n'])
async def test_a_file_that_says_what_somebody_is_like_starts_nothing(open_office: Open, where: str) -> None:
    people = PEOPLE.replace(where, f'{where}temperament = "calm"\n', 1)
    with pytest.raises(InvalidPolicy, match=r"people\.toml, line .*temperament"):
        async with open_office(people=people):
            pass
