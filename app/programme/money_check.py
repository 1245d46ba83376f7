"""What the tables of money say of each other: items that exist, groups that are declared, sums that fit together."""

from collections.abc import Callable, Iterator

from ..lifecycle import Stage, Step
from .item_schema import Item
from .money_schema import DepositRelease, Selection
from .problems import Path, Problem, nearest
from .process import left_out
from .schema import ProgrammeData
from .selection import selects
from .values import CapUnit, HouseholdPays, ItemType, Over, OwnShare, Per, Split

_SELECTING = ("rate", "limit", "composition")


def check_money(data: ProgrammeData) -> Iterator[Problem]:
    """Every fault between the tables of money and the catalogue."""
    for check in _CHECKS:
        yield from check(data)


def _unknown(path: Path, value: object, known: list[str], what: str) -> Iterator[Problem]:
    if str(value) not in known:
        more = " 等" if len(known) > 12 else ""
        hint = nearest(str(value), known) if isinstance(value, str) else ""
        yield Problem(path, f"没有{what}“{value}”", f"可写 {'、'.join(known[:12]) or '（还没有）'}{more}{hint}")


def _selections(data: ProgrammeData) -> Iterator[Problem]:
    numbers = [str(item.number) for item in data.item]
    categories, groups = [one.key for one in data.category], [one.key for one in data.group]
    for index, group in enumerate(data.group):
        for number in group.items:
            yield from _unknown(("group", index, "items"), number, numbers, "项目")
    for table in _SELECTING:
        entries: tuple[Selection, ...] = getattr(data, table)
        for index, entry in enumerate(entries):
            at: Path = (table, index)
            faults = [
                *(p for n in entry.items for p in _unknown((*at, "items"), n, numbers, "项目")),
                *(p for k in entry.categories for p in _unknown((*at, "categories"), k, categories, "类别")),
                *(p for k in entry.groups for p in _unknown((*at, "groups"), k, groups, "分组")),
            ]
            yield from faults
            if not faults and not any(selects(entry, item, data.group) for item in data.item):
                yield Problem(
                    at, "选不出任何项目", "改写 items、categories、groups、kinds、types，或删去，表示全部项目"
                )


def _is_all(entry: Selection, items: tuple[Item, ...], data: ProgrammeData) -> bool:
    return all(selects(entry, item, data.group) for item in items)


def _limits(data: ProgrammeData) -> Iterator[Problem]:
    """Where the cap is for each person, a limit says for whom it is; and no limit counts persons that the cap does not."""
    by_person = data.cap.per is CapUnit.PERSON
    for index, limit in enumerate(data.limit):
        if limit.each is CapUnit.PERSON and not by_person:
            remedy = (
                '[cap] 写 per = "person"、每人的金额和 who（谁算一人），一户的总额另写一条 [[limit]] '
                'per = "all"、each = "household"、amount；不按人的，这里写 each = "household"'
            )
            yield Problem(("limit", index, "each"), "限额按每人计，补贴标准却按每户计，不知道怎么数人", remedy)
        if by_person and limit.each is None and limit.per is not Per.UNIT:
            remedy = '每人各有这么多写 each = "person"，全家合计这么多写 each = "household"'
            yield Problem(("limit", index), f"补贴标准按每人计，“{limit.name}”没有写是每人还是每户的", remedy)


def _counters(data: ProgrammeData) -> Iterator[Problem]:
    """Only where the cap has a period is it known which earlier files a limit counts."""
    for index, limit in enumerate(data.limit):
        if limit.over is Over.PERIOD and data.cap.months is None:
            remedy = '[cap] 里加 months = 36，[benefit] 里写 per = "cap"；只在每份档案里各算的，删去 over'
            yield Problem(("limit", index, "over"), f"“{limit.name}”要连以前的档案一起数，补贴标准却没有期限", remedy)


def _rates(data: ProgrammeData) -> Iterator[Problem]:
    for index, rate in enumerate(data.rate[:-1]):
        if rate.when is None and _is_all(rate, data.item, data):
            yield Problem(
                ("rate", index + 1),
                f"永远用不到：前面的“{rate.name}”已适用于所有家庭和项目",
                "从上到下第一条符合的为准，把没有 when 的写在最后",
            )
            return


def _cap(data: ProgrammeData) -> Iterator[Problem]:
    if data.cap.per is CapUnit.PERSON and data.cap.who is None:
        yield Problem(
            ("cap", "per"),
            "按人计的补贴标准没有写谁算一人",
            'cap 里加 who = { fact = "birth_date", age_at_least = 60 }',
        )


def _period(data: ProgrammeData) -> Iterator[Problem]:
    if data.benefit.per == "cap" and data.cap.months is None:
        yield Problem(
            ("benefit", "per"), 'per = "cap" 表示标准没有用完还可再申请，但 [cap] 没有写期限', "[cap] 里加 months = 36"
        )
    if data.cap.months is not None and data.benefit.per == "file":
        yield Problem(
            ("cap", "months"),
            '每户只能享受一次（[benefit] per = "file"），写期限没有作用',
            '[benefit] 里写 per = "cap"（标准用完为止）或 per = "item"（同一项目不重复）',
        )


