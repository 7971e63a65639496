"""The four services' rules together, with every delay: whatever the order, they end up agreeing.

Four streams, and between each two a delivery that may lag. Events of one source arrive in order, and never before
what caused them: the promises of the order guard. Staff do anything the rules allow at any moment. When all is
delivered, the services must agree on who has the work, and no command made from an event may ever be refused.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

import pytest

from casework.followup.domain import commands as followup
from casework.followup.domain.follow_up import DECIDER as FOLLOWUP
from casework.intake.domain import commands as intake
from casework.intake.domain.complaint import DECIDER as INTAKE
from casework.investigation.domain import commands as investigation
from casework.investigation.domain.investigation import DECIDER as INVESTIGATION
from casework.resolution.domain import commands as resolution
from casework.resolution.domain.resolution import DECIDER as RESOLUTION
from casework.shared.contracts import followup as followed
from casework.shared.contracts import handoff
from casework.shared.contracts import intake as taken
from casework.shared.contracts import investigation as investigated
from casework.shared.contracts import resolution as resolved
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.types import Fact
from casework.shared.decider import Decider
from casework.shared.errors import Refusal
from casework.shared.handoffs.giving import LAPSED, TakeBackHandOff
from casework.shared.handoffs.receiving import AcceptHandOff

AT = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)
DECIDERS: dict[ServiceName, Decider[Any, Any, Any]] = {
    "intake": INTAKE,
    "investigation": INVESTIGATION,
    "resolution": RESOLUTION,
    "followup": FOLLOWUP,
}
Position: TypeAlias = int


@dataclass(frozen=True)
class Recorded:
    """An event with its id and, where an event caused it, where that one stands."""

    id: UUID
    event: Any
    cause: tuple[ServiceName, Position] | None


@dataclass
class World:
    """One case in all four services."""

    streams: dict[ServiceName, list[Recorded]] = field(default_factory=lambda: {name: [] for name in SERVICES})
    states: dict[ServiceName, Any] = field(default_factory=lambda: {n: d.initial for n, d in DECIDERS.items()})
    cursors: dict[tuple[ServiceName, ServiceName], Position] = field(default_factory=dict)
    offered: UUID | None = None
    """Resolution's offer as followup knows it."""

    def record(self, service: ServiceName, command: object, cause: tuple[ServiceName, Position] | None = None) -> None:
        for event in DECIDERS[service].decide(command, self.states[service]):
            self.states[service] = DECIDERS[service].evolve(self.states[service], event)
            self.keep(service, event, cause)

    def keep(self, service: ServiceName, event: object, cause: tuple[ServiceName, Position] | None) -> Recorded:
        """The event, as the next one of the service's stream."""
        number = sum(map(len, self.streams.values())) + 1
        self.streams[service].append(Recorded(UUID(int=number), event, cause))
        return self.streams[service][-1]

    def newest_offer(self, service: ServiceName) -> UUID | None:
        offers = [r.id for r in self.streams[service] if isinstance(r.event, handoff.Offered)]
        return offers[-1] if offers else None

    def take_back(self, giver: ServiceName, answer: handoff.Declined | handoff.Lapsed) -> TakeBackHandOff:
        reason = answer.reason if isinstance(answer, handoff.Declined) else LAPSED
        return TakeBackHandOff(offer_id=answer.offer_id, outstanding=self.newest_offer(giver), reason=reason)

    def unexpired(self) -> Iterator[tuple[ServiceName, ServiceName, Position]]:
        """Giver, receiver and place of the offers whose time may be over: followup has read them, and not said so."""
        said = {r.event.offer_id for r in self.streams["followup"] if isinstance(r.event, followed.HandOffOverdue)}
        ways: tuple[tuple[ServiceName, ServiceName], ...] = (
            ("intake", "investigation"),
            ("investigation", "resolution"),
        )
        for giver, receiver in ways:
            for position in range(self.cursors.get(("followup", giver), 0)):
                recorded = self.streams[giver][position]
                if isinstance(recorded.event, handoff.Offered) and recorded.id not in said:
                    yield giver, receiver, position

    def expire(self, giver: ServiceName, receiver: ServiceName, position: Position) -> None:
        """The time for an answer to this offer is over, as followup's timer records it."""
        overdue = followed.HandOffOverdue(offer_id=self.streams[giver][position].id, giver=giver, receiver=receiver)
        self.keep("followup", overdue, (giver, position))

    def deliverable(self) -> Iterator[tuple[ServiceName, ServiceName]]:
        for consumer in SERVICES:
            for source in SERVICES:
                position = self.cursors.get((consumer, source), 0)
                if consumer == source or position >= len(self.streams[source]):
                    continue
                cause = self.streams[source][position].cause
                if cause is None or cause[0] == consumer or self.cursors.get((consumer, cause[0]), 0) > cause[1]:
                    yield consumer, source

    def deliver(self, consumer: ServiceName, source: ServiceName) -> None:
        position = self.cursors.get((consumer, source), 0)
        recorded = self.streams[source][position]
        self.cursors[consumer, source] = position + 1
        command = self.answer(consumer, recorded)
        if command is not None:
            self.record(consumer, command, (source, position))

    def answer(self, consumer: ServiceName, recorded: Recorded) -> object:
        """The command each service makes of an event of another."""
        event, id_ = recorded.event, recorded.id
        match consumer, event:
            case "intake", investigated.HandOffDeclined() | investigated.HandOffLapsed():
                return self.take_back("intake", event)
            case "investigation", taken.HandOffOffered():
                return investigation.OpenInvestigation(offer_id=id_, category=event.category, owner=event.owner)
            case "investigation", taken.ComplaintWithdrawn():
                return investigation.DiscontinueInvestigation(reason=event.reason)
            case "investigation", resolved.HandOffDeclined() | resolved.HandOffLapsed():
                return self.take_back("investigation", event)
            case "investigation", followed.HandOffOverdue(receiver="investigation"):
                return investigation.LapseHandOff(offer_id=event.offer_id)
            case "resolution", investigated.HandOffOffered():
                return resolution.OpenResolution(offer_id=id_, category=event.category, owner=event.owner)
            case "resolution", taken.ComplaintWithdrawn():
                return resolution.TakeWithdrawal(reason=event.reason)
            case "resolution", followed.CaseReopened():
                return resolution.ReopenResolution(
                    reason=event.reason, category=event.category, owner=event.owner, contestation=event.contestation
                )
            case "resolution", followed.HandOffDeclined() | followed.HandOffLapsed():
                return self.take_back("resolution", event)
            case "resolution", followed.HandOffOverdue(receiver="resolution"):
                return resolution.LapseHandOff(offer_id=event.offer_id)
            case "followup", taken.ComplaintReceived():
                return followup.OpenFollowUp(
                    owner=event.owner, source=event.source, category=event.category, received_at=event.received_at
                )
            case "followup", taken.FactsAdded():
                return followup.NoteFacts(facts_event=id_)
            case "followup", resolved.HandOffOffered():
                self.offered = id_
            case "followup", resolved.HandOffTakenBack():
                self.offered = None
            case "followup", resolved.DecisionContested() | resolved.ResolutionReopened():
                self.offered = None
                return followup.NoteContestation(contestation=id_, reason=event.reason)
            case "followup", resolved.WithdrawalHonoured() | resolved.WithdrawalCameAfterDecision():
                honoured = isinstance(event, resolved.WithdrawalHonoured)
                return followup.NoteWithdrawalAnswer(honoured=honoured, reason=event.reason)
        return None

    def staff(self) -> Iterator[tuple[ServiceName, object]]:
        """Whatever the people in the four services may do now."""
        for service, command in self.wishes():
            try:
                DECIDERS[service].decide(command, self.states[service])
            except Refusal:
                continue
            yield service, command

    def wishes(self) -> Iterator[tuple[ServiceName, object]]:
        yield "intake", intake.AcknowledgeComplaint(channel="web", next_step="We look into it.")
        yield (
            "intake",
            intake.AssessComplaint(
                severity="low", complexity="simple", safety=False, immediate_action=False, reason="Known."
            ),
        )
        yield "intake", intake.AddFacts(facts=(Fact(name="round", value=str(len(self.streams["intake"]))),))
        yield "intake", intake.WithdrawComplaint(reason="Settled.", channel="web")
        yield "intake", intake.OfferHandOff(reason="Assessed.")
        before = self.states["investigation"].offers.offer or UUID(int=0)
        yield "investigation", investigation.AcceptHandOff(offer_id=before, holder="Ravi")
        yield "investigation", investigation.DeclineHandOff(offer_id=before, reason="Incomplete.")
        yield (
            "investigation",
            investigation.RecordFinding(
                finding="Twice.", side="organisation", sides_heard=("complainant", "organisation")
            ),
        )
        yield "investigation", investigation.ConcludeInvestigation(outcome="upheld", summary="Twice.")
        yield "investigation", investigation.OfferHandOff(reason="Concluded.")
        before = self.states["resolution"].offers.offer or UUID(int=0)
        yield "resolution", resolution.AcceptHandOff(offer_id=before, holder="Aoife")
        yield "resolution", resolution.DeclineHandOff(offer_id=before, reason="Unclear.")
        yield "resolution", resolution.ProposeRemedy(kind="refund", description="The fee.")
        yield "resolution", resolution.CommunicateDecision(outcome="upheld", answer="Right.", channel="web")
        yield "resolution", resolution.RecordReply(reply="accepted", channel="web")
        yield "resolution", resolution.RecordReply(reply="contested", channel="web", reason="More.")
        yield "resolution", resolution.OfferHandOff(reason="Decided.")
        offer = self.offered or UUID(int=0)
        yield "followup", followup.AcceptHandOff(offer_id=offer, offered=self.offered, holder="Tomasz")
        yield "followup", followup.DeclineHandOff(offer_id=offer, offered=self.offered, reason="No approval.")
        yield "followup", followup.CloseCase(reason="Done.")
        yield "followup", followup.ReopenCase(reason="Not done.")

    def settle(self) -> None:
        """Deliver everything, and what that brings about, until nothing is left to deliver."""
        for _ in range(10_000):
            waiting = next(self.deliverable(), None)
            if waiting is None:
                return
            self.deliver(*waiting)
        raise AssertionError("the services keep answering each other")


