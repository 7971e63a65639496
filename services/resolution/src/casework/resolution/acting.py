"""Who acts in a request, for limits of authority: by their key, and never by what they send."""

from __future__ import annotations

from casework.resolution.domain.authority import Terms
from casework.shared.http.idempotency import Once
from casework.shared.remedies.limits import Acting
from casework.shared.runtime.service import ServiceRuntime


def acting(asked: Once) -> Acting:
    """The actor with the role and rank of their key."""
    principal = asked.principal
    return Acting(id=principal.actor.id, role=principal.role, rank=principal.rank)


def terms_of(runtime: ServiceRuntime, asked: Once) -> Terms | None:
    """Under what somebody proposes or promises now; None for what is told of the past."""
    if asked.tells_of_the_past:
        return None
    return Terms(acting=acting(asked), authority=runtime.authority, approval_id=runtime.store.mint())
