"""The version of a procedure that applies to a case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from casework.shared.contracts.clocks import PolicyId
from casework.shared.contracts.evidence import Sha256
from casework.shared.contracts.types import SafeInt


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureRef:
    """A version of a procedure. `sha256` is that of its document's bytes, so that nobody can put another in its place
    afterwards."""

    id: PolicyId
    version: Annotated[SafeInt, Field(ge=1)]
    sha256: Sha256
