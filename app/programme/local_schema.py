"""What a programme leaves to the editions of cities and counties (各地自定): which tables they may write instead of it."""

from typing import Annotated, Self

from pydantic import Strict, model_validator

from ..core.enums import Labelled
from .values import Sourced, member_of


class LocalTable(Labelled):
    """A table of money that is the base's own unless it says otherwise."""

    CAP = "cap", "补贴标准"
    CAP_CASE = "cap_case", "不同家庭的补贴标准"
    AVERAGE_CAP = "average_cap", "区县平均不超过"
    RATE = "rate", "补贴比例"
    LIMIT = "limit", "件数和金额上限"
    COMPOSITION = "composition", "方案的组成"


ADDED_BY = {LocalTable.LIMIT: "name", LocalTable.COMPOSITION: "id"}
"""Tables to which rows can be added without changing the base's, and what names a row: each row counts by itself."""

LocalTables = Annotated[tuple[Annotated[LocalTable, member_of(LocalTable)], ...], Strict(False)]


class Local(Sourced):
    """`[local]`: what editions fix themselves (山东: 市里定件数和总额; 浙江 2020: 平均可以调整); nothing where not written."""

    may_set: LocalTables = ()
    may_add: LocalTables = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        named = [*self.may_set, *self.may_add]
        twice = next((one for one in named if named.count(one) > 1), None)
        if twice is not None:
            raise ValueError(f"“{twice.value}”写了两次，may_set（整个自定）和 may_add（只能再加）里只写一次")
        for one in self.may_add:
            if one not in ADDED_BY:
                raise ValueError(f"“{one.value}”不能只加，may_add 可写 {'、'.join(ADDED_BY)}；整个自定的写在 may_set")
        return self

    @property
    def named(self) -> frozenset[LocalTable]:
        """All that an edition may write in one way or the other."""
        return frozenset((*self.may_set, *self.may_add))
