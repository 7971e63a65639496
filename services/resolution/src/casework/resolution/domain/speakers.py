"""As what somebody speaks to the complainant: in a role that they have, and in no other.

Invariant: whoever writes or calls is named with a role that their key or the directory of people gives them. Nobody is
presented as the manager who is none.
"""

from __future__ import annotations

from dataclasses import dataclass

from casework.shared.contracts.types import Name
from casework.shared.errors import Refusal


class RoleNotInDirectory(Refusal):
    code = "role-not-in-directory"

    def __init__(self, role: str, has: tuple[str, ...]) -> None:
        super().__init__(
            f"The directory does not know you as {role}; speak as what you are: {', '.join(has)}. Where that is out of"
            " date, have the directory corrected first."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Who speaks: the actor's id, the role that the complainant is told, and those that the actor has. Without `has` it
    was said long ago, and nobody's role is looked up."""

    id: Name
    role: Name | None = None
    has: tuple[Name, ...] = ()

    def require_role(self) -> Name | None:
        """The role that the complainant is told. Raises `RoleNotInDirectory`."""
        if self.role is not None and self.has and self.role not in self.has:
            raise RoleNotInDirectory(self.role, self.has)
        return self.role
