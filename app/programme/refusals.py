"""What stops a settlement: every problem names its field."""

from ..core.errors import RuleViolations


class SettlementRefused(RuleViolations):
    """The lines cannot be settled; each problem names its field, e.g. `lines-2-quantity`."""

    @property
    def reasons(self) -> list[str]:
        """The Chinese sentences."""
        return [problem.message for problem in self.problems]
