"""Who speaks in a request, and as what: by their key and the directory of people, whatever they say of themselves."""

from __future__ import annotations

from collections.abc import Callable

from casework.resolution.domain.speakers import Speaker
from casework.shared.http.idempotency import Once
from casework.shared.people.directory import Directory

People = Callable[[], Directory]


def speaker(asked: Once, as_role: str | None, people: People) -> Speaker:
    """The actor, in the role of their key where they name no other."""
    principal = asked.principal
    by = principal.actor.id
    if asked.tells_of_the_past:
        return Speaker(id=by, role=as_role)
    directory = people()
    member = directory.members.get(by)
    listed = () if member is None else member.roles
    turns = (rota.role for rota in directory.rotas if by in rota.members)
    return Speaker(id=by, role=as_role or principal.role, has=tuple(dict.fromkeys((principal.role, *listed, *turns))))
