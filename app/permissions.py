"""READ SECOND. Who may do what: one table of roles and permissions. Plain Python: no web, no database. Domain §2.

A permission says what; the scope (region subtree, firm) says on which files. Both are asked: `may` here, the scope in
`renovation.queries.visible_to`.
"""

from dataclasses import dataclass

from .core.enums import Labelled


class Role(Labelled):
    """The ten roles of people with an account; a household opens its own page without one."""

    TOWNSHIP = "township", "乡镇（街道）经办"
    COUNTY = "county", "县级民政局"
    FEDERATION = "federation", "残联"
    FINANCE = "finance", "财政局"
    ASSESSOR = "assessor", "评估机构"
    CONTRACTOR = "contractor", "施工单位"
    SUPERVISOR = "supervisor", "监理"
    CITY = "city", "市／省级民政"
    AUDITOR = "auditor", "审计／纪检"
    ADMIN = "admin", "管理员"
    SYSTEM = "system", "系统"


class Office(Labelled):
    """Which body of a county leads a programme: accounts of the role `county` belong to one, and see its files only.

    The civil affairs bureau and the disabled persons' federation run programmes side by side (variants §0.10), each
    with the same steps; neither decides about the other's households.
    """

    CIVIL_AFFAIRS = "civil_affairs", "民政局"
    FEDERATION = "federation", "残联"

    @property
    def formal(self) -> str:
        """The name that follows the county's on a paper with a seal."""
        return "残疾人联合会" if self is Office.FEDERATION else self.label

    @property
    def at_county(self) -> str:
        """What it is called where the county need not be named."""
        return f"县级{self.label}"


FIRM_ROLES = frozenset({Role.ASSESSOR, Role.CONTRACTOR, Role.SUPERVISOR})
"""Roles whose accounts belong to a firm and see only what is assigned to it."""


class Permission(Labelled):
    """What can be done; each operation and each page names one."""

    RENOVATION_READ = "renovation_read", "查看改造户"
    RENOVATION_COMMENT = "renovation_comment", "留言"
    RENOVATION_WITHDRAW = "renovation_withdraw", "登记撤回"
    RENOVATION_TERMINATE = "renovation_terminate", "登记终止"
    RENOVATION_SUSPEND = "renovation_suspend", "暂停与恢复"
    PERSONAL_REVEAL = "personal_reveal", "查看完整证件号"
    HEALTH_READ = "health_read", "查看健康信息"
    MONEY_READ = "money_read", "查看金额"
    APPLICATION_EDIT = "application_edit", "登记申请"
    APPLICATION_VERIFY = "application_verify", "核验条件"
    APPLICATION_REVIEW = "application_review", "初审"
    APPLICATION_NOTICE = "application_notice", "公示"
    APPLICATION_CONFIRM = "application_confirm", "确定改造对象"
    APPLICATION_REJECT = "application_reject", "不予改造"
    ASSESSMENT_ASSIGN = "assessment_assign", "委托评估"
    ASSESSMENT_RECORD = "assessment_record", "入户评估"
    PLAN_DRAFT = "plan_draft", "编制方案"
    PLAN_REVIEW = "plan_review", "技术审核方案"
    PLAN_APPROVE = "plan_approve", "批准方案"
    PLAN_SIGN = "plan_sign", "方案签字与协议"
    CONSTRUCTION_DISPATCH = "construction_dispatch", "派工"
    CONSTRUCTION_CONTRACT = "construction_contract", "签订施工合同"
    CONSTRUCTION_FILING_AUDIT = "construction_filing_audit", "审核施工备案"
    CONSTRUCTION_RELOCATE = "construction_relocate", "安排临时过渡"
    CONSTRUCTION_REPORT = "construction_report", "施工记录"
    CONSTRUCTION_SUPERVISE = "construction_supervise", "监理"
    ACCEPTANCE_RECORD = "acceptance_record", "组织验收"
    ACCEPTANCE_COUNTERSIGN = "acceptance_countersign", "会签验收"
    SAMPLE_DRAW = "sample_draw", "抽取复查名单"
    SETTLEMENT_PREPARE = "settlement_prepare", "编制结算"
    SETTLEMENT_APPROVE = "settlement_approve", "批准结算"
    INVOICE_SUBMIT = "invoice_submit", "提交发票"
    PAYMENT_RECORD = "payment_record", "登记拨付"
    WARRANTY_REPORT = "warranty_report", "登记报修"
    WARRANTY_FIX = "warranty_fix", "维修"
    WARRANTY_VERIFY = "warranty_verify", "核实维修"
    WARRANTY_CLOSE = "warranty_close", "归档"
    PAPER_PRINT = "paper_print", "打印文书"
    PAPER_RETURN = "paper_return", "回传扫描件"
    FILE_EXPORT = "file_export", "导出整卷档案"
    LETTER_SEND = "letter_send", "登记送达"
    FUNDS_MANAGE = "funds_manage", "下达任务和资金"
    FUNDS_READ = "funds_read", "查看任务和资金"
    DEPOSIT_MANAGE = "deposit_manage", "登记履约保证金"
    DEPOSIT_READ = "deposit_read", "查看履约保证金"
    PROGRAMME_READ = "programme_read", "查看政策"
    PROGRAMME_MANAGE = "programme_manage", "管理政策"
    PROGRAMME_SIMULATE = "programme_simulate", "测算政策"
    ORGANISATION_READ = "organisation_read", "查看单位"
    ORGANISATION_MANAGE = "organisation_manage", "管理单位"
    PROCUREMENT_MANAGE = "procurement_manage", "登记采购"
    REGION_MANAGE = "region_manage", "管理区划"
    USER_MANAGE = "user_manage", "管理用户"
    SETTING_MANAGE = "setting_manage", "管理设置"
    TELEPHONE_MANAGE = "telephone_manage", "填写咨询电话"
    AUDIT_READ = "audit_read", "查看审计记录"
    API_TOKEN = "api_token", "接口令牌"


