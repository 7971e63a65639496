"""What is ready is looked at first; what goes beyond the matter is asked first; where no agreement is, the leader."""

from __future__ import annotations

import pytest
from tests.clocks.conftest import Open
from tests.whole.remedy_office import counter, refund

CATEGORY = "does not work after fitting by the manual"
GUIDE = f"""
[[solution]]
name = "fitting-guide"
version = 1
categories = ["{CATEGORY}"]
severity = "low"
complexity = "simple"
finding = "Mostly the polarity is reversed."
outcome = "partly-upheld"
remedy = "guidance"
answer = "按安装指南检查极性。 Check the polarity by the fitting guide."
reply = "none"
way = "offered"
steps = ["Switch the power off.", "Check the polarity.", "Fit it by drawing 3.", "Try it again."]
"""
REASON = "The complainant's part is of the older series."


@pytest.mark.practice("P070")
async def test_the_fitting_guide_is_offered_first_and_leaving_it_is_counted(open_office: Open) -> None:
    async with open_office(standing=GUIDE) as office:
        async with counter(office, category=CATEGORY) as at:
            # Nothing ran by itself: it is offered, not applied.
            (answer,) = (await at.file("ready-answers"))["answers"]
            assert (answer["name"], answer["status"]) == ("fitting-guide", "offered")
            assert answer["steps"][1:3] == ["Check the polarity.", "Fit it by drawing 3."]
            assert await at.asked(at.agent, "remedies", **refund("150.00")) == (409, "ready-answer-first")
            assert await at.asked(at.agent, "ready-answers", taken=False) == (409, "leaving-needs-reason")
            assert await at.asked(at.agent, "ready-answers", taken=False, reason=REASON) == (200, ["ready-answer-left"])
            (answer,) = (await at.file("ready-answers"))["answers"]
            assert (answer["status"], answer["reason"]) == ("left", REASON)
            assert await at.asked(at.agent, "remedies", **refund("150.00")) == (200, ["remedy-proposed"])
            assert await at.asked(at.agent, "ready-answers", taken=True) == (409, "no-ready-answer")
        async with counter(office, category=CATEGORY) as at:
            assert await at.asked(at.agent, "ready-answers", taken=True) == (200, ["ready-answer-taken"])
        async with counter(office, category="Noise") as at:
            assert (await at.file("ready-answers"))["answers"] == []
        counted = (await office.desk.http.get("/v1/resolution/ready-answers")).json()
        assert counted == [{"name": "fitting-guide", "version": 1, "offered": 2, "taken": 1, "left": 1}]


@pytest.mark.practice("P078")
async def test_the_police_are_called_after_a_supervisor_said_so_or_in_danger(open_office: Open) -> None:
    async with open_office() as office, counter(office) as at:
        police = {"action": "police", "reason": "He would not leave the hall."}
        assert await at.asked(at.agent, "outside-actions", **police) == (409, "supervisor-first")
        assert await at.asked(at.agent, "outside-permissions", **police) == (409, "not-a-supervisor")
        assert await at.asked(at.lead, "outside-permissions", **police) == (200, ["outside-action-allowed"])
        # For this, and nothing else; once; and not for who allowed it.
        ban = police | {"action": "ban"}
        assert await at.asked(at.agent, "outside-actions", **ban) == (409, "supervisor-first")
        assert await at.asked(at.lead, "outside-actions", **police) == (409, "supervisor-first")
        assert await at.asked(at.agent, "outside-actions", **police) == (200, ["outside-action-taken"])
        assert await at.asked(at.agent, "outside-actions", **police) == (409, "supervisor-first")

        danger = police | {"ground": "danger", "reason": "He drew a knife."}
        assert await at.asked(at.agent, "outside-actions", **danger) == (200, ["outside-action-taken"])
        await office.desk.do(at.case_id, "resolution/remedies")
        await office.desk.do(at.case_id, "resolution/decision")
        offer = {"reason": "The reply is in."}
        assert await at.asked(at.agent, "follow-up-offer", **offer) == (409, "danger-not-reported")
        report = {"report": "He drew a knife; the police came within four minutes."}
        assert await at.asked(at.agent, "outside-reports", **report) == (409, "not-a-supervisor")
        assert await at.asked(at.lead, "outside-reports", number=1, **report) == (409, "nothing-to-report")
        assert await at.asked(at.lead, "outside-reports", **report) == (200, ["outside-action-reported"])
        assert await at.asked(at.agent, "follow-up-offer", **offer) == (200, ["hand-off-offered"])
        status, file = await at.opened(at.lead, "outside-actions")
        assert (status, file["taken"][1]["ground"], file["taken"][1]["reported_to"]) == (200, "danger", "lead-7")


@pytest.mark.practice("P077")
async def test_a_talk_without_agreement_is_offered_to_the_leader_with_its_note(open_office: Open) -> None:
    async with open_office(now="2026-03-02T15:20") as office, counter(office) as at:
        talk = {"held_at": "2026-03-02T15:10:00Z", "said": "法律规定最多退一倍。 More than the price we cannot give."}
        future = talk | {"held_at": "2026-03-02T16:10:00Z"}
        assert await at.asked(at.agent, "limits-talks", **future, agreed=False) == (409, "talk-in-the-future")
        hard = talk | {"hardship": "We have two people left."}
        assert await at.asked(at.agent, "limits-talks", **hard, agreed=False) == (409, "hardship-not-shown")
        shown = hard | {"hardship_shown_by": "Staff list of 2026-03-01."}
        assert await at.asked(at.agent, "limits-talks", **shown, agreed=False) == (
            200,
            ["limits-talk-held", "leader-asked"],
        )
        assert await at.asked(at.agent, "leader-answers", take=True) == (409, "not-the-leader")
        status, file = await at.opened(at.lead, "limits-talks")
        (noted,) = file["talks"]
        assert (status, noted["held_at"], noted["said"]) == (200, "2026-03-02T15:10:00.000000Z", talk["said"])
        assert noted["leader"] == {"role": "lead", "asked_by": "agent-7", "status": "open"}
        clock = (await office.clocks(at.case_id, policy="internal.hand-off", phase="running"))[0]
        assert office.local(clock["started_at"]) == "2026-03-02T15:20"
        assert await at.asked(at.lead, "leader-answers", take=False) == (409, "declining-needs-reason")
        assert await at.asked(at.lead, "leader-answers", take=True) == (200, ["leader-took-over"])
        assert await office.clocks(at.case_id, policy="internal.hand-off", phase="running") == []
        assert await at.asked(at.lead, "leader-answers", take=True, talk=1) == (409, "leader-has-answered")
        assert await at.asked(at.agent, "limits-talks", **talk, agreed=True) == (200, ["limits-talk-held"])
        assert await at.asked(at.manager, "limits-talks", **talk, agreed=False) == (409, "no-leader-above")
