"""What is still in somebody's hands keeps a case open; what is to come does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from services.followup.tests.test_followup_domain import ACCEPTED, CLOSE, CLOSED, OPENED

from casework.followup.domain import empty_hands
from casework.followup.domain.empty_hands import OpenHands
from casework.followup.domain.follow_up import DECIDER
from casework.followup.hands import Hands, take
from casework.shared.contracts.demand_answers import DemandAnswered, DemandsNoted, NotedDemand
from casework.shared.contracts.remedies import LeaderAsked, LeaderDeclined, LeaderTookOver
from casework.shared.contracts.resolution import PromiseBroken, PromiseKept
from casework.shared.errors import Refusal
from casework.shared.testing.given import given

FIRST, SECOND = UUID(int=1), UUID(int=2)
ASKED = LeaderAsked(offer_id=FIRST, talk=1, asked_by="agent-7", roles=("lead",), rank=2)


def noted(number: int, version: int) -> DemandsNoted:
    return DemandsNoted(demands=(NotedDemand(number=number, version=version, kind="refund"),))


def answered(number: int, version: int) -> DemandAnswered:
    return DemandAnswered(number=number, version=version, answer="met")


def broken(promise: UUID) -> PromiseBroken:
    return PromiseBroken(promise_id=promise, kind="other", owner="Mei Chen")


def kept(promise: UUID) -> PromiseKept:
    return PromiseKept(promise_id=promise, kind="other", by="Mei Chen", proof="A letter.", late=True)


@pytest.mark.parametrize(
    ("events", "still"),
    [
        ((), OpenHands(demands=[])),
        ((noted(2, 1), noted(1, 1)), OpenHands(demands=[1, 2])),
        ((noted(1, 1), answered(1, 1)), OpenHands(demands=[])),
        # Who answers for it changed: that is no new demand. A new version is.
        ((noted(1, 1), answered(1, 1), noted(1, 1)), OpenHands(demands=[])),
        ((noted(1, 1), answered(1, 1), noted(1, 2)), OpenHands(demands=[1])),
        ((broken(FIRST), broken(SECOND), kept(FIRST)), OpenHands(demands=[], promises=(str(SECOND),))),
        ((ASKED,), OpenHands(demands=[], talks=(1,))),
        ((ASKED, LeaderTookOver(offer_id=FIRST, talk=1, by="lead-2")), OpenHands(demands=[])),
        ((ASKED, LeaderDeclined(offer_id=FIRST, talk=1, by="lead-2", reason="No.")), OpenHands(demands=[])),
    ],
)
def test_what_is_open_follows_from_the_events(events: tuple[Any, ...], still: OpenHands) -> None:
    hands = Hands()
    for event in events:
        take(hands, event)
    assert hands.open == still


@pytest.mark.parametrize(
    ("hands", "refusal", "saying"),
    [
        (OpenHands(demands=(2, 3)), empty_hands.DemandNotAnswered, "number 2, 3 has"),
        (OpenHands(promises=(str(FIRST),)), empty_hands.PromiseNotMadeGood, str(FIRST)),
        (OpenHands(talks=(1,)), empty_hands.LeaderNotAnswered, "talk 1"),
    ],
)
def test_a_case_is_not_closed_over_it_and_a_history_is(hands: OpenHands, refusal: type[Refusal], saying: str) -> None:
    held = given(DECIDER, OPENED, ACCEPTED)
    held.when(replace(CLOSE, hands=hands, gated=True)).refused(refusal, saying=saying)
    held.when(replace(CLOSE, hands=hands)).then(CLOSED)
