"""What the tables of eligibility and process say of each other: validities, pilot regions, who acts, what is left out."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from ..lifecycle import PASSED_AT_ONCE, TRANSITIONS, Action, Stage, Step, transition
from ..permissions import GRANTS, MAY_BE_GIVEN, Office, Permission, Role
from .areas import stem
from .eligibility_schema import ClauseData
from .money_schema import Quota
from .problems import Path, Problem
from .process import WITH_PAPER, holders_of, left_out
from .schema import ProgrammeData

MAY_BE_LEFT_OUT = tuple(PASSED_AT_ONCE)
"""The stages that a programme can do without; everything else is what a renovation consists of."""

NEEDED: dict[Stage, tuple[str, str]] = {
    Stage.APPLICATION: (
        "没有申请和确定，就没有资助对象",
        "不公示写 [notice] used = false；只能由谁确定写 [[actor]]",
    ),
    Stage.PLAN: (
        "没有家庭签字的方案，就不知道给谁做什么、家庭自付多少",
        "县里不审批写 [[step]] plan_approval，不另签协议写 [[step]] agreement，都写 used = false",
    ),
    Stage.CONSTRUCTION: (
        "没有施工和交付的记录，就没有东西可以验收",
        "家庭自己选单位写 [[step]] dispatch，不设监理写 [[step]] supervision，都写 used = false",
    ),
    Stage.ACCEPTANCE: (
        "没有入户验收，付款就没有依据",
        "县里不会签写 [[step]] countersign 的 used = false",
    ),
    Stage.SETTLEMENT: (
        "没有结算，就不知道该付多少、付给谁",
        '县里不审批结算写 [[step]] settlement_approval 的 used = false；家庭先付、再补给家庭的写 [money] payee = "household"',
    ),
}
"""Why a stage stays, and what is left out within it instead."""

_BODIES = (*(role.value for role in Role if role not in {Role.SYSTEM, Role.ADMIN}), "village", "household")
"""Who can be named as responsible: the roles with a desk, and the two that have none."""


def check_process(data: ProgrammeData) -> Iterator[Problem]:
    """Every fault between the tables of eligibility and process."""
    for check in _CHECKS:
        yield from check(data)


def _validity(clause: ClauseData) -> tuple[date, date]:
    return clause.valid_from or date.min, clause.valid_to or date.max


def _clauses(data: ProgrammeData) -> Iterator[Problem]:
    """One id may stand several times, each for other days; on every day of the programme some clause counts."""
    starts, ends = data.programme.valid_from, data.programme.valid_to or date.max
    seen: dict[str, list[tuple[date, date]]] = {}
    for index, clause in enumerate(data.clause):
        first, last = _validity(clause)
        if last < starts or first > ends:
            where = "valid_to" if last < starts else "valid_from"
            yield Problem(("clause", index, where), f"“{clause.id}”的有效期在项目的有效期之外", "改日期，或删去这一条")
        for other_first, other_last in seen.get(clause.id, []):
            if first <= other_last and other_first <= last:
                remedy = "同一 id 写几条时，各条的 valid_from–valid_to 不能有同一天；另一个条件请换一个 id"
                yield Problem(("clause", index, "id"), f"id “{clause.id}”重复，有效期重叠", remedy)
                break
        seen.setdefault(clause.id, []).append((first, last))
    ranges = [_validity(clause) for clause in data.clause]
    for day in {starts, *(last + timedelta(days=1) for _first, last in ranges if last < date.max)}:
        if starts <= day <= ends and not any(first <= day <= last for first, last in ranges):
            yield Problem(("clause",), f"{day} 起没有任何条件，人人都会符合", "补写这些日子的条件，或改 valid_to")


def _pilot(data: ProgrammeData) -> Iterator[Problem]:
    about = data.programme
    if (about.status == "pilot") != bool(about.pilot_regions):
        yield Problem(
            ("programme", "status"),
            "试点要写明试点地区，其余状态不写"
            if about.status == "pilot"
            else "写了 pilot_regions，但 status 不是 pilot",
            'status = "pilot" 并写 pilot_regions = ["500101"]；全面实施写 status = "in_force"',
        )
    for index, region in enumerate(about.pilot_regions):
        if not region.startswith(stem(about.region)):
            yield Problem(
                ("programme", "pilot_regions", index),
                f"{region} 不在项目的地区 {about.region} 内",
                "写本地区的区县代码",
            )


def _rounds(data: ProgrammeData) -> Iterator[Problem]:
    rounds = data.notice.rounds if data.notice.used else 0
    for index, entry in enumerate(data.notice_round):
        if entry.round > rounds:
            yield Problem(
                ("notice_round", index, "round"),
                f"公示共 {rounds} 轮，没有第 {entry.round} 轮",
                "改 [notice] 的 rounds，或删去",
            )


def _stages(data: ProgrammeData) -> Iterator[Problem]:
    """A stage that is used has somebody who acts in it and is entitled to; only what can be left out is left out."""
    for index, terms in enumerate(data.stage):
        at: Path = ("stage", index)
        for place, body in enumerate(terms.responsible):
            if body not in _BODIES:
                yield Problem((*at, "responsible", place), f"没有“{body}”这个岗位", f"可写 {'、'.join(_BODIES)}")
        if not terms.used:
            yield from _left_out((*at, "used"), terms.key, terms.note, terms.key in MAY_BE_LEFT_OUT)
            continue
        able = [role.value for role in Role if role is not Role.SYSTEM and _acts_in(data, role, terms.key)]
        if not set(terms.responsible) & set(able):
            said = "没有写由谁办理" if not terms.responsible else "写的岗位都不能办理这个环节"
            lead = next((_in_the_lead(data, body, able) for body in terms.responsible), "")
            yield Problem((*at, "responsible"), f"“{terms.key.label}”{said}", f"至少写上 {'、'.join(able)} 之一{lead}")


def _acts_in(data: ProgrammeData, role: Role, stage: Stage) -> bool:
    given = {terms.task: terms.roles for terms in data.actor}
    rows = [row for row in TRANSITIONS if row.stage is stage and row.forward]
    return any(
        role in given[row.permission] if row.permission in given else row.permission in GRANTS[role] for row in rows
    )


def _left_out(path: Path, key: Stage | Step, note: str, can: bool) -> Iterator[Problem]:
    if not can and isinstance(key, Stage):
        why, instead = NEEDED[key]
        names = "、".join(stage.value for stage in MAY_BE_LEFT_OUT)
        yield Problem(path, f"“{key.label}”不能省去：{why}", f"{instead}；能整个省去的环节只有 {names}")
    elif not note:
        yield Problem(path, f"省去“{key.label}”要写 note", "用一句话写明依据和由谁代替，办理时记在进度上")


def _steps(data: ProgrammeData) -> Iterator[Problem]:
    for index, terms in enumerate(data.step):
        if not terms.used:
            yield from _left_out(("step", index, "used"), terms.key, terms.note, can=True)
            if terms.key is Step.DISPATCH and not left_out(data, Step.SUPERVISION):
                yield Problem(
                    ("step", index, "used"),
                    "省去“县级派工”以后没有人派监理",
                    "一并省去 supervision（[[step]]，used = false），或不省去 dispatch",
                )
    for index, document in enumerate(data.document):
        part = WITH_PAPER.get(document.key)
        if part is not None and left_out(data, part):
            yield Problem(
                ("document", index),
                f"本项目不设“{part.label}”，不会有“{document.name}”",
                f"删去这份材料，或不省去 {part.value}",
            )


def _purchase_code(data: ProgrammeData) -> Iterator[Problem]:
    """A code is for choosing, so nobody else may choose."""
    if data.purchase_code is not None and not left_out(data, Step.DISPATCH):
        yield Problem(
            ("purchase_code",),
            "发优惠码是让家庭自己选单位，本项目却由县里派工，码没有地方用",
            '一并省去 dispatch（[[step]]，key = "dispatch"，used = false，写 note）；由县里派工的，删去 [purchase_code]',
        )


def _without_warranty(data: ProgrammeData) -> Iterator[Problem]:
    """Who has no warranty stage promises none, and holds nothing back until its end."""
    if not left_out(data, Stage.WARRANTY):
        return
    if data.warranty.months:
        yield Problem(
            ("warranty", "months"), f"省去了质保环节，却写了 {data.warranty.months} 个月质保", "写 months = 0，或不省去"
        )
    if data.money.retention_percent:
        yield Problem(
            ("money", "retention_percent"), "省去了质保环节，付款后就归档，质保金没有人付", "写 0，或不省去 warranty"
        )


def _actors(data: ProgrammeData) -> Iterator[Problem]:
    """Each step and task stands once, with roles that may take it."""
    seen: set[Action | Permission] = set()
    for index, terms in enumerate(data.actor):
        at: Path = ("actor", index)
        what = terms.what
        if what in seen:
            yield Problem(at, f"“{what.label}”写了两次", "合成一张 [[actor]]，把岗位都写进 roles")
        seen.add(what)
        if terms.task is not None and terms.task not in MAY_BE_GIVEN:
            tasks = "、".join(one.value for one in MAY_BE_GIVEN)
            yield Problem((*at, "task"), f"“{terms.task.label}”的分工不能改", f"可写 {tasks}")
            continue
        permission = transition(what).permission if isinstance(what, Action) else what
        able = [role.value for role in Role if _can(role, permission, given=terms.action is None)]
        for place, role in enumerate(terms.roles):
            if role.value not in able:
                remedy = f"可写 {'、'.join(able)}{_in_the_lead(data, role.value, able)}"
                yield Problem((*at, "roles", place), f"{role.label}不能办理“{what.label}”", remedy)


def _in_the_lead(data: ProgrammeData, role: str, able: list[str]) -> str:
    """A hint where the federation leads and is named for what the county's office in the lead does, else nothing."""
    leads = data.programme.lead is Office.FEDERATION and role == Role.FEDERATION.value
    if not leads or Role.COUNTY.value not in able:
        return ""
    return "；本项目由残联牵头（lead），县级的事由它的“县级主管部门”账号办，岗位写 county"


