"""How a sender's reference is known: its case, whose words are in it, and which messages of it were taken.

Invariant: a reference is claimed before anything is decided on it and stays locked until the commit, so one
(source, source_reference) is one case. With it are kept the last messages that were taken, as keyed hashes with what
became of them: one that comes again has no effect and gets its outcome again, also where others came in between.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from struct import Struct
from typing import Literal, NamedTuple, TypeAlias, get_args
from uuid import UUID

from casework.intake.forms import FormFields
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.ids import derived_id
from casework.shared.contracts.inbox import PostedComplaint, ReferencePart
from casework.shared.errors import Conflict
from casework.shared.runtime.database import Work

OutcomeKind: TypeAlias = Literal["accepted", "updated", "duplicate"]
Key: TypeAlias = tuple[str, str]
"""The sender, and its reference."""

MOST_TAKEN = 32
"""Messages that are remembered with a reference. What comes again are the last ones before a crash, and the first."""
MAC_BYTES = 16
_KINDS: tuple[OutcomeKind, ...] = get_args(OutcomeKind)
_ENTRY = Struct(f">{MAC_BYTES}sBI")
"""A message's keyed hash, its outcome and the version of the case after it. In the database: new kinds go last."""


class Mark(NamedTuple):
    """By what a message is known again, whichever door it comes by."""

    key: str
    """Of `source` and `id`. No header can name it: it holds a space."""
    hash: bytes
    """Of the key and what the message says."""


@dataclass(frozen=True, slots=True)
class Post:
    """A validated post: who sent it, under which id, and whether the sender may record the past."""

    post_id: str
    complaint: PostedComplaint
    actor: Actor
    may_backdate: bool
    traceparent: str | None = None
    form: FormFields | None = None
    """The form that the complaint came on."""
    mark: Mark | None = None
    """None for what came as no message: it is known by its Idempotency-Key alone."""

    @property
    def key(self) -> Key:
        return self.complaint.source, self.complaint.source_reference

    @property
    def is_personal(self) -> bool:
        """Whether it says anything that is sealed."""
        posted = self.complaint
        note = None if posted.proof is None else posted.proof.visit_note
        said = (posted.words, posted.complainant, posted.wish, note, posted.representative)
        return any(part is not None for part in said)


class Taken(NamedTuple):
    """What became of a message that was taken."""

    kind: OutcomeKind
    version: int


@dataclass(slots=True)
class Reference:
    """How a sender's reference is known here."""

    case_id: UUID
    person: UUID | None
    post_id: str
    words_mac: bytes | None
    is_new: bool
    joins: bool = False
    """New here, for a case that was known by another reference."""
    taken: dict[bytes, Taken] = field(default_factory=dict)
    """The messages that were taken by their keyed hashes, the first one first."""


async def claim(work: Work, posts: Sequence[Post], mint: Callable[[], UUID]) -> dict[Key, Reference]:
    """Claim the references of all posts, in sorted order, and say which are new."""
    wanted: dict[Key, Post] = {}
    for post in posts:
        wanted.setdefault(post.key, post)
    if not wanted:
        return {}
    keys = sorted(wanted)
    known_as = await _known_as(work, wanted.values())
    cases: dict[Key, tuple[UUID, UUID | None]] = {}
    within: dict[Key, Key] = {}
    for key, post in wanted.items():
        same = None if post.complaint.same_as is None else _named(post.complaint.same_as)
        # What it names may have come just before it, in this very batch; what comes later is not known to it.
        if key in known_as:
            cases[key] = known_as[key]
        elif same is not None and same in cases:
            cases[key] = cases[same]
            within[key] = same
        else:
            cases[key] = mint(), None
    # Who comes second waits here for the first to commit, then finds its row.
    inserted = await work.fetch(
        "INSERT INTO reference (source, source_reference, case_id, person, post_id)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::text[])"
        " ON CONFLICT (source, source_reference) DO NOTHING RETURNING source, source_reference",
        [source for source, _ in keys],
        [reference for _, reference in keys],
        [cases[key][0] for key in keys],
        [cases[key][1] for key in keys],
        [wanted[key].post_id for key in keys],
    )
    new = {(row["source"], row["source_reference"]) for row in inserted}
    rows = await work.fetch(
        "SELECT r.source, r.source_reference, r.case_id, r.person, r.post_id, r.words_mac, r.taken FROM reference r"
        " JOIN unnest($1::text[], $2::text[]) AS k(source, source_reference)"
        " ON r.source = k.source AND r.source_reference = k.source_reference"
        " ORDER BY r.source, r.source_reference FOR UPDATE OF r",
        [source for source, _ in keys],
        [reference for _, reference in keys],
    )
    found = {
        key: Reference(
            row["case_id"],
            row["person"],
            row["post_id"],
            row["words_mac"],
            key in new,
            key in new and (key in known_as or key in within),
            _read(row["taken"]),
        )
        for row in rows
        for key in [(row["source"], row["source_reference"])]
    }
    if len(found) < len(keys):
        raise Conflict("a reference was being given up by its first sender; run this again")
    if any(found[key].case_id != found[same].case_id for key, same in within.items() if key in new):
        raise Conflict("the complaint that a post names was made by somebody else meanwhile; run this again")
    return found


