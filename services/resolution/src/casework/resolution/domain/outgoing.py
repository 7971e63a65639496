"""Texts that go out to the complainant: worded well, of one voice, and true to what was said before.

Invariant: what people send now is checked, every time and before it is recorded as sent. What a standing solution says
was agreed beforehand, and what an imported history tells was said long ago: neither is checked.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from casework.resolution.domain.speakers import Speaker
from casework.resolution.domain.statements import Statements, require_cited
from casework.shared.answers.wording import Wording, broken_by
from casework.shared.contracts.messages import Cites, FactsStated, MessageSent, SaidFact, Says, SentAs, Topics
from casework.shared.contracts.types import Sealed
from casework.shared.contracts.vocabulary import Channel
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True)
class SaidBefore:
    """A fact that was stated to the complainant, and the event that says so."""

    fact: SaidFact
    event: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What a text is held to, and what its sender says of it. Without `wording` it is held to nothing: it was agreed
    beforehand, or sent long ago. `before` is every fact that was stated in this case, in order."""

    wording: Wording | None = None
    about: Topics = ()
    cites: Cites = ()
    says: Says = ()
    corrects: UUID | None = None
    before: tuple[SaidBefore, ...] = ()

    @property
    def version(self) -> int | None:
        """The version of the wording that it is checked by, where it is."""
        return None if self.wording is None else self.wording.version


UNCHECKED = Sending()


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage:
    """Send the complainant a message, as `speaker`. `plain` is what it says, for the checks; only `text` is kept."""

    message_id: UUID
    channel: Channel
    plain: str
    text: Sealed
    speaker: Speaker
    sending: Sending = UNCHECKED


class WordingBlocked(Refusal):
    code = "wording-blocked"

    def __init__(self, said: str) -> None:
        super().__init__(f"The text was not sent. {said}")


class ContradictsWhatWasSaid(Refusal):
    code = "contradicts-what-was-said"

    def __init__(self, fact: SaidFact, before: SaidBefore) -> None:
        super().__init__(
            f'The text says of {fact.topic}: "{fact.value}"; event {before.event} said "{before.fact.value}". Keep to'
            " that, or put it right openly: send the text with corrects and that event's id."
        )


def decide(command: SendMessage, statements: Statements) -> tuple[MessageSent | FactsStated, ...]:
    """The message as events. Raises `RoleNotInDirectory`, and what `sent` raises."""
    role = command.speaker.require_role()
    stated = sent(command.sending, statements, "message", command.plain)
    message = MessageSent(
        message_id=command.message_id,
        channel=command.channel,
        text=command.text,
        by=command.speaker.id,
        wording=command.sending.version,
        role=role,
    )
    return (message, *stated)


def sent(sending: Sending, statements: Statements, sent_as: SentAs, *texts: str | None) -> tuple[FactsStated, ...]:
    """What the sent texts state, as an event; none where their sender says nothing of that.

    Raises `WordingBlocked`, the refusals of `require_cited`, and `ContradictsWhatWasSaid`."""
    if sending.wording is not None:
        require_worded(sending.wording, *texts)
        about = (*sending.about, *(said.topic for said in sending.says))
        require_cited(statements, about, sending.cites)
        _require_consistent(sending)
    if not (sending.about or sending.cites or sending.says):
        return ()
    return (
        FactsStated(
            sent_as=sent_as,
            about=sending.about,
            cites=sending.cites,
            says=sending.says,
            corrects=sending.corrects,
        ),
    )


def require_worded(wording: Wording | None, *texts: str | None) -> None:
    """Raises `WordingBlocked`, which names every taboo that the texts break, the words that do, and what to write
    instead."""
    if wording is None:
        return
    broken = {each.taboo.id: each for text in texts if text is not None for each in broken_by(text, wording)}
    if broken:
        raise WordingBlocked(
            " ".join(
                f"[{each.taboo.id}{f': {each.phrase}' if each.phrase else ''}] {each.taboo.title.en}"
                f" ({each.taboo.title.zh}){_found(each.words)}. {each.taboo.instead.zh} {each.taboo.instead.en}"
                for each in broken.values()
            )
        )


def _found(words: str) -> str:
    return f': "{words}"' if words.strip() else ""


def _require_consistent(sending: Sending) -> None:
    for fact in sending.says:
        before = _in_force(fact.topic, sending.before)
        if before is None or _same(before.fact.value, fact.value) or sending.corrects == before.event:
            continue
        raise ContradictsWhatWasSaid(fact, before)


def _in_force(topic: str, said: Sequence[SaidBefore]) -> SaidBefore | None:
    """What was said last about a topic, by the first event that said so."""
    found: SaidBefore | None = None
    for each in said:
        if each.fact.topic == topic and (found is None or not _same(found.fact.value, each.fact.value)):
            found = each
    return found


def _same(one: str, other: str) -> bool:
    return _plain(one) == _plain(other)


def _plain(value: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())
