"""Whether a clock may stand still, or run for longer.

Invariant: nothing is allowed that the policy does not list. Whoever may not is told why and what would be allowed.
The functions are pure; the instants come from the events that were recorded.
"""

from __future__ import annotations

from datetime import datetime

from casework.shared.clocks.deadlines import DeadlinePolicy, Extension, PauseCause
from casework.shared.contracts.lengths import Length
from casework.shared.errors import Refusal


class PauseNotListed(Refusal):
    """The policy does not pause for this cause."""

    code = "pause-cause-not-listed"


class PauseBeyondCap(Refusal):
    """The pause asked for is longer than the policy allows, or counted in another unit."""

    code = "pause-beyond-cap"


class PauseProofMissing(Refusal):
    """The cause must be proved."""

    code = "pause-proof-missing"


class ExtensionNotListed(Refusal):
    """The policy has no such extension, or not from where the clock stands."""

    code = "extension-not-listed"


class ExtensionReasonMissing(Refusal):
    """An extension needs a reason."""

    code = "extension-reason-missing"


class ApproverBelowRank(Refusal):
    """Somebody of higher rank must approve."""

    code = "approver-below-rank"


class ExtensionAfterExpiry(Refusal):
    """The deadline has passed, so it cannot be extended any more."""

    code = "extension-after-expiry"


class NoticeNotSent(Refusal):
    """The complainant has not been told, or was told too late."""

    code = "notice-not-sent"


def may_pause(
    policy: DeadlinePolicy, cause: str, *, proof: bool, told: bool, asked: Length | None = None
) -> PauseCause:
    """The pause that a policy allows for a cause (K8; practice P120, P186).

    `proof` and `told`: whether there is proof, and whether the moment `told_by` was recorded. `asked` is how long the
    pause is to be, None for as long as the cap. Raises `PauseNotListed`, `PauseProofMissing`, `NoticeNotSent`, and
    `PauseBeyondCap`, also for another unit than the cap's, since units are never converted.
    """
    pause = next((pause for pause in policy.pauses if pause.cause == cause), None)
    if pause is None:
        listed = ", ".join(pause.cause for pause in policy.pauses) or "nothing"
        raise PauseNotListed(f"{policy.id} does not pause for {cause!r}; it pauses for: {listed}.")
    if pause.proof and not proof:
        raise PauseProofMissing(f"{policy.id} pauses for {cause} only with proof. Attach it and ask again.")
    if pause.told_by is not None and not told:
        raise NoticeNotSent(f"{policy.id} pauses for {cause} only when the complainant was told. Tell, then pause.")
    if asked is not None and (asked.unit != pause.cap.unit or asked.number > pause.cap.number):
        raise PauseBeyondCap(
            f"{policy.id} pauses for {cause} for at most {pause.cap.number} {pause.cap.unit}s."
            " Ask for no more, in that unit."
        )
    return pause


def may_extend(
    policy: DeadlinePolicy,
    name: str,
    *,
    in_effect: str | None,
    reason: str,
    rank: int,
    approved_at: datetime,
    told_at: datetime | None,
    too_late: datetime,
) -> Extension:
    """The extension that a policy allows (K9; practice P121). It counts from the original day 0.

    `in_effect` is the extension the clock runs under now, None for the plain length. `rank` is the approver's.
    `too_late` is the first instant after the old deadline: approved and told must both lie before it.
    Raises `ExtensionNotListed`, `ExtensionReasonMissing`, `ApproverBelowRank`, `ExtensionAfterExpiry`, `NoticeNotSent`.
    """
    extension = next((extension for extension in policy.extensions if extension.name == name), None)
    if extension is None or extension.after != in_effect:
        open_now = ", ".join(extension.name for extension in policy.extensions if extension.after == in_effect)
        raise ExtensionNotListed(f"{policy.id} has no extension {name!r} from here; open now: {open_now or 'none'}.")
    if not reason.strip():
        raise ExtensionReasonMissing(f"{name} needs a reason. Give it and ask again.")
    if rank < extension.least_rank:
        who = f", that is, by {extension.approver}" if extension.approver is not None else ""
        raise ApproverBelowRank(f"{name} is approved by rank {extension.least_rank} or higher{who}.")
    if approved_at >= too_late:
        raise ExtensionAfterExpiry(f"The deadline of {policy.id} has passed; it can no longer be extended.")
    if told_at is None or told_at >= too_late:
        raise NoticeNotSent(f"{name} counts only when the complainant is told before the old deadline.")
    return extension
