"""The form that the complaint came on, given back as it was, with the lines that were added since."""

from __future__ import annotations

from typing import Any

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.form import FormLineAdded, FormRecorded
from casework.shared.files.parts import Document, FilePart


def _form(document: Document, _envelope: Envelope, event: Any) -> None:
    match event:
        case FormRecorded(form=form):
            given = {name: getattr(form, name) for name in form.__slots__}
            document.update({name: value for name, value in given.items() if value is not None})
            document["follow_up"] = list(form.follow_up)
        case FormLineAdded(line=line):
            document["follow_up"].append(line)
        case _:
            pass


FORM = FilePart("form", _form, restricted=True)
