"""Receiving complaints: gather what the decision needs, seal what is personal, decide, append.

Invariant: one (source, source_reference) is one case, whoever posts it, how often and at once; the reference
row is written in the transaction of the case's first event. Posting again adds what is new, or nothing.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import TypeAlias, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from casework.intake.counting import note
from casework.intake.domain.commands import (
    AcknowledgeComplaint,
    AddFacts,
    AssessComplaint,
    Command,
    OfferHandOff,
    ReceiveComplaint,
)
from casework.intake.domain.complaint import Complaint
from casework.intake.domain.events import ComplaintEvent
from casework.intake.domain.form import RecordForm
from casework.intake.domain.publicity import PUBLIC, IdentifyComplainant, NoteSignal, is_news
from casework.intake.domain.receipt_proofs import ProveReceipt
from casework.intake.domain.representatives import NameRepresentative
from casework.intake.domain.roads import AddRoad
from casework.intake.forms import sealed_form
from casework.intake.referencing import (
    MAC_BYTES,
    OutcomeKind,
    Post,
    Reference,
    Taken,
    claim,
    forget,
    give_persons,
    remember,
)
from casework.intake.search_index import Entry, SearchIndex, posted
from casework.shared.business_time import is_backdated, time_problem
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.canonical import canonical
from casework.shared.contracts.envelope import CommandCause, Envelope
from casework.shared.contracts.inbox import ComplainantPart, PostedComplaint, post_uuid
from casework.shared.contracts.procedures import ProcedureRef
from casework.shared.contracts.standing import StandingSolution, match
from casework.shared.contracts.types import Fact, Sealed
from casework.shared.contracts.vocabulary import ContactWay
from casework.shared.errors import CaseworkError, Conflict
from casework.shared.eventstore.store import EventStore, Origin, Unit
from casework.shared.files.parts import SAID
from casework.shared.keys.sealing import Erased, Opened, new_nonce, seal
from casework.shared.keys.vault import PersonErased, Vault
from casework.shared.procedures.versions import Procedures
from casework.shared.runtime.database import Work

IntakeStore: TypeAlias = EventStore[Command, Complaint, ComplaintEvent]
IntakeUnit: TypeAlias = Unit[Command, Complaint, ComplaintEvent]

DEFAULT_OWNER = "complaints-desk"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a post: a case, or the error that refused it."""

    post: Post
    case_id: UUID | None = None
    kind: OutcomeKind | None = None
    version: int = 0
    error: CaseworkError | None = None
    recorded: tuple[Envelope, ...] = ()
    """The events that the post brought about."""


