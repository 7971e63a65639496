"""Commands and events of the end of a case, for the tests of followup's rules."""

from __future__ import annotations

from datetime import UTC, datetime

from casework.followup.domain.closing import (
    AskOpinion,
    ChangeOwner,
    ExcuseOpinion,
    LookIn,
    MakeSecondContact,
    RecordOpinion,
)
from casework.followup.domain.commands import CloseCase, Command, ReopenCase
from casework.followup.domain.events import FollowUpEvent
from casework.shared.contracts.closing import (
    ClosingTerms,
    OpinionAsked,
    OpinionNotToBeHad,
    OpinionRecorded,
    OwedR,
    OwnerChanged,
    OwnerLookedIn,
    SecondContactMade,
    SecondContactWanted,
)
from casework.shared.contracts.followup import CaseClosed

UNTIL = datetime(2026, 5, 2, tzinfo=UTC)
TERMS = ClosingTerms(policy="internal.closing", version=1, reopen_until=UNTIL)
FOUR = (
    OwedR(r="regret", done="By letter."),
    OwedR(r="reform", done="P-12 was changed."),
    OwedR(r="restitution", done="Given back."),
    OwedR(r="recovery", excused="No contact is wanted."),
)
CLOSING_COMMANDS: tuple[Command, ...] = (
    AskOpinion(channel="phone"),
    ExcuseOpinion(cause="contact-refused", reason="No more calls."),
    RecordOpinion(on="process", score=5, channel="web", words=None, by="survey"),
    MakeSecondContact(channel="phone", reached=False),
    ChangeOwner(owner="Wei Zhang", reason="She took the first call."),
    LookIn(by="Mei Chen", note="It goes on."),
    CloseCase(reason="All is done.", decision="upheld", gated=True, terms=TERMS, four_rs=FOUR),
    CloseCase(reason="No agreement.", outcome="unresolved", offers=("A repair.",), gated=True, terms=TERMS),
    CloseCase(reason="Nothing was heard.", outcome="silent", gated=True, terms=TERMS),
    ReopenCase(reason="Short again.", at=UNTIL),
)
CLOSING_EVENTS: tuple[FollowUpEvent, ...] = (
    OpinionAsked(channel="phone"),
    OpinionNotToBeHad(cause="contact-refused", reason="No more calls."),
    OpinionRecorded(on="process", score=5, channel="web"),
    SecondContactWanted(holder="Aoife Byrne"),
    SecondContactMade(channel="phone", reached=False),
    OwnerChanged(owner="Wei Zhang", before="Mei Chen", reason="She took the first call."),
    OwnerLookedIn(note="It goes on."),
    CaseClosed(outcome="unresolved", reason="No agreement.", terms=TERMS, offers=("A repair.",)),
)
