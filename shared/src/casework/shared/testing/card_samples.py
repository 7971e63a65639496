"""One sample of every event of the complaint card, and of the form."""

from __future__ import annotations

from uuid import UUID

from casework.shared.contracts import card, form
from casework.shared.contracts.types import Money, Sealed

_PERSON = UUID("0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e01")
_DEMANDS = (card.DemandVersion(number=1, version=2),)


def _sealed(nonce: str, box: str) -> Sealed:
    return Sealed(person=_PERSON, nonce=nonce, box=box)


CARD_SAMPLES: tuple[object, ...] = (
    card.CardWritten(
        version=1,
        what_happened=_sealed("Qm5YtR2wXz8KcV1b", "dGhyZWVfYm9hcmRzX2FyZV9taXNzaW5n"),
        when="2026-03-02T09:40",
        goods=card.Goods(
            what=_sealed("Lp9SdF4hJk6NbM3q", "dGhlX2Jvb2tjYXNlX29mX29haw"),
            design=_sealed("We7RtY1uIo5PaZ2x", "b2FrX2ZpdmVfc2hlbHZlcw"),
            price=Money(amount="1280.00", currency="CNY"),
        ),
        clerk=card.Clerk(said=_sealed("Cv3BnM8kLj6HgF4d", "dGhlX3lvdW5nX21hbl9hdF90aGVfZG9vcg"), staff=("clerk-0417",)),
        real_cause=_sealed("Ty6UiO2pAs9DfG5h", "bm9ib2R5X2NhbGxlZF9iYWNr"),
        wish=_sealed("Zx1CvB7nMq4WeR8t", "c2VuZF90aGVfbWlzc2luZ19ib2FyZHM"),
        feeling=_sealed("Yu5IoP3aSd8FgH2j", "bGV0X2Rvd25fYW5kX3RpcmVk"),
        expectation=_sealed("Kl4ZxC6vBn9MqW1e", "YW5fYW5zd2VyX3RoaXNfd2Vlaw"),
    ),
    card.PersonsNamed(persons=("clerk-0417",)),
    card.CardReadBack(version=2, demands=_DEMANDS, channel="phone"),
    card.CardConfirmed(version=2, demands=_DEMANDS, channel="phone"),
    card.FactAsserted(
        number=1, words=_sealed("Rt8YuI4oPl2KjH6g", "bm9ib2R5X21ldF9teV9jaGlsZA"), asserted_by="complainant"
    ),
    card.FactStandingChanged(
        number=1, standing="verified", reason=_sealed("Gf5DsA9zXc3VbN7m", "dGhlX2RheV9sb2dfc2F5c19zbw")
    ),
    card.OpinionRecorded(question="seventh", opinion=_sealed("Hj2KlQ6wEr8TyU4i", "bm90X2Zvcl90aGVfZmlsZQ")),
    card.ComplaintCoded(cause=card.Coded(version=1, code="staff-slip"), type=card.Coded(version=1, code="reception")),
)
_LINE = form.FormLine(
    action=_sealed("Bv7CxZ3lKj5HgF1d", "YWNrbm93bGVkZ2VkX2J5X3Bob25l"),
    date="2026-03-02",
    name="Mei Chen",
    remark=_sealed("Nm4BvC8xZa2SdF6g", "Y2FsbF9iYWNrX2J5X2ZyaWRheQ"),
)
FORM_SAMPLES: tuple[object, ...] = (
    form.FormRecorded(
        form=form.Form(
            receipt=form.FormReceipt(
                date="2026-03-02", time="09:10+08:00", recipient="Mei Chen", medium="counter", number="F-2026-0117"
            ),
            complainant=form.FormPerson(
                name=_sealed("Pl9OkM5ijN3uhB7y", "dGhlX2NvbXBsYWluYW50c19uYW1l"),
                phone=_sealed("Qa1WsE4dRf6TgY8h", "dGhlX2NvbXBsYWluYW50c19waG9uZQ"),
            ),
            representative=form.FormPerson(name=_sealed("Zs2XdC5fVg7BhN9j", "d2hvX2FjdHNfZm9yX3RoZW0")),
            product=form.FormProduct(order=_sealed("Mk3NjB6vHc8GxF0z", "dGhlX251bWJlcl9vZl90aGVfb3JkZXI")),
            problem=form.FormProblem(
                date="2026-02-27",
                recurrent=False,
                description=_sealed("Wq5EaS7dZx9CrF1v", "dGhyZWVfYm9hcmRzX21pc3Npbmc"),
                category="Missing parts",
            ),
            remedy_wished=_sealed("Tg6RfV8bYh0NuJ2m", "c2VuZF90aGVfYm9hcmRzX3Nvb24"),
            enclosures=(_sealed("Ik7OlP9qAz1WsX3e", "YV9waG90b2dyYXBoX29mX2l0"),),
            follow_up=(_LINE,),
        )
    ),
    form.FormLineAdded(line=_LINE),
)
