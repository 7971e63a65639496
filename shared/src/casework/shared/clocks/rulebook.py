"""Everything an institution counts time by, in one frozen value: policies, calendars, ladders, and which apply to whom.

Invariant: reading it again gives another rulebook and changes none that is in use. What a clock pinned is found by id
and version for ever, so long as its file is kept (K13); what is in force is chosen by the date of receipt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from casework.shared.checks.checklists import Checklist, asked_for
from casework.shared.clocks.calendars import Calendar
from casework.shared.clocks.deadlines import Bilingual, DeadlinePolicy, ReceiptNotServed, activate, choose
from casework.shared.clocks.ladders import Ladder
from casework.shared.clocks.moments import Moment
from casework.shared.contracts.checks import CheckedStage
from casework.shared.contracts.clocks import DeadlineRef, PolicyId, Purpose
from casework.shared.contracts.policy_text import InvalidPolicy, read_typed
from casework.shared.contracts.types import Name
from casework.shared.contracts.vocabulary import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """Deadlines for some of the complaints. An empty list of sources, categories or organisations means every one."""

    policies: tuple[PolicyId, ...]
    sources: tuple[Name, ...] = ()
    categories: tuple[Name, ...] = ()
    organisations: tuple[Name, ...] = ()

    def is_for(self, source: str, category: str, organisation: str) -> bool:
        """Whether a complaint falls under it."""
        return all(
            not wanted or value in wanted
            for wanted, value in (
                (self.sources, source),
                (self.categories, category),
                (self.organisations, organisation),
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """Our name or seal as it stands on what we send, and how the owner of a case is reached, where that is the same
    for all of them."""

    name: Bilingual
    reach: Bilingual | None = None


NO_NAME = Letterhead(name=Bilingual(en="Complaints Office", zh="投诉受理处"))
"""For an institution that has not said its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Institution:
    """What an institution says of itself: its calendar (with its layers, as in `CN+weekends-off`), the calendar by
    whose days notices go out, the deadlines of every complaint, those of some, the checklists that are answered before
    a stage ends, and the folders of its own deadlines, ladders, calendars and checklists (see
    `casework.shared.policies.shipped_rulebook`), what stands on its letters, and the rule by which records are disposed
    of; without one none is."""

    calendar: Name
    notice_calendar: Name | None = None
    policies: tuple[PolicyId, ...] = ()
    regime: tuple[Regime, ...] = ()
    folders: tuple[Name, ...] = ()
    letterhead: Letterhead = NO_NAME
    checklists: tuple[PolicyId, ...] = ()
    retention: PolicyId | None = None
    staff_retention: PolicyId | None = None


@cache
def _adapter() -> TypeAdapter[Institution]:
    return TypeAdapter(Institution)


def parse_institution(text: str, file_name: str) -> Institution:
    """The institution of a TOML text. Raises `InvalidPolicy` with file, line and field."""
    return read_typed(text, file_name, _adapter())


