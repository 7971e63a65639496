"""The filled form of a complaint: taken once as it is, and followed up line by line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from casework.shared.contracts.form import Form, FormLine, FormLineAdded, FormRecorded
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordForm:
    """Keep the form that the complaint came on. No effect where the case has one: sealed values cannot be compared."""

    form: Form


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFormLine:
    """Add a line to the follow-up of the form."""

    line: FormLine


FormCommand: TypeAlias = RecordForm | AddFormLine
FormEvent: TypeAlias = FormRecorded | FormLineAdded


class NoForm(Refusal):
    code = "no-form"

    def __init__(self) -> None:
        super().__init__("This complaint did not come on a form, so there are no lines to add to; use the case itself.")


class FormFull(Refusal):
    code = "form-full"

    def __init__(self) -> None:
        super().__init__("A form takes at most 1,000 lines; go on in the case itself.")


Lines: TypeAlias = int | None
"""How many lines the form has; None without a form."""
_MOST = 1_000


def decide(command: FormCommand, lines: Lines) -> tuple[FormEvent, ...]:
    """The events that `command` brings about. Raises the refusals above."""
    match command:
        case RecordForm(form=form):
            return (FormRecorded(form=form),) if lines is None else ()
        case AddFormLine(line=line):
            if lines is None:
                raise NoForm
            if lines >= _MOST:
                raise FormFull
            return (FormLineAdded(line=line),)
        case _:
            assert_never(command)


def evolve(lines: Lines, event: FormEvent) -> Lines:
    """The number of lines after `event`."""
    match event:
        case FormRecorded(form=form):
            return len(form.follow_up)
        case FormLineAdded():
            return (lines or 0) + 1
        case _:
            assert_never(event)
