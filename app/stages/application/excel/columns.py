"""The columns of the registration sheet, each bound to a field of the application. Plain Python.

Label, kind and choices come from the command: the sheet cannot ask for anything else than the form.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from typing import Any, get_args
from unicodedata import normalize

from pydantic import PlainSerializer
from pydantic.fields import FieldInfo

from ....core.commands import Command, nested_command
from ....core.enums import Labelled
from ..rules import OpenApplication

MARK = "序号"
"""Column without meaning for the import, save that 示例 in it marks an example."""
EXAMPLE = "示例"
TOWNSHIP, VILLAGE, NAME, ID_NUMBER = "township", "village", "people-0-name", "people-0-id_number"
SECOND_NAME, SECOND_ID_NUMBER = "people-1-name", "people-1-id_number"

CLASS_FIELDS = ("people-0-classes", "people-1-classes")
"""Answered by names that each programme gives itself, so that they are read once the row's programme is known."""

_DIGITS = frozenset({"id_number", "certificate_number", "phone", "guardian_phone", "register_number"})
"""Long numbers, which Excel spoils when it takes them for numbers."""
_KINDS = dict.fromkeys(_DIGITS, "digits") | {
    TOWNSHIP: "text",
    VILLAGE: "text",
    "hukou_region": "code",
    "classes": "classes",
}
"""Fields whose kind their type does not tell."""


