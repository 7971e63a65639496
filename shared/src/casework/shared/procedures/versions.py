"""The versions of an institution's procedures, and which one serves a day. Pure; the text is read elsewhere.

Invariant: of one procedure a higher version begins on a later day, so a day is served by one version, and loading the
next one changes nothing of the days before it.

    [[procedure]]
    id = "bank.complaints"
    version = 4
    first = 2026-04-01                                       # the first day on which it serves
    title = { en = "Handling complaints", zh = "投诉处理程序" }
    sha256 = "…"                                             # of the document's bytes
    location = "https://intranet.example/complaints-v4.pdf"
    readers = ["handler", "supervisor"]                      # roles; left out: everybody in the file of people
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Annotated

from pydantic import Field, TypeAdapter

from casework.shared.clocks.deadlines import Bilingual
from casework.shared.contracts.clocks import PolicyId
from casework.shared.contracts.evidence import Sha256
from casework.shared.contracts.policy_text import InvalidPolicy, read_typed
from casework.shared.contracts.procedures import ProcedureRef
from casework.shared.contracts.types import SafeInt, Sentence, Word
from casework.shared.errors import Refusal
from casework.shared.people.directory import Directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """One version of a procedure. It serves from `first` until the next version does, by the institution's days."""

    id: PolicyId
    version: Annotated[SafeInt, Field(ge=1)]
    first: date
    title: Bilingual
    sha256: Sha256
    location: Sentence | None = None
    readers: Annotated[tuple[Word, ...], Field(max_length=50)] = ()

    @property
    def ref(self) -> ProcedureRef:
        return ProcedureRef(id=self.id, version=self.version, sha256=self.sha256)

    def unread(self, directory: Directory, read: Iterable[str]) -> tuple[str, ...]:
        """Who has to have read it and is not among `read`: ids in the order of the file of people."""
        have = set(read)
        return tuple(name for name in self.asked(directory) if name not in have)

    def asked(self, directory: Directory) -> tuple[str, ...]:
        """Who has to have read it: everybody with one of the roles, or everybody."""
        wanted = set(self.readers)
        return tuple(
            member.id for member in directory.members.values() if not wanted or not wanted.isdisjoint(member.roles)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedures:
    """Every version of every procedure, by id and version."""

    versions: tuple[Procedure, ...] = ()

    def in_force(self, on: date) -> tuple[Procedure, ...]:
        """The version of each procedure that serves a day; none of one that begins later."""
        serving = {each.id: each for each in self.versions if each.first <= on}
        return tuple(serving.values())

    def version(self, id_: str, version: int) -> Procedure:
        """One version. Raises `UnknownProcedure`."""
        for each in self.versions:
            if (each.id, each.version) == (id_, version):
                return each
        raise UnknownProcedure(id_, version, self.versions)


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    procedure: tuple[Procedure, ...]


@cache
def _adapter() -> TypeAdapter[_File]:
    return TypeAdapter(_File)


def parse_procedures(texts: Mapping[str, str]) -> Procedures:
    """The procedures of TOML texts by their file names. Raises `InvalidPolicy`: wrong fields with file and line, a
    version given twice, a higher version that does not begin later."""
    found: dict[tuple[str, int], Procedure] = {}
    for file_name, text in texts.items():
        for each in read_typed(text, file_name, _adapter()).procedure:
            if (each.id, each.version) in found:
                raise InvalidPolicy(f"{file_name}: {each.id} version {each.version} stands twice; raise one.")
            found[each.id, each.version] = each
    versions = tuple(found[key] for key in sorted(found))
    for before, after in pairwise(versions):
        if before.id == after.id and after.first <= before.first:
            raise InvalidPolicy(
                f"{after.id}: version {after.version} begins on {after.first}, and version {before.version} on"
                f" {before.first}; let the higher version begin later."
            )
    return Procedures(versions=versions)


class UnknownProcedure(Refusal):
    code = "unknown-procedure"
    status = 404

    def __init__(self, id_: str, version: int, known: Iterable[Procedure]) -> None:
        names = ", ".join(f"{each.id} version {each.version}" for each in known)
        super().__init__(
            f"There is no version {version} of {id_}; {f'there are {names}' if names else 'none is loaded'}."
        )


class AnotherDocument(Refusal):
    code = "another-document"

    def __init__(self, procedure: Procedure) -> None:
        super().__init__(
            f"That is not the document of {procedure.id} version {procedure.version}: its SHA-256 is"
            f" {procedure.sha256}. Read that one, then confirm it."
        )


class OnlyPeopleRead(Refusal):
    code = "only-people-read"

    def __init__(self) -> None:
        super().__init__("A reading is confirmed by the person who read, with a key of their own.")
