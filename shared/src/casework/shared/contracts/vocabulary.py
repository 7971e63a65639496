"""The closed sets of words that several contracts share. Adding a word is additive; removing one is not."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from casework.shared.contracts.types import Fact

Channel: TypeAlias = Literal[
    "web", "phone", "email", "letter", "fax", "counter", "referral", "chat", "api", "on-site", "group-chat", "post"
]
Language: TypeAlias = Literal["en", "zh"]
Severity: TypeAlias = Literal["low", "medium", "high"]
Complexity: TypeAlias = Literal["simple", "complex"]
Impact: TypeAlias = Literal["low", "medium", "high"]
"""How far a complaint reaches: one person, several, many or the public."""
Urgency: TypeAlias = Literal["usual", "soon", "at-once"]
Track: TypeAlias = Literal["now", "prepare"]
"""Whether a complaint is acted on now, or let cool and prepared first."""
Motive: TypeAlias = Literal["vent", "respect", "compensation"]
"""A working guess at what would settle the matter. It decides nothing, and is compared at closure."""
Outcome: TypeAlias = Literal["upheld", "partly-upheld", "not-upheld"]
RemedyKind: TypeAlias = Literal["explanation", "apology", "refund", "replacement", "repair", "correction", "guidance"]
RemedyClass: TypeAlias = Literal["claim", "goodwill"]
"""Whether a remedy answers the claim, or is given without any fault, from a purse of its own."""
ProofKind: TypeAlias = Literal["payment-confirmation", "carrier-receipt", "visit-report", "message-copy", "letter-copy"]
"""What shows that the complainant has a remedy."""
OutsideAction: TypeAlias = Literal["police", "legal-threat", "ban"]
"""What goes beyond the matter of the complaint and strikes the person."""
ContactWay: TypeAlias = Literal["phone", "email", "address"]
Speaker: TypeAlias = Literal["complainant", "representative"]
"""Who of the complainant's side said something: they themselves, or somebody with authority to speak for them."""
Side: TypeAlias = Literal["organisation", "complainant", "third-party"]
Lateness: TypeAlias = Literal["decide-on-what-we-have", "treat-as-conceded", "close-the-complaint"]
"""What comes of it when evidence that was asked for does not arrive in time."""
PromiseKind: TypeAlias = Literal["call-back", "complainant-deadline", "cooling-period", "other"]
"""What kind of time was given: we call, the complainant set it, we let it cool until then, anything else."""
Reach: TypeAlias = Literal["phone", "email", "address"]
"""Which of the complainant's sealed details is used. A reference, so that nothing personal is repeated."""
CallResult: TypeAlias = Literal[
    "no-answer", "engaged", "voicemail", "wrong-number", "asked-to-call-later", "extension-unknown"
]
SanctionCause: TypeAlias = Literal["appeal-failed", "silence"]
LiftingCause: TypeAlias = Literal["appeal-succeeded", "complaint-withdrawn"]

Facts: TypeAlias = Annotated[tuple[Fact, ...], Field(max_length=100)]
"""What is asserted about a case. A later fact of the same name takes the place of the earlier one."""