P = Permission

_READ = {P.RENOVATION_READ, P.PROGRAMME_READ, P.API_TOKEN}
_DESK = _READ | {P.RENOVATION_COMMENT}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.TOWNSHIP: frozenset(
        _DESK
        | {P.PERSONAL_REVEAL, P.HEALTH_READ, P.MONEY_READ, P.FUNDS_READ}
        | {P.APPLICATION_EDIT, P.APPLICATION_VERIFY, P.APPLICATION_REVIEW, P.APPLICATION_NOTICE}
        | {P.APPLICATION_REJECT, P.PLAN_REVIEW, P.PLAN_SIGN, P.CONSTRUCTION_RELOCATE, P.ACCEPTANCE_RECORD}
        | {P.WARRANTY_REPORT, P.WARRANTY_VERIFY, P.RENOVATION_WITHDRAW, P.RENOVATION_TERMINATE}
        | {P.RENOVATION_SUSPEND, P.PAPER_PRINT, P.PAPER_RETURN, P.FILE_EXPORT, P.LETTER_SEND}
    ),
    Role.COUNTY: frozenset(
        _DESK
        | {P.PERSONAL_REVEAL, P.HEALTH_READ, P.MONEY_READ, P.FUNDS_READ, P.FUNDS_MANAGE}
        | {P.DEPOSIT_READ, P.DEPOSIT_MANAGE}
        | {P.ORGANISATION_READ, P.ORGANISATION_MANAGE, P.PROCUREMENT_MANAGE}
        | {P.TELEPHONE_MANAGE, P.PROGRAMME_SIMULATE}
        | {P.APPLICATION_VERIFY, P.APPLICATION_CONFIRM, P.APPLICATION_REJECT, P.ASSESSMENT_ASSIGN}
        | {P.PLAN_APPROVE, P.CONSTRUCTION_DISPATCH, P.CONSTRUCTION_FILING_AUDIT}
        | {P.ACCEPTANCE_COUNTERSIGN, P.SAMPLE_DRAW}
        | {P.SETTLEMENT_PREPARE, P.SETTLEMENT_APPROVE, P.WARRANTY_VERIFY, P.WARRANTY_CLOSE}
        | {P.RENOVATION_TERMINATE, P.RENOVATION_SUSPEND, P.PAPER_PRINT, P.PAPER_RETURN, P.FILE_EXPORT}
        | {P.LETTER_SEND}
    ),
    Role.FEDERATION: frozenset(_DESK | {P.APPLICATION_VERIFY, P.HEALTH_READ, P.PAPER_PRINT}),
    Role.FINANCE: frozenset(
        _DESK
        | {P.MONEY_READ, P.FUNDS_READ, P.FUNDS_MANAGE, P.PAYMENT_RECORD, P.ORGANISATION_READ}
        | {P.PAPER_PRINT}
        | {P.DEPOSIT_READ}
    ),
    Role.ASSESSOR: frozenset(
        _DESK
        | {P.HEALTH_READ, P.MONEY_READ, P.ASSESSMENT_RECORD, P.PLAN_DRAFT, P.PLAN_REVIEW}
        | {P.PAPER_PRINT, P.PAPER_RETURN}
    ),
    Role.CONTRACTOR: frozenset(
        _DESK
        | {P.MONEY_READ, P.CONSTRUCTION_CONTRACT, P.CONSTRUCTION_REPORT, P.INVOICE_SUBMIT, P.WARRANTY_FIX}
        | {P.PAPER_PRINT, P.PAPER_RETURN}
        | {P.DEPOSIT_READ}
    ),
    Role.SUPERVISOR: frozenset(_DESK | {P.PLAN_REVIEW, P.CONSTRUCTION_SUPERVISE, P.PAPER_PRINT, P.PAPER_RETURN}),
    Role.CITY: frozenset(
        _READ
        | {P.ORGANISATION_READ, P.MONEY_READ, P.FUNDS_READ, P.FUNDS_MANAGE, P.PROGRAMME_MANAGE}
        | {P.PROGRAMME_SIMULATE, P.SAMPLE_DRAW}
        | {P.DEPOSIT_READ, P.DEPOSIT_MANAGE}
    ),
    Role.AUDITOR: frozenset(
        _READ
        | {P.PERSONAL_REVEAL, P.HEALTH_READ, P.MONEY_READ, P.FUNDS_READ, P.AUDIT_READ, P.ORGANISATION_READ}
        | {P.PAPER_PRINT, P.FILE_EXPORT}
        | {P.DEPOSIT_READ}
    ),
    Role.ADMIN: frozenset(
        {P.PROGRAMME_READ, P.PROGRAMME_MANAGE, P.PROGRAMME_SIMULATE, P.ORGANISATION_READ, P.ORGANISATION_MANAGE}
        | {P.PROCUREMENT_MANAGE, P.REGION_MANAGE, P.USER_MANAGE, P.SETTING_MANAGE, P.TELEPHONE_MANAGE, P.API_TOKEN}
    ),
    Role.SYSTEM: frozenset(Permission),
}

