"""The register: every column, topic, cache and file that could hold something personal, what it holds, and how it goes.

Invariant: a column of text or bytes that is in no entry here fails a test that walks every table of every schema; so
nothing is stored that nobody has thought of. What is `sealed` goes with the person's key, wherever its copies are. What
is `keyed` is a hash under a key that no database has, and goes by its purge. What is `clear` goes by its purge alone.
`nothing` holds nothing personal by what its writers promise; where those are people or senders, the reason says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from casework.shared.contracts.ids import SERVICES, ServiceName

Holds: TypeAlias = Literal["nothing", "sealed", "keyed", "clear"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One place: what it holds, and why, or how it goes."""

    holds: Holds
    why: str


def _of_every_service(schema: str) -> Iterator[tuple[str, Entry]]:
    sealed = Entry("sealed", "The event as it was recorded; what is personal in it is under the person's key.")
    name = Entry("nothing", "A name out of our own code, or a hash.")
    yield f"{schema}.event.type", name
    yield f"{schema}.event.envelope", sealed
    yield f"{schema}.event.hash", name
    yield f"{schema}.event.shardprev", name
    yield f"{schema}.log_head.hash", name
    yield f"{schema}.log_head.previous", name
    yield f"{schema}.case_state.hash", name
    yield f"{schema}.case_state.state", Entry("sealed", "Folded from the events; holds sealed values as they do.")
    yield f"{schema}.relay_cursor.topic", name
    yield f"{schema}.relay_cursor.holder", Entry("nothing", "The name of a process.")
    yield f"{schema}.relay_cursor.record_hash", name
    yield f"{schema}.relay_member.topic", name
    yield f"{schema}.relay_member.replica", Entry("nothing", "The name of a process.")
    yield f"{schema}.guard.consumer", name
    yield f"{schema}.guard.source", name
    yield f"{schema}.guard.hash", name
    yield f"{schema}.parked_case.consumer", name
    yield f"{schema}.parked_case.reason", Entry("nothing", "The class of an error, never its text.")
    yield f"{schema}.parked_case.unknown_type", name
    yield f"{schema}.parked_event.consumer", name
    yield f"{schema}.parked_event.source", name
    yield f"{schema}.parked_event.envelope", sealed
    yield f"{schema}.idempotency.principal", Entry("nothing", "The actor of a key: staff or a system.")
    yield f"{schema}.idempotency.key", Entry("nothing", "The caller's own; ours to say that nothing personal is in it.")
    yield f"{schema}.idempotency.request_hash", Entry("nothing", "SHA-256 with the caller's key; gone in two weeks.")
    yield f"{schema}.idempotency.body", Entry("nothing", "Ids, versions and types; gone in two weeks.")
    yield f"{schema}.idempotency.location", Entry("nothing", "A path with ids.")
    yield f"{schema}.idempotency.etag", Entry("nothing", "A version.")
    yield f"{schema}.purge.place", name


_BY_PROMISE = "A label; the API's documents tell senders and staff to put nothing personal there."
_NAME = Entry("nothing", "A name out of our own code or policies.")
_LABEL = Entry("nothing", _BY_PROMISE)
_STAFF = Entry("nothing", "Staff or a system; not a complainant.")
_PURPOSE = Entry("nothing", "What staff say they read for; ours to say that nothing of the complainant is in it.")

