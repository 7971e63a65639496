"""The text of an acknowledgement, in the complainant's language, and its sealed copy.

Invariant: the copy that is kept is the text that is sent, to the byte: the hash is of the text before it is sealed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from string import Template
from uuid import UUID

from casework.intake.domain.acknowledgements import Copy, require_complete
from casework.intake.domain.complaint import Complaint
from casework.intake.rules import day_of, rules_for
from casework.shared.business_time import is_backdated
from casework.shared.contracts.vocabulary import Language
from casework.shared.files.parts import SAID
from casework.shared.http.commands import UnknownCase
from casework.shared.keys.sealing import ERASED, ERASED_TEXT, open_sealed
from casework.shared.keys.sealing_for import seal
from casework.shared.runtime.database import begin
from casework.shared.runtime.service import ServiceRuntime

_GREETING: Mapping[Language, tuple[str, str]] = {"en": ("Dear {}", "Good day"), "zh": ("尊敬的{}", "您好")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What a person says of the complaint when acknowledging it; None for what they left out."""

    problem: str | None
    demand: str | None
    next_step: str
    next_step_by: date | None
    reach: str | None
    statements: Collection[str] = ()


async def copy_of(runtime: ServiceRuntime, case_id: UUID, said: Understood, at: datetime | None) -> Copy | None:
    """The text to send, and to keep; None where it was said `at` a time in the past: no text is made up for it.

    Raises `AcknowledgementIncomplete`, `UnknownCase`, `StoreUnavailable`."""
    async with begin(runtime.engine) as work:
        unit = await runtime.store.open(work, [case_id])
        stream, now = unit.streams[case_id], unit.now
    if stream.version == 0:
        raise UnknownCase(f"Intake has no case {case_id}.")
    if is_backdated(at, now):
        return None
    state: Complaint = stream.state
    language: Language = state.reaching.language or state.language
    letterhead = runtime.rulebook.institution.letterhead
    reach = said.reach or (None if letterhead.reach is None else getattr(letterhead.reach, language))
    require_complete(
        the_problem=said.problem,
        the_demand=said.demand,
        the_day_of_the_next_step=said.next_step_by,
        how_to_reach_the_owner=reach,
    )
    assert said.next_step_by is not None
    text = _template(language).substitute(
        letterhead=getattr(letterhead.name, language),
        case=case_id,
        received=_day(day_of(state.received_at or now, runtime.rulebook), language),
        greeting=await _greeting(runtime, case_id, state, language),
        problem=said.problem,
        demand=said.demand,
        next_step=said.next_step,
        by=_day(said.next_step_by, language),
        owner=state.owner,
        reach=reach,
        statements="".join(f"\n{text}" for text in _required(runtime, state, said.statements, language)),
    )
    (sealed,) = await seal(runtime, case_id, text)
    return Copy(
        language=language,
        text=sealed,
        sha256=sha256(text.encode()).hexdigest(),
        next_step_by=said.next_step_by,
        today=day_of(now, runtime.rulebook),
    )


async def _greeting(runtime: ServiceRuntime, case_id: UUID, state: Complaint, language: Language) -> str:
    """By the name that the complainant asked us to use, where they did."""
    by_name, plain = _GREETING[language]
    name = state.reaching.name
    if name is None:
        return plain
    keys = await runtime.keys.open({name.person})
    opened = open_sealed(name, keys.get(name.person, ERASED), case_id=case_id, field=SAID)
    return plain if opened == ERASED_TEXT else by_name.format(opened)


def _required(runtime: ServiceRuntime, state: Complaint, said: Collection[str], language: Language) -> list[str]:
    """The words of the statements that are made, by the rules in force."""
    return [
        getattr(statement.text, language)
        for policy in rules_for(state, runtime.rulebook)
        if policy.purpose == "acknowledge"
        for statement in policy.statements
        if statement.name in said
    ]


def _day(day: date, language: Language) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if language == "zh" else day.isoformat()


@cache
def _template(language: Language) -> Template:
    folder = files("casework.intake") / "templates"
    return Template((folder / f"acknowledgement.{language}.txt").read_text(encoding="utf-8"))