MAY_BE_GIVEN: dict[Permission, frozenset[Role]] = {
    P.ASSESSMENT_ASSIGN: frozenset({Role.TOWNSHIP}),
    P.PLAN_DRAFT: frozenset({Role.TOWNSHIP, Role.COUNTY}),
    P.PLAN_APPROVE: frozenset({Role.TOWNSHIP}),
    P.PLAN_SIGN: frozenset({Role.COUNTY}),
    P.PROCUREMENT_MANAGE: frozenset({Role.TOWNSHIP}),
    P.CONSTRUCTION_DISPATCH: frozenset({Role.TOWNSHIP}),
    P.CONSTRUCTION_FILING_AUDIT: frozenset({Role.TOWNSHIP}),
    P.ACCEPTANCE_RECORD: frozenset({Role.COUNTY}),
    P.SETTLEMENT_PREPARE: frozenset({Role.TOWNSHIP}),
    P.PAYMENT_RECORD: frozenset({Role.COUNTY}),
    P.WARRANTY_CLOSE: frozenset({Role.TOWNSHIP}),
}
"""To whom else a programme may give a task on its own files: places divide the work differently (variants §0.7).

Who decides on a household, who countersigns and who approves a settlement is not among them: the county does.
"""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person with one role in one scope, or the system.

    `region_path` and `region_level` are the materialised path and the level of the scope's region; `organisation_id`
    the firm of firm roles; `place` names the firm or else the region. `only` narrows the role's permissions to the
    scopes of an API token (None = all of the role). `office` tells of an account of the role `county` which body it
    belongs to.
    """

    user_id: int | None
    name: str
    role: Role
    region_id: int | None = None
    region_path: str = ""
    organisation_id: int | None = None
    only: frozenset[Permission] | None = None
    region_level: str = ""
    place: str = ""
    office: Office = Office.CIVIL_AFFAIRS

    @property
    def sender(self) -> str:
        """Of whom a request's own key is: two people may use the same one."""
        return str(self.user_id or self.role.value)

    @property
    def post(self) -> str:
        """What the person is, in words."""
        return post(self.role, self.office)


def post(role: Role, office: Office) -> str:
    """What a role is called on the files that an office leads: the county's own role bears the office's name."""
    return office.at_county if role is Role.COUNTY else role.label


def reach_of(role: Role) -> frozenset[Permission]:
    """What a role has, and what programmes may give it."""
    return GRANTS[role] | {task for task, roles in MAY_BE_GIVEN.items() if role in roles}


def could(actor: Actor, permission: Permission) -> bool:
    """True when the actor's role has the task or some programme may give it: the file says whether one has."""
    if actor.only is not None and permission not in actor.only:
        return False
    return permission in GRANTS[actor.role] or actor.role in MAY_BE_GIVEN.get(permission, ())


def could_be_given(role: Role) -> bool:
    """True when programmes may give this role a task, or take one from it."""
    return any(role in roles or task in GRANTS[role] for task, roles in MAY_BE_GIVEN.items())


def leads(actor: Actor, office: Office) -> bool:
    """True unless the programme is led by the other office of the actor's county. Of others it is not asked."""
    return actor.role is not Role.COUNTY or actor.office is office


SYSTEM = Actor(None, "系统", Role.SYSTEM, region_path="/")
"""Jobs act as this; nobody can sign in as it."""


def may(actor: Actor, permission: Permission) -> bool:
    """True when the actor's role grants the permission and no token narrows it away. Scope is asked elsewhere."""
    if actor.only is not None and permission not in actor.only:
        return False
    return permission in GRANTS[actor.role]
