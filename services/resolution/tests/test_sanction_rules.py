"""Every branch of the sanction ladders, and single sanctions with their appeal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from casework.resolution.domain import party_sanctions
from casework.resolution.domain.party_sanctions import (
    NONE,
    AppealPartySanction,
    EndPartySanction,
    PartySanctions,
    ReverseInfringement,
    SanctionCommand,
    SanctionParty,
    UpholdInfringement,
)
from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.contracts.sanctions import InfringementUpheld, PartySanctionReversed, SanctionStep
from casework.shared.contracts.types import Money
from casework.shared.errors import Refusal
from casework.shared.policies.shipped_sanctions import sanction_ladders
from casework.shared.sanctions.ladder_files import parse_sanctions
from casework.shared.sanctions.ladders import (
    Infringement,
    NoSuchLadder,
    SanctionLadder,
    in_force,
    is_closed,
    judged,
    limited_until,
    points,
)

LADDERS = sanction_ladders()
DAY = date(2026, 3, 2)


def on(ladder: str) -> Callable[[date], SanctionLadder]:
    return lambda day: in_force(LADDERS, ladder, day)


def infringements(*days: int, serious: bool = False) -> list[Infringement]:
    return [Infringement(uuid4(), DAY + timedelta(days=each), serious) for each in days]


def steps(ladder: str, those: Sequence[Infringement]) -> list[SanctionStep]:
    return [each.step for each in judged(those, on(ladder))]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ((0,), [4]),
        ((0, 5), [4, 0]),
        ((0, 6), [4, 8]),
        ((0, 0), [4, 0]),
        # From the last one that carried points: a free one does not make more of them free.
        ((0, 5, 6), [4, 0, 8]),
        ((0, 6, 11, 12), [4, 8, 0, 8]),
        ((0, 365), [4, 8]),
        ((0, 366), [4, 4]),
    ],
)
def test_general_infringements(days: tuple[int, ...], expected: list[int]) -> None:
    assert [each.points for each in steps("platform.general", infringements(*days))] == expected


@pytest.mark.parametrize(("serious", "expected"), [(False, [4, 8, 8]), (True, [24, 24, 24])])
def test_other_infringements(serious: bool, expected: list[int]) -> None:
    those = infringements(0, 1, 2, serious=serious)
    assert [each.points for each in steps("platform.other", those)] == expected


def test_severe_infringements() -> None:
    found = steps("platform.severe", infringements(0, 10, 20, 30))
    assert [(each.kind, each.days) for each in found] == [
        ("warning", None),
        ("limits", 7),
        ("limits", 15),
        ("closed", None),
    ]
    assert limited_until(judged(infringements(0, 10), on("platform.severe"))) == DAY + timedelta(days=17)
    assert is_closed(judged(infringements(0, 1, 2, 3), on("platform.severe")))


def test_points_count_as_long_as_the_ladder_says() -> None:
    those = judged(infringements(0, 6), on("platform.general"))
    assert points(those, on("platform.general"), DAY + timedelta(days=6)) == 12
    assert points(those, on("platform.general"), DAY + timedelta(days=366)) == 8
    assert points(those, on("platform.general"), DAY + timedelta(days=5)) == 4


def test_every_step_of_every_shipped_ladder_is_reached() -> None:
    for ladder in LADDERS:
        # A week and more apart, so that none is free.
        those = infringements(*(8 * number for number in range(len(ladder.steps) + 1)))
        found = [each.step for each in judged(those, on(ladder.id))]
        assert found[: len(ladder.steps)] == list(ladder.steps)
        assert found[-1] == ladder.steps[-1]
        if ladder.serious is not None:
            assert steps(ladder.id, infringements(0, 8, serious=True)) == [ladder.serious] * 2


def test_the_version_of_the_day_judges() -> None:
    second = parse_sanctions(
        """
[[ladder]]
id = "platform.general"
version = 2
from = 2026-04-01
title = { en = "General infringement", zh = "一般违规" }
counts_for_days = 365
steps = [{ kind = "points", points = 6 }]
""",
        "own.toml",
    )
    both = (*LADDERS, *second)
    found = judged(
        [Infringement(uuid4(), date(2026, 3, 31), False), Infringement(uuid4(), date(2026, 4, 1), False)],
        lambda day: in_force(both, "platform.general", day),
    )
    assert [(each.ladder.version, each.step.points) for each in found] == [(1, 4), (2, 6)]
    with pytest.raises(NoSuchLadder):
        in_force(both, "platform.general", date(2019, 12, 31))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('{ kind = "points", points = 4 }', '{ kind = "points", days = 4 }'), "line 8.*steps.*points says how many"),
        (('{ kind = "points", points = 4 }', '{ kind = "closed" }, { kind = "warning" }'), "no further step"),
        (("version = 1", "version = 0"), "line 4.*version"),
        (("version = 1", 'version = 1\nfee = "x"'), "line 5.*fee"),
    ],
)
def test_a_wrong_ladder_is_refused_with_its_place(change: tuple[str, str], said: str) -> None:
    text = """
