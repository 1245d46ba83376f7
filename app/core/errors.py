"""What can go wrong, in sentences that a clerk can act on; mapped once to pages and to problem details."""

from collections.abc import Sequence


class DomainError(Exception):
    """A refusal. `message` is a Chinese sentence with the remedy, `field` the command's field to blame ("" = none)."""

    status = 422
    title = "没有办成"

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    @property
    def problems(self) -> Sequence["DomainError"]:
        """Every refusal that this one stands for; a single one stands for itself."""
        return (self,)


class RuleViolation(DomainError):
    """A rule of the programme or of the input does not hold."""

    title = "填写的内容需要修改"


class RuleViolations(RuleViolation):
    """Several rules at once, so that a person can correct them in one go."""

    def __init__(self, problems: Sequence[DomainError]) -> None:
        if not problems:
            raise ValueError("RuleViolations stands for at least one problem")
        super().__init__("；".join(problem.message for problem in problems), problems[0].field)
        self._problems = tuple(problems)

    @property
    def problems(self) -> Sequence[DomainError]:
        """The single refusals, in the order in which they were found."""
        return self._problems

    @classmethod
    def raise_if_any(cls, problems: Sequence[DomainError]) -> None:
        """Raise them together when there is at least one."""
        if problems:
            raise cls(problems)


class Conflict(DomainError):
    """The state of things does not allow it now: a wrong status, somebody else was faster, a place is taken."""

    status = 409
    title = "现在不能这样办理"


class NotAllowed(DomainError):
    """This person may not do this."""

    status = 403
    title = "没有办理权限"


class NotFound(DomainError):
    """It does not exist, or not for this person: the answer is the same."""

    status = 404
    title = "没有找到"
