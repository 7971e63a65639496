"""What whoever answers the phone needs of a case: what to say, what was promised, who called last, whom to put through.

Invariant: nothing here is personal. What a watch note says, a number, a name stay sealed; the document says where they
are opened, on record. What is kept of each service comes from that service's events alone, as in `progress`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, TypeAlias
from uuid import UUID

from casework.followup.caller_words import MAY, MAY_NOT, SAID, Rule
from casework.followup.stage_words import Stage
from casework.shared.contracts import clocks, contacts, publicity, representatives, resolution
from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.types import rfc3339

MOST_CONTACTS = 5
MOST_PROMISES = 10
"""How many are listed, the newest; a promise that is not kept yet is always among them."""

State: TypeAlias = Literal["open", "held-back", "kept", "kept-late", "broken"]


@dataclass(slots=True)
class Promised:
    """Something the complainant was promised: in our words, by when (RFC 3339) or on which day, and who answers for
    it."""

    kind: str
    words: str
    by: str
    owner: str
    day: str = ""
    holder: str = ""
    state: State = "open"


@dataclass(slots=True)
class Speaker:
    """Somebody who speaks for the complainant, and the first and last day of their authority, where it is proved."""

    role: str
    valid_from: str = ""
    valid_until: str = ""


@dataclass(slots=True)
class ForCaller:
    """The working value of the fold; a part of `Progress`. `overdue` are promises whose clock has run out; `watches`
    until when each stands; `prefers` how the complainant wants to be reached."""

    promises: dict[str, Promised] = field(default_factory=dict)
    overdue: list[str] = field(default_factory=list)
    contacts: list[dict[str, str]] = field(default_factory=list)
    watches: dict[str, str] = field(default_factory=dict)
    speakers: list[Speaker] = field(default_factory=list)
    prefers: dict[str, str] = field(default_factory=dict)
    public: bool = False


_TELLING = (
    contacts.ComplainantReached
    | contacts.ContactAttempted
    | contacts.MessageLeft
    | contacts.WatchSet
    | contacts.WatchEnded
    | contacts.ContactPreferencesSet
    | representatives.RepresentativeNamed
    | representatives.AuthorityProved
    | publicity.MediaSignalNoted
    | resolution.PromiseMade
    | resolution.PromiseTaken
    | resolution.PromiseHeldBack
    | resolution.PromiseBroken
    | resolution.PromiseKept
    | clocks.ClockExpired
)


def take(caller: ForCaller | None, envelope: Envelope, event: Any) -> ForCaller | None:
    """Take one more event of the case in. Most cases have none that says anything, and carry nothing."""
    if not isinstance(event, _TELLING):
        return caller
    if isinstance(event, clocks.ClockExpired):
        if event.purpose != "promise" or event.about is None:
            return caller
        caller = caller or ForCaller()
        caller.overdue = sorted({*caller.overdue, str(event.about)})
        return caller
    caller = caller or ForCaller()
    if envelope.source == "intake":
        _of_contact(caller, envelope, event)
    else:
        _of_promises(caller, event)
    return caller


def _of_contact(caller: ForCaller, envelope: Envelope, event: Any) -> None:
    match event:
        case contacts.ComplainantReached(channel=channel, at=at):
            _contacted(caller, {"what": "talk", "at": rfc3339(at), "by": envelope.actor.id, "channel": channel})
        case contacts.ContactAttempted(at=at, result=result):
            _contacted(caller, {"what": "attempt", "at": rfc3339(at), "by": envelope.actor.id, "result": result})
        case contacts.MessageLeft(at=at):
            _contacted(caller, {"what": "left-message", "at": rfc3339(at), "by": envelope.actor.id})
        case contacts.WatchSet(watch_id=watch, until=until):
            caller.watches = caller.watches | {str(watch): rfc3339(until)}
        case contacts.WatchEnded(watch_id=watch):
            caller.watches = {each: until for each, until in caller.watches.items() if each != str(watch)}
        case contacts.ContactPreferencesSet(language=language, channel=channel, hours=hours):
            said = {"language": language or "", "channel": channel or "", "hours": ", ".join(hours)}
            caller.prefers = {name: value for name, value in said.items() if value}
        case representatives.RepresentativeNamed(role=role):
            caller.speakers = [*caller.speakers, Speaker(role=role)]
        case representatives.AuthorityProved(number=number, valid_from=first, valid_until=last) if number <= len(
            caller.speakers
        ):
            speaker = caller.speakers[number - 1]
            speaker.valid_from, speaker.valid_until = first.isoformat(), "" if last is None else last.isoformat()
        case publicity.MediaSignalNoted():
            caller.public = True
        case _:
            pass


def _contacted(caller: ForCaller, contact: dict[str, str]) -> None:
    caller.contacts = sorted([*caller.contacts, contact], key=lambda each: each["at"])[-MOST_CONTACTS:]


def _of_promises(caller: ForCaller, event: Any) -> None:
    match event:
        case resolution.PromiseMade(promise_id=promise):
            made = Promised(kind=event.kind, words=event.words, by=rfc3339(event.due_at), owner=event.owner)
            made.day = "" if event.due_on is None else event.due_on.isoformat()
            caller.promises = _newest(caller.promises | {str(promise): made})
        case resolution.PromiseTaken(promise_id=promise, holder=holder):
            if (found := caller.promises.get(str(promise))) is not None:
                found.holder = holder
        case resolution.PromiseHeldBack(promise_id=promise):
            _now(caller, promise, "held-back")
        case resolution.PromiseBroken(promise_id=promise):
            _now(caller, promise, "broken")
        case resolution.PromiseKept(promise_id=promise, late=late):
            _now(caller, promise, "kept-late" if late else "kept")
        case _:
            pass


def _now(caller: ForCaller, promise: UUID, state: State) -> None:
    if (found := caller.promises.get(str(promise))) is not None:
        found.state = state


def _newest(promises: dict[str, Promised]) -> dict[str, Promised]:
    kept = [each for each, made in promises.items() if made.state in ("kept", "kept-late")]
    gone = set(kept[: max(0, len(promises) - MOST_PROMISES)])
    return {each: made for each, made in promises.items() if each not in gone}


def caller_document(case_id: UUID, caller: ForCaller | None, stage: Stage, owner: str, decided: bool) -> dict[str, Any]:
    """The members of the status document that are for whoever talks to the complainant. What may be said is stored and
    sent as codes: in sentences it would be half of every document; `with_sentences` puts them in for who reads one."""
    if caller is None:
        return {"caller": _spoken(stage, decided, False, False, False)}
    spoken = _spoken(stage, decided, bool(caller.promises), bool(caller.speakers), caller.public)
    document: dict[str, Any] = {"caller": spoken}
    if caller.promises:
        document["promises"] = [_promise(each, made, caller.overdue) for each, made in _in_order(caller.promises)]
    if caller.contacts:
        document["contacts"] = list(reversed(caller.contacts))
    if caller.watches:
        document["watches"] = [
            {"watch_id": watch, "until": until, "route_to": owner} for watch, until in sorted(caller.watches.items())
        ]
        notes = {"path": f"/v1/cases/{case_id}/files/intake/openings", "part": "contact-details"}
        document["caller"] = spoken | {"watch_notes": notes}
    if caller.speakers:
        document["representatives"] = [_speaker(number, each) for number, each in enumerate(caller.speakers, 1)]
    if caller.prefers:
        document["prefers"] = dict(caller.prefers)
    return document


@cache
def _spoken(stage: Stage, decided: bool, promised: bool, represented: bool, public: bool) -> dict[str, Any]:
    """The same for many cases, so made once; nobody may change it."""
    said, following = SAID[stage]
    return {
        "where": {"en": said[0], "zh": said[1]},
        "next": {"en": following[0], "zh": following[1]},
        "may_say": _may(decided, promised),
        "may_not_say": _may_not(stage, decided, represented, public),
    }


def with_sentences(caller: dict[str, Any]) -> dict[str, Any]:
    """The member `caller` of a stored document, its codes with a sentence each."""
    return caller | {
        name: [_rule(code, words) for code in caller[name]]
        for name, words in (("may_say", MAY), ("may_not_say", MAY_NOT))
    }


def _in_order(promises: dict[str, Promised]) -> list[tuple[str, Promised]]:
    return sorted(promises.items(), key=lambda each: (each[1].state in ("kept", "kept-late"), each[1].by, each[0]))


def _promise(promise: str, made: Promised, overdue: list[str]) -> dict[str, Any]:
    # Its clock says so before resolution has recorded that it was broken: the caller must not hear that all is well.
    state = "broken" if made.state in ("open", "held-back") and promise in overdue else made.state
    document = {
        "promise_id": promise,
        "kind": made.kind,
        "words": made.words,
        "by": made.by,
        "state": state,
        "owner": made.owner,
    }
    return document | {name: value for name, value in (("day", made.day), ("holder", made.holder)) if value}


def _speaker(number: int, speaker: Speaker) -> dict[str, Any]:
    document: dict[str, Any] = {"number": number, "role": speaker.role, "authority": bool(speaker.valid_from)}
    dates = (("valid_from", speaker.valid_from), ("valid_until", speaker.valid_until))
    return document | {name: value for name, value in dates if value}


def _may(decided: bool, promised: bool) -> list[Rule]:
    found: list[Rule] = ["stage", "next-step"]
    if promised:
        found.append("promises")
    if decided:
        found += ["decision", "appeal"]
    return found


def _may_not(stage: Stage, decided: bool, represented: bool, public: bool) -> list[Rule]:
    found: list[Rule] = ["identity"]
    if represented:
        found.append("authority")
    if not decided:
        found.append("outcome")
    if stage != "closed":
        found.append("promise")
    if public:
        found.append("public")
    found.append("own-words")
    return found


def _rule(rule: Rule, words: dict[Rule, tuple[str, str]]) -> dict[str, str]:
    english, chinese = words[rule]
    return {"code": rule, "en": english, "zh": chinese}
