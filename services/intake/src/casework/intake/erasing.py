"""Erasing the complainant of cases: their keys, the keys of those cases, and what intake keeps of them in the clear.

Invariant: the keys are destroyed, the second fence is set, the purges are done and the event is appended in one
transaction; who was erased stays so. The lock order is that of receiving: references, then the case, then the keys.
What is known of a person by their own words is looked for in the refused messages before the key goes: after that
nobody can tell any more whose they were.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from casework.intake import case_ends
from casework.intake.arrivals import hold_rejections
from casework.intake.domain import telling
from casework.intake.domain.privacy import DisposeOfCase, DisposeOfStaffFile, EraseComplainant
from casework.intake.domain.telling import Known
from casework.shared.contracts.contacts import ContactAttempted, MessageLeft, WatchSet
from casework.shared.contracts.envelope import Envelope, open_envelope
from casework.shared.contracts.ids import derived_id
from casework.shared.contracts.intake import ComplaintReceived, FactsAdded
from casework.shared.contracts.privacy import CaseDisposed, ComplainantErased, ErasureReason, StaffFileDisposed
from casework.shared.contracts.publicity import ComplainantIdentified
from casework.shared.contracts.registry import from_data
from casework.shared.contracts.representatives import RepresentativeNamed
from casework.shared.contracts.types import Sealed
from casework.shared.errors import Refusal
from casework.shared.eventstore.store import EventStore, Origin, Unit
from casework.shared.files.parts import SAID
from casework.shared.http.commands import UnknownCase
from casework.shared.keys.sealing import ERASED, Tampered, open_sealed
from casework.shared.keys.sealing_for import staff_file_of
from casework.shared.keys.vault import Vault
from casework.shared.privacy import purging
from casework.shared.runtime.database import Work

REFUSED_MESSAGES = "refused messages"
KEYS = "person keys"
_PAGE = 100
"""Refused messages that are looked at together: each can have a quarter of a megabyte."""


class UnknownPerson(Refusal):
    """Nobody of that id has a case here."""

    code = "unknown-person"
    status = 404


@dataclass(frozen=True, slots=True)
class Wanted:
    """Why the persons are erased, and on whose wish: the fields of `ComplainantErased`."""

    erasure_id: UUID
    reason: ErasureReason
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Erasing:
    """The erasures, through one key file. Holds no connection."""

    store: EventStore[Any, Any, Any]
    vault: Vault
    consumer: str
    """Of intake: what waits before a parked case must not be overtaken."""

    async def cases_of(self, work: Work, person: UUID) -> Sequence[UUID]:
        """The cases of a person. Raises `UnknownPerson`."""
        rows = await work.fetch("SELECT DISTINCT case_id FROM reference WHERE person = $1", person)
        if not rows:
            raise UnknownPerson(f"No case has a complainant {person}; the sealed values of a case name them.")
        return [UUID(int=row["case_id"].int) for row in rows]

    async def erase(
        self, work: Work, cases: Collection[UUID], wanted: Wanted, origin: Origin
    ) -> tuple[Unit[Any, Any, Any], set[UUID]]:
        """Erase the complainants of `cases`, and with them of every case they have besides. Returns the unit, which the
        caller appends last, and the persons. Raises `UnknownCase`, `CaseIsHeld`, `CaseStillOpen`, `CaseParked`."""
        wide = await self._with_their_others(work, cases)
        unit = await self.store.open(work, wide, refuse_parked_by=self.consumer)
        events = await _events_of(work, wide)
        ended = await case_ends.ended(work, wide)
        for case_id in sorted(wide):
            if unit.streams[case_id].version == 0:
                raise UnknownCase(f"Intake has no case {case_id}.")
            command = EraseComplainant(
                erasure_id=wanted.erasure_id,
                persons=tuple(sorted(await _persons_of(work, case_id, events.get(case_id, ())))),
                reason=wanted.reason,
                reference=wanted.reference,
                ended=case_id in ended,
            )
            unit.run(case_id, [command], origin)
        return unit, await self._carry_out(work, unit, events)

    async def dispose(
        self, work: Work, case_id: UUID, command: Mapping[str, Any], origin: Origin
    ) -> Unit[Any, Any, Any]:
        """Dispose of the record of one case: `command` has the fields of `DisposeOfCase` but the persons and whether
        the case is over. Where the complainant has another case whose record is still kept, nobody's key goes yet: the
        case is refused as `KeyStillNeeded`. Otherwise as `erase`."""
        if len(await self._with_their_others(work, [case_id])) > 1:
            raise KeyStillNeeded
        unit = await self.store.open(work, [case_id], refuse_parked_by=self.consumer)
        events = await _events_of(work, [case_id])
        persons = tuple(sorted(await _persons_of(work, case_id, events.get(case_id, ()))))
        over = case_id in await case_ends.ended(work, [case_id])
        unit.run(case_id, [DisposeOfCase(**command, persons=persons, ended=over)], origin)
        await self._carry_out(work, unit, events)
        return unit

    async def dispose_of_staff_file(
        self, work: Work, case_id: UUID, command: Mapping[str, Any], origin: Origin
    ) -> Unit[Any, Any, Any]:
        """Dispose of the file of staff of one case: `command` has the fields of `DisposeOfStaffFile` but whether the
        case is over. Nothing else of the case changes. Returns the unit, which the caller appends last."""
        unit = await self.store.open(work, [case_id], refuse_parked_by=self.consumer)
        over = case_id in await case_ends.ended(work, [case_id])
        unit.run(case_id, [DisposeOfStaffFile(**command, ended=over)], origin)
        if unit.recorded:
            await self.vault.erase(work, staff_file_of(case_id))
            await remember(work, [(record.envelope, record.event) for record in unit.recorded])
        return unit

    async def _with_their_others(self, work: Work, cases: Collection[UUID]) -> set[UUID]:
        """The cases and all others of their complainants, whose references are locked from here on."""
        rows = await work.fetch(
            "SELECT case_id FROM reference WHERE case_id = ANY($1) OR person IN (SELECT person FROM reference"
            " WHERE case_id = ANY($1) AND person IS NOT NULL) ORDER BY source, source_reference FOR UPDATE",
            sorted(cases),
        )
        return {UUID(int=row["case_id"].int) for row in rows} | set(cases)

    async def _carry_out(
        self, work: Work, unit: Unit[Any, Any, Any], events: Mapping[UUID, Sequence[Envelope]]
    ) -> set[UUID]:
        gone: set[UUID] = set()
        for record in unit.recorded:
            event, case_id = record.event, record.envelope.case_id
            if not isinstance(event, ComplainantErased):
                continue
            known = await self._known_by(work, case_id, events.get(case_id, ()))
            found = await _empty_refused(work, known)
            destroyed = 0
            for person in event.persons:
                destroyed += await self.vault.erase(work, person)
            gone |= set(event.persons)
            await purging.note(work, event.erasure_id, case_id, REFUSED_MESSAGES, found)
            await purging.note(work, event.erasure_id, case_id, KEYS, destroyed)
        await remember(work, ((record.envelope, record.event) for record in unit.recorded))
        await purging.purge_by(work, "intake", [(record.envelope, record.event) for record in unit.recorded])
        return gone

    async def _known_by(self, work: Work, case_id: UUID, events: Sequence[Envelope]) -> Known:
        """What tells that a message is about the complainant: how to reach them, what they wrote, their references."""
        boxes = list(_said(events))
        keys = await self.vault.open(work, {sealed.person for sealed, _, _ in boxes})
        rows = await work.fetch("SELECT source, source_reference FROM reference WHERE case_id = $1", case_id)
        known = Known(references=frozenset((row["source"], row["source_reference"]) for row in rows))
        for sealed, field, read in boxes:
            key = keys.get(sealed.person, ERASED)
            if not isinstance(key, bytes):
                continue
            try:
                known |= read(open_sealed(sealed, key, case_id=case_id, field=field))
            except Tampered:
                continue
        return known


class KeyStillNeeded(Refusal):
    """The complainant has another case whose record is still to be kept; both go when that one may."""

    code = "key-still-needed"

    def __init__(self) -> None:
        super().__init__("The complainant has another case whose record is still kept under the same key.")


async def remember(work: Work, events: Iterable[tuple[Envelope, Any]]) -> None:
    """Write down what the events say is erased: the erasure, and the second fence for each person."""
    for envelope, event in events:
        match event:
            case ComplainantErased(erasure_id=erasure_id, persons=persons):
                await work.execute(
                    "INSERT INTO erasure (erasure_id, reason, reference, requested_by, erased_at)"
                    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                    erasure_id,
                    event.reason,
                    event.reference,
                    envelope.actor.id,
                    envelope.time,
                )
                await work.execute(
                    "INSERT INTO erased_person (person, erasure_id, erased_at)"
                    " SELECT person, $2, $3 FROM unnest($1::uuid[]) AS person ORDER BY person ON CONFLICT DO NOTHING",
                    list(persons),
                    erasure_id,
                    envelope.time,
                )
            case CaseDisposed():
                await work.execute(
                    "UPDATE case_end SET disposed_at = $2 WHERE case_id = $1", envelope.case_id, envelope.time
                )
            case StaffFileDisposed():
                person = staff_file_of(envelope.case_id)
                await work.execute(
                    "INSERT INTO staff_file (case_id, person, disposed_at) VALUES ($1, $2, $3)"
                    " ON CONFLICT (case_id) DO UPDATE SET disposed_at = excluded.disposed_at",
                    envelope.case_id,
                    person,
                    envelope.time,
                )
                await work.execute(
                    "INSERT INTO erased_person (person, erasure_id, erased_at) VALUES ($1, $2, $3)"
                    " ON CONFLICT DO NOTHING",
                    person,
                    envelope.id,
                    envelope.time,
                )


async def erase_again(work: Work) -> int:
    """Destroy the keys that are there of people who were erased: the key store was set back. Returns how many."""
    return await work.execute(
        "INSERT INTO vault.person_key AS kept (person, kek_id, erased_at)"
        " SELECT e.person, 'erased', clock_timestamp() FROM erased_person e LEFT JOIN vault.person_key k"
        " USING (person) WHERE k.person IS NULL OR k.erased_at IS NULL ORDER BY e.person"
        " ON CONFLICT (person) DO UPDATE SET wrapped_key = NULL, erased_at = excluded.erased_at"
        " WHERE kept.erased_at IS NULL"
    )


async def _events_of(work: Work, cases: Collection[UUID]) -> Mapping[UUID, Sequence[Envelope]]:
    rows = await work.fetch(
        "SELECT case_id, envelope FROM event WHERE case_id = ANY($1) ORDER BY case_id, version", sorted(cases)
    )
    found: dict[UUID, list[Envelope]] = {}
    for row in rows:
        envelope = open_envelope(row["envelope"])
        found.setdefault(envelope.case_id, []).append(envelope)
    return found


async def _persons_of(work: Work, case_id: UUID, events: Sequence[Envelope]) -> set[UUID]:
    """All under whose keys anything of the case was sealed, whichever service recorded it: intake seals for all."""
    rows = await work.fetch("SELECT person FROM reference WHERE case_id = $1 AND person IS NOT NULL", case_id)
    found = {UUID(int=row["person"].int) for row in rows} | {derived_id(case_id, "complainant", 0)}
    for envelope in events:
        found |= {UUID(person) for person in _persons_in(envelope.data)}
    return found


def _persons_in(value: Any) -> Iterator[str]:
    match value:
        case {"person": str(person), "nonce": str(), "box": str()}:
            yield person
        case Mapping():
            for each in value.values():
                yield from _persons_in(each)
        case list() | tuple():
            for each in value:
                yield from _persons_in(each)


def _said(events: Sequence[Envelope]) -> Iterator[tuple[Sealed, str, Callable[[str], Known]]]:
    """What intake has sealed of the complainant and of who speaks for them, with the fields it was sealed for, and how
    to read it."""
    for envelope in events:
        event: Any = from_data(envelope.type, envelope.data)
        posted = isinstance(event, ComplaintReceived | FactsAdded)
        for each in fields(event):
            if isinstance(sealed := getattr(event, each.name), Sealed):
                yield sealed, each.name if posted else SAID, _reading(event, each.name)


def _reading(event: Any, field: str) -> Callable[[str], Known]:
    match event, field:
        case (ComplaintReceived() | ComplainantIdentified(), "complainant"):
            return telling.complains
        case RepresentativeNamed(), "name":
            return telling.speaks_for
        case (ContactAttempted() | MessageLeft(), "number") | (WatchSet(of="number"), "whom"):
            return telling.reached
        case _:
            return telling.said


async def _empty_refused(work: Work, known: Known) -> int:
    """Empty the refused messages that tell that they are about whom that is known of."""
    await hold_rejections(work)
    needles, emptied, last = telling.needles(known), 0, 0
    while True:
        # One that escapes anything may hold each of them in another spelling.
        rows = await work.fetch(
            "SELECT id, original FROM rejection WHERE id > $1 AND original <> ''"
            " AND (position($2::bytea IN original) > 0"
            " OR EXISTS (SELECT FROM unnest($3::bytea[]) AS n WHERE position(n IN original) > 0)) ORDER BY id LIMIT $4",
            last,
            b"\\",
            needles,
            _PAGE,
        )
        theirs = [row["id"] for row in rows if telling.tells(row["original"], known)]
        if theirs:
            emptied += await work.execute("UPDATE rejection SET original = '' WHERE id = ANY($1)", theirs)
        if len(rows) < _PAGE:
            return emptied
        last = rows[-1]["id"]
