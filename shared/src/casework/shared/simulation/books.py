"""The books of an office: what became of every clock and of every hand-off, counted from the recorded events alone.

Invariant: nothing is counted twice or left out, and what does not fit is said. A clock that was armed ended once, as
met, expired, withdrawn or restarted, or it runs. A hand-off that was offered was accepted, declined or lapsed once; or
it ended with what it was about (withdrawn, closed, decided anew) or with another offer in its place; or it waits.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias, get_args
from uuid import UUID

from casework.shared.contracts import clocks, followup, handoff, intake, resolution
from casework.shared.contracts.envelope import Envelope, open_envelope
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.registry import EVENT_TYPES, from_data
from casework.shared.eventstore.reading import walk
from casework.shared.runtime.service import ServiceRuntime

ClockState: TypeAlias = Literal["running", "met", "expired", "withdrawn", "restarted"]
OfferState: TypeAlias = Literal["waiting", "accepted", "declined", "lapsed", "ended"]


class Booked(NamedTuple):
    """One recorded event."""

    source: ServiceName
    envelope: Envelope
    event: Any


@dataclass(slots=True)
class ClockBook:
    """What the events of one clock come to."""

    case_id: UUID
    policy: str
    purpose: str
    about: UUID | None
    started: str
    state: ClockState = "running"
    paused: bool = False
    late: bool = False
    corrected: str = ""
    ended: str = ""


@dataclass(slots=True)
class OfferBook:
    """What became of one offer. `to` is who was asked."""

    case_id: UUID
    source: ServiceName
    to: ServiceName
    state: OfferState = "waiting"


@dataclass(slots=True)
class Books:
    """The whole. `doubts` are what does not fit, in words."""

    events: int = 0
    cases: dict[UUID, str] = field(default_factory=dict)
    """Every case, and how its sender calls it."""
    clocks: dict[UUID, ClockBook] = field(default_factory=dict)
    offers: dict[UUID, OfferBook] = field(default_factory=dict)
    happened: Counter[str] = field(default_factory=Counter)
    """Steps in the life of clocks and escalations, by the word people use for them."""
    doubts: list[str] = field(default_factory=list)

    @property
    def of_clocks(self) -> dict[ClockState, int]:
        """Clocks by how they ended."""
        counted = Counter(clock.state for clock in self.clocks.values())
        return {state: counted[state] for state in get_args(ClockState)}

    @property
    def of_offers(self) -> dict[OfferState, int]:
        """Hand-offs by what became of them."""
        counted = Counter(offer.state for offer in self.offers.values())
        return {state: counted[state] for state in get_args(OfferState)}

    def outcomes(self) -> list[tuple[str, ...]]:
        """What became of every clock and every hand-off, in words that hang on no minted id: two simulations of one
        seed have the same, however often one of them was cut off. Times are to the minute."""
        of_clocks = (
            (
                self.cases[each.case_id],
                each.policy,
                each.started,
                each.state,
                each.ended,
                each.corrected,
                str(each.late),
            )
            for each in self.clocks.values()
        )
        of_offers = ((self.cases[each.case_id], each.source, each.to, each.state) for each in self.offers.values())
        return sorted([*of_clocks, *of_offers])

    @property
    def balanced(self) -> bool:
        """Whether each side adds up to the number of events that opened it, and nothing is in doubt."""
        return (
            self.happened["armed"] == sum(self.of_clocks.values())
            and self.happened["offered"] == sum(self.of_offers.values())
            and not self.doubts
        )


async def read_books(runtimes: Iterable[ServiceRuntime]) -> Books:
    """The books of everything that these services recorded. Raises `StoreUnavailable`."""
    recorded: list[Booked] = []
    for runtime in runtimes:
        async for stored in walk(runtime.engine, range(runtime.shards)):
            envelope = open_envelope(stored.document)
            if envelope.type in EVENT_TYPES:
                recorded.append(Booked(runtime.name, envelope, from_data(envelope.type, envelope.data)))
    # By time; at one time by the way of a case, and in the order of each service.
    recorded.sort(key=lambda each: (each.envelope.time, SERVICES.index(each.source), each.envelope.version))
    return booked(recorded)


def booked(recorded: Sequence[Booked]) -> Books:
    """The books of these events, which come by time."""
    books = Books()
    standing: dict[UUID, list[UUID]] = defaultdict(list)
    answers: list[Booked] = []
    for each in recorded:
        books.events += 1
        match each.event:
            case intake.ComplaintReceived(source_reference=reference):
                books.cases[each.envelope.case_id] = reference
            case _ if isinstance(each.event, clocks.ClockEvent):
                _clock(books, each)
            case followup.CaseEscalated():
                books.happened["escalated"] += 1
            case followup.EscalationTaken():
                books.happened["taken on"] += 1
            case handoff.Offered(to=to):
                books.happened["offered"] += 1
                books.offers[each.envelope.id] = OfferBook(each.envelope.case_id, each.source, to)
                standing[each.envelope.case_id].append(each.envelope.id)
            case _ if _answer_of(each) is not None:
                answers.append(each)
            case _:
                pass
    for each in answers:
        _answered(books, each)
    _end_the_rest(books, recorded, standing)
    _compare(books)
    return books


def _clock(books: Books, each: Booked) -> None:
    """Takes one event of a clock in; a second end, or anything out of place, is a doubt."""
    event, at = each.event, each.envelope
    if isinstance(event, clocks.ClockArmed):
        books.happened["armed"] += 1
        if event.clock in books.clocks:
            books.doubts.append(f"clock {event.clock} was armed twice")
        books.clocks[event.clock] = ClockBook(at.case_id, event.policy.id, event.purpose, event.about, _minute(at))
        return
    clock = books.clocks.get(event.clock)
    if clock is None:
        books.doubts.append(f"{at.type} of clock {event.clock}, which was never armed")
        return
    match event:
        case clocks.ClockScheduled():
            books.happened["scheduled"] += 1
        case clocks.ClockPaused():
            books.happened["paused"] += 1
            _expect(books, clock.state == "running" and not clock.paused, at)
            clock.paused = True
        case clocks.ClockResumed():
            books.happened["resumed"] += 1
            _expect(books, clock.paused, at)
            clock.paused = False
        case clocks.ClockExtended():
            books.happened["extended"] += 1
            _expect(books, clock.state == "running", at)
        case clocks.ClockWarned():
            books.happened["warned"] += 1
            _expect(books, clock.state == "running" and not clock.paused, at)
        case clocks.ClockMet():
            _end(books, clock, "met", at)
        case clocks.ClockExpired(confirmed=confirmed):
            books.happened["expired without all facts"] += not confirmed
            _end(books, clock, "expired", at)
        case clocks.ClockMetLate():
            # Of a clock without a date: it had been met, and its date says that this was too late.
            _expect(books, clock.state in ("running", "expired", "met") and not clock.late, at)
            clock.state, clock.late, clock.paused = "expired", True, False
            clock.ended = clock.ended or _minute(at)
        case clocks.ClockCorrected(outcome=outcome):
            books.happened["corrected"] += 1
            clock.corrected = outcome
            _expect(books, clock.state in ("expired", "met"), at)
        case clocks.ClockWithdrawn():
            _end(books, clock, "withdrawn", at)
        case clocks.ClockRestarted():
            _end(books, clock, "restarted", at)
        case _:
            books.doubts.append(f"{at.type} is not in the books")


def _end(books: Books, clock: ClockBook, state: ClockState, at: Envelope) -> None:
    _expect(books, clock.state == "running", at)
    clock.state, clock.paused, clock.ended = state, False, _minute(at)


def _minute(at: Envelope) -> str:
    return at.time.isoformat(timespec="minutes")


def _expect(books: Books, holds: bool, at: Envelope) -> None:
    if not holds:
        books.doubts.append(f"{at.type} (case {at.case_id}, {at.source} {at.version}) does not fit what was before")


def _answer_of(each: Booked) -> OfferState | None:
    match each.event:
        case handoff.Accepted():
            return "accepted"
        case handoff.Declined():
            return "declined"
        case handoff.Lapsed():
            return "lapsed"
        case _:
            return None


def _answered(books: Books, each: Booked) -> None:
    """The arbiter's word on an offer: who was asked says it, and once."""
    answer, offer = _answer_of(each), books.offers.get(each.event.offer_id)
    assert answer is not None
    if offer is None:
        books.doubts.append(f"{each.envelope.type} answers the offer {each.event.offer_id}, which nobody made")
    elif offer.state != "waiting" or offer.to != each.source:
        books.doubts.append(f"{each.envelope.type} of {each.source} to an offer to {offer.to} that is {offer.state}")
    else:
        offer.state = answer