@dataclass(slots=True)
class Receiving:
    """Turns posts into cases. One value a process; it holds no connection."""

    store: IntakeStore
    vault: Vault
    standing: Sequence[StandingSolution]
    mac_key: bytes = field(repr=False)
    index: SearchIndex
    procedures: Procedures = field(default_factory=Procedures)
    zone: str = "UTC"
    """In which a day of receipt is told."""

    async def receive(self, work: Work, posts: Sequence[Post]) -> tuple[IntakeUnit, list[Outcome]]:
        """Decide all `posts` in one transaction; the caller appends the unit, last. A post that a rule refuses
        becomes an outcome with its error and disturbs no other."""
        checked: list[Post | Outcome] = []
        for post in posts:
            problem = time_problem(
                post.complaint.received_at,
                work.now,
                may_backdate=post.may_backdate,
                name="received_at",
                pointer="/received_at",
            )
            checked.append(post if problem is None else Outcome(post, error=problem))
        usable = [item for item in checked if isinstance(item, Post)]
        references = await claim(work, usable, self.store.mint)
        unit = await self.store.open(work, {r.case_id for r in references.values()})
        known = {case_id for case_id, stream in unit.streams.items() if stream.version}
        # Not before the cases are locked: an erasure that was under way is over then, and its fences stand.
        await give_persons(work, references, usable, known, self.store.mint)
        persons = {r.person for r in references.values() if r.person is not None}
        keys = await self.vault.keys_of(work, persons) if persons else {}
        outcomes: list[Outcome] = []
        known_by: list[Entry] = []
        for item in checked:
            if isinstance(item, Outcome):
                outcomes.append(item)
                continue
            reference = references[item.key]
            stream, mark = unit.streams[reference.case_id], len(unit.recorded)
            try:
                outcome = self._one(unit, item, reference, keys)
                new = unit.recorded[mark:]
                outcomes.append(replace(outcome, recorded=tuple(each.envelope for each in new)))
                if new:
                    events = [each.event for each in new]
                    known_by += posted(item.complaint, reference.case_id, reference.person, events)
            except Conflict:
                raise
            except CaseworkError as error:
                unit.streams[reference.case_id] = stream
                del unit.recorded[mark:]
                outcomes.append(Outcome(item, error=error))
        await remember(work, references)
        await self.index.write(work, known_by)
        await note(work, ((record.envelope.case_id, record.event) for record in unit.recorded))
        accepted = {outcome.post.key for outcome in outcomes if outcome.error is None}
        await forget(work, [key for key, each in references.items() if each.is_new and key not in accepted])
        return unit, outcomes

    def _one(self, unit: IntakeUnit, post: Post, reference: Reference, keys: dict[UUID, Opened]) -> Outcome:
        posted, case_id = post.complaint, reference.case_id
        if post.is_personal and reference.person is not None and isinstance(keys[reference.person], Erased):
            raise PersonErased("the complainant was erased; post what is new as a complaint of its own")
        mark = None if post.mark is None else hmac.digest(self.mac_key, post.mark.hash, sha256)[:MAC_BYTES]
        if mark is not None and (before := reference.taken.get(mark)) is not None:
            return Outcome(post, case_id, before.kind, before.version)
        mac = self._mac(posted.words)
        first = unit.streams[case_id].version == 0
        origin = Origin(
            actor=post.actor,
            cause=CommandCause(post_uuid(post.post_id) or self.store.mint()),
            occurred_at=posted.received_at if first and is_backdated(posted.received_at, unit.now) else None,
            traceparent=post.traceparent,
        )
        facts = tuple(Fact(name=fact.name, value=fact.value) for fact in posted.facts)

        def sealed(text: str | None, name: str) -> Sealed | None:
            if text is None or reference.person is None:
                return None
            key = keys[reference.person]
            assert not isinstance(key, Erased), "refused above"
            return seal(text, key, person=reference.person, case_id=case_id, field=name, nonce=new_nonce())

        if first:
            received = unit.run(
                case_id,
                [
                    ReceiveComplaint(
                        source=posted.source,
                        source_reference=posted.source_reference,
                        channel=posted.channel,
                        received_at=posted.received_at or unit.now,
                        language=posted.language,
                        organisation=posted.organisation,
                        category=posted.category,
                        issue=posted.issue,
                        words=sealed(posted.words, "words"),
                        complainant=sealed(_who(posted.complainant), "complainant"),
                        wish=sealed(posted.wish, "wish"),
                        facts=facts,
                        owner=DEFAULT_OWNER,
                        reachable_by=_ways(posted),
                        continues=posted.continues,
                        origin=None if posted.origin == "direct" else posted.origin,
                        procedures=self._in_force(posted.received_at or unit.now),
                    )
                ],
                origin,
            )
            unit.run(case_id, list(_with_receipt(posted, sealed)), origin)
            reference.words_mac, reference.post_id, reference.joins = mac, post.post_id, False
            if post.form is not None and reference.person is not None:

                def said(text: str) -> Sealed:
                    box = sealed(text, SAID)
                    assert box is not None
                    return box

                unit.run(case_id, [RecordForm(form=sealed_form(post.form, said))], origin)
            # What happened in a recorded history is known: a standing solution must not settle it anew.
            solution = match(self.standing, posted.category) if posted.history is None else None
            if solution is not None:
                # Nobody asked for these steps: the receipt brings them about, and whoever walks back gets there.
                cause = CommandCause(received[0].envelope.id)
                service = Origin(Actor("casework-intake", "service"), cause, traceparent=post.traceparent)
                unit.run(case_id, straight_through(posted, solution), service)
            kind: OutcomeKind = "accepted"
        elif _made(post, reference):
            kind = "accepted"
        else:
            changed = mac is not None and mac != reference.words_mac
            words = sealed(posted.words, "words") if changed else None
            roads = [_road(posted, case_id, unit.now)] if reference.joins else []
            publicity = unit.streams[case_id].state.publicity
            later = [command for command in _told_later(posted, sealed) if is_news(command, publicity)]
            happened = unit.run(case_id, [*roads, AddFacts(facts=facts, words=words), *later], origin)
            reference.joins = False
            if changed:
                reference.words_mac = mac
            kind = "updated" if happened else "duplicate"
        version = unit.streams[case_id].version
        if mark is not None:
            reference.taken[mark] = Taken(kind, version)
        return Outcome(post, case_id, kind, version)

    def _in_force(self, received_at: datetime) -> tuple[ProcedureRef, ...] | None:
        """The versions of procedures that serve the day of receipt; None where there are none."""
        if not self.procedures.versions:
            return None
        day = received_at.astimezone(ZoneInfo(self.zone)).date()
        return tuple(each.ref for each in self.procedures.in_force(day)) or None

    def _mac(self, words: str | None) -> bytes | None:
        """Tells changed words from repeated ones. Keyed: an open hash of what people wrote could be guessed."""
        return None if words is None else hmac.digest(self.mac_key, words.encode(), sha256)