def _can(role: Role, permission: Permission, given: bool) -> bool:
    if role in {Role.SYSTEM, Role.ADMIN}:
        return False
    return permission in GRANTS[role] or (given and role in MAY_BE_GIVEN[permission])


def _plan_review(data: ProgrammeData) -> Iterator[Problem]:
    """Who reviews the plan neither drafts nor approves it, and is there when it is submitted."""
    terms = data.plan_review
    if terms is None:
        return
    role, at = terms.role, ("plan_review", "by")
    if role in holders_of(data, Permission.PLAN_DRAFT):
        remedy = "by 换一个，或写 [[actor]]，把 plan_draft 交给别的岗位"
        yield Problem(at, f"方案由{role.label}编制，不能又由它审核", remedy)
    if role in holders_of(data, Permission.PLAN_APPROVE) and not left_out(data, Step.PLAN_APPROVAL):
        remedy = "by 换一个，或写 [[actor]]，把 plan_approve 交给别的岗位"
        yield Problem(at, f"方案由{role.label}批准，不能又由它审核", remedy)
    if role is Role.ASSESSOR and left_out(data, Stage.ASSESSMENT):
        yield Problem(
            at, "省去了评估，没有评估机构来审核方案", '写 by = "supervisor" 或 "township"，或不省去 assessment'
        )