Act: TypeAlias = tuple[ServiceName, type]
STRAIGHT_ON: tuple[Act, ...] = (
    ("intake", intake.AcknowledgeComplaint),
    ("intake", intake.AssessComplaint),
    ("intake", intake.OfferHandOff),
    ("investigation", investigation.AcceptHandOff),
    ("investigation", investigation.RecordFinding),
    ("investigation", investigation.ConcludeInvestigation),
    ("investigation", investigation.OfferHandOff),
    ("resolution", resolution.AcceptHandOff),
    ("resolution", resolution.ProposeRemedy),
    ("resolution", resolution.CommunicateDecision),
    ("resolution", resolution.OfferHandOff),
    ("followup", followup.AcceptHandOff),
    ("followup", followup.CloseCase),
)
DETOURS: tuple[Act, ...] = (
    ("intake", intake.AddFacts),
    ("intake", intake.WithdrawComplaint),
    ("investigation", investigation.DeclineHandOff),
    ("resolution", resolution.DeclineHandOff),
    ("resolution", resolution.RecordReply),
    ("followup", followup.DeclineHandOff),
    ("followup", followup.ReopenCase),
)
WAITING = tuple(at for at, (_, act) in enumerate(STRAIGHT_ON) if act is AcceptHandOff)
"""After so many steps an offer waits: where an answer, a lapse and a withdrawal meet."""
WALKS = 100


