"""The acknowledgement as it is sent: what it has to say, and the copy that is kept.

Invariant: what a person sends names the case and its owner, the problem and the demand as we understood them, the next
step with its day, and how to reach the owner; and that very text is kept with its hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from casework.shared.contracts.acknowledgements import SentText
from casework.shared.contracts.types import Sealed
from casework.shared.contracts.vocabulary import Language
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """The text that is sent, sealed, with the SHA-256 of what is under the seal. `today` is the institution's."""

    language: Language
    text: Sealed
    sha256: str
    next_step_by: date
    today: date


class AcknowledgementIncomplete(Refusal):
    code = "acknowledgement-incomplete"

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(
            f"The acknowledgement leaves out {', '.join(missing)}. Tell the complainant that too; for a demand that"
            " they do not wish to name, say so."
        )


class NextStepInThePast(Refusal):
    code = "next-step-in-the-past"

    def __init__(self, day: date) -> None:
        super().__init__(f"The next step would have been on {day}; promise a day that lies ahead, or today.")


def require_complete(**parts: str | date | None) -> None:
    """Raises `AcknowledgementIncomplete`, naming each part that is None; `_` stands for a space."""
    missing = tuple(name.replace("_", " ") for name, part in parts.items() if part is None)
    if missing:
        raise AcknowledgementIncomplete(missing)


def sent(copy: Copy, owner: str) -> SentText:
    """What is kept of it. Raises `NextStepInThePast`."""
    if copy.next_step_by < copy.today:
        raise NextStepInThePast(copy.next_step_by)
    return SentText(
        language=copy.language,
        text=copy.text,
        sha256=copy.sha256,
        owner=owner,
        next_step_by=copy.next_step_by,
    )
