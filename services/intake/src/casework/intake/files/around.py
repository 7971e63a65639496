"""What is around a complaint: how often its author came, whom it is against, others' quarrels, what is published.

Invariant: what one side of a quarrel told us is in that side's part alone.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from casework.intake.files.demands import fold_items, numbered
from casework.shared.contracts import around
from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.intake import ComplaintReceived
from casework.shared.files.parts import Document, FilePart


def _contacts(document: Document, _envelope: Envelope, event: Any) -> None:
    match event:
        case ComplaintReceived(channel=channel, received_at=at, source=source, source_reference=reference):
            known_as = {"source": source, "source_reference": reference}
            document["list"] = [{"number": 1, "channel": channel, "at": at} | known_as]
        case around.ContactLinked():
            contact: Document = {"number": event.number, "channel": event.channel, "at": event.contacted_at}
            if event.source is not None:
                contact |= {"source": event.source, "source_reference": event.source_reference}
            if event.words is not None:
                contact["words"] = event.words
            document["list"].append(contact)
        case _:
            pass


def _counted(document: Document, _now: datetime) -> Document:
    found = document.get("list", [])
    by_channel: dict[str, int] = {}
    for contact in found:
        by_channel[contact["channel"]] = by_channel.get(contact["channel"], 0) + 1
    return {
        "contacts": len(found),
        "channels": len(by_channel),
        "by_channel": dict(sorted(by_channel.items())),
        "list": found,
    }


def _respondents(document: Document, envelope: Envelope, event: Any) -> None:
    found = numbered(document)
    at = envelope.occurred_at or envelope.time
    match event:
        case around.RespondentNamed(number=number, name=name, respondent_id=id_):
            found[number] = {"number": number, "name": name, "respondent_id": id_, "state": "open"}
        case around.RespondentWithdrawn(number=number, reason=reason, channel=channel):
            found[number] |= {"state": "withdrawn", "reason": reason, "channel": channel, "at": at}
        case around.RespondentAnswered(number=number, outcome=outcome, reason=reason):
            found[number] |= {"state": "answered", "outcome": outcome, "reason": reason, "at": at}
        case _:
            pass


def _listed(document: Document, _now: datetime) -> Any:
    return list(numbered(document).values())


def _posts(document: Document, envelope: Envelope, event: Any) -> None:
    found = numbered(document)
    at = envelope.occurred_at or envelope.time
    match event:
        case around.PostLinked(number=number):
            found[number] = {
                "number": number,
                "medium": event.medium,
                "posted_on": event.posted_on,
                "address": event.address,
                "linked_at": at,
                "approvals": [],
                "answers": [],
                "reports": [],
            }
        case around.PostStatementApproved(number=number, statement=statement, by=by):
            found[number]["approvals"].append({"statement": statement, "by": by, "at": at})
        case around.PostAnswered(number=number):
            said = {"statement": event.statement, "author": event.author, "approved_by": event.approved_by, "at": at}
            found[number]["answers"].append(said)
        case around.PostReported(number=number, to=to, reported_on=on):
            found[number]["reports"].append({"to": to, "on": on})
        case _:
            pass


_WORDS = {"open": "未结", "settled": "已结", "withdrawn": "已撤回"}


def _disputes(document: Document, envelope: Envelope, event: Any) -> None:
    fold_items(document, envelope, event)
    disputes = numbered(document)
    match event:
        case around.DisputeLinked():
            disputes[event.number] = {
                "link": "third-party-dispute",
                "number": event.number,
                "third_party": event.third_party,
                "item": event.item,
                "theirs": "open",
            }
        case around.DisputeStateNoted(number=number, state=state):
            disputes[number]["theirs"] = state
        case _:
            pass


def _side(side: around.DisputeSide, document: Document, envelope: Envelope, event: Any) -> None:
    """A quarrel as one side of it may be shown it: how it stands with them, and what they told us."""
    found = numbered(document)
    match event:
        case around.DisputeLinked(number=number, third_party=third_party):
            found[number] = {"number": number, "third_party": third_party, "state": "open", "words": []}
        case around.DisputeStateNoted(number=number, state=state):
            found[number]["state"] = state
        case around.DisputeWordsRecorded(number=number, words=words) if event.side == side:
            found[number]["words"].append({"at": envelope.occurred_at or envelope.time, "words": words})
        case _:
            pass


def _how_they_stand(document: Document, _now: datetime) -> Any:
    shown = []
    for dispute in numbered(document).values():
        item = document["items"].get(dispute["item"])
        ours = {} if item is None else {"ours": "closed" if item["state"] == "settled" else "open"}
        theirs = dispute["theirs"]
        words = {"en": f"theirs, {theirs}", "zh": f"对方之间:{_WORDS[theirs]}"}
        shown.append(dispute | ours | {"state": words})
    return shown


def _ground(document: Document, _envelope: Envelope, event: Any) -> None:
    if isinstance(event, around.GroundRecorded):
        document["ground"] = event.ground


LINKED_CONTACTS = FilePart("linked-contacts", _contacts, show=_counted)
LINKED_CONTACTS_IN_FULL = FilePart("linked-contacts-in-full", _contacts, restricted=True, show=_counted)
RESPONDENTS = FilePart("respondents", _respondents, show=_listed)
POSTS = FilePart("posts", _posts, show=_listed)
POSTS_IN_FULL = FilePart("posts-in-full", _posts, restricted=True, show=_listed)
DISPUTES = FilePart("third-party-disputes", _disputes, show=_how_they_stand)
COMPLAINANTS_SIDE = FilePart("dispute-complainant", partial(_side, "complainant"), restricted=True, show=_listed)
THIRD_PARTYS_SIDE = FilePart("dispute-third-party", partial(_side, "third-party"), restricted=True, show=_listed)
GROUND = FilePart("ground", _ground)