def straight_through(posted: PostedComplaint, solution: StandingSolution) -> list[Command]:
    """Intake's steps for a known complaint with a standing solution."""
    return [
        AcknowledgeComplaint(channel=posted.channel, next_step="The standing solution for this complaint is applied."),
        AssessComplaint(
            severity=solution.severity,
            complexity=solution.complexity,
            safety=False,
            immediate_action=False,
            reason=f"Known complaint: standing solution {solution.name}, version {solution.version}.",
        ),
        OfferHandOff(
            reason="Assessed as a known complaint.",
            ready=("complaint", "assessment"),
            open=("finding",),
            standing=solution.ref,
        ),
    ]


def _road(posted: PostedComplaint, case_id: UUID, now: datetime) -> AddRoad:
    return AddRoad(
        origin=posted.origin,
        source=posted.source,
        source_reference=posted.source_reference,
        received_at=posted.received_at or now,
        case_id=case_id,
    )


def _with_receipt(posted: PostedComplaint, sealed: Callable[[str | None, str], Sealed | None]) -> Iterator[Command]:
    """What else a post says of the receipt itself: what shows it, and who speaks for the complainant."""
    if (proof := posted.proof) is not None:
        yield ProveReceipt(
            recording=proof.recording,
            postmarked_on=proof.postmarked_on,
            visit_note=sealed(proof.visit_note, SAID),
        )
    if (signal := posted.signal) is not None:
        yield NoteSignal(**signal.model_dump())
    elif posted.channel in PUBLIC and posted.complainant is None and posted.history is None:
        # Nobody to answer, so nobody who asks again: somebody of ours has to look at it in time.
        yield NoteSignal(shares=0, readers_concerned=0, shares_per_hour=0)
    if (speaks := posted.representative) is not None:
        name = sealed(speaks.known_as, SAID)
        assert name is not None
        yield NameRepresentative(role=speaks.role, name=name)


def _told_later(
    posted: PostedComplaint, sealed: Callable[[str | None, str], Sealed | None]
) -> Iterator[NoteSignal | IdentifyComplainant]:
    """What else a later post of a complaint may say that is not known yet, as staff record it."""
    who, ways = sealed(_who(posted.complainant), SAID), _ways(posted)
    if who is not None and ways is not None:
        yield IdentifyComplainant(complainant=who, reachable_by=ways)
    if posted.signal is not None:
        yield NoteSignal(**posted.signal.model_dump())


def _who(complainant: ComplainantPart | None) -> str | None:
    """Who complains, as it is sealed; None where nothing is said of them."""
    said = None if complainant is None else complainant.model_dump(exclude_none=True)
    return canonical(said).decode() if said else None


def _made(post: Post, reference: Reference) -> bool:
    """Whether it is the post that made the case, by its id alone: all that is known of a reference that a restore or
    an older release has left. An id that is no UUID may be another sender's too."""
    if reference.taken or reference.joins or post_uuid(post.post_id) is None:
        return False
    return reference.post_id == post.post_id


def _ways(posted: PostedComplaint) -> tuple[ContactWay, ...] | None:
    """By which ways the complainant can be reached; None where nobody says who complains."""
    if posted.complainant is None:
        return None
    return tuple(way for way in get_args(ContactWay) if getattr(posted.complainant, way) is not None)
