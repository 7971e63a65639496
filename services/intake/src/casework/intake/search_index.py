"""By what callers are known, as a blind index: reference, phone, e-mail and order number, as keyed hashes.

Invariant: the table `intake.search_key` holds no number, address or name, only HMACs under keys that the database
never sees, one key for each kind. A row is written in the transaction of the event that it stands for, and bears the
person it is about: an erasure removes what its person is known by, and nobody who was erased is found.

`key_id` names the key file that a row was made with. With another key file `IndexKeeper` makes the index anew from the
events, and removes the old rows when it is whole.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, NamedTuple, TypeAlias, get_args
from uuid import UUID

import orjson
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.contracts.envelope import open_envelope
from casework.shared.contracts.ids import derived_id
from casework.shared.contracts.inbox import ComplainantPart, PostedComplaint, RepresentativePart
from casework.shared.contracts.intake import ComplaintReceived, FactsAdded
from casework.shared.contracts.publicity import ComplainantIdentified
from casework.shared.contracts.registry import from_data
from casework.shared.contracts.representatives import RepresentativeNamed
from casework.shared.contracts.roads import RoadAdded
from casework.shared.contracts.types import Sealed
from casework.shared.errors import Conflict
from casework.shared.files.parts import SAID
from casework.shared.keys.sealing import ERASED, ERASED_TEXT, open_sealed
from casework.shared.keys.vault import Vault
from casework.shared.keys.wrapping import WrappingKeys
from casework.shared.runtime.database import StoreUnavailable, Work, begin

log = structlog.get_logger(__name__)

Kind: TypeAlias = Literal["reference", "phone", "phone-ending", "email", "order_number"]
ORDER_FACTS = frozenset({"order", "order_id", "order_no", "order_number", "order_reference"})
"""The facts of a complaint that name an order."""
MAC_BYTES = 16
ENDING = 9
"""Digits by which a number is found that one side knows with its country and the other without: the longest ending
that trunk prefixes and country codes leave alone."""
PAGE = 500

_EXTENSION = re.compile(r"[ ,;]*(?:x|ext\.?|extension|分机)\s*[0-9]+\s*$", re.IGNORECASE)
_INDEXED = tuple(
    f"casework.intake.{name}.v1"
    for name in (
        *("complaint-received", "facts-added", "road-added"),
        *("complainant-identified", "representative-named"),
    )
)


class Term(NamedTuple):
    """Something a case is known by, as it was said."""

    kind: Kind
    value: str


class Entry(NamedTuple):
    """A term of a case. `person` is whom it is about; None where it is about nobody."""

    case_id: UUID
    term: Term
    person: UUID | None


class Hit(NamedTuple):
    """A case that was found, by what, and when it came to be known by that."""

    case_id: UUID
    matched: tuple[Kind, ...]
    at: datetime


def normal(term: Term) -> str:
    """The one spelling of all spellings of a value; empty where the value says nothing."""
    plain = unicodedata.normalize("NFKC", term.value).strip()
    match term.kind:
        case "phone" | "phone-ending":
            digits = "".join(each for each in _EXTENSION.sub("", plain) if each.isdecimal())
            digits = digits.removeprefix("00")
            if len(digits) < 5:
                return ""
            if term.kind == "phone":
                return digits
            return digits[-ENDING:] if len(digits) >= ENDING else ""
        case "email":
            return plain.casefold() if "@" in plain else ""
        case "reference" | "order_number":
            return "".join(each for each in plain.casefold() if each.isalnum())


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """The index, through keys that are derived from one root."""

    key_id: str
    keys: Mapping[Kind, bytes] = field(repr=False)

    @classmethod
    def of(cls, key_file: WrappingKeys) -> SearchIndex:
        """With a derived key for each kind: they stay when another key wraps the person keys."""
        kinds: tuple[Kind, ...] = get_args(Kind)
        return cls(
            key_file.root_id, {kind: key_file.derive(b"casework search index 1 " + kind.encode()) for kind in kinds}
        )

    def mac(self, term: Term) -> bytes | None:
        """What a term is known by here; None where it says nothing."""
        plain = normal(term)
        return hmac.digest(self.keys[term.kind], plain.encode(), sha256)[:MAC_BYTES] if plain else None

    async def write(self, work: Work, entries: Iterable[Entry]) -> None:
        """Let the cases be found by these from now on. What is there already stays as it is."""
        rows = {
            (mac, entry.case_id): entry
            for entry in entries
            if (mac := self.mac(entry.term)) is not None
        }  # fmt: skip
        if not rows:
            return
        keys = sorted(rows)
        await work.execute(
            "INSERT INTO search_key (mac, case_id, kind, person, key_id, at)"
            " SELECT mac, case_id, kind, person, $5, $6 FROM unnest($1::bytea[], $2::uuid[], $3::text[], $4::uuid[])"
            " AS n(mac, case_id, kind, person) ON CONFLICT DO NOTHING",
            [mac for mac, _ in keys],
            [case_id for _, case_id in keys],
            [rows[key].term.kind for key in keys],
            [rows[key].person for key in keys],
            self.key_id,
            work.now,
        )

    async def find(self, work: Work, terms: Sequence[Term], limit: int) -> list[Hit]:
        """The cases that are known by every one of the terms, the newest first, at most `limit`.

        A phone number is also found by its ending; the hit says so. Who was erased is not found."""
        # What has to match: for each term any of these. A value that says nothing is known by nobody.
        wanted = [[mac for each in _ways(term) if (mac := self.mac(each)) is not None] for term in terms]
        if not all(wanted):
            return []
        rows = await work.fetch(
            "SELECT k.case_id, array_agg(k.kind ORDER BY k.kind) AS kinds, array_agg(k.mac) AS macs, max(k.at) AS at"
            " FROM search_key k WHERE k.mac = ANY($1) AND NOT EXISTS"
            " (SELECT FROM vault.person_key p WHERE p.person = k.person AND p.erased_at IS NOT NULL)"
            " GROUP BY k.case_id HAVING bool_or(k.mac = ANY($2)) ORDER BY at DESC, k.case_id LIMIT $3",
            [mac for macs in wanted for mac in macs],
            wanted[0],
            limit if len(wanted) == 1 else None,
        )
        hits = [
            Hit(row["case_id"], _said_best(row["kinds"]), row["at"])
            for row in rows
            if all(any(mac in row["macs"] for mac in macs) for macs in wanted)
        ]
        return hits[:limit]


def posted(complaint: PostedComplaint, case_id: UUID, person: UUID | None, events: Sequence[object]) -> Iterator[Entry]:
    """What a post makes its case known by: its reference and orders, and whom it names where that was recorded."""
    yield Entry(case_id, Term("reference", complaint.source_reference), None)
    yield from of_facts(case_id, person, ((fact.name, fact.value) for fact in complaint.facts))
    named = any(isinstance(event, ComplaintReceived | ComplainantIdentified) for event in events)
    if named and complaint.complainant is not None:
        yield from of_complainant(case_id, person, complaint.complainant)
    if complaint.representative is not None and any(isinstance(event, RepresentativeNamed) for event in events):
        yield from of_representative(case_id, person, complaint.representative)


def of_facts(case_id: UUID, person: UUID | None, facts: Iterable[tuple[str, str]]) -> Iterator[Entry]:
    """The orders among the facts."""
    for name, value in facts:
        if name in ORDER_FACTS:
            yield Entry(case_id, Term("order_number", value), person)


def of_complainant(case_id: UUID, person: UUID | None, who: ComplainantPart) -> Iterator[Entry]:
    """By what a complainant can be reached."""
    if who.phone is not None:
        yield from _reached(case_id, person, who.phone)
    if who.email is not None:
        yield from _reached(case_id, person, who.email)


def of_representative(case_id: UUID, person: UUID | None, who: RepresentativePart) -> Iterator[Entry]:
    """By what somebody who speaks for a complainant can be reached."""
    if who.reach is not None:
        yield from _reached(case_id, person, who.reach)


def _reached(case_id: UUID, person: UUID | None, how: str) -> Iterator[Entry]:
    for term in (Term("email", how),) if "@" in how else _ways(Term("phone", how)):
        yield Entry(case_id, term, person)


def _ways(term: Term) -> tuple[Term, ...]:
    return (term, Term("phone-ending", term.value)) if term.kind == "phone" else (term,)


def _said_best(kinds: Iterable[Kind]) -> tuple[Kind, ...]:
    """Each kind once; an ending says nothing more where the whole number matched."""
    found = dict.fromkeys(kinds)
    if "phone" in found:
        found.pop("phone-ending", None)
    return tuple(found)


class IndexKeeper:
    """Makes the index from the events where it is not whole under this key file: after a restore, under another key
    file, and once at first."""

    def __init__(self, engine: AsyncEngine, index: SearchIndex, vault: Vault) -> None:
        self._engine = engine
        self._index = index
        self._vault = vault

    async def run(self) -> None:
        """Lives as long as the service."""
        while True:
            try:
                await self.keep()
                break
            except (StoreUnavailable, Conflict) as error:
                log.warning("search-index.again", error=type(error).__name__)
                await asyncio.sleep(1.0)
        await asyncio.Event().wait()

    async def keep(self) -> int:
        """Returns how many events were read for it; 0 where the index is whole already."""
        async with begin(self._engine) as work:
            if await work.fetch_value("SELECT true FROM search_index WHERE key_id = $1", self._index.key_id):
                return 0
            shards = [(row["shard"], row["next"]) for row in await work.fetch("SELECT shard, next FROM log_head")]
        read = 0
        for shard, end in shards:
            position = 0
            while position < end:
                async with begin(self._engine) as work:
                    read += await self._page(work, shard, position)
                position += PAGE
        async with begin(self._engine) as work:
            await work.execute(
                "INSERT INTO search_index (key_id) VALUES ($1) ON CONFLICT DO NOTHING", self._index.key_id
            )
            await work.execute("DELETE FROM search_index WHERE key_id <> $1", self._index.key_id)
            gone = await work.execute("DELETE FROM search_key WHERE key_id <> $1", self._index.key_id)
        log.info("search-index.made", events=read, count=gone)
        return read

    async def _page(self, work: Work, shard: int, start: int) -> int:
        rows = await work.fetch(
            "SELECT e.envelope, r.person FROM event e LEFT JOIN LATERAL (SELECT person FROM reference r"
            " WHERE r.case_id = e.case_id AND r.person IS NOT NULL LIMIT 1) r ON true"
            " WHERE e.shard = $1 AND e.position >= $2 AND e.position < $3 AND e.type = ANY($4) ORDER BY e.position",
            shard,
            start,
            start + PAGE,
            list(_INDEXED),
        )
        envelopes = [(open_envelope(row["envelope"]), row["person"]) for row in rows]
        # An erasure takes these first. It has to wait from here, where the keys are opened, until what they open is
        # written: its purge would not see the rows.
        await work.fetch(
            "SELECT FROM reference WHERE case_id = ANY($1) ORDER BY source, source_reference FOR SHARE",
            sorted({each.case_id for each, _ in envelopes}),
        )
        events = [(each.case_id, from_data(each.type, each.data), person) for each, person in envelopes]
        persons = {sealed.person for _, event, _ in events for sealed, _ in _sealed_in(event)}
        # The fence that every erased case has, also one whose complainant nobody knew.
        fences = {case_id: derived_id(case_id, "complainant", 0) for case_id, _, _ in events}
        persons |= set(fences.values())
        keys = await self._vault.open(work, persons)
        entries: list[Entry] = []
        for case_id, event, person in events:

            def opened(sealed: Sealed, name: str, case_id: UUID = case_id) -> str:
                return open_sealed(sealed, keys.get(sealed.person, ERASED), case_id=case_id, field=name)

            known_by = _of_event(case_id, event, person, opened)
            erased = keys.get(fences[case_id]) is ERASED
            entries += [each for each in known_by if each.term.kind == "reference" or not erased]
        await self._index.write(work, entries)
        return len(rows)


def _sealed_in(event: Any) -> Iterator[tuple[Sealed, str]]:
    match event:
        case ComplaintReceived(complainant=Sealed() as sealed):
            yield sealed, "complainant"
        case ComplainantIdentified(complainant=sealed):
            yield sealed, SAID
        case RepresentativeNamed(name=sealed):
            yield sealed, SAID
        case _:
            pass


def _of_event(case_id: UUID, event: Any, person: UUID | None, opened: Callable[[Sealed, str], str]) -> Iterator[Entry]:
    match event:
        case ComplaintReceived():
            yield Entry(case_id, Term("reference", event.source_reference), None)
            yield from of_facts(case_id, person, ((fact.name, fact.value) for fact in event.facts))
        case RoadAdded():
            yield Entry(case_id, Term("reference", event.source_reference), None)
        case FactsAdded():
            yield from of_facts(case_id, person, ((fact.name, fact.value) for fact in event.facts))
        case _:
            pass
    for sealed, name in _sealed_in(event):
        text = opened(sealed, name)
        if text == ERASED_TEXT:
            continue
        if isinstance(event, RepresentativeNamed):
            # Name and reach were sealed as one text (`RepresentativePart.known_as`).
            _, comma, reach = text.rpartition(", ")
            yield from _reached(case_id, sealed.person, reach) if comma else ()
        else:
            yield from of_complainant(case_id, sealed.person, ComplainantPart.model_validate(orjson.loads(text)))
