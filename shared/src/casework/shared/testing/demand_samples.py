"""One sample of every event about what a complainant wants."""

from __future__ import annotations

from uuid import UUID

from casework.shared.contracts import demands
from casework.shared.contracts.types import Money, Sealed

_PERSON = UUID("0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e01")

DEMAND_SAMPLES: tuple[object, ...] = (
    demands.DemandStated(
        number=1,
        kind="refund",
        how="explicit",
        asked_directly=False,
        amounts=(Money(amount="299.00", currency="CNY"),),
        words=Sealed(person=_PERSON, nonce="Hc4TzR8vWn1KyQ6d", box="d2hhdF90aGV5X2Fza19mb3JfYXRfdGhlX2Rlc2s"),
    ),
    demands.DemandChanged(
        number=1,
        version=2,
        before=demands.DemandBefore(version=1, kind="refund", amounts=(Money(amount="299.00", currency="CNY"),)),
        kind="repair",
        how="explicit",
        asked_directly=True,
        words=Sealed(person=_PERSON, nonce="Zk2LpM5xBt9GsV3a", box="YV9yZXBhaXJfaXNfZW5vdWdoX2FmdGVyX2FsbA"),
    ),
    demands.DemandNotStated(asked_by="Mei Chen"),
)