def _procurement(data: ProgrammeData) -> Iterator[Problem]:
    """Rules for lots need lots: where households choose their firm, nobody wins any."""
    if data.procurement is not None and left_out(data, Step.DISPATCH):
        yield Problem(
            ("procurement",),
            "省去了“县级派工”，单位由家庭自己选，没有标段可以均分",
            "删去 [procurement]，或不省去 dispatch",
        )


_PARTY = ("township", "household", "contractor_presenting", "supervisor", "village", "county", "federation")
_ALWAYS = _PARTY[:3]


def _acceptance(data: ProgrammeData) -> Iterator[Problem]:
    """Who accepts: whom the product has sign in every home stands there; others may be added, the builder never judges."""
    terms = data.acceptance
    for place, who in enumerate(terms.party):
        if who not in _PARTY:
            remedy = f"可写 {'、'.join(_PARTY)}；别的单位（财政、审计、第三方）写 [[acceptance_party]]"
            yield Problem(("acceptance", "party", place), f"没有“{who}”这个参加方", remedy)
    missing = [who for who in _ALWAYS if who not in terms.party]
    if missing:
        yield Problem(("acceptance", "party"), f"party 缺少 {'、'.join(missing)}", "这三方每户都要到场签字")
    for field, only in (("excluded", "contractor"), ("countersign", "county")):
        if getattr(terms, field) != (only,):
            remedy = (
                "不会签写 [[step]] countersign 的 used = false" if field == "countersign" else "施工单位不得参加评判"
            )
            yield Problem(("acceptance", field), f'{field} 只能写 ["{only}"]', remedy)