COLUMNS: Mapping[str, Entry] = {
    **{column: entry for service in SERVICES for column, entry in _of_every_service(service)},
    # intake
    "intake.reference.source": _LABEL,
    "intake.reference.source_reference": Entry("nothing", "The sender's number of the complaint, not of the person."),
    "intake.reference.post_id": Entry("nothing", "The sender's id of the message."),
    "intake.reference.words_mac": Entry("keyed", "Tells changed words from repeated ones; emptied by the erasure."),
    "intake.reference.taken": Entry("keyed", "Tells messages that come again from new ones; emptied by the erasure."),
    "intake.rejection.topic": _NAME,
    "intake.rejection.sha256": Entry("nothing", "Of the whole message with its id in it."),
    "intake.rejection.problem": Entry("nothing", "Which field was wrong, never what stood in it."),
    "intake.rejection.original": Entry(
        "clear", "The message as it came; emptied by the erasure of whom it names; the row goes after 14 days."
    ),
    "intake.rejection.posted_by": _STAFF,
    "intake.rejection.source_sha256": Entry("nothing", "Of the sender's name for itself, which is a system's."),
    "intake.rejection_reading.reader": _STAFF,
    "intake.rejection_reading.purpose": _PURPOSE,
    "intake.search_key.mac": Entry("keyed", "A number, address or order under a key; the row goes by the erasure."),
    "intake.search_key.kind": _NAME,
    "intake.search_key.key_id": _NAME,
    "intake.search_index.key_id": _NAME,
    "intake.search_access.actor": _STAFF,
    "intake.search_access.actor_kind": _NAME,
    "intake.search_access.kinds": Entry("nothing", "By what kinds of thing was searched, never for what."),
    "intake.search_access.cases": Entry("nothing", "Ids of cases."),
    "intake.watch.mac": Entry("keyed", "A number or name under a key; the row goes by the erasure."),
    "intake.watch.note": Entry("sealed", "The row goes by the erasure too."),
    "intake.ground.ground": _LABEL,
    "intake.ground.organisation": Entry("nothing", "Who is complained of: an organisation."),
    "intake.complaint_code.list": _NAME,
    "intake.complaint_code.code": _NAME,
    "intake.procedure_reading.procedure": _NAME,
    "intake.procedure_reading.person": _STAFF,
    "intake.procedure_reading.sha256": _NAME,
    "intake.road.source": _LABEL,
    "intake.road.source_reference": Entry("nothing", "The sender's number of the complaint, not of the person."),
    "intake.road.origin": _NAME,
    "intake.erasure.reason": _NAME,
    "intake.erasure.reference": Entry("nothing", "The requester's number, without spaces, so that no name fits."),
    "intake.erasure.requested_by": _STAFF,
    "intake.inbox_trim.topic": _NAME,
    # investigation
    "investigation.held_item.kind": _NAME,
    "investigation.held_item.document": Entry("nothing", "The number of a paper."),
    "investigation.held_item.about": Entry("nothing", "The number of an object."),
    "investigation.held_item.ruling": _NAME,
    "investigation.held_item.item": Entry("sealed", "The item's event, as it was recorded."),
    "investigation.supplier_share.supplier": Entry("nothing", "An organisation."),
    "investigation.supplier_share.currency": _NAME,
    "investigation.case_base.category": _LABEL,
    "investigation.report.number": Entry("nothing", "Our own number."),
    "investigation.report_case.number": Entry("nothing", "Our own number."),
    # resolution
    "resolution.sanctioned_party.party": Entry("nothing", "A business that was complained of; not a complainant."),
    "resolution.infringement.party": Entry("nothing", "A business that was complained of; not a complainant."),
    "resolution.infringement.ladder": _NAME,
    "resolution.infringement.ground": _LABEL,
    "resolution.sanction_entry.party": Entry("nothing", "A business that was complained of; not a complainant."),
    "resolution.sanction_entry.what": _NAME,
    "resolution.sanction_entry.kind": _NAME,
    "resolution.sanction_entry.ground": _LABEL,
    "resolution.sanction_entry.currency": _NAME,
    "resolution.goodwill.quarter": _NAME,
    "resolution.goodwill.currency": _NAME,
    "resolution.ready_answer.name": _NAME,
    "resolution.ready_answer.what": _NAME,
    # followup
    "followup.case_status.stage": _NAME,
    "followup.case_status.owner": Entry("nothing", "A member of staff or a desk; not a complainant."),
    "followup.case_status.holder": Entry("nothing", "A member of staff or a desk; not a complainant."),
    "followup.case_status.named_holder": Entry("nothing", "A member of staff or a desk; not a complainant."),
    "followup.case_status.outcome": _NAME,
    "followup.case_status.progress": Entry("nothing", "Where the case stands: stages, staff, times, versions."),
    "followup.case_status.document": Entry("nothing", "What goes on the status topic: the same in words."),
    "followup.clock.policy": _NAME,
    "followup.clock.calendar": _NAME,
    "followup.clock.calendar_version": _NAME,
    "followup.clock.kind": _NAME,
    "followup.clock.purpose": _NAME,
    "followup.clock.party": _NAME,
    "followup.clock.phase": _NAME,
    "followup.clock.corrected": _NAME,
    "followup.notice.recipient": Entry("nothing", "A role or a member of staff; complainants get no notices."),
    "followup.notice.channel": _NAME,
    "followup.notice.notice": Entry("nothing", "What is due of which case, for staff; nothing of what people wrote."),
    "followup.notice.state": _NAME,
    "followup.notice.reason": Entry("nothing", "A code of the mail server's answer."),
    "followup.notice.reached": Entry("nothing", "A member of staff."),
    "followup.remedy_step.what": _NAME,
    "followup.remedy_step.kind": _NAME,
    "followup.webhook.url": Entry("nothing", "An integrator's address."),
    "followup.webhook.description": _LABEL,
    "followup.webhook.filters": _NAME,
    "followup.webhook.state": _NAME,
    "followup.webhook.starts": _NAME,
    "followup.webhook_secret.box": Entry("nothing", "An integrator's secret, under a key."),
    "followup.webhook_secret.key_id": _NAME,
    "followup.webhook_delivery.type": _NAME,
    "followup.webhook_delivery.body": Entry(
        "nothing", "An event without its sealed values and its envelope's actor; may name staff, as its data does."
    ),
    "followup.webhook_delivery.state": _NAME,
    "followup.webhook_line.claimed_by": Entry("nothing", "The name of a process."),
    "followup.webhook_attempt.reason": Entry("nothing", "A word of ours; what the other side answered is not kept."),
    # the key store and the platform
    "vault.person_key.wrapped_key": Entry("clear", "Opens what is sealed; emptied by the erasure, for good."),
    "vault.person_key.kek_id": _NAME,
    "platform.api_key.prefix": _NAME,
    "platform.api_key.hash": _NAME,
    "platform.api_key.actor": _STAFF,
    "platform.api_key.kind": _NAME,
    "platform.api_key.role": _NAME,
    "platform.api_key.scopes": _NAME,
    "platform.access_record.record": Entry("nothing", "Who took what, and what for; ids of persons, never of whom."),
    "platform.access_record.hash": _NAME,
    "platform.rate_use.caller": _STAFF,
    "platform.rate_use.kind": _NAME,
}
"""`schema.table.column` -> what stands there. Alembic's own tables (`schema_version`) are left out."""