def _end_the_rest(books: Books, recorded: Sequence[Booked], standing: dict[UUID, list[UUID]]) -> None:
    """Offers without an answer that nobody waits for: what they were about is over, or another took their place."""
    made: set[UUID] = set()
    for each in recorded:
        ended: Iterable[UUID] = ()
        of_case = [id_ for id_ in standing[each.envelope.case_id] if id_ in made]
        match each.event:
            case handoff.Offered():
                ended = [id_ for id_ in of_case if books.offers[id_].source == each.source]
                made.add(each.envelope.id)
            case handoff.TakenBack(offer_id=offer_id):
                ended = [offer_id]
            case intake.ComplaintWithdrawn():
                ended = [id_ for id_ in of_case if books.offers[id_].source != "resolution"]
            case resolution.DecisionContested() | resolution.ResolutionReopened():
                ended = [id_ for id_ in of_case if books.offers[id_].source == "resolution"]
            case followup.CaseClosed() | resolution.WithdrawalHonoured():
                ended = of_case
            case _:
                pass
        for id_ in ended:
            offer = books.offers.get(id_)
            if offer is not None and offer.state == "waiting":
                offer.state = "ended"


def _compare(books: Books) -> None:
    """A clock that counts the time for an answer runs only while the answer is waited for."""
    for clock in books.clocks.values():
        if clock.state == "running" and clock.purpose == "hand-off-acceptance" and clock.about is not None:
            offer = books.offers.get(clock.about)
            if offer is None or offer.state != "waiting":
                state = "unknown" if offer is None else offer.state
                books.doubts.append(f"the time for an answer runs for an offer of case {clock.case_id} that is {state}")
