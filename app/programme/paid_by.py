"""What a programme says of money: caps, sources, prices, and which items its rules about money name."""

from functools import cached_property

from ..core.money import display
from .item_schema import Item
from .money_schema import Fund, Limit, Selection
from .schema import ProgrammeData
from .selection import selects
from .values import HouseholdPays, Over, OwnShare


class PaidBy:
    """The part of a programme that speaks of money; fen throughout."""

    data: ProgrammeData
    _items: dict[int, Item]

    @property
    def cap_fen(self) -> int:
        """The most for one household in fen where no special case fits, the county's addition included (domain S2)."""
        return self.data.cap.amount + self.data.cap.addition

    @cached_property
    def is_plain_sum(self) -> bool:
        """Whether the subsidy is what may be subsidised, up to the cap: no percentages, limits or guide prices."""
        guided = any(price.guide is not None for price in self.data.price)
        return not (self.data.rate or self.data.limit or guided)

    @cached_property
    def period_limits(self) -> tuple[Limit, ...]:
        """The limits against which what earlier files used in the cap's period counts."""
        return tuple(limit for limit in self.data.limit if limit.over is Over.PERIOD)

    @cached_property
    def counted_items(self) -> tuple[Item, ...]:
        """The items of which it matters how much earlier files had."""
        return tuple(
            item for item in self._items.values() if any(self.is_chosen(one, item.number) for one in self.period_limits)
        )

    @property
    def pays_at_signing(self) -> bool:
        """Whether the household pays the firm at the signing of the contract, the subsidy deducted (variants §0.9)."""
        return self.data.money.household_pays is HouseholdPays.SIGNING

    def own_share_refused(self, self_pay_fen: int) -> str:
        """Why a plan with this own share in fen cannot be handed in; "" when it can (variants §1A: free to the family)."""
        if self.data.plan.own_share is OwnShare.ALLOWED or not self_pay_fen:
            return ""
        return (
            f"这个政策不让家庭出钱，方案的家庭自付是 {display(self_pay_fen)}。"
            "请去掉项目、减少数量，或换便宜的规格，自付降到 ¥0.00 再提交。"
        )

    @property
    def funds(self) -> tuple[Fund, ...]:
        """The sources of money, in their order (domain S5)."""
        return self.data.fund

    def ceiling_fen(self, number: int) -> int | None:
        """The highest unit price of an item in fen, or None where the county has set none (domain P4)."""
        for price in self.data.price:
            if price.item == number:
                return price.ceiling
        return None

    def has_fixed_price(self, number: int) -> bool:
        """Whether the ceiling of an item is its price, no more and no less."""
        return any(price.fixed for price in self.data.price if price.item == number)

    def guide_fen(self, number: int) -> int | None:
        """The unit price of an item in fen up to which it is subsidised, or None where there is none."""
        for price in self.data.price:
            if price.item == number:
                return price.guide
        return None

    def is_chosen(self, selection: Selection, number: int) -> bool:
        """Whether a rule about money names the item."""
        return selects(selection, self._items[number], self.data.group)

    def is_example_price(self, number: int) -> bool:
        """Whether the ceiling is only an example (示例价)."""
        return any(price.example for price in self.data.price if price.item == number)
