"""The references of senders, made anew from the events that were recorded for them, after a restore."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from casework.intake import case_ends, code_report, like_cases
from casework.intake.counting import note
from casework.intake.erasing import erase_again, remember
from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.intake import ComplaintReceived, FactsAdded
from casework.shared.contracts.roads import RoadAdded
from casework.shared.contracts.types import Sealed
from casework.shared.keys.sealing_for import staff_file_of
from casework.shared.privacy.purging import purge_by
from casework.shared.runtime.database import Work

KEY_IS_GONE = (
    "A person's key is not in the key store: it was set back too, and what that person wrote cannot be read. Restore "
    "the schema vault from its own newest backup before intake starts again; a key that intake makes then is another."
)


async def rebuild(work: Work, _shards: int, events: Sequence[tuple[Envelope, Any]]) -> Sequence[str]:
    """Know again which case a sender's reference stands for, and whose words are in it.

    What words and messages were told apart by is not in the events: the next post of the same complaint adds its words
    once more, and of the messages only the first is known, where its id is a UUID. A person whose key is gone is left
    out, so that what comes later is sealed for a new one.
    """
    await case_ends.write(work, events)
    await remember(work, events)
    await erase_again(work)
    await purge_by(work, "intake", events)
    await like_cases.write(work, events)
    await code_report.write(work, events)
    # What callers are found by is made anew from the events at the next start (`IndexKeeper`).
    await work.execute("DELETE FROM search_index")
    received = {
        envelope.case_id: (envelope, event) for envelope, event in events if isinstance(event, ComplaintReceived)
    }
    persons = {
        envelope.case_id: sealed.person
        for envelope, event in events
        for sealed in _sealed_in(event)
        if envelope.source == "intake"
    }
    await note(work, ((envelope.case_id, event) for envelope, event in events))
    joined = [(envelope.case_id, event) for envelope, event in events if isinstance(event, RoadAdded)]
    known = await _with_keys(work, set(persons.values()))
    staff_files = {staff_file_of(case_id): case_id for case_id in received}
    kept = sorted(await _with_keys(work, set(staff_files)))
    await work.execute(
        "INSERT INTO staff_file (case_id, person) SELECT * FROM unnest($1::uuid[], $2::uuid[]) ON CONFLICT DO NOTHING",
        [staff_files[person] for person in kept],
        kept,
    )
    await work.execute(
        "INSERT INTO reference (source, source_reference, case_id, person, post_id)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::text[]) ON CONFLICT DO NOTHING",
        [event.source for _, event in received.values()],
        [event.source_reference for _, event in received.values()],
        list(received),
        [person if (person := persons.get(case_id)) in known else None for case_id in received],
        # The event names the post that caused it, where the post had an id of that kind.
        [str(envelope.cause.id) for envelope, _ in received.values()],
    )
    await work.execute(
        "INSERT INTO reference (source, source_reference, case_id, person, post_id)"
        " SELECT source, source_reference, case_id, person, 'road' FROM"
        " unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[]) AS n(source, source_reference, case_id, person)"
        " ON CONFLICT DO NOTHING",
        [event.source for _, event in joined],
        [event.source_reference for _, event in joined],
        [case_id for case_id, _ in joined],
        [person if (person := persons.get(case_id)) in known else None for case_id, _ in joined],
    )
    later = {case_id: person for case_id, person in persons.items() if person in known}
    await work.execute(
        "UPDATE reference r SET person = n.person FROM unnest($1::uuid[], $2::uuid[]) AS n(case_id, person)"
        " WHERE r.case_id = n.case_id AND r.person IS NULL",
        list(later),
        list(later.values()),
    )
    return [KEY_IS_GONE for person in set(persons.values()) - known]


def _sealed_in(event: object) -> list[Sealed]:
    match event:
        case ComplaintReceived(words=words, complainant=complainant, wish=wish):
            return [sealed for sealed in (words, complainant, wish) if sealed is not None]
        case FactsAdded(words=Sealed() as words):
            return [words]
        case _:
            return []


async def _with_keys(work: Work, persons: set[UUID]) -> set[UUID]:
    """Those of the persons who have a key, or had one that was destroyed on their wish."""
    rows = await work.fetch("SELECT person FROM vault.person_key WHERE person = ANY($1)", list(persons))
    return {row["person"] for row in rows}
