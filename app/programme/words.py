"""The Chinese words for a programme's data: tables, fields, units, codes.

One table of words for every section; what is not in it still appears, under the name that the data give it. `saying`
speaks with them, and through it the readable document, the differences between versions and the what-if form.
"""

from dataclasses import dataclass

from ..lifecycle import Status
from ..permissions import Office, Role
from .field_words import FIELDS, OWN, UNITS
from .values import Decision

__all__ = [
    "CHAPTERS",
    "CHAPTER_OF_MODULE",
    "CODES",
    "CODES_THEMSELVES",
    "FIELDS",
    "IDENTITY",
    "NAMES",
    "OWN",
    "TABLES",
    "UNITS",
    "TableWords",
]

CHAPTERS: dict[str, str] = {
    "about": "依据和期限",
    "who": "谁可以享受",
    "what": "改造什么",
    "how_much": "补贴多少",
    "when": "怎么办、多长时间",
    "papers": "要哪些材料",
    "assessment": "怎样评估",
}
"""The reading order of an official document: on what ground, who, what, how much, when, which papers."""

CHAPTER_OF_MODULE = {"money_schema": "how_much", "process_schema": "when", "instrument_schema": "assessment"}


@dataclass(frozen=True)
class TableWords:
    """How a table is said: its chapter, its heading, what the heading leaves unsaid, fields that only the data show."""

    chapter: str
    heading: str
    note: str = ""
    hidden: frozenset[str] = frozenset()
    group: str = ""
    """The field by which the rows of a long table stand under headings."""


TABLES: dict[str, TableWords] = {
    "programme": TableWords("about", "政策"),
    "phase": TableWords("about", "实施阶段"),
    "person_class": TableWords("who", "人员类别", "本项目自己认定的，登记申请时问"),
    "condition": TableWords("who", "共用的条件", "别的条件按名称引用"),
    "clause": TableWords("who", "申请条件", "每一条都要符合"),
    "priority": TableWords("who", "优先次序", "只影响先后，不影响资格"),
    "benefit": TableWords("who", "只能享受一次的范围"),
    "verification": TableWords("who", "核验单位"),
    "catalogue": TableWords("what", "项目清单取自", "与另一个项目的清单相同，内容已收进本版本"),
    "category": TableWords("what", "类别"),
    "group": TableWords("what", "项目组"),
    "item": TableWords(
        "what", "改造项目", hidden=frozenset({"photos", "spaces", "measures", "specifications"}), group="category"
    ),
    "items": TableWords("what", "项目说明"),
    "plan": TableWords("what", "方案"),
    "plan_rule": TableWords("what", "方案的规则"),
    "composition": TableWords("what", "方案的组成"),
    "photo_kind": TableWords("what", "照片"),
    "cap": TableWords("how_much", "补贴标准"),
    "cap_case": TableWords("how_much", "不同家庭的补贴标准", "从上到下第一条符合的为准，都不符合的按补贴标准"),
    "rate": TableWords("how_much", "补贴比例", "从上到下第一条符合的为准"),
    "limit": TableWords("how_much", "件数和金额上限"),
    "average_cap": TableWords("how_much", "区县平均不超过"),
    "local": TableWords("how_much", "各地自定", "没有列出的标准、比例、上限和组成，细则不能改"),
    "money": TableWords("how_much", "结算和付款"),
    "deposit": TableWords("how_much", "履约保证金", "施工单位为整个标段缴纳，不按户收"),
    "fund": TableWords("how_much", "资金来源"),
    "price": TableWords("how_much", "项目单价", "最高单价不得超过；超过补贴到的单价的部分由家庭自付"),
    "quota": TableWords("how_much", "任务数"),
    "allotment": TableWords("how_much", "下达资金"),
    "notice": TableWords("when", "公示"),
    "notice_round": TableWords("when", "各轮公示"),
    "payment_notice": TableWords("when", "补贴资金公示", "补贴拨付以后公示姓名和金额"),
    "firm_filing": TableWords("when", "施工备案", "签施工合同以前，施工单位逐户提交，审核通过才能签"),
    "waiting_list": TableWords("when", "轮候"),
    "first_come": TableWords("when", "先到先得", "任务数或金额指标不够再做一户时，不再受理新的申请"),
    "procurement": TableWords("when", "采购和派工", "施工单位的标段，评估和监理不受它管"),
    "purchase_code": TableWords("when", "申购优惠码", "一户一码：家庭把码给自己选的准入单位，单位凭码接单"),
    "step": TableWords("when", "省去的步骤"),
    "actor": TableWords("when", "由谁办理"),
    "time_limits": TableWords("when", "办理时限"),
    "stage": TableWords("when", "各环节由谁负责"),
    "assessment": TableWords("when", "入户评估"),
    "plan_review": TableWords("when", "方案技术审核", "批准以前先审核，方案每改一版再审一次"),
    "acceptance": TableWords("when", "验收"),
    "acceptance_party": TableWords(
        "when", "参加验收的其他单位", "一同到场签字，缺了必须到的不能登记验收；在系统里没有别的权限"
    ),
    "acceptance_check": TableWords("when", "验收清单"),
    "sample_inspection": TableWords("when", "抽查"),
    "warranty": TableWords("when", "质保"),
    "document": TableWords("papers", "须存档的材料"),
    "ability": TableWords("assessment", "用什么评估"),
    "recognition": TableWords("assessment", "认可的评估结果"),
    "instruments": TableWords(
        "assessment", "评估标准", hidden=frozenset({"scale", "item", "grade", "rule", "outcome"})
    ),
    "standards": TableWords("assessment", "改造标准"),
    "instrument": TableWords("assessment", "评估工具"),
    "indicator": TableWords("assessment", "评估指标"),
    "grade": TableWords("assessment", "等级"),
    "room": TableWords("assessment", "空间"),
    "hazard": TableWords("assessment", "隐患"),
    "suggestion": TableWords("assessment", "建议项目"),
}

