"""One case in the four services' rules, with every delay between them, for the tests of their races.

Four streams, and between each two a delivery that may lag. Events of one source arrive in order, and never before
what caused them: the promises of the order guard. Staff do anything the rules allow at any moment. When all is
delivered, the services must agree on who has the work, and no command made from an event may ever be refused.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeAlias, get_args
from uuid import UUID

from casework.followup.domain import commands as followup
from casework.followup.domain.agreements import NoteAgreement
from casework.followup.domain.follow_up import DECIDER as FOLLOWUP
from casework.intake.domain import commands as intake
from casework.intake.domain.complaint import DECIDER as INTAKE
from casework.investigation.domain import commands as investigation
from casework.investigation.domain.investigation import DECIDER as INVESTIGATION
from casework.resolution.domain import commands as resolution
from casework.resolution.domain.appeals import DecideDecisionAppeal, LodgeDecisionAppeal
from casework.resolution.domain.ledger import RecordReceived, SendRemedy
from casework.resolution.domain.promises import BreakPromise, KeepPromise, MakePromise
from casework.resolution.domain.resolution import DECIDER as RESOLUTION
from casework.resolution.domain.talks import AcceptAgreement, GiveUpAgreement, RestateAgreement
from casework.shared.contracts import appeals, handoff, remedies, talks
from casework.shared.contracts import followup as followed
from casework.shared.contracts import intake as taken
from casework.shared.contracts import investigation as investigated
from casework.shared.contracts import resolution as resolved
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.talks import AgreedItem, AgreeingSide
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
LATER = AT + timedelta(days=30)
ITEMS = (AgreedItem(what="A new card.", quantity=1),)


@dataclass(frozen=True)
class PromiseDue:
    """Stands for the expired clock of a promise."""

    promise_id: UUID
    due_at: datetime


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

    def undue(self) -> Iterator[Position]:
        """The places of the promises whose time may be over: followup has read them, and not said so."""
        said = {r.event.promise_id for r in self.streams["followup"] if isinstance(r.event, PromiseDue)}
        for position in range(self.cursors.get(("followup", "resolution"), 0)):
            event = self.streams["resolution"][position].event
            if isinstance(event, resolved.PromiseMade) and event.promise_id not in said:
                yield position

    def let_pass(self, position: Position) -> None:
        """The time of this promise is over, as followup's timer records it, whatever became of it meanwhile."""
        promise = self.streams["resolution"][position].event
        self.keep("followup", PromiseDue(promise.promise_id, promise.due_at), ("resolution", position))

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
            case "intake", resolved.ResolutionReopened(withdrawal=int() as number):
                return intake.ResumeComplaint(withdrawal=number)
            case "investigation", taken.HandOffOffered():
                return investigation.OpenInvestigation(offer_id=id_, category=event.category, owner=event.owner)
            case "investigation", taken.ComplaintWithdrawn():
                return investigation.DiscontinueInvestigation(reason=event.reason, number=event.number or 1)
            case "investigation", taken.ComplaintResumed():
                return investigation.ResumeInvestigation(withdrawal=event.withdrawal)
            case "investigation", resolved.HandOffDeclined() | resolved.HandOffLapsed():
                return self.take_back("investigation", event)
            case "investigation", followed.HandOffOverdue(receiver="investigation"):
                return investigation.LapseHandOff(offer_id=event.offer_id)
            case "resolution", investigated.HandOffOffered():
                return resolution.OpenResolution(offer_id=id_, category=event.category, owner=event.owner)
            case "resolution", taken.ComplaintWithdrawn():
                return resolution.TakeWithdrawal(reason=event.reason, number=event.number or 1)
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
            case "followup", appeals.DecisionAppealed():
                self.offered = None
                return followup.NoteContestation(contestation=id_, reason="Appealed.")
            case "followup", resolved.PromiseBroken() if self.states["followup"].status == "closed":
                return followup.ReopenCase(reason="A promise was broken.")
            case "followup", talks.AgreementRestated():
                return NoteAgreement(agreement_id=event.agreement_id)
            case "followup", talks.AgreementBound() | talks.AgreementGivenUp():
                return NoteAgreement(agreement_id=event.agreement_id, bound=isinstance(event, talks.AgreementBound))
            case "followup", remedies.RemedySent() | remedies.RemedyReceived():
                return followup.NoteRemedy(remedy=event.remedy, owed=isinstance(event, remedies.RemedySent))
            case "resolution", PromiseDue():
                return BreakPromise(promise_id=event.promise_id, due_at=event.due_at)
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
        terms = appeals.AppealTerms(policy="cn.appeal", version=1, until=LATER)
        yield (
            "resolution",
            resolution.CommunicateDecision(outcome="upheld", answer="Right.", channel="web", by="Aoife", appeal=terms),
        )
        yield from (("resolution", each) for each in self.other_wishes())
        yield "resolution", resolution.RecordReply(reply="accepted", channel="web")
        yield "resolution", resolution.RecordReply(reply="contested", channel="web", reason="More.")
        yield "resolution", resolution.OfferHandOff(reason="Decided.")
        offer = self.offered or UUID(int=0)
        yield "followup", followup.AcceptHandOff(offer_id=offer, offered=self.offered, holder="Tomasz")
        yield "followup", followup.DeclineHandOff(offer_id=offer, offered=self.offered, reason="No approval.")
        yield "followup", followup.CloseCase(reason="Done.", gated=True)
        yield "followup", followup.ReopenCase(reason="Not done.")

    def other_wishes(self) -> Iterator[object]:
        """What people at resolution may do beside the stages of the case."""
        new = UUID(int=1_000 + len(self.streams["resolution"]))
        yield MakePromise(promise_id=new, kind="other", words="A letter.", due_at=LATER, owner="Mei Chen", now=AT)
        yield KeepPromise(promise_id=None, by="Aoife", proof="Letter 3.", now=AT)
        yield RestateAgreement(agreement_id=new, items=ITEMS, due_at=LATER, by="Aoife")
        for side in get_args(AgreeingSide):
            yield AcceptAgreement(agreement_id=None, side=side, channel="web", proof="E-mail.")
        yield GiveUpAgreement(agreement_id=None, reason="Nothing came of it.")
        yield SendRemedy(remedy=None, proof="Transfer 1.")
        yield RecordReceived(remedy=None, kind="payment-confirmation", proof="Bank advice.")
        yield LodgeDecisionAppeal(appeal_id=new, grounds="The interest.", now=AT, route="Ask the ombudsman.")
        for succeeded in (True, False):
            yield DecideDecisionAppeal(succeeded=succeeded, reason="Looked at again.", judge="Wei")

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
    ("resolution", MakePromise),
    ("resolution", KeepPromise),
    ("resolution", RestateAgreement),
    ("resolution", AcceptAgreement),
    ("resolution", GiveUpAgreement),
    ("resolution", SendRemedy),
    ("resolution", RecordReceived),
    ("resolution", LodgeDecisionAppeal),
    ("resolution", DecideDecisionAppeal),
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
        moves += [(haste, partial(world.let_pass, promise)) for promise in world.undue()]
        if not any(weight for weight, _ in moves):
            break
        odds.choices([move for _, move in moves], [weight for weight, _ in moves])[0]()
    world.settle()
    return world
