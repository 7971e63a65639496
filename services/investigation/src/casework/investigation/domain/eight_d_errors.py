"""The rules of the report in eight disciplines that can refuse."""

from __future__ import annotations

from uuid import UUID

from casework.shared.errors import Refusal


class NoReport(Refusal):
    code = "no-report"

    def __init__(self) -> None:
        super().__init__("This case leads no quality report; open one on it, or go to the case that leads it.")


class ReportAlreadyOpen(Refusal):
    code = "report-already-open"

    def __init__(self, report: str) -> None:
        super().__init__(f"This case leads the report {report} already; go on with that one.")


class AlreadyInReport(Refusal):
    code = "already-in-report"

    def __init__(self, case: UUID, report: str) -> None:
        super().__init__(f"The report {report} is about the case {case} already.")


class NotInReport(Refusal):
    code = "not-in-report"

    def __init__(self, case: UUID, report: str) -> None:
        super().__init__(f"The report {report} is not about the case {case}; link it first.")


class DisciplineIsClosed(Refusal):
    code = "discipline-is-closed"

    def __init__(self, discipline: int) -> None:
        super().__init__(f"D{discipline} is closed already; the report goes on with those that are open.")


class DisciplineNotDone(Refusal):
    code = "discipline-not-done"

    def __init__(self, discipline: int, missing: str) -> None:
        super().__init__(f"D{discipline} cannot be closed yet: {missing}.")


class NoLeader(Refusal):
    code = "no-leader"

    def __init__(self) -> None:
        super().__init__("D1 cannot be closed without a leader; name who leads the team.")


class NoSponsor(Refusal):
    code = "no-sponsor"

    def __init__(self) -> None:
        super().__init__("D1 cannot be closed without a sponsor; name who gives the team its power.")


class NoSuchContainment(Refusal):
    code = "no-such-containment"

    def __init__(self, number: int) -> None:
        super().__init__(f"The report has no containment {number}; take it first.")


class NoSuchLink(Refusal):
    code = "no-such-link"

    def __init__(self, number: int) -> None:
        super().__init__(f"The tree of whys has no link {number}; ask that why first.")


class FirstLinkIsThere(Refusal):
    code = "first-link-is-there"

    def __init__(self) -> None:
        super().__init__("The tree has its first link; say which link this one explains.")


class ProofMissing(Refusal):
    code = "proof-missing"

    def __init__(self, number: int) -> None:
        super().__init__(f"Name what proves link {number}: evidence of the case, or a paper that shows it.")


class LinkUnproven(Refusal):
    code = "link-unproven"

    def __init__(self, number: int) -> None:
        super().__init__(
            f"Link {number} of the whys is not proven; name the evidence for it before the cause is verified."
        )


class NoSuchOption(Refusal):
    code = "no-such-option"

    def __init__(self, chosen: int, options: int) -> None:
        super().__init__(f"There is no option {chosen} among the {options}; choose one of them.")


class NoMeasure(Refusal):
    code = "no-measure"

    def __init__(self) -> None:
        super().__init__("No measure was chosen; choose one in D5 before trying it.")


class NoTrial(Refusal):
    code = "no-trial"

    def __init__(self) -> None:
        super().__init__("The measure was not tried with success; try it in D5 before putting it in place.")


class NotInPlace(Refusal):
    code = "not-in-place"

    def __init__(self) -> None:
        super().__init__("The measure is not in place, so it has no effect yet; put it in place first.")


class NoReadAcross(Refusal):
    code = "no-read-across"

    def __init__(self) -> None:
        super().__init__("D7 needs the like products it was carried over to, or the reason: none alike, because.")