def _funds(data: ProgrammeData) -> Iterator[Problem]:
    percentage = data.money.split is Split.PERCENTAGE
    field, other = ("percent", "limit") if percentage else ("limit", "percent")
    for index, fund in enumerate(data.fund):
        if fund.fixed is not None and (fund.limit is not None or fund.percent is not None):
            yield Problem(("fund", index, "fixed"), "固定金额的来源不写 limit、percent", "只留 fixed")
        elif getattr(fund, other) is not None:
            yield Problem(
                ("fund", index, other), f'split = "{data.money.split.value}" 时不用 {other}', f"改写 {field} 或删去"
            )
    rest = [(index, fund) for index, fund in enumerate(data.fund) if fund.fixed is None]
    fixed = sum(fund.fixed or 0 for fund in data.fund)
    if percentage and rest:
        total = sum(fund.percent or 0 for _, fund in rest)
        if total != 100:
            yield Problem(("fund",), f"各来源的 percent 合计 {total}", "合计须为 100")
        return
    if any(fund.limit is None for _, fund in rest):
        return
    highest = max([data.cap.amount, *(case.amount for case in data.cap_case)]) + data.cap.addition
    last = (rest[-1][0], "limit") if rest else (len(data.fund) - 1, "fixed")
    if data.cap.per is CapUnit.PERSON:
        yield Problem(("fund", *last), "补贴标准按人计，各来源的合计不一定够", "让最后一个来源不写 limit")
    elif fixed + sum(fund.limit or 0 for _, fund in rest) < highest:
        yield Problem(("fund", *last), f"各来源的 {last[1]} 合计不足补贴标准", "提高 limit，或让最后一个来源不写 limit")


LAWFUL_PERCENT = 10
"""No deposit above this part of the contract's sum (招标投标法实施条例 §58, 政府采购法实施条例 §48)."""


def _deposit(data: ProgrammeData) -> Iterator[Problem]:
    """A deposit is lawful, somebody can be asked for it, and its day comes."""
    terms = data.deposit
    if terms is None:
        return
    if terms.percent is not None and terms.percent > LAWFUL_PERCENT:
        yield Problem(
            ("deposit", "percent"),
            f"履约保证金 {terms.percent}% 超过法定上限",
            f"《招标投标法实施条例》第五十八条：不得超过中标合同金额的 10%，改成 1–{LAWFUL_PERCENT}",
        )
    if left_out(data, Step.DISPATCH):
        yield Problem(
            ("deposit",),
            "省去了“县级派工”，单位由家庭自己选，没有中标合同可以收履约保证金",
            "删去 [deposit]，或不省去 dispatch",
        )
    if terms.release is DepositRelease.WARRANTY_END:
        yield from _until_the_warranty_ends(data)


def _until_the_warranty_ends(data: ProgrammeData) -> Iterator[Problem]:
    if left_out(data, Stage.WARRANTY) or not data.warranty.months:
        yield Problem(
            ("deposit", "release"),
            "没有质保期，质保期满的那一天不会到",
            'release = "acceptance"，或写 [warranty] months',
        )
    if data.money.retention_percent:
        yield Problem(
            ("deposit", "release"),
            "履约保证金留到质保期满，又预留了质保金，同一件事收了两次",
            '《建设工程质量保证金管理办法》第六条：两样不能同时留；写 release = "acceptance"，或删去 retention_percent',
        )


def _own_share(data: ProgrammeData) -> Iterator[Problem]:
    """Who lets no household pay leaves it nothing to pay by other rules."""
    if data.plan.own_share is OwnShare.ALLOWED:
        return
    at: Path = ("plan", "own_share")
    if data.rate and all(rate.percent < 100 for rate in data.rate):
        yield Problem(
            at, "每一项都只按比例补贴，家庭总有自付，没有方案能提交", "删去 own_share，或把 [[rate]] 写到 100"
        )
    if data.money.household_pays is HouseholdPays.SIGNING:
        yield Problem(at, "家庭不出钱，签约时就没有钱可收", "删去 [money] 的 household_pays，或删去 own_share")


def _plain(data: ProgrammeData) -> Iterator[Problem]:
    types = {item.type for item in data.item}
    if ItemType.PLAIN in types and len(types) > 1:
        index = next(i for i, item in enumerate(data.item) if item.type is not data.item[0].type)
        yield Problem(
            ("item", index, "type"),
            "有的项目分基础和可选，有的不分",
            '全部写 "basic" 或 "optional"，或全部写 "plain"（不分）',
        )


_CHECKS: tuple[Callable[[ProgrammeData], Iterator[Problem]], ...] = (
    _limits,
    _counters,
    _selections,
    _rates,
    _cap,
    _period,
    _funds,
    _deposit,
    _own_share,
    _plain,
)
