"""Apologies: for a fault, or of regret without admission, and no wider than the facts.

Invariant: before investigation has found anything only the trouble is apologised for, and no cause is named; a fault is
owned up to only where one was found. A regret admits nothing: it is one event, and nobody's share changes by it.
"""

from __future__ import annotations

from dataclasses import dataclass

from casework.resolution.domain.known import Known
from casework.resolution.domain.outgoing import UNCHECKED, Sending, sent
from casework.resolution.domain.statements import Statements
from casework.shared.answers.wording import cause_in
from casework.shared.contracts.answers import ApologyGiven, ApologyKind, ApologyScope
from casework.shared.contracts.messages import FactsStated
from casework.shared.contracts.types import Name, Prose
from casework.shared.contracts.vocabulary import Channel
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Apologise:
    """Apologise to the complainant, as `by`, in `words` for `scope`."""

    kind: ApologyKind
    scope: ApologyScope
    words: Prose
    by: Name
    channel: Channel
    sending: Sending = UNCHECKED


class ApologyBeforeFinding(Refusal):
    code = "apology-before-finding"

    def __init__(self, kind: str, scope: str) -> None:
        super().__init__(
            f"Investigation has recorded no finding, so there is no {kind} for {scope} to apologise for yet."
            " Say regret for the trouble, and what we do next."
        )


class ApologyWiderThanFacts(Refusal):
    code = "apology-wider-than-facts"

    def __init__(self, kind: str, scope: str) -> None:
        super().__init__(
            f"What was found does not bear out a {kind} for {scope}; say regret for the trouble, which admits nothing."
        )


class ApologyNamesCause(Refusal):
    code = "apology-names-cause"

    def __init__(self, words: str) -> None:
        super().__init__(
            f'The apology names a cause ("{words}") that no finding bears out; keep to the trouble, and say what we do'
            " next."
        )


def decide(command: Apologise, known: Known, statements: Statements) -> tuple[ApologyGiven | FactsStated, ...]:
    """The apology as an event. Raises the refusals above, and what `sent` raises."""
    wording = command.sending.wording
    stated = sent(command.sending, statements, "apology", command.words)
    if wording is not None and not known.found_against_us:
        if command.kind == "fault" or command.scope != "trouble":
            refused = ApologyWiderThanFacts if known.anything_found else ApologyBeforeFinding
            raise refused(command.kind, command.scope)
        cause = cause_in(command.words, wording)
        if cause is not None:
            raise ApologyNamesCause(cause)
    return (
        ApologyGiven(
            kind=command.kind,
            scope=command.scope,
            words=command.words,
            by=command.by,
            channel=command.channel,
            wording=command.sending.version,
        ),
        *stated,
    )
