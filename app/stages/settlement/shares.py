"""Who pays and who gets what, in fen; plain Python. Domain S3, S5, S9."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...core.money import apportion
from .rules import Way


@dataclass(frozen=True, slots=True)
class Signed:
    """How S9's stop was lifted: the way, the own share computed then, and what the household pays by it."""

    way: Way
    computed_fen: int
    signed_fen: int


@dataclass(frozen=True, slots=True)
class OwnShare:
    """The household's own share: as computed, as signed for last, and what of it the contractor bears."""

    computed_fen: int
    signed_fen: int
    borne_fen: int = 0

    @property
    def pays_fen(self) -> int:
        """What the household pays in the end."""
        return self.computed_fen - self.borne_fen

    @property
    def excess_fen(self) -> int:
        """By how much it exceeds what was signed for; above 0 the settlement stops (domain S9)."""
        return max(self.pays_fen - self.signed_fen, 0)


def own_share(computed_fen: int, plan_signed_fen: int, later: Signed | None) -> OwnShare:
    """The own share beside what was signed: with the plan, or later at the settlement (domain S9).

    What the contractor took upon itself holds for the sum that was computed then; another sum needs another paper.
    """
    if later is None:
        return OwnShare(computed_fen, plan_signed_fen)
    bears = later.way is Way.CONTRACTOR and later.computed_fen == computed_fen
    return OwnShare(computed_fen, later.signed_fen, computed_fen - later.signed_fen if bears else 0)


@dataclass(frozen=True, slots=True)
class FirmShare:
    """What one firm gets: from the programme and from the household; both add up to what it may bill."""

    organisation_id: int
    subsidy_fen: int
    own_fen: int

    @property
    def due_fen(self) -> int:
        """What its invoices add up to."""
        return self.subsidy_fen + self.own_fen


def retained_of(fen: int, percent: int) -> int:
    """What is held back of so many fen, rounded down: the payment itself is never nothing."""
    return fen * percent // 100


def firm_shares(totals: Mapping[int, int], subsidy_fen: int, bearer: int = 0, borne_fen: int = 0) -> list[FirmShare]:
    """Divide subsidy and own share among the firms by what each is due, by largest remainder (domain S5).

    `totals` are the firms' accepted sums; the firm `bearer` goes without `borne_fen` of its own. Firms that get
    nothing are left out. Raises ValueError when the bearer would bear more than it did.
    """
    due = {firm: total - (borne_fen if firm == bearer else 0) for firm, total in sorted(totals.items())}
    firms = [firm for firm, amount in due.items() if amount]
    parts = apportion(subsidy_fen, [due[firm] for firm in firms])
    return [FirmShare(firm, part, due[firm] - part) for firm, part in zip(firms, parts, strict=True)]
