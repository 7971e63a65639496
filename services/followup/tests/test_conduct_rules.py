"""A flag on conduct is reviewed by another person, ends by its day, and changes nothing that is decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from services.followup.tests.conduct_cases import RAISE, RAISED, REVIEW, REVIEWED
from services.followup.tests.test_followup_domain import COMMANDS, OPENED, STAGES

from casework.followup.domain import conduct
from casework.followup.domain.case_clocks import TellMoment
from casework.followup.domain.events import FollowUpEvent
from casework.followup.domain.firing import FireClocks
from casework.followup.domain.follow_up import DECIDER, FollowUp
from casework.followup.files.conduct import CONDUCT, CONDUCT_HISTORY
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.clocks import ClockArmed
from casework.shared.errors import Refusal
from casework.shared.files.parts import FilePart, folded
from casework.shared.policies.shipped_rulebook import rulebook
from casework.shared.testing.given import given

END = datetime(2026, 6, 30, 23, 0, tzinfo=UTC)
"""The end of the last day, in the summer time of London."""
RULES = rulebook()


def test_a_flag_is_raised_by_one_and_reviewed_by_another() -> None:
    given(DECIDER, OPENED).when(RAISE, REVIEW).then(RAISED, REVIEWED)
    own = replace(REVIEW, by=RAISE.by)
    given(DECIDER, OPENED, RAISED).when(own).refused(conduct.OwnConductFlag, saying="somebody else")
    dropped = replace(REVIEW, confirmed=False, by="manager-7")
    given(DECIDER, OPENED, RAISED, REVIEWED).when(dropped).then(replace(REVIEWED, confirmed=False, by="manager-7"))


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (replace(RAISE, now=END), conduct.ConductFlagWouldBeOver),
        (replace(RAISE, until=date(2027, 3, 4)), conduct.ConductFlagTooLong),
        (replace(RAISE, until=date(9999, 12, 31)), conduct.ConductFlagTooLong),
        (replace(REVIEW, number=1, now=END), conduct.ConductFlagIsOver),
    ],
)
def test_at_the_edges_of_its_time(command: Any, refusal: type[Refusal]) -> None:
    given(DECIDER, OPENED, RAISED).when(command).refused(refusal)
    last = END - timedelta(microseconds=1)
    given(DECIDER, OPENED, RAISED).when(replace(REVIEW, now=last)).then(REVIEWED)
    given(DECIDER, OPENED).when(replace(RAISE, now=last)).then(RAISED)


def standings(part: FilePart, at: datetime, *events: FollowUpEvent) -> list[str]:
    class Envelope:
        time = RAISE.now

    document: Any = folded(part, [(Envelope(), event) for event in events], at)  # type: ignore[misc]
    return [each["standing"] for each in document["flags"]]


@pytest.mark.parametrize(
    ("events", "standing"),
    [
        ((RAISED,), "waits-for-review"),
        ((RAISED, REVIEWED), "holds"),
        ((RAISED, REVIEWED, replace(REVIEWED, confirmed=False)), "not-confirmed"),
    ],
)
def test_it_holds_only_while_a_review_confirms_it_and_ends_by_itself(
    events: tuple[FollowUpEvent, ...], standing: str
) -> None:
    last = END - timedelta(microseconds=1)
    assert standings(CONDUCT_HISTORY, last, *events) == [standing]
    assert standings(CONDUCT, last, *events) == (["holds"] if standing == "holds" else [])
    assert standings(CONDUCT_HISTORY, END, *events) == ["over"]
    assert standings(CONDUCT, END, *events) == []


def _every_policy() -> Rulebook:
    """The rules with every deadline that ships asked for."""
    wanted = {each.id for each in RULES.policies if each.certainty != "unverified"}
    institution = replace(RULES.institution, policies=tuple(sorted(wanted)))
    return replace(RULES, institution=institution)


ALL = _every_policy()
POLICIES = tuple(each for each in ALL.policies if each.id in ALL.institution.policies)


def _lived(state: FollowUp, policy_id: str, moments: tuple[str, ...]) -> list[FollowUpEvent]:
    """What becomes of the policy's moments in a case, one a day, with the timer at the end of each."""
    lived: list[FollowUpEvent] = []
    for number, moment in enumerate(moments):
        at = RAISE.now + timedelta(days=number, minutes=5)
        tell = TellMoment(
            moment=moment,  # type: ignore[arg-type]
            by=UUID(int=500 + number),
            occurred_at=at,
            at=at,
            rulebook=ALL,
            about=None,
            due_at=at + timedelta(days=20),
        )
        later = at + timedelta(hours=6)
        for command in (tell, FireClocks(at=later, rulebook=ALL, known_until=later, grace_until=later)):
            happened = DECIDER.decide(command, state)
            lived += happened
            state = DECIDER.fold(happened, state)
    late = RAISE.now + timedelta(days=400)
    lived += DECIDER.decide(FireClocks(at=late, rulebook=ALL, known_until=late, grace_until=late), state)
    return lived


@pytest.mark.parametrize("policy", POLICIES, ids=lambda each: f"{each.id}-{each.version}")
def test_every_deadline_runs_the_same_with_a_flag_and_without(policy: Any) -> None:
    opened = replace(OPENED, deadlines=(policy.id,))
    moments = (*policy.armed_by, *policy.restarted_by, *policy.met_by)
    without = _lived(DECIDER.fold((opened,)), policy.id, moments)
    assert _lived(DECIDER.fold((opened, RAISED, REVIEWED)), policy.id, moments) == without


def test_that_comparison_is_of_clocks_that_were_armed() -> None:
    lived = [
        _lived(DECIDER.fold((replace(OPENED, deadlines=(each.id,)),)), each.id, (*each.armed_by, *each.met_by))
        for each in POLICIES
    ]
    armed = sum(any(isinstance(event, ClockArmed) for event in events) for events in lived)
    assert armed > 0.5 * len(POLICIES), (armed, len(POLICIES))


@pytest.mark.parametrize("stage", STAGES)
def test_every_command_is_decided_the_same_with_a_flag_and_without(stage: str) -> None:
    def decided(command: Any, state: FollowUp) -> Any:
        try:
            return DECIDER.decide(command, state)
        except Refusal as refusal:
            return type(refusal), str(refusal)

    before = DECIDER.fold(STAGES[stage])
    flagged = replace(before, conduct=DECIDER.fold((OPENED, RAISED, REVIEWED)).conduct)
    for command in COMMANDS:
        if not isinstance(command, conduct.FlagConduct | conduct.ReviewConductFlag):
            assert decided(command, flagged) == decided(command, before), command
