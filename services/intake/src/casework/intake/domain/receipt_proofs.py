"""The proof of a receipt: a call's recording, a letter's postmark beside its arrival, a visit's note.

Invariant: a proof is one of the complaint's own channel, and no letter arrives before its postmark. What clocks count
from is the arrival, so a proof moves none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias

from casework.shared.contracts.receipt_proofs import ReceiptProved
from casework.shared.contracts.types import Name, Sealed
from casework.shared.contracts.vocabulary import Channel
from casework.shared.errors import Refusal

Proof: TypeAlias = Literal["recording", "postmark", "visit note"]
PROOF_OF: Mapping[Channel, Proof] = {
    "phone": "recording",
    "letter": "postmark",
    "counter": "visit note",
    "on-site": "visit note",
}
"""The proof that a channel has. The others leave their own trace: what was sent is what was posted."""

EASTMOST = timedelta(hours=14)
"""No place is further ahead of UTC: a postmark is a day of some place, and nobody says of which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveReceipt:
    """Record what shows the receipt."""

    recording: Name | None = None
    postmarked_on: date | None = None
    visit_note: Sealed | None = None


class ProofMissing(Refusal):
    code = "proof-missing"

    def __init__(self) -> None:
        super().__init__("Nothing was given that shows the receipt; give a recording, a postmark or a visit note.")


class ProofOfAnotherChannel(Refusal):
    code = "proof-of-another-channel"

    def __init__(self, given: Proof, channel: Channel) -> None:
        own = PROOF_OF.get(channel)
        wanted = "needs no proof of its own" if own is None else f"is shown by a {own}"
        super().__init__(f"A {given} does not show a complaint by {channel}; that {wanted}.")


class PostmarkAfterArrival(Refusal):
    code = "postmark-after-arrival"

    def __init__(self, postmarked_on: date, arrived_at: datetime) -> None:
        super().__init__(
            f"The letter is postmarked {postmarked_on}, after it arrived on {arrived_at.date()}; one of the two dates"
            " is wrong. Correct the postmark."
        )


def decide(command: ProveReceipt, channel: Channel, arrived_at: datetime) -> tuple[ReceiptProved, ...]:
    """The event that `command` brings about for a complaint that came by `channel`. Raises the refusals above."""
    given: Mapping[Proof, object] = {
        "recording": command.recording,
        "postmark": command.postmarked_on,
        "visit note": command.visit_note,
    }
    found = [proof for proof, value in given.items() if value is not None]
    if not found:
        raise ProofMissing
    for proof in found:
        if PROOF_OF.get(channel) != proof:
            raise ProofOfAnotherChannel(proof, channel)
    if command.postmarked_on is not None and command.postmarked_on > (arrived_at + EASTMOST).date():
        raise PostmarkAfterArrival(command.postmarked_on, arrived_at)
    return (
        ReceiptProved(
            channel=channel,
            arrived_at=arrived_at,
            recording=command.recording,
            postmarked_on=command.postmarked_on,
            visit_note=command.visit_note,
        ),
    )
