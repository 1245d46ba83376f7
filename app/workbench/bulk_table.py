"""Which operations can be done to many files at once. Data, read by `bulk`.

The operation itself stays the one of the stage: permission, scope, status, checklist, maker and checker are the same as
one by one, because every file of a bulk action goes through `renovation.operations.perform`.
"""

from collections.abc import Sequence

from ..lifecycle import Status
from ..permissions import Actor, Permission, Role, could, may
from ..programme.process import EQUAL_SHARES, PAYMENT_NOTICE, PLAN_REVIEW, is_held
from ..stages.application import waiting_queries
from . import bulk_application, bulk_checks, bulk_dispatch, bulk_lots, bulk_payment
from .bulk_kinds import Bulk
from .queries import Line

BULK: tuple[Bulk, ...] = (
    Bulk("application.submit", "提交初审，各户得到回执码；不论现在的审查结果如何，初审时逐条核查。"),
    Bulk(
        "application.verify",
        "登记这一条核实相符，与登记不一致的户请先去掉勾，再打开档案逐户登记。",
        is_live=True,
        asks=lambda _renovations: ("clause", "body", "method", "checked_on", "result", "remark"),
        choices=bulk_application.verify_choices,
        initial=bulk_application.verify_initial,
        reasons=bulk_application.verify_reasons,
        sums=lambda _renovation: None,
    ),
    Bulk(
        "application.forward",
        "初审通过，同一乡镇、同一起始日的家庭合在一份公示里；期满无异议自动转县里确定。",
        asks=bulk_application.notice_asks,
        consequence_for=bulk_application.without_notice,
        choices=bulk_application.notice_choices,
        initial=bulk_application.notice_initial,
    ),
    Bulk(
        "application.confirm",
        "确定为改造对象，每户占用任务数 1 户（已占用的沿用），登记本人、家庭和住房的补贴资格；随后委托评估。",
        pools=bulk_application.quota_pools,
        order=waiting_queries.first_in_turn,
        remarks=bulk_application.priority_remarks,
        sums=lambda _renovation: None,
    ),
    Bulk(
        "assessment.assign_assessor",
        "委托所选机构评估，由其与各家庭约定入户时间。",
        is_live=True,
        choices=bulk_lots.assessor_choices,
        pools=bulk_lots.assessor_pools,
        reasons=bulk_lots.assessor_reasons,
        sums=lambda _renovation: None,
    ),
    Bulk(
        "plan.assign_reviewer",
        "委托所选单位审核方案，审核通过才能批准。",
        is_live=True,
        wanted_by=f"{PLAN_REVIEW}{Role.SUPERVISOR.value}",
        choices=bulk_lots.reviewer_choices,
        pools=bulk_lots.reviewer_pools,
        reasons=bulk_lots.reviewer_reasons,
        sums=lambda _renovation: None,
    ),
    Bulk(
        "plan.approve",
        "批准方案，之后请各家庭签字。",
        is_live=True,
        labels={"accept_waivers": "认可下面列出的基础类项目不改造"},
        reasons=bulk_checks.plan_reasons,
        remarks=bulk_checks.plan_remarks,
        sums=bulk_checks.plan_sums,
    ),
    Bulk(
        "construction.dispatch",
        "派给所选单位，由其与各家庭签订施工合同并施工。",
        is_live=True,
        blanks={"supervisor_record_id": "不另派，沿用已派的监理"},
        reasons=bulk_dispatch.dispatch_reasons,
        pools=bulk_dispatch.dispatch_pools,
        choices=bulk_dispatch.dispatch_choices,
    ),
    Bulk(
        "construction.dispatch_next",
        "按户数均分，每户派给轮到的单位，由其与家庭签订施工合同并施工；下面各标段要接的户数是预计，以办理时为准。",
        is_live=True,
        wanted_by=EQUAL_SHARES,
        blanks={"supervisor_record_id": "不另派，沿用已派的监理"},
        reasons=bulk_dispatch.next_reasons,
        pools=bulk_dispatch.next_pools,
        choices=bulk_dispatch.supervisor_choices,
    ),
    Bulk(
        "acceptance.countersign",
        "会签后按验收结果计算补贴，质保期从各户入户验收那天算起。",
        reasons=bulk_checks.acceptance_reasons,
    ),
    Bulk("settlement.prepare", "编制结算单，编制后金额固定，由另一位同事审批。", sums=bulk_checks.computed_sums),
    Bulk(
        "settlement.approve",
        "批准结算，补贴和家庭自付按结算单定下，交财政拨付。",
        reasons=bulk_checks.settle_reasons,
    ),
    Bulk(
        "settlement.announce",
        "公示姓名（隐去名字）和补贴金额，同一乡镇、同一天起始的合在一份公示里。",
        wanted_by=PAYMENT_NOTICE,
        choices=bulk_payment.announce_choices,
        initial=bulk_payment.announce_initial,
    ),
)

_BY_KEY = {one.key: one for one in BULK}


def bulk_of(key: str) -> Bulk | None:
    """The row of an operation's key, None when it is done one by one only."""
    return _BY_KEY.get(key)


def choices_for(actor: Actor, lines: Sequence[Line] | None = None) -> list[tuple[str, str]]:
    """(operation key, title) of what this person may do to many files, in the lifecycle's order.

    Of `lines`, where they are given, only what one of them at least can take.
    """
    if lines is None:
        mine = [one for one in BULK if may(actor, one.operation.permission)]
    else:
        kinds = {(line.status, line.marks, line.suspended) for line in lines}
        mine = [one for one in BULK if any(_is_for(one, actor, *kind) for kind in kinds)]
    return [(one.key, one.operation.title) for one in mine]


def _is_for(bulk: Bulk, actor: Actor, status: Status, marked: str, suspended: bool) -> bool:
    task = bulk.operation.permission
    return could(actor, task) and is_held(marked, task, actor.role) and bulk.suits(status, marked, suspended)


def shows_sums(actor: Actor) -> bool:
    """True when this person sees amounts."""
    return may(actor, Permission.MONEY_READ)
