"""What is said about evidence: the files that ship, or an institution's own folder in their place.

Invariant: whole or not at all. The refusal names file, line and field; one version is not said twice.

    [[checklist]]                                       [[tariff]]
    checklist = "marketplace"                           tariff = "fixed-deposit-1y"
    version = 1                                         version = 2
    title = { en = "Marketplace", zh = "网购平台" }     document = "RATE-2024-11"
    categories = ["marketplace"]                        in_force_from = 2024-11-01
    required = ["order-number", "payment-proof"]        rate = "3.30"
                                                        currency = "CNY"
                                                        days_a_year = 365
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from pydantic import TypeAdapter

from casework.shared.contracts.policy_text import InvalidPolicy, read_typed
from casework.shared.evidence.rules import EvidenceRules


@cache
def evidence_of_package() -> EvidenceRules:
    """What ships. Tariffs are every institution's own, so none does."""
    return read_evidence(files("casework.shared") / "policies" / "evidence")


def read_evidence(folder: Traversable) -> EvidenceRules:
    """The TOML files of a folder, which a `Path` is. Raises `InvalidPolicy`, and OSError where one cannot be read."""
    found = sorted((each for each in folder.iterdir() if each.name.endswith(".toml")), key=lambda each: each.name)
    read = [_read(each) for each in found]
    rules = EvidenceRules(
        checklist=tuple(each for rules in read for each in rules.checklist),
        retention=tuple(each for rules in read for each in rules.retention),
        tariff=tuple(each for rules in read for each in rules.tariff),
        party=tuple(each for rules in read for each in rules.party),
        pack=tuple(each for rules in read for each in rules.pack),
    )
    _refuse_doubles(
        folder.name,
        (
            *((f"checklist {each.checklist}", each.version) for each in rules.checklist),
            *((f"retention rule {each.rule}", each.version) for each in rules.retention),
            *((f"tariff {each.tariff}", each.version) for each in rules.tariff),
            *((f"party {each.party}", each.version) for each in rules.party),
            *((f"pack {each.pack}", each.version) for each in rules.pack),
        ),
    )
    return rules


def _read(file: Traversable) -> EvidenceRules:
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InvalidPolicy(f"{file.name}: not UTF-8. Save the file in that encoding.") from None
    return read_typed(text, file.name, _adapter())


def _refuse_doubles(folder: str, versions: Iterable[tuple[str, int]]) -> None:
    seen: set[tuple[str, int]] = set()
    for name, version in versions:
        if (name, version) in seen:
            raise InvalidPolicy(f"{folder}: {name}, version {version}, stands twice; raise the version of one.")
        seen.add((name, version))


@cache
def _adapter() -> TypeAdapter[EvidenceRules]:
    return TypeAdapter(EvidenceRules)