def _begun_by(policies: Iterable[DeadlinePolicy]) -> Mapping[Moment, frozenset[PolicyId]]:
    neighbours: dict[tuple[str, str, str], set[PolicyId]] = defaultdict(set)
    families: dict[Moment, set[tuple[str, str, str]]] = defaultdict(set)
    for policy in policies:
        neighbours[policy.family].add(policy.id)
        for moment in (*policy.armed_by, *policy.restarted_by):
            families[moment].add(policy.family)
    return {
        moment: frozenset(each for family in found for each in neighbours[family]) for moment, found in families.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """What decisions about time look things up in. `calendar_of` gives a calendar by name and version, the newest
    without one, and raises `InvalidPolicy` for a stranger."""

    institution: Institution
    policies: tuple[DeadlinePolicy, ...]
    ladders: tuple[Ladder, ...]
    calendar_of: Callable[[str, str | None], Calendar]
    checklists: tuple[Checklist, ...] = ()
    _by_ref: Mapping[tuple[str, int], DeadlinePolicy] = field(init=False, repr=False)
    _served: dict[tuple[str, date], DeadlinePolicy | None] = field(init=False, repr=False, default_factory=dict)
    """What `in_force` found before: the same for ever."""
    _zones: Mapping[PolicyId, str | None] = field(init=False, repr=False)
    _neighbours: Mapping[PolicyId, tuple[DeadlinePolicy, ...]] = field(init=False, repr=False)
    """Each deadline's versions and neighbours: all that a choice of it looks at."""
    _begun_by: Mapping[Moment, frozenset[PolicyId]] = field(init=False, repr=False)
    """The deadlines of which some version, or some neighbour, begins with a moment."""

    def __post_init__(self) -> None:
        """Raises `InvalidPolicy` where the institution names what is not loaded, or what nobody has read (P113)."""
        rungs = (
            policy
            for ladder in self.ladders
            for number in range(1, len(ladder.rungs) + 1)
            if (policy := ladder.policy_of(number)) is not None
        )
        by_ref = {(policy.id, policy.version): policy for policy in (*self.policies, *rungs)}
        object.__setattr__(self, "_by_ref", by_ref)
        object.__setattr__(self, "_zones", {policy.id: policy.zone for policy in self.policies})
        families: dict[tuple[str, str, str], list[DeadlinePolicy]] = defaultdict(list)
        for policy in self.policies:
            families[policy.family].append(policy)
        neighbours = {policy.id: tuple(families[policy.family]) for policy in self.policies}
        object.__setattr__(self, "_neighbours", neighbours)
        object.__setattr__(self, "_begun_by", _begun_by(self.policies))
        for wanted in self._wanted():
            named = [policy for policy in self.policies if policy.id == wanted]
            if not named:
                raise InvalidPolicy(f"The institution asks for the deadline {wanted}, and none of that id is loaded.")
            if all(policy.certainty == "unverified" for policy in named):
                activate(named[0])
        for asked in self.institution.checklists:
            if asked not in {each.id for each in self.checklists}:
                raise InvalidPolicy(f"The institution asks for the checklist {asked}, and none of that id is loaded.")
        self.calendar_of(self.institution.calendar, None)
        for purpose in ("answer", "finish"):
            always = (each for each in self.policies if each.id in self.institution.policies)
            if not any(each.purpose == purpose and each.length is not None for each in always):
                raise InvalidPolicy(
                    f"The institution's policies hold no deadline of purpose {purpose} with a length: an open case"
                    f" could be without a due time. Add one, such as internal.{purpose}."
                )

    def pinned(self, ref: DeadlineRef) -> DeadlinePolicy:
        """The policy that a clock was armed with. Raises `InvalidPolicy` where its file was taken away."""
        found = self._by_ref.get((ref.id, ref.version))
        if found is None:
            raise InvalidPolicy(
                f"Clocks were armed with {ref.id} version {ref.version}, which is not loaded any more. Bring its file"
                " back: what is pinned is needed until its last clock has ended."
            )
        return found

    def checklists_at(self, stage: CheckedStage) -> tuple[Checklist, ...]:
        """Every version of the lists that the institution wants answered before that stage ends."""
        return asked_for(self.checklists, self.institution.checklists, stage)

    def binds(self, ref: DeadlineRef) -> bool:
        """Whether anybody misses something when such a clock passes; assumed where the policy's file was taken away."""
        found = self._by_ref.get((ref.id, ref.version))
        return found is None or found.binding

    def calendar(self, policy: DeadlinePolicy) -> Calendar:
        """The calendar that a policy counts by from now on: its own, else the institution's; the newest version."""
        return self.calendar_of(policy.calendar or self.institution.calendar, None)

    def notices(self) -> Calendar:
        """The calendar by whose days notices go out (P118)."""
        return self.calendar_of(self.institution.notice_calendar or self.institution.calendar, None)

    def ids_for(self, source: str, category: str, organisation: str) -> tuple[PolicyId, ...]:
        """The ids of the deadlines that the institution has for such a complaint, each once, in the file's order."""
        regimes = (each.policies for each in self.institution.regime if each.is_for(source, category, organisation))
        return tuple(dict.fromkeys((*self.institution.policies, *(each for ids in regimes for each in ids))))

    def in_force(self, ids: Iterable[PolicyId], received_at: datetime) -> tuple[DeadlinePolicy, ...]:
        """Of each of these deadlines the version, or else the neighbour, that serves this receipt; none where none
        does."""
        found: dict[tuple[str, int], DeadlinePolicy] = {}
        for wanted in ids:
            if wanted not in self._zones:
                continue  # its file was taken away since the receipt; nothing of it is begun any more
            on = self._received(received_at, self._zones[wanted])
            if (wanted, on) not in self._served:
                self._served[wanted, on] = self._choose(wanted, on)
            policy = self._served[wanted, on]
            if policy is not None:
                found.setdefault((policy.id, policy.version), policy)
        return tuple(found.values())

    def begun_by(self, moment: Moment, ids: Iterable[PolicyId]) -> tuple[PolicyId, ...]:
        """Those of the deadlines that a moment may arm or restart, whichever version of them is in force."""
        begun = self._begun_by.get(moment, frozenset())
        return tuple(wanted for wanted in ids if wanted in begun)

    def _choose(self, wanted: PolicyId, on: date) -> DeadlinePolicy | None:
        try:
            return choose(self._neighbours[wanted], wanted, on).policy
        except ReceiptNotServed:
            return None

    def ladder_for(self, policy: DeadlinePolicy, severity: Severity | None = None) -> Ladder | None:
        """The ladder that missed clocks of this policy climb in a case of this severity, the newest version of the
        nearest: one that names the policy before one that names its purpose, then one that names the severity."""
        fitting = (
            ladder
            for ladder in self.ladders
            if (not ladder.severities or severity in ladder.severities)
            and (policy.id in ladder.policies or (not ladder.policies and policy.purpose in ladder.purposes))
        )
        return max(fitting, key=lambda each: (bool(each.policies), bool(each.severities), each.version), default=None)

    def tells_apart(self, severity: Severity) -> bool:
        """Whether cases of this severity climb another ladder than the rest."""
        return any(severity in ladder.severities for ladder in self.ladders)

    def ladder(self, ref: DeadlineRef) -> Ladder:
        """The ladder that a case climbs. Raises `InvalidPolicy` where its file was taken away."""
        for ladder in self.ladders:
            if ladder.ref == ref:
                return ladder
        raise InvalidPolicy(f"Cases climb the ladder {ref.id} version {ref.version}, which is not loaded any more.")

    def ladder_of_purpose(self, purpose: Purpose) -> Ladder | None:
        """The ladder for what is no clock of a policy, such as work that was passed on too often."""
        found = [ladder for ladder in self.ladders if purpose in ladder.purposes and not ladder.severities]
        return max(found, key=lambda ladder: ladder.version, default=None)

    def _received(self, at: datetime, zone: str | None) -> date:
        return at.astimezone(ZoneInfo(zone or self.calendar_of(self.institution.calendar, None).zone)).date()

    def _wanted(self) -> Iterable[PolicyId]:
        yield from self.institution.policies
        for regime in self.institution.regime:
            yield from regime.policies
