"""Filled forms over HTTP: a complaint that comes on one, and further lines of its follow-up.

Invariant: what is imported comes back field by field as it was; what is said on it is sealed before it is recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StrictBool

from casework.shared.contracts.form import (
    Day,
    DayTime,
    Form,
    FormLine,
    FormPerson,
    FormProblem,
    FormProduct,
    FormReceipt,
)
from casework.shared.contracts.inbox import ComplainantPart, Label, Part, PostedComplaint, Words
from casework.shared.contracts.types import Sealed, Sentence, no_nul
from casework.shared.contracts.vocabulary import Channel, Language

Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S"), AfterValidator(no_nul)]
"""One line of a form, kept to the letter: nothing is stripped."""
SealText = Callable[[str], Sealed]


class ReceiptFields(Part):
    """When the complaint was received, by whom and how, and the number it was given."""

    date: Day
    time: DayTime
    recipient: Line
    medium: Channel
    number: Line


class PersonFields(Part):
    """Who complains, or who acts for them."""

    name: Line | None = None
    organisation: Line | None = None
    address: Line | None = None
    postcode: Line | None = None
    town: Line | None = None
    country: Line | None = None
    phone: Line | None = None
    fax: Line | None = None
    email: Line | None = None


class ProductFields(Part):
    """The product, or the order, that is complained about."""

    reference: Line | None = None
    order: Line | None = None
    description: Words | None = None


class ProblemFields(Part):
    """The problem: when it occurred, whether it was there before, what it is and of which sort."""

    date: Day | None = None
    recurrent: StrictBool
    description: Words
    category: Line


class LineFields(Part):
    """One line of the follow-up: what was done, on which day, by whom."""

    action: Sentence
    date: Day
    name: Line
    remark: Sentence | None = None


class FormFields(Part):
    """A filled form: what the complainant wrote, what was noted at its receipt, and what was done since.

    No conformity with the annexes of ISO 10002 is claimed: the fields were not checked against a bought copy.
    """

    receipt: ReceiptFields
    complainant: PersonFields
    representative: PersonFields | None = None
    product: ProductFields | None = None
    problem: ProblemFields
    remedy_wished: Words | None = None
    enclosures: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    follow_up: Annotated[tuple[LineFields, ...], Field(max_length=100)] = ()


class PostedForm(Part):
    """A complaint that came on a form: whose forms these are, and the form. Its number is the sender's reference."""

    source: Label
    language: Language = "en"
    organisation: Label | None = None
    form: Annotated[FormFields, Field(repr=False)]


def complaint_of(posted: PostedForm) -> PostedComplaint:
    """The complaint that the form is about, as it would be posted without one."""
    form, who = posted.form, posted.form.complainant
    address = ", ".join(part for part in (who.address, who.postcode, who.town, who.country) if part)
    known = {"name": who.name or who.organisation, "phone": who.phone, "email": who.email, "address": address}
    known = {name: text for name, text in known.items() if text}
    return PostedComplaint(
        source=posted.source,
        source_reference=form.receipt.number,
        channel=form.receipt.medium,
        received_at=datetime.fromisoformat(f"{form.receipt.date}T{form.receipt.time}"),
        language=posted.language,
        organisation=posted.organisation,
        category=form.problem.category,
        words=form.problem.description,
        complainant=ComplainantPart(**known) if known else None,
        wish=form.remedy_wished,
    )


def sealed_form(form: FormFields, seal: SealText) -> Form:
    """The form with all that was said on it sealed."""
    return Form(
        receipt=FormReceipt(**dict(form.receipt)),
        complainant=_person(form.complainant, seal),
        representative=None if form.representative is None else _person(form.representative, seal),
        product=None if form.product is None else FormProduct(**_sealed(form.product, seal)),
        problem=FormProblem(
            date=form.problem.date,
            recurrent=form.problem.recurrent,
            description=seal(form.problem.description),
            category=form.problem.category,
        ),
        remedy_wished=None if form.remedy_wished is None else seal(form.remedy_wished),
        enclosures=tuple(seal(each) for each in form.enclosures),
        follow_up=tuple(sealed_line(each, seal) for each in form.follow_up),
    )


def sealed_line(line: LineFields, seal: SealText) -> FormLine:
    """A line with what was said in it sealed."""
    remark = None if line.remark is None else seal(line.remark)
    return FormLine(action=seal(line.action), date=line.date, name=line.name, remark=remark)


def _person(person: PersonFields, seal: SealText) -> FormPerson:
    return FormPerson(**_sealed(person, seal))


def _sealed(part: Part, seal: SealText) -> dict[str, Sealed]:
    return {name: seal(text) for name, text in part if text is not None}
