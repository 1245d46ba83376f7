"""What the audit's codes and the tables of a sealed file are called on screen."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..core.enums import Labelled
from ..core.money import display
from ..funds.rules import Direction
from ..lifecycle import Action, Status
from ..permissions import Office, Role
from ..places.rules import OrganisationKind
from ..renovation.models import Ending
from ..renovation.rules import Reason
from ..stages.application.codes import Finding
from ..stages.application.notice_rules import Channel as ObjectionChannel
from ..stages.application.notice_rules import Section
from ..stages.warranty.rules import Channel as VisitChannel

EVENTS: dict[str, str] = {
    **{action.value: action.label for action in Action},
    "note": "办理记录",
    "reveal": "查看完整证件号",
    "probe": "重复查询提示",
    "import.written": "从 Excel 导入",
    "list_exported": "导出列表",
    "ledger_exported": "导出台账",
    "summary_exported": "导出汇总",
    "what_if_exported": "导出政策测算",
    "programme_loaded": "载入政策",
    "programme_published": "发布政策",
    "programme_superseded": "政策被替代",
    "programme_withdrawn": "撤回政策草案",
    "sample.drawn": "抽取复查名单",
    "to_do.planned": "安排待办",
    "call.logged": "登记电话",
    "letter.handed_over": "送达文书",
    "message.tried_again": "重发消息",
    "demo.loaded": "载入演示数据",
    "file_sealed": "档案封存",
    "paper_issued": "出具文书",
    "paper_opened": "打开文书",
    "papers_exported": "批量导出文书",
    "file_exported": "导出整卷档案",
    "audit.sealed": "每日封存",
    "sign_in": "登录",
    "sign_out": "退出登录",
    "user.created": "新建账号",
    "user.corrected": "修改账号",
    "user.suspended": "停用账号",
    "user.resumed": "恢复账号",
    "user.password_changed": "修改密码",
    "user.password_reset": "重置密码",
    "user.second_factor_on": "开启两步验证",
    "user.second_factor_off": "关闭两步验证",
    "token.made": "新建接口令牌",
    "token.revoked": "吊销接口令牌",
    "organisation.registered": "登记单位",
    "organisation.corrected": "修改单位",
    "organisation.admission": "单位准入变更",
    "organisation.rated": "单位评价",
    "procurement.added": "登记采购记录",
    "procurement.ended": "结束采购记录",
    "procurement.award": "补登中标金额",
    "organisation.paper": "登记准入材料",
    "deposit.received": "收到履约保证金",
    "deposit.return": "退还履约保证金",
    "deposit.forfeit": "扣除履约保证金",
    "deposit.correct": "冲销履约保证金",
    "deposit.undo": "冲回登记有误的退还或扣除",
    "notice.photo": "公示照片",
    "telephone.set": "修改咨询电话",
    "holiday.set": "修改节假日",
    "holiday.official": "导入法定节假日",
    "regions.imported": "导入区划",
    "regions.seeded": "预置区划",
    "region.added": "新增区划",
    "region.ended": "撤销区划",
    "quota_places.changed": "下达任务数",
    "quota_money.changed": "下达金额指标",
    "fund_account.changed": "下达资金",
}

TABLES: dict[str, str] = {
    "renovation": "档案",
    "renovation_event": "办理记录",
    "attachment": "材料登记",
    "issued_paper": "出具的文书",
    "assignment": "委托单位",
    "household": "家庭",
    "household_member": "家庭成员",
    "beneficiary": "改造对象",
    "dwelling": "住房",
    "dwelling_match": "相似住房比对",
    "earlier_subsidy": "以往补贴",
    "relocation": "临时过渡",
    "derived_facts": "条件事实",
    "fact_change": "事实更正",
    "verification": "核验",
    "decision": "条件审查",
    "notice_entry": "公示",
    "objection": "异议",
    "confirmation": "确定",
    "rejection": "不予改造",
    "correction_slip": "补正通知",
    "recheck": "复核",
    "assessment_appointment": "评估预约",
    "assessment_visit": "入户评估",
    "assessor_signature": "评估签字",
    "indicator_result": "自理能力指标",
    "ability_result": "能力评估结果",
    "recognised_result": "认可的评估结果",
    "room_finding": "房间隐患",
    "assessment_suggestion": "改造建议",
    "plan": "方案",
    "plan_line": "方案项目",
    "plan_review": "方案技术审核",
    "plan_review_remark": "逐项审核意见",
    "item_decision": "基础项目决定",
    "agreement": "改造协议",
    "firm_filing": "施工备案",
    "contract": "施工合同",
    "contract_line": "合同单价",
    "signing_payment": "签约付款",
    "purchase_code": "申购优惠码",
    "schedule": "施工安排",
    "log_entry": "施工日志",
    "line_report": "上报数量",
    "handover": "交付签收",
    "supervision_visit": "监理检查",
    "supervision_report": "监理报告",
    "firm_replacement": "更换施工单位",
    "replaced_part": "原单位完成量",
    "acceptance": "验收",
    "accepted_line": "验收项目",
    "party_member": "验收参加人",
    "settlement_sheet": "结算单",
    "invoice": "发票",
    "self_pay_receipt": "家庭付款收据",
    "self_pay_consent": "自付确认",
    "payment": "拨付",
    "claim": "报修",
    "claim_event": "报修记录",
    "follow_up": "回访",
    "place_taken": "任务数",
    "benefit_claim": "补贴资格",
    "benefit_use": "补贴用掉的件数",
    "household_account": "家庭收款账户",
    "sample_file": "抽查名单",
    "sample_finding": "抽查结果",
    "sample_remedy": "抽查整改",
    "payment_notice_entry": "补贴资金公示",
    "retention": "质保金到期日",
    "fund_commitment": "资金安排",
    "fund_entry": "资金流水",
    "paper": "材料内容",
    "audit": "审计链",
    "seal": "封存记录",
    "manifest": "封存清单",
}


KEYS: dict[str, str] = {
    "title": "事项",
    "reason": "原因",
    "reason_hash": "原因摘要",
    "from": "原状态",
    "to": "新状态",
    "verdict": "审查结果",
    "version": "版本",
    "amount_fen": "金额",
    "total_fen": "合计",
    "subsidy_fen": "补贴",
    "self_pay_fen": "自付",
    "signed_fen": "签字自付",
    "paid_fen": "拨付",
    "returned_fen": "退回",
    "number": "号码",
    "vouchers": "凭证",
    "seal": "封存编号",
    "occasion": "封存时点",
    "hash": "哈希",
    "day": "日期",
    "entries": "条数",
    "fields": "改动",
    "ground": "事由",
    "rating": "满意度",
    "person": "第几位",
    "notice": "公示",
    "clause": "条件",
    "clauses": "条件",
    "result": "结果",
    "body": "核验单位",
    "office": "主管部门",
    "programme": "政策",
    "priority": "优先分",
    "place": "次序",
    "quota": "任务数编号",
    "draw": "抽查名单编号",
    "drawn": "抽中户数",
    "finding": "抽查记录编号",
    "pool": "验收户数",
    "pool_hash": "验收名单摘要",
    "seed": "种子",
    "households": "户数",
    "year": "年度",
    "meeting": "会议",
    "visit": "评估",
    "rooms": "房间",
    "visited_on": "入户日期",
    "filing": "备案",
    "until": "最迟",
    "contract": "合同",
    "lot": "标段",
    "line": "项目",
    "lines": "项目数",
    "kind": "类别",
    "photos": "照片",
    "round": "轮次",
    "to_rectify": "待整改",
    "rectify": "待整改的项目",
    "flagged": "需关注",
    "taken_on": "拍摄日期",
    "file": "文件",
    "files": "份数",
    "remarks": "逐项意见数",
    "account": "收款账户",
    "user": "账号",
    "outcome": "结果",
    "workers": "人数",
    "channel": "方式",
    "token": "令牌",
    "name": "名称",
    "code": "代码",
    "uscc": "信用代码",
    "role": "岗位",
    "source_id": "资金来源",
    "programme_key": "政策",
    "county": "区县",
    "organisation": "单位",
    "is_good": "已修好",
    "content_hash": "内容哈希",
    "staff_no": "工号",
    "file_seal": "封存",
    "added": "新增",
    "changed": "修改",
    "unchanged": "未变",
    "record": "采购记录",
    "deposit": "履约保证金",
    "form": "方式",
    "award_fen": "中标金额",
    "region": "区划",
    "what": "内容",
    "direction": "增减",
    "amount": "数额",
    "document": "文号",
    "settled": "已结给原单位",
    "settled_fen": "已结金额",
    "objection": "异议",
    "recheck": "复核",
    "sections": "要补正的部分",
}

_VALUES = {
    "eligible": "符合条件",
    "ineligible": "不符合条件",
    "unknown": "还不能确定",
    "done": "成功",
    "confirmed": "属实",
    "before": "改造前",
    "hidden": "隐蔽工程",
    "after": "改造后",
    "first": "首日",
    "last": "末日",
    "True": "是",
    "False": "否",
    "paid": "拨付归档",
    "closed": "最终归档",
}
_ENUMS: dict[str, tuple[type[Labelled], ...]] = {
    "office": (Office,),
    "role": (Role,),
    "kind": (OrganisationKind,),
    "direction": (Direction,),
    "ground": (Ending, Reason),
    "result": (Finding,),
    "channel": (ObjectionChannel, VisitChannel),
    "sections": (Section,),
}
"""Details whose values are members of these."""
_STATUSES = {status.value: status.label for status in Status}
_LONG = 40


def facts(details: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, value) of an entry's details in words; sums in yuan, hashes cut short, what is empty left out."""
    for key, value in details.items():
        if value not in ("", None, [], {}):
            yield KEYS.get(key, key), _said(key, value)