[[ladder]]
id = "own.general"
version = 1
from = 2026-01-01
title = { en = "General", zh = "一般" }
counts_for_days = 365
steps = [{ kind = "points", points = 4 }]
"""
    assert len(parse_sanctions(text, "own.toml")) == 1
    with pytest.raises(InvalidPolicy, match=rf"(?s)own\.toml.*{said}"):
        parse_sanctions(text.replace(*change), "own.toml")


def uphold(*past: Infringement, day: date = DAY, today: date = DAY, ladder: str = "platform.severe") -> SanctionCommand:
    return UpholdInfringement(
        infringement_id=uuid4(),
        party="shop-1",
        on=day,
        today=today,
        serious=False,
        ground="As described.",
        past=past,
        ladder_on=on(ladder),
    )


def sanction(**fields: object) -> SanctionParty:
    given: dict[str, object] = {
        "sanction_id": uuid4(),
        "party": "shop-1",
        "kind": "deposit-cut",
        "ground": "Parcels not sent.",
        "starts_on": DAY,
        "amount": Money(amount="1000.00", currency="CNY"),
    }
    return SanctionParty(**(given | fields))  # type: ignore[arg-type]


def after(*commands: SanctionCommand) -> PartySanctions:
    state = NONE
    for command in commands:
        for event in party_sanctions.decide(command, state):
            state = party_sanctions.evolve(state, event)
    return state


def end(outcome: object, id_: UUID | None = None) -> EndPartySanction:
    return EndPartySanction(sanction_id=id_, on=DAY, outcome=outcome, reason="Looked at again.")  # type: ignore[arg-type]


APPEAL = AppealPartySanction(sanction_id=None, on=DAY, grounds="A strike.")
REVERSE = ReverseInfringement(infringement_id=None, on=DAY, reason="Looked at again.")


@pytest.mark.parametrize(
    ("state", "command", "code"),
    [
        (NONE, uphold(day=DAY + timedelta(days=1)), "infringement-in-the-future"),
        (NONE, uphold(*infringements(-40, -30, -20, -10)), "account-is-closed"),
        (NONE, sanction(amount=None), "sanction-amount-missing"),
        (NONE, sanction(amount=Money(amount="0.00", currency="CNY")), "sanction-amount-missing"),
        (NONE, sanction(amount=Money(amount="-5.00", currency="CNY")), "sanction-amount-missing"),
        (NONE, sanction(kind="shop-down"), "sanction-amount-not-wanted"),
        (NONE, sanction(ends_on=DAY), "sanction-ends-before-it-starts"),
        (NONE, REVERSE, "nothing-open"),
        (NONE, APPEAL, "nothing-open"),
        (after(sanction()), end("confirmed"), "no-sanction-appeal"),
        (after(sanction(), APPEAL), APPEAL, "sanction-already-appealed"),
        (after(sanction(), APPEAL, end("confirmed")), APPEAL, "sanction-was-confirmed"),
    ],
)
def test_what_is_refused(state: PartySanctions, command: SanctionCommand, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        party_sanctions.decide(command, state)
    assert refused.value.code == code


def test_what_was_taken_back_is_not_taken_back_again() -> None:
    made = sanction()
    state = after(made, end("reversed"))
    with pytest.raises(Refusal) as refused:
        party_sanctions.decide(end("reversed", made.sanction_id), state)
    assert refused.value.code == "reversed-already"


def test_a_reversal_gives_the_amount_back() -> None:
    (event,) = party_sanctions.decide(end("reversed"), after(sanction(), APPEAL))
    assert isinstance(event, PartySanctionReversed)
    assert event.amount == Money(amount="1000.00", currency="CNY")


def test_an_infringement_says_its_count() -> None:
    (event,) = party_sanctions.decide(uphold(*infringements(-10)), NONE)
    assert isinstance(event, InfringementUpheld)
    assert (event.count, event.step) == (2, SanctionStep(kind="limits", days=7))
