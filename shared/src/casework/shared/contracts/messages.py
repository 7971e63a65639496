"""What resolution publishes of the words it sends: approved statements, messages, and the facts that are stated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from casework.shared.contracts.types import Name, Prose, SafeInt, Sealed, Sentence, Word
from casework.shared.contracts.vocabulary import Channel

StatementId: TypeAlias = Annotated[str, Field(pattern=r"^S-[1-9][0-9]{0,3}$")]
"""Such as S-3: what one case says about something."""
Version: TypeAlias = Annotated[SafeInt, Field(ge=1)]
Topics: TypeAlias = Annotated[tuple[Word, ...], Field(max_length=20)]
"""What a text is about, as words that rules can compare, such as `parts-delivery`."""
SentAs: TypeAlias = Literal["message", "decision", "progress-update", "apology", "call-result"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A statement that a text repeats, in the version that it repeats."""

    statement: StatementId
    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidFact:
    """A fact that a text states, such as `parts-leave` = `Friday`; nothing personal. `none` is a value, too."""

    topic: Word
    value: Sentence


Cites: TypeAlias = Annotated[tuple[Cited, ...], Field(max_length=20)]
Says: TypeAlias = Annotated[tuple[SaidFact, ...], Field(max_length=20)]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementDrafted:
    """What the organisation would say about these topics, in a new version. It counts once it is approved."""

    statement: StatementId
    version: Version
    topics: Topics
    text: Prose
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementApproved:
    """Somebody else than its author approved this version: whatever goes out about its topics cites it from now on."""

    statement: StatementId
    version: Version
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent:
    """`by` sent the complainant a message, as `role`. `wording` is the version of the policy that it was checked by."""

    message_id: UUID
    channel: Channel
    text: Sealed
    by: Name
    wording: SafeInt | None = None
    role: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsStated:
    """What the text that was just sent is about, which statements it cites, and the facts it states.

    `corrects` is the event that stated otherwise before, where that is put right openly.
    """

    sent_as: SentAs
    about: Topics = ()
    cites: Cites = ()
    says: Says = ()
    corrects: UUID | None = None