NOT_BACKED_UP = frozenset(
    column.rpartition(".")[0]
    for column, entry in COLUMNS.items()
    if entry.holds == "clear" and not column.startswith("vault.")
)
"""Tables (`schema.table`) whose rows the backup of the events leaves out: what is clear in it would outlive its purge,
and a restore would bring it back. The schema `vault` has a backup of its own."""

TOPICS: Mapping[str, Entry] = {
    "inbox": Entry("clear", "What integrators post; trimmed behind intake's committed offset, see `inbox_trimming`."),
    "receipts": Entry("nothing", "Ids, and the sender's number of the complaint."),
    "rejections": Entry("nothing", "Which field was wrong, and a hash; never what was sent."),
    "events": Entry("sealed", "The events, byte for byte."),
    "status": Entry("nothing", "Where the case stands."),
    "checkpoints": Entry("nothing", "Sizes, hashes and signatures."),
}
"""By the name of the topic in `Topics`."""

CACHES: Mapping[str, Entry] = {
    "keys.client.KeyClient": Entry("clear", "Person keys, in memory only; 45 seconds at most, then asked for anew."),
    "platform.api_keys.ApiKeys": Entry("nothing", "Staff and systems."),
    "followup.progress": Entry("nothing", "Nothing is kept between transactions."),
}
"""What a process keeps in memory between requests."""

FILES: Mapping[str, Entry] = {
    "logs": Entry("nothing", "Named fields out of an allow-list."),
    "audit exports": Entry("sealed", "The events, byte for byte; an auditor's bundle holds the same."),
    "the notary's folder": Entry("nothing", "Sizes, hashes and signatures."),
    "backups of the stores": Entry(
        "sealed",
        "The events and what is made of them; without the schema vault, and without the rows of NOT_BACKED_UP.",
    ),
    "backups of the schema vault": Entry(
        "clear",
        "Wrapped keys: keep them for a short time, and rotate the key file after an erasure that must hold "
        "against them too.",
    ),
    "PostgreSQL's files": Entry(
        "clear",
        "A row that was emptied stays on the disk until it is vacuumed, and in the write-ahead log until that "
        "is recycled; so do the rejections. A copy of the data directory holds all of it, keys too: keep it for as "
        "short a time as a backup of the keys.",
    ),
    "journal of `casework load`": Entry(
        "clear", "The sender's own record of what it sent. It is the sender's to delete."
    ),
}
"""What lies in files."""

PURGES: Mapping[ServiceName, Mapping[str, str]] = {
    "intake": {
        "watch notes": "DELETE FROM watch WHERE case_id = ANY($1)",
        "search index": "DELETE FROM search_key WHERE case_id = ANY($1) AND kind <> 'reference'",
        "marks of repeated words": "UPDATE reference SET words_mac = NULL, taken = NULL"
        " WHERE case_id = ANY($1) AND (words_mac IS NOT NULL OR taken IS NOT NULL)",
    },
    "investigation": {},
    "resolution": {},
    "followup": {},
}
"""What each service does to its own tables when the complainant of the cases `$1` is erased, by the name of the place.
An index that finds cases by what people are known by belongs here, in the service that keeps it."""
