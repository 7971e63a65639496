"""One of every command and event of the card, for the properties of the whole complaint."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args
from uuid import UUID

from casework.intake.domain.asserted import AssertFact, ChangeFactStanding
from casework.intake.domain.card import ConfirmCard, ReadBackCard, RecordOpinion, WriteCard
from casework.intake.domain.codes import CodeComplaint
from casework.intake.domain.form import AddFormLine, RecordForm
from casework.intake.domain.on_card import OnCardCommand, OnCardEvent
from casework.shared.contracts.card import Clerk
from casework.shared.contracts.form import Form, FormLine, FormPerson, FormProblem, FormReceipt
from casework.shared.contracts.types import Sealed
from casework.shared.policies.shipped_codes import codes_of_package
from casework.shared.testing.card_samples import CARD_SAMPLES, FORM_SAMPLES

SAID = Sealed(person=UUID(int=7), nonce="A" * 16, box="B" * 30)
LINE = FormLine(action=SAID, date="2026-03-02", name="Mei Chen")
FORM = Form(
    receipt=FormReceipt(date="2026-03-02", time="09:10Z", recipient="Mei Chen", medium="counter", number="F-117"),
    complainant=FormPerson(name=SAID),
    problem=FormProblem(recurrent=False, description=SAID, category="Missing parts"),
)
CARD_COMMANDS: tuple[OnCardCommand, ...] = (
    WriteCard(when="2026-03-01", now=datetime(2026, 3, 2, tzinfo=UTC), clerk=Clerk(staff=("clerk-0417",))),
    WriteCard(what_happened=SAID, wish=SAID, now=datetime(2026, 3, 2, tzinfo=UTC)),
    ReadBackCard(channel="phone"),
    ConfirmCard(channel="phone"),
    RecordOpinion(question="seventh", opinion=SAID),
    AssertFact(words=SAID, asserted_by="complainant"),
    ChangeFactStanding(number=1, standing="verified", reason=SAID),
    CodeComplaint(cause="staff-slip", lists=codes_of_package()),
    RecordForm(form=FORM),
    AddFormLine(line=LINE),
)
CARD_EVENTS: tuple[OnCardEvent, ...] = tuple(
    event for event in (*CARD_SAMPLES, *FORM_SAMPLES) if isinstance(event, get_args(OnCardEvent))
)
