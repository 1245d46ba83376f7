"""The Chinese words for a programme's data: tables, fields, units, codes.

One table of words for every section; what is not in it still appears, under the name that the data give it. `saying`
speaks with them, and through it the readable document, the differences between versions and the what-if form.
"""

from dataclasses import dataclass

from ..lifecycle import Status
from ..permissions import Role
from .values import Decision

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
    "clause": TableWords("who", "申请条件", "每一条都要符合"),
    "priority": TableWords("who", "优先次序", "只影响先后，不影响资格"),
    "benefit": TableWords("who", "只能享受一次的范围"),
    "verification": TableWords("who", "核验单位"),
    "category": TableWords("what", "类别"),
    "item": TableWords(
        "what", "改造项目", hidden=frozenset({"photos", "measures", "specifications"}), group="category"
    ),
    "items": TableWords("what", "项目说明"),
    "plan": TableWords("what", "方案"),
    "plan_rule": TableWords("what", "方案的规则"),
    "photo_kind": TableWords("what", "照片"),
    "cap": TableWords("how_much", "补贴标准"),
    "cap_case": TableWords("how_much", "不同家庭的补贴标准", "从上到下第一条符合的为准，都不符合的按补贴标准"),
    "money": TableWords("how_much", "结算和付款"),
    "fund": TableWords("how_much", "资金来源"),
    "price": TableWords("how_much", "最高限价"),
    "quota": TableWords("how_much", "任务数"),
    "allotment": TableWords("how_much", "下达资金"),
    "notice": TableWords("when", "公示"),
    "time_limits": TableWords("when", "办理时限"),
    "stage": TableWords("when", "各环节由谁负责"),
    "assessment": TableWords("when", "入户评估"),
    "acceptance": TableWords("when", "验收"),
    "acceptance_check": TableWords("when", "验收清单"),
    "warranty": TableWords("when", "质保"),
    "document": TableWords("papers", "须存档的材料"),
    "instrument": TableWords("assessment", "评估工具"),
    "indicator": TableWords("assessment", "评估指标"),
    "grade": TableWords("assessment", "等级"),
    "room": TableWords("assessment", "空间"),
    "hazard": TableWords("assessment", "隐患"),
    "suggestion": TableWords("assessment", "建议项目"),
}

FIELDS: dict[str, str] = {
    "id": "编号",
    "key": "代码",
    "name": "名称",
    "short_name": "简称",
    "title": "名称",
    "number": "序号",
    "number_prefix": "档案号开头",
    "version": "版本",
    "authority": "发文单位",
    "document": "文件",
    "region": "地区代码",
    "county": "区县代码",
    "county_name": "区县",
    "overlay": "细则编号",
    "valid_from": "生效日",
    "valid_to": "失效日",
    "summary": "概要",
    "phone": "咨询电话",
    "exclusion_group": "互斥组",
    "period": "期限",
    "subjects": "对象",
    "starts": "开始",
    "ends": "结束",
    "content": "内容",
    "text": "内容",
    "when": "条件",
    "verified_by": "核验单位",
    "evidence": "证明材料",
    "verified_before_plan": "批准方案前须核验",
    "found_by_assessment": "评估可能改变",
    "points": "加分",
    "body": "单位代码",
    "clauses": "核验的条款",
    "methods": "核验方法",
    "category": "类别",
    "type": "类型",
    "kind": "方式",
    "unit": "单位",
    "description": "用途",
    "spaces": "空间",
    "photos": "照片",
    "measures": "要量的尺寸",
    "specifications": "规格",
    "help": "说明",
    "optional": "可选类",
    "waivers": "基础类可以不改造的情形",
    "flag_waivers_from": "几项不改造起提示复查",
    "design_code": "设计规范",
    "amount": "金额",
    "addition": "区县另加",
    "payee": "收款方",
    "split": "来源分担",
    "retention_percent": "预留质保金",
    "limit": "每户上限",
    "percent": "比例",
    "item": "项目",
    "ceiling": "最高单价",
    "example": "是否示例",
    "households": "户数",
    "fund": "资金来源",
    "used": "是否采用",
    "days": "天数",
    "day_kind": "天数算法",
    "rounds": "轮数",
    "places": "地点",
    "photo_days": "拍照的日子",
    "assessors": "评估人数",
    "independent_of_builder": "评估与施工分开",
    "recognised_by": "认可的评估结果",
    "in_each_home": "逐户验收",
    "party": "参加人",
    "excluded": "不得参加",
    "countersign": "会签",
    "required": "必须符合",
    "months": "期限",
    "response_days": "报修响应",
    "responsible": "负责",
    "note": "说明",
    "stage": "环节",
    "needed_for": "用于",
    "only_if": "何时需要",
    "fact": "记入的事实",
    "answers": "可选的回答",
    "failed": "算不能完成",
    "failed_from": "不能完成的项数自",
    "failed_to": "至",
    "room": "空间",
    "grave": "严重隐患",
    "hazard": "隐患",
    "indicator": "指标",
    "items": "项目",
    "reason": "理由",
    "source": "出处",
    "assumptions": "假定",
}

OWN: dict[tuple[str, str], str] = {
    ("cap", "amount"): "每户",
    ("cap_case", "amount"): "每户",
    ("allotment", "amount"): "下达",
    ("notice", "days"): "天数",
    ("notice", "used"): "是否公示",
    ("time_limits", "days"): "各状态的工作日",
    ("programme", "document"): "政策文件",
    ("programme", "region"): "适用地区代码",
    ("benefit", "period"): "多久一次",
    ("quota", "name"): "地区",
    ("phase", "name"): "阶段",
    ("stage", "key"): "环节",
    ("programme", "id"): "政策编号",
}

UNITS: dict[str, str] = {
    "days": "天",
    "months": "个月",
    "households": "户",
    "points": "分",
    "assessors": "人",
    "rounds": "轮",
    "years": "年",
}

CODES: dict[str, str] = {
    "lifetime": "终身一次",
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
    "contractor_presenting": "施工单位（到场说明，不表决）",
    **{role.value: role.label for role in Role},
    **{decision.value: decision.label for decision in Decision},
    **{status.value: status.label for status in Status},
}
"""Codes of the data that no enumeration labels. Where a code could be two things, the table's fields say which."""

NAMES: dict[str, str] = {
    "spaces": "room",
    "room": "room",
    "photos": "photo_kind",
    "category": "category",
    "item": "item",
    "items": "item",
    "fund": "fund",
    "hazard": "hazard",
    "indicator": "indicator",
    "clauses": "clause",
    "verified_by": "verification",
}
"""Field → the table whose entries it names."""

CODES_THEMSELVES = frozenset({"id", "key", "region", "body", "fact"})
"""Fields that are codes for machines: not translated, whatever else the code may mean."""

IDENTITY = ("id", "key", "number", "item", "region", "fund", "body", "name", "text")
"""Fields that name an entry among its kind; the first that its table has."""