async def _known_as(work: Work, posts: Iterable[Post]) -> dict[Key, tuple[UUID, UUID | None]]:
    """The case, and the person of the case, of posts that say which complaint they are, where it is known."""
    said = {post.key: _named(same) for post in posts if (same := post.complaint.same_as) is not None}
    if not said:
        return {}
    found = await cases_of(work, set(said.values()))
    return {key: found[same] for key, same in said.items() if same in found}


async def cases_of(work: Work, references: Collection[Key]) -> dict[Key, tuple[UUID, UUID | None]]:
    """The case, and the person of the case, of those of the references that are known here."""
    rows = await work.fetch(
        "SELECT r.source, r.source_reference, r.case_id, r.person FROM reference r"
        " JOIN unnest($1::text[], $2::text[]) AS k(source, source_reference)"
        " ON r.source = k.source AND r.source_reference = k.source_reference",
        [source for source, _ in references],
        [reference for _, reference in references],
    )
    return {(row["source"], row["source_reference"]): (row["case_id"], row["person"]) for row in rows}


async def give_persons(
    work: Work,
    references: Mapping[Key, Reference],
    posts: Iterable[Post],
    known: Collection[UUID],
    mint: Callable[[], UUID],
) -> None:
    """Say whose words they are, of the references where a post has something personal to say and nobody is known.

    In one of the `known` cases, which the caller holds locked, it is whoever another reference of it names; but where
    the case was erased, the fence that every erased case has, for which no key is made: what is said is refused.
    """
    # Any post of the batch may be the one that says something personal, not only the first of its complaint.
    personal = {post.key for post in posts if post.is_personal}
    nameless = [reference for key, reference in references.items() if reference.person is None and key in personal]
    if not nameless:
        return
    fences = {each.case_id: derived_id(each.case_id, "complainant", 0) for each in nameless if each.case_id in known}
    persons: dict[UUID, UUID] = {}
    if fences:
        rows = await work.fetch(
            "SELECT c.case_id, coalesce(e.person, r.person) AS person FROM unnest($1::uuid[], $2::uuid[])"
            " AS c(case_id, fence) LEFT JOIN erased_person e ON e.person = c.fence LEFT JOIN LATERAL"
            " (SELECT person FROM reference WHERE case_id = c.case_id AND person IS NOT NULL"
            " ORDER BY source, source_reference LIMIT 1) r ON true",
            list(fences),
            list(fences.values()),
        )
        persons = {row["case_id"]: row["person"] for row in rows if row["person"] is not None}
    for reference in nameless:
        reference.person = persons.setdefault(reference.case_id, mint())


async def remember(work: Work, references: Mapping[Key, Reference]) -> None:
    """Keep with each reference which post made the case, the words' mac, the person and what was taken."""
    keys = sorted(references)
    await work.execute(
        "UPDATE reference r SET words_mac = n.mac, person = n.person, post_id = n.post_id, taken = n.taken"
        " FROM unnest($1::text[], $2::text[], $3::bytea[], $4::uuid[], $5::text[], $6::bytea[])"
        " AS n(source, source_reference, mac, person, post_id, taken)"
        " WHERE r.source = n.source AND r.source_reference = n.source_reference"
        " AND (r.words_mac, r.person, r.post_id, r.taken) IS DISTINCT FROM (n.mac, n.person, n.post_id, n.taken)",
        [source for source, _ in keys],
        [reference for _, reference in keys],
        [references[key].words_mac for key in keys],
        [references[key].person for key in keys],
        [references[key].post_id for key in keys],
        [_written(references[key].taken) for key in keys],
    )


async def forget(work: Work, refused: Sequence[Key]) -> None:
    """A new reference whose posts were all refused must not stay behind: nothing is recorded of it."""
    if refused:
        await work.execute(
            "DELETE FROM reference WHERE (source, source_reference) IN (SELECT * FROM unnest($1::text[], $2::text[]))",
            [source for source, _ in refused],
            [reference for _, reference in refused],
        )


def _read(taken: bytes | None) -> dict[bytes, Taken]:
    return {mac: Taken(_KINDS[kind], version) for mac, kind, version in _ENTRY.iter_unpack(taken or b"")}


def _written(taken: Mapping[bytes, Taken]) -> bytes | None:
    entries = [_ENTRY.pack(mac, _KINDS.index(each.kind), each.version) for mac, each in taken.items()]
    # The message that made the case is what senders repeat longest.
    kept = entries if len(entries) <= MOST_TAKEN else [entries[0], *entries[1 - MOST_TAKEN :]]
    return b"".join(kept) or None


def _named(same: ReferencePart) -> Key:
    return same.source, same.source_reference
