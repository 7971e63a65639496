"""What an institution says about evidence, as values: the text is read elsewhere.

Invariant: every rule has a version, and whoever uses one records that version: a case keeps what it was decided under.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypeAlias, TypeVar

from pydantic import Field

from casework.shared.clocks.deadlines import Bilingual
from casework.shared.contracts.evidence import Number, PartyKind, Rate
from casework.shared.contracts.types import Name, Sentence, Word
from casework.shared.errors import Refusal

Words: TypeAlias = Annotated[tuple[Word, ...], Field(min_length=1, max_length=50)]
Currency: TypeAlias = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """What a complaint of one type needs. It serves the `categories` it names, letters large or small."""

    checklist: Word
    version: Number
    title: Bilingual
    categories: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    required: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """For how many years records are kept, counted from the end of the year they are of. `basis` is what says so.

    It is for records dated from `dated_from` to `dated_until`, both included. `certainty` says whether the basis was
    read, or is known from others.
    """

    rule: Word
    version: Number
    title: Bilingual
    years: Number
    basis: Sentence
    certainty: Literal["read", "second-hand"]
    dated_from: date | None = None
    dated_until: date | None = None

    def serves(self, dated: date) -> bool:
        """Whether the rule is for records of that day."""
        return (self.dated_from is None or self.dated_from <= dated) and (
            self.dated_until is None or dated <= self.dated_until
        )

    def disposed_on(self, dated: date) -> date:
        """The last day on which records of that day were kept."""
        return date(dated.year + self.years, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffVersion:
    """One version of a tariff: from `in_force_from` until the next one `rate` per cent a year was paid.

    A year counts `days_a_year` days where a term is given in days. `document` is the paper that says so.
    """

    tariff: Word
    version: Number
    document: Name
    in_force_from: date
    rate: Rate
    currency: Currency
    days_a_year: Literal[360, 365]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A paper that a kind of party brings. `named`: the name on it is the complaining one; `dated`: it is valid only
    until a day that it says."""

    paper: Word
    named: bool = False
    dated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyPapers:
    """The papers of one kind of party."""

    party: PartyKind
    version: Number
    papers: Annotated[tuple[Paper, ...], Field(min_length=1, max_length=20)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """The proof that has to be there before a kind of meeting."""

    pack: Word
    version: Number
    title: Bilingual
    required: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRules:
    """Everything an institution says about evidence."""

    checklist: tuple[Checklist, ...] = ()
    retention: tuple[RetentionRule, ...] = ()
    tariff: tuple[TariffVersion, ...] = ()
    party: tuple[PartyPapers, ...] = ()
    pack: tuple[Pack, ...] = ()

    def checklist_for(self, category: str, named: str | None = None) -> Checklist:
        """The newest checklist that serves `category`; where none does, the one of that name.

        Raises `NoChecklist`, `AnotherChecklist` and `UnknownPolicy`.
        """
        wanted = category.casefold()
        serving = _newest(each for each in self.checklist if wanted in {name.casefold() for name in each.categories})
        if serving is not None:
            if named not in (None, serving.checklist):
                raise AnotherChecklist(serving.checklist)
            return serving
        known = sorted({each.checklist for each in self.checklist})
        if named is None:
            raise NoChecklist(category, known)
        found = _newest(each for each in self.checklist if each.checklist == named)
        return _known("checklist", named, found, known)

    def retention_rule(self, named: str) -> RetentionRule:
        """The newest version of a retention rule. Raises `UnknownPolicy`."""
        found = _newest(each for each in self.retention if each.rule == named)
        return _known("retention rule", named, found, sorted({each.rule for each in self.retention}))

    def tariff_on(self, named: str, day: date) -> TariffVersion:
        """The version of a tariff that was in force on a day. Raises `UnknownPolicy` and `NoTariffThen`."""
        versions = [each for each in self.tariff if each.tariff == named]
        _known("tariff", named, versions or None, sorted({each.tariff for each in self.tariff}))
        before = [each for each in versions if each.in_force_from <= day]
        if not before:
            raise NoTariffThen(named, min(each.in_force_from for each in versions))
        return max(before, key=lambda each: (each.in_force_from, each.version))

    def papers_of(self, party: PartyKind) -> PartyPapers:
        """The papers of a kind of party. Raises `UnknownPolicy`."""
        found = _newest(each for each in self.party if each.party == party)
        return _known("kind of party", party, found, sorted({each.party for each in self.party}))

    def pack_of(self, named: str) -> Pack:
        """The newest version of a pack. Raises `UnknownPolicy`."""
        found = _newest(each for each in self.pack if each.pack == named)
        return _known("pack", named, found, sorted({each.pack for each in self.pack}))


class NoChecklist(Refusal):
    code = "no-checklist"

    def __init__(self, category: str, known: list[str]) -> None:
        super().__init__(f"No checklist is for complaints of the category {category}; {_one_of(known)}.")


class AnotherChecklist(Refusal):
    code = "another-checklist"

    def __init__(self, serving: str) -> None:
        super().__init__(f"For this category the checklist {serving} is the one; leave the name out, or give that one.")


class NoTariffThen(Refusal):
    code = "no-tariff-then"

    def __init__(self, tariff: str, first: date) -> None:
        super().__init__(f"The tariff {tariff} begins on {first}; nothing is known of the time before.")


class UnknownPolicy(Refusal):
    code = "unknown-evidence-policy"

    def __init__(self, what: str, named: str, known: list[str]) -> None:
        super().__init__(f"No {what} is called {named}; {_one_of(known)}.")


_V = TypeVar("_V", Checklist, RetentionRule, PartyPapers, Pack)
_T = TypeVar("_T")


def _newest(versions: Iterable[_V]) -> _V | None:
    return max(versions, key=lambda each: each.version, default=None)


def _known(what: str, named: str, found: _T | None, known: list[str]) -> _T:
    if found is None:
        raise UnknownPolicy(what, named, known)
    return found


def _one_of(known: list[str]) -> str:
    return f"choose one of {', '.join(known)}" if known else "there is none"