CODES: dict[str, str] = {
    "lifetime": "终身一次",
    "rolling": "几个月内一次",
    "year": "每年一次",
    "working": "工作日",
    "calendar": "日历天",
    "beneficiary": "改造对象本人",
    "household": "家庭",
    "dwelling": "住房",
    "person": "本人",
    "first": "第一天",
    "last": "最后一天",
    "acceptance": "入户验收之日起",
    "completion": "完工之日起",
    "review": "初审",
    "settlement": "结算",
    "self_pay": "有自付时",
    "works": "有施工时",
    "goods": "有配置用品时",
    "relocation": "须临时过渡时",
    "family": "家属",
    "village": "村（社区）",
    "draft": "草案",
    "pilot": "试点",
    "in_force": "施行",
    "file": "每份档案一次",
    "item": "每个项目一次",
    "cap": "标准用完为止",
    "automatic": "按次序自动递补",
    "refused": "不能评定",
    "manual": "由评估人员评定并写明理由",
    "high": "分高为好",
    "low": "分低为好",
    "level": "等级",
    "points": "分数",
    "contractor_presenting": "施工单位（到场说明，不表决）",
    **{office.value: office.label for office in Office},
    **{role.value: role.label for role in Role},
    Role.COUNTY.value: "县级主管部门",
    **{decision.value: decision.label for decision in Decision},
    **{status.value: status.label for status in Status},
}
"""Codes of the data that no enumeration labels. Where a code could be two things, the table's fields say which."""

NAMES: dict[str, str] = {
    "spaces": "room",
    "room": "room",
    "photos": "photo_kind",
    "category": "category",
    "categories": "category",
    "groups": "group",
    "item": "item",
    "items": "item",
    "fund": "fund",
    "hazard": "hazard",
    "indicator": "indicator",
    "clauses": "clause",
    "verified_by": "verification",
}
"""Field → the table whose entries it names."""

CODES_THEMSELVES = frozenset({"id", "key", "region", "regions", "based_on", "same_as", "body", "fact"})
"""Fields that are codes for machines: not translated, whatever else the code may mean."""

IDENTITY = (
    *("id", "key", "number", "item", "round", "action", "task", "region", "fund", "body", "name", "text"),
    *("instrument", "hazard", "indicator"),
)
"""Fields that name an entry among its kind; the first that it has."""