def reached(steps: int) -> World:
    """A case that went so many steps straight on from its receipt, with everything delivered."""
    world = World()
    complaint = intake.ReceiveComplaint(
        source="crm",
        source_reference="1",
        channel="web",
        received_at=AT,
        language="en",
        category="Credit card",
        owner="Mei Chen",
    )
    world.record("intake", complaint)
    for step in STRAIGHT_ON[:steps]:
        world.settle()
        world.record(*next(act for act in world.staff() if (act[0], type(act[1])) == step))
    world.settle()
    return world


def _where(receiver: Any) -> str:
    """How far a receiver is; until it has taken the work, what became of the offer."""
    where: str = receiver.offers.standing if receiver.status == "waiting" else receiver.status
    return where


def disagreements(world: World) -> list[str]:
    """What must never be so once everything was delivered."""
    complaint, inquiry, decision, tracking = (world.states[service] for service in SERVICES)
    sought, given_back = _where(inquiry), complaint.status == "withdrawn"
    answered = ("declined", "lapsed")
    wrong = {
        "closed as decided without a standing decision": tracking.outcome == "decided" and decision.status != "offered",
        "closed as withdrawn, but not honoured": tracking.outcome == "withdrawn" and decision.status != "withdrawn",
        "honoured, but not closed": decision.status == "withdrawn" and tracking.outcome != "withdrawn",
        "two have it: deciding and held": tracking.status == "held" and decision.status != "offered",
        "withdrawn, but investigated": given_back and sought != "discontinued",
        "withdrawn, but not answered": given_back and not decision.withdrawal_answered,
        "discontinued without a withdrawal": sought == "discontinued" and not given_back,
        "lost: not taken by investigation": sought in answered and complaint.status == "offered",
        "lost: not taken by resolution": _where(decision) in answered and sought == "offered",
        "lost: offered to investigation": complaint.status == "offered" and sought == "none",
        "lost: offered to resolution": sought == "offered" and _where(decision) == "none",
        "lost: offered to follow-up": decision.status == "offered"
        and tracking.status == "open"
        and (world.offered is None or world.offered in tracking.answered),
        "two have it: intake and investigation": complaint.status == "assessed" and sought not in ("none", *answered),
        "two have it: investigation and resolution": sought == "concluded" and _where(decision) == "waiting",
        "owner lost": tracking.owner != "Mei Chen",
    }
    return [sentence for sentence, is_so in wrong.items() if is_so]