def _first_come(data: ProgrammeData) -> Iterator[Problem]:
    """Nobody waits in line where who comes first is served."""
    if data.first_come is not None and data.waiting_list.used:
        yield Problem(
            ("first_come",),
            "写了先到先得，又写了轮候 [waiting_list]：用完以后不是停止受理，就是排队等候",
            "删去其中一个；细则里不要上级的轮候，写 [waiting_list] used = false",
        )


_BUILDERS = ("contractor", "builder")
_KNOWN_PARTIES = {
    **dict.fromkeys(("乡镇", "街道", "乡镇（街道）"), "township"),
    **dict.fromkeys(("村", "社区", "村（社区）", "村委会", "居委会"), "village"),
    **dict.fromkeys(("监理", "监理单位"), "supervisor"),
    "残联": "federation",
}


def _acceptance_bodies(data: ProgrammeData) -> Iterator[Problem]:
    """A body of the programme's own is none that every programme knows, stands once, and is not who built."""
    seen: set[str] = set()
    for index, body in enumerate(data.acceptance_party):
        at: Path = ("acceptance_party", index)
        if body.key in _BUILDERS or "施工单位" in body.name:
            yield Problem((*at, "name"), "施工单位不得参加评判", "删去这一节；它到场说明由 contractor_presenting 签字")
            continue
        known = body.key if body.key in _PARTY else _KNOWN_PARTIES.get(body.name)
        if known is not None:
            remedy = f'删去这一节，在 [acceptance] 的 party 里写 "{known}"'
            yield Problem((*at, "key"), f"“{body.name}”是系统里已有的参加方", remedy)
        if body.name in seen:
            yield Problem((*at, "name"), f"“{body.name}”写了两次", "每个单位一节；同一类的两个单位请写出区别")
        seen.add(body.name)


def _quotas(data: ProgrammeData) -> Iterator[Problem]:
    """What is written for the townships of a county fits into what is written for the county, year by year."""
    for year in dict.fromkeys(quota.year for quota in data.quota):
        yield from _quotas_of([(index, quota) for index, quota in enumerate(data.quota) if quota.year in (None, year)])


def _quotas_of(rows: list[tuple[int, Quota]]) -> Iterator[Problem]:
    stems = [stem(quota.region) for _, quota in rows]
    above = {
        index: max(
            (other for other, area in enumerate(stems) if area != own and own.startswith(area)),
            key=lambda other: len(stems[other]),
            default=None,
        )
        for index, own in enumerate(stems)
    }
    for place, (index, quota) in enumerate(rows):
        below = [rows[other][1] for other, parent in above.items() if parent == place]
        households = sum(other.households or 0 for other in below)
        if quota.households is not None and households > quota.households:
            yield Problem(
                ("quota", index, "households"),
                f"{quota.name}有 {quota.households} 户，下级合计 {households} 户",
                "下级合计不能超过",
            )
        amount = sum(other.amount or 0 for other in below)
        if quota.amount is not None and amount > quota.amount:
            yield Problem(("quota", index, "amount"), f"{quota.name}的下级金额合计超过本级", "下级合计不能超过本级")


_CHECKS: tuple[Callable[[ProgrammeData], Iterator[Problem]], ...] = (
    _clauses,
    _pilot,
    _rounds,
    _stages,
    _steps,
    _purchase_code,
    _without_warranty,
    _actors,
    _plan_review,
    _procurement,
    _acceptance,
    _first_come,
    _acceptance_bodies,
    _quotas,
)