def _said(key: str, value: Any) -> str:
    if key.endswith("_fen") and isinstance(value, int):
        return display(value)
    if isinstance(value, list):
        return "、".join(_said(key, one) for one in value)
    text = str(value)
    if key in {"from", "to"}:
        return _STATUSES.get(text, text)
    if key.endswith("hash") and len(text) > _LONG:
        return f"{text[:16]}…"
    for members in _ENUMS.get(key, ()):
        if text in set(members):
            return members(text).label
    return _VALUES.get(text, text)


CHAINS = {
    "user": "账号",
    "notice": "公示",
    "funds": "资金",
    "programme": "政策",
    "organisation": "单位",
    "settings": "设置",
    "seals": "每日封存",
    "demo": "演示数据",
}


def chain_label(chain: str) -> str:
    """A chain that is no file's, in words: `user:3` → 账号 3."""
    kind, _, key = chain.partition(":")
    return f"{CHAINS.get(kind, kind)} {key}".strip()


def event_label(event: str) -> str:
    """An event in words; a code without words stays as it is."""
    return EVENTS.get(event, event)


def place_label(place: str) -> str:
    """A place that `sealing.changes` names, in words: `invoice/12` → 发票 12."""
    table, _, key = place.partition("/")
    return f"{TABLES.get(table, table)} {key}".strip()
