"""What is no fault of a programme's data and will still stop a household, or mean something else than was meant."""

from collections.abc import Iterator

from .expressions import facts_in
from .policy import Programme

MEASURES = frozenset(
    {"平方米", "平米", "㎡", "m²", "m2", "立方米", "米", "延米", "延长米", "厘米", "m", "cm", "公斤", "升"}
)
"""Units of which "six" are no six pieces."""


def hints(read: Programme) -> Iterator[str]:
    """A sentence for each, with what to do."""
    if not read.data.quota:
        yield "没有写 [[quota]]，要在“任务和资金”里登记任务数（只管钱的登记金额指标），否则不能确定改造对象"
    if not read.data.allotment:
        yield "没有写 [[allotment]]，要在“任务和资金”里登记资金，否则不能签协议"
    yield from _counted(read)
    yield from _levels(read)


def _counted(read: Programme) -> Iterator[str]:
    """A limit of pieces counts the quantity of a line, in whatever unit the item has."""
    for limit in read.data.limit:
        chosen = [item for item in read.items if read.is_chosen(limit, item.number)]
        measured = [item for item in chosen if item.unit in MEASURES]
        if limit.count is not None and measured:
            said = "、".join(f"{item.number} {item.name}（{item.unit}）" for item in measured[:3])
            rest = "等" if len(measured) > 3 else ""
            yield (
                f"“{limit.name}”按项目的单位数，{said}{rest}不论件：{limit.count} 就是 {limit.count} {measured[0].unit}；"
                "只数论件的，用 items 选出来；面积、长度另写 amount"
            )


def _levels(read: Programme) -> Iterator[str]:
    """A level that clauses ask must be known before the confirmation, and assessors come after it."""
    asking = dict.fromkeys(one.id for one in read.clauses if "person.ability.level" in facts_in(one.condition))
    if asking and not read.recognitions:
        yield (
            f"{'、'.join(asking)} 问能力等级，确定以前就要知道，入户评估在确定之后：写 [[recognition]]，"
            "由乡镇登记已有的评估报告；不写的，逐户在“核验条件”里按报告填写"
        )