@dataclass(frozen=True)
class Column:
    """One column: its heading, the field it fills, what stands in the examples, and a word of help of its own."""

    title: str
    field: str
    group: str
    examples: tuple[Any, Any] = ("", "")
    aliases: tuple[str, ...] = ()
    help: str = ""
    required: bool = False

    @cached_property
    def path(self) -> tuple[str | int, ...]:
        """The field's place in the nested command."""
        return tuple(int(part) if part.isdigit() else part for part in self.field.split("-"))

    @cached_property
    def info(self) -> FieldInfo | None:
        """The command's field; None for township and village, which are found by name."""
        model: type[Command] = OpenApplication
        found: FieldInfo | None = None
        for part in self.path:
            if isinstance(part, int):
                continue
            found = model.model_fields[part]
            model = nested_command(found.annotation) or model
        return found

    @cached_property
    def kind(self) -> str:
        """text, digits, date, yesno, choice, choices, classes, count, money, code."""
        last = str(self.path[-1])
        if last in _KINDS:
            return _KINDS[last]
        parts = _parts(self.info.annotation) if self.info else []
        if self.labels:
            return "choices" if list in parts else "choice"
        if bool in parts:
            return "yesno"
        if date in parts:
            return "date"
        if int in parts:
            return "money" if any(isinstance(part, PlainSerializer) for part in parts) else "count"
        return "text"

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Label → code of the choices."""
        members = _enumeration(self.info.annotation) if self.info else None
        return {member.label: member.value for member in members} if members else {}

    @cached_property
    def known(self) -> Mapping[str, str]:
        """What a cell may say → code: labels as they are compared, and the codes themselves."""
        return {compact(label): code for label, code in self.labels.items()} | {c: c for c in self.labels.values()}

    @cached_property
    def options(self) -> tuple[str, ...]:
        """What may be chosen, in words."""
        if self.kind == "yesno":
            return self.yes_no
        return tuple(self.labels)

    @property
    def yes_no(self) -> tuple[str, str]:
        """The two words of a question."""
        return ("能", "不能") if "ability" in self.path else ("是", "否")

    @property
    def explanation(self) -> str:
        """What the sheet of explanations says of it."""
        return self.help or (self.info.description if self.info and self.info.description else "")


def _parts(annotation: Any) -> list[Any]:
    """An annotation taken apart."""
    found = [annotation, getattr(annotation, "__origin__", None)]
    return found + [part for one in get_args(annotation) for part in _parts(one)]


def _enumeration(annotation: Any) -> type[Labelled] | None:
    return next((part for part in _parts(annotation) if isinstance(part, type) and issubclass(part, Labelled)), None)


_APPLICANT, _ABILITY, _DISABILITY, _APPLY, _HOME, _EARLIER, _SECOND = (
    "申请人",
    "自理能力",
    "残疾人证",
    "申请",
    "住房",
    "以往补贴",
    "第二受益人",
)
_INDICATOR = "六项都要看过再填；没有看过的留空"

COLUMNS: tuple[Column, ...] = (
    Column("乡镇（街道）", TOWNSHIP, "所在地", ("清溪镇", "清溪镇"), ("乡镇", "乡镇街道", "街道"),
           "填名称或代码；乡镇经办人员可以留空，就是本乡镇"),
    Column("村（社区）", VILLAGE, "所在地", ("青松村", "白果村"), ("村", "社区", "村社区", "行政村"),
           "从下拉列表选择，或填名称、代码"),
    Column("申请人姓名", NAME, _APPLICANT, ("张示例", "李示例"), ("姓名", "老人姓名", "申请人"), required=True),
    Column("身份证号", ID_NUMBER, _APPLICANT, ("110101193905060011", "110101194203080022"),
           ("身份证号码", "公民身份号码", "申请人身份证号"),
           "18 位。这一列已设为文本；从别处粘贴时请选“只粘贴文本”。出生日期和性别从号码读取", required=True),
    Column("联系电话", "phone", _APPLICANT, ("13800000001", "023-12345678"), ("电话", "手机", "手机号", "联系方式"),
           "11 位手机号码，或带区号的固定电话"),
    Column("困难类别", "people-0-hardship", _APPLICANT, ("分散供养特困人员", "低保对象、脱贫人口"),
           help="多个用顿号隔开；查过都不属于，填“以上都不是”"),
    Column("人员类别", "people-0-classes", _APPLICANT,
           help="政策资料自己认定的类别（如三老人员），填它的名称，多个用顿号隔开；查过都不属于，填“以上都不是”；"
                "所办的项目没有人员类别的，留空"),
    Column("居住状况", "people-0-living", _APPLICANT, ("独居", "空巢、以老养残"), help="多个用顿号隔开"),
    Column("已参加基本医疗保险", "people-0-insured", _APPLICANT, ("是", "是")),
    Column("户籍地代码", "people-0-hukou_region", _APPLICANT, ("", "")),
    Column("户口在改造的住房", "people-0-hukou_at_dwelling", _APPLICANT),
    Column("户口地址", "people-0-hukou_address", _APPLICANT),
    Column("已有的自理能力认定", "people-0-recognised", _ABILITY, ("完全丧失自理能力", "未认定过")),
    Column("失智", "people-0-dementia", _ABILITY, help="经诊断或评估有认知障碍"),
    Column("能自己吃饭", "people-0-ability-eating", _ABILITY, ("", "能"), help=_INDICATOR),
    Column("能自己穿衣", "people-0-ability-dressing", _ABILITY, ("", "不能"), help=_INDICATOR),
    Column("能自己上下床", "people-0-ability-bed", _ABILITY, ("", "不能"), help=_INDICATOR),
    Column("能自己如厕", "people-0-ability-toileting", _ABILITY, ("", "不能"), help=_INDICATOR),
    Column("能在室内行走", "people-0-ability-walking", _ABILITY, ("", "能"), help=_INDICATOR),
    Column("能自己洗澡", "people-0-ability-bathing", _ABILITY, ("", "不能"), help=_INDICATOR),
    Column("观察人", "people-0-ability-observer", _ABILITY, ("", "王村干"),
           help="填了自理指标就要填：亲眼看过申请人情况的人"),
    Column("观察日期", "people-0-ability-observed_on", _ABILITY, ("", date(2026, 3, 6)), help="填了自理指标就要填"),
    Column("持有有效残疾人证", "people-0-certificate", _DISABILITY, ("否", "是"), ("残疾人证",)),
    Column("残疾人证号", "people-0-certificate_number", _DISABILITY, ("", "11010119420308002243")),
    Column("残疾类别", "people-0-disability_category", _DISABILITY, ("", "肢体残疾"),
           help="填了残疾人证号可以留空，从号码读取"),
    Column("残疾等级", "people-0-disability_grade", _DISABILITY, ("", "三级"), help="填了残疾人证号可以留空，从号码读取"),
    Column("申请日期", "applied_on", _APPLY, (date(2026, 3, 8), date(2026, 3, 9)),
           help="申请书上的日期，年龄按这一天算；留空为导入当天"),
    Column("谁自愿申请", "consent", _APPLY, ("本人自愿申请", "监护人自愿申请")),
    Column("监护人姓名", "guardian_name", _APPLY, ("", "李监护"), help="监护人申请的要填"),
    Column("监护人电话", "guardian_phone", _APPLY, ("", "13800000002")),
    Column("监护人是申请人的", "guardian_relation", _APPLY, ("", "子女"), ("监护人关系", "监护人与申请人关系")),
    Column("家庭人口数", "household_size", _APPLY, (1, 2), ("家庭人口", "人口数")),
    Column("户口簿户号", "register_number", _APPLY, ("", "500000123456"), ("户号",)),
    Column("住房地址", "dwelling-address", _HOME, ("清溪镇青松村三组 12 号", "清溪镇白果村一组 5 号"),
           ("地址", "家庭住址", "详细地址"), required=True),
    Column("住房权属", "dwelling-right", _HOME, ("自有产权", "公租房")),
    Column("产权单位书面同意", "dwelling-owner_consent", _HOME, ("", "是")),
    Column("住房结构安全", "dwelling-safe", _HOME, ("是", "是")),
    Column("具备改造条件", "dwelling-renovatable", _HOME, ("是", "是")),
    Column("近期列入征收拆迁计划", "dwelling-demolition_planned", _HOME, ("否", "否")),
    Column("施工期间须暂时迁出", "dwelling-must_move_out", _HOME, ("否", "是")),
    Column("能自行在他处过渡", "dwelling-can_stay_elsewhere", _HOME, ("", "是")),
    Column("以往的改造补贴", "earlier", _EARLIER, ("查过，没有", "享受过")),
    Column("补贴部门", "history-0-department", _EARLIER, ("", "残联"), help="享受过的要填；不止一次的，其余在页面上补"),
    Column("补贴项目", "history-0-programme", _EARLIER, ("", "无障碍改造")),
    Column("补贴日期", "history-0-paid_on", _EARLIER, ("", date(2019, 10, 1))),
    Column("补贴对象", "history-0-subject", _EARLIER, ("", "本人")),
    Column("补贴金额", "history-0-amount", _EARLIER, ("", 1500), help="单位元，最多两位小数"),
    Column("受益人2姓名", SECOND_NAME, _SECOND, ("", "赵示例"), ("配偶姓名",),
           help="同住一处、也要为其改造的第二位受益人；再多的在页面上补"),
    Column("受益人2身份证号", SECOND_ID_NUMBER, _SECOND, ("", "110101194407150023"), ("配偶身份证号",)),
    Column("受益人2与申请人关系", "people-1-relation", _SECOND, ("", "配偶")),
    Column("受益人2困难类别", "people-1-hardship", _SECOND, ("", "低保对象")),
    Column("受益人2人员类别", "people-1-classes", _SECOND),
    Column("受益人2已有的自理能力认定", "people-1-recognised", _SECOND, ("", "未认定过")),
    Column("受益人2失智", "people-1-dementia", _SECOND),
    Column("受益人2持有有效残疾人证", "people-1-certificate", _SECOND, ("", "否")),
    Column("受益人2残疾人证号", "people-1-certificate_number", _SECOND),
    Column("受益人2残疾类别", "people-1-disability_category", _SECOND),
    Column("受益人2残疾等级", "people-1-disability_grade", _SECOND),
)  # fmt: skip

BY_FIELD: Mapping[str, Column] = {column.field: column for column in COLUMNS}
EXAMPLE_NUMBERS = frozenset(str(number) for number in BY_FIELD[ID_NUMBER].examples)
"""The examples' ID numbers, whose check digits are wrong on purpose: nobody has them."""


def compact(text: str) -> str:
    """Half width, without blanks around and with single ones inside."""
    return re.sub(r"\s+", " ", normalize("NFKC", text)).strip()


def plain_title(text: str) -> str:
    """A heading as it is compared: half width, without blanks, brackets' contents about filling in, stars."""
    text = re.sub(r"\s|[*＊]", "", normalize("NFKC", text))
    return re.sub(r"\((?:必填|选填|可选|多选)\)", "", text)


_BY_TITLE: Mapping[str, Column] = {
    plain_title(title): column for column in COLUMNS for title in (column.title, *column.aliases)
}
_MARKS = frozenset({plain_title(MARK), "编号"})


def find(title: str) -> Column | None:
    """The column that a heading means, by its name or another name in use."""
    return _BY_TITLE.get(plain_title(title))


def is_mark(title: str) -> bool:
    """True for the column of running numbers."""
    return plain_title(title) in _MARKS


def near(title: str) -> str:
    """The name of the column that a heading may have been meant for, "" when none is near."""
    found = get_close_matches(plain_title(title), _BY_TITLE, 1, 0.7)
    return _BY_TITLE[found[0]].title if found else ""
