"""Commands and events of a person's rights over their data, for the properties of intake's domain."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from casework.intake.domain.privacy import (
    DisposeOfCase,
    DisposeOfStaffFile,
    EraseComplainant,
    GiveOwnData,
    RequestOwnData,
)
from casework.shared.contracts import privacy
from casework.shared.contracts.clocks import DeadlineRef
from casework.shared.testing.privacy_samples import PRIVACY_SAMPLES

ERASE = EraseComplainant(erasure_id=UUID(int=71), persons=(UUID(int=7),), reason="request", ended=True)
DISPOSE = DisposeOfCase(
    erasure_id=UUID(int=72),
    persons=(UUID(int=7),),
    rule=DeadlineRef(id="internal.retention", version=1),
    kept_until=date(2029, 3, 2),
    today=date(2029, 3, 3),
    ended=True,
)
STAFF_FILE = DisposeOfStaffFile(rule=DISPOSE.rule, kept_until=date(2029, 3, 2), today=date(2029, 3, 3), ended=True)
ASK = RequestOwnData(request_id=UUID(int=73), reference="DSR-18")

PRIVACY_COMMANDS = (
    ERASE,
    replace(ERASE, ended=False),
    replace(ERASE, persons=(UUID(int=7), UUID(int=8))),
    DISPOSE,
    replace(DISPOSE, today=date(2029, 3, 2)),
    STAFF_FILE,
    replace(STAFF_FILE, today=date(2029, 3, 2)),
    ASK,
    GiveOwnData(request_id=None, entries=14),
    GiveOwnData(request_id=ASK.request_id, entries=14),
)
PRIVACY_EVENTS: tuple[Any, ...] = tuple(each for each in PRIVACY_SAMPLES if type(each).__module__ == privacy.__name__)