def walk(seed: int) -> World:
    """One random history. Each draws its own weights, so that some never withdraw, some decline all the time, in some
    every offer lapses, and a link that is slow stays slow: rare orders come up far more often than under even odds."""
    odds = random.Random(seed)
    world = reached(odds.choice((odds.randint(0, len(STRAIGHT_ON)), *WAITING)))
    taste = {command: odds.choice((0, 0, 1, 5)) for command in (*STRAIGHT_ON, *DETOURS)}
    haste = odds.choice((0, 0, 5, 20))
    speed = {(consumer, source): odds.choice((0, 1, 5)) for consumer in SERVICES for source in SERVICES}
    for _ in range(odds.randint(1, 60)):
        moves: list[tuple[int, Callable[[], None]]] = [
            (speed[link], partial(world.deliver, *link)) for link in world.deliverable()
        ]
        moves += [(taste[who, type(command)], partial(world.record, who, command)) for who, command in world.staff()]
        moves += [(haste, partial(world.expire, *offer)) for offer in world.unexpired()]
        if not any(weight for weight, _ in moves):
            break
        odds.choices([move for _, move in moves], [weight for weight, _ in moves])[0]()
    world.settle()
    return world


@pytest.mark.parametrize("seed", range(10))
def test_whatever_the_order_the_services_end_up_agreeing(seed: int) -> None:
    for number in range(seed * WALKS, (seed + 1) * WALKS):
        assert disagreements(walk(number)) == [], f"walk({number})"


@pytest.mark.parametrize("service", ["investigation", "resolution"])
def test_the_walks_come_by_offers_that_lapse_and_offers_that_were_answered_first(service: ServiceName) -> None:
    lapsed, answered, worked_on = 0, 0, 0
    for number in range(WALKS):
        world = walk(number)
        gone = {r.event.offer_id for r in world.streams[service] if isinstance(r.event, handoff.Lapsed)}
        overdue = (r.event for r in world.streams["followup"] if isinstance(r.event, followed.HandOffOverdue))
        lapsed += len(gone)
        answered += sum(each.receiver == service and each.offer_id not in gone for each in overdue)
        worked_on += bool(gone) and world.states[service].status != "waiting"
    assert min(lapsed, answered, worked_on) > 0


def test_silence_is_never_acceptance() -> None:
    world = reached(STRAIGHT_ON.index(("investigation", investigation.AcceptHandOff)))
    world.expire(*next(world.unexpired()))
    world.settle()
    assert world.states["intake"].status == "assessed"
    assert world.states["investigation"].offers.standing == "lapsed"
    assert not any(isinstance(r.event, handoff.Accepted) for r in world.streams["investigation"])
    assert disagreements(world) == []


def test_straight_on_leads_to_closure() -> None:
    closed = reached(len(STRAIGHT_ON))
    assert closed.states["followup"].outcome == "decided"
    assert disagreements(closed) == []


def test_a_late_decline_of_the_first_offer_leaves_the_second_alone() -> None:
    world = reached(STRAIGHT_ON.index(("followup", followup.AcceptHandOff)))
    first = world.offered
    assert first is not None
    world.record("resolution", resolution.RecordReply(reply="contested", channel="web", reason="More."))
    world.record("resolution", resolution.ProposeRemedy(kind="refund", description="The fee and the interest."))
    world.record("resolution", resolution.CommunicateDecision(outcome="upheld", answer="Right.", channel="web"))
    world.record("resolution", resolution.OfferHandOff(reason="Decided again."))
    world.record("followup", followup.DeclineHandOff(offer_id=first, offered=first, reason="No approval."))
    world.settle()
    assert world.states["resolution"].status == "offered"
    assert world.offered not in (None, first)
    world.record("followup", followup.AcceptHandOff(offer_id=world.offered, offered=world.offered, holder="Tomasz"))
    world.settle()
    assert disagreements(world) == []


def test_the_check_notices_a_disagreement() -> None:
    world = reached(9)
    world.states["followup"] = FOLLOWUP.evolve(
        world.states["followup"], followed.CaseClosed(outcome="decided", reason="Too early.")
    )
    assert disagreements(world) == ["closed as decided without a standing decision"]
