"""What the tables of a programme are made of: amounts, keys, enumerations, and tables that name their source."""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
    model_validator,
)
from typing_extensions import TypeAliasType

from ..core.enums import Labelled
from ..core.money import yuan
from ..permissions import Role
from .problems import Slip, nearest

_PRICE = re.compile(r"(0|[1-9][0-9]{0,8})(\.[0-9]{1,2})?")
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def to_fen(text: object) -> int:
    """Fen of yuan in the strict form of files and scripts ("2000.00", at most two decimals). Raises ValueError."""
    if not isinstance(text, str):
        raise ValueError('金额须加引号，写成 "2000.00"')  # noqa: TRY004 — pydantic reports ValueError
    if not _PRICE.fullmatch(text):
        if text.startswith("-") and _PRICE.fullmatch(text[1:]):
            raise ValueError("金额不能小于 0")
        raise Slip('金额只写数字，最多两位小数，如 "2000.00"；不写“元”和逗号，数字用半角', _meant_yuan(text))
    whole, _, rest = text.partition(".")
    return int(whole) * 100 + int(rest.ljust(2, "0"))


_SAID = re.compile(r"(?:人民币|[¥￥])?([0-9]+(?:\.[0-9]+)?)(万|千|百)?(?:元|块)?(?:整)?")
_TIMES = {None: 1, "百": 100, "千": 1000, "万": 10_000}


def _meant_yuan(text: str) -> str:
    """The amount that 0.3万元, 3,000 or ３０００ stand for, as it is written in the files; "" where that cannot be told."""
    found = _SAID.fullmatch(re.sub(r"[\s,]", "", unicodedata.normalize("NFKC", text)))
    if not found:
        return ""
    fen = Decimal(found[1]) * _TIMES[found[2]] * 100
    return f'写成 "{yuan(int(fen))}"' if fen == int(fen) and fen < 10**11 else ""


def _key(text: str) -> str:
    if not _KEY.fullmatch(text):
        raise ValueError(f"“{text}”不是代码，代码用英文小写，如 bed_room{code_of(text, Role)}")
    return text


def _programme_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise Slip(f"“{text}”不能作编号", "只用英文小写、数字和连字符，不用中文、空格和下划线，如 my-county-2026")
    return text


def to_centi(text: object) -> int:
    """Hundredths of a quantity written like "0.50". Raises ValueError; zero is none."""
    if not isinstance(text, str) or not _PRICE.fullmatch(text):
        raise ValueError('数量须加引号，最多两位小数，写成 "1" 或 "0.50"')
    centi = to_fen(text)
    if centi == 0:
        raise ValueError("数量须大于 0")
    return centi


Yuan = Annotated[int, BeforeValidator(to_fen), PlainSerializer(yuan, return_type=str)]
Centi = Annotated[int, BeforeValidator(to_centi), PlainSerializer(yuan, return_type=str)]
Percent = Annotated[int, Field(ge=0, le=100)]
Text = Annotated[str, Field(min_length=1)]
Key = Annotated[str, AfterValidator(_key)]
ProgrammeId = Annotated[str, AfterValidator(_programme_id)]
Keys = Annotated[tuple[Key, ...], Strict(False)]
Texts = Annotated[tuple[Text, ...], Strict(False)]
Numbers = Annotated[tuple[int, ...], Strict(False)]
Days = Annotated[int, Field(ge=0, le=1000)]
Written = TypeAliasType("Written", "str | int | bool | date | list[Written] | dict[str, Written]")
"""What can stand in a table: days are allowed at every depth, as TOML has them."""
When = dict[str, Written]
"""A condition as it is written; `reading.read_condition` says whether it is one."""


def not_before(begins: str, first: date | None, ends: str, last: date | None) -> None:
    """Refuses a last day before the first one, at the line of the last. Raises `Slip`."""
    if first is not None and last is not None and last < first:
        raise Slip(f"{ends}（{last}）早于 {begins}（{first}）", f"改成 {first} 或以后的一天，或改 {begins}", ends)


class ItemType(Labelled):
    """Whether the public purse supports an item first of all (基础) or after the basics (可选)."""

    BASIC = "basic", "基础类"
    OPTIONAL = "optional", "可选类"
    PLAIN = "plain", "不分基础和可选"


class ItemKind(Labelled):
    """Work done in the home, or a thing handed over."""

    WORKS = "works", "施工改造"
    GOODS = "goods", "配置用品"


class OptionalPolicy(Labelled):
    """Whether optional items may be paid from the subsidy (domain P2, §5)."""

    AFTER_BASICS = "after_basics", "基础类全部完成后可在补贴标准内列支"
    SELF_PAID = "self_paid", "一律自费"
    LIKE_BASIC = "like_basic", "与基础类同样补贴"


class Payee(Labelled):
    """To whom the subsidy is paid."""

    CONTRACTOR = "contractor", "施工单位"
    HOUSEHOLD = "household", "改造家庭"


class HouseholdPays(Labelled):
    """When the household pays the firm what it has to: its own share, or the price where the subsidy comes to it later."""

    ACCEPTANCE = "acceptance", "验收合格后"
    SIGNING = "signing", "签订施工合同时"


class OwnShare(Labelled):
    """Whether a household may pay a part of its renovation itself (domain P3)."""

    ALLOWED = "allowed", "可以"
    NONE = "none", "不让家庭出钱，自付为 0 的方案才能提交"


class Split(Labelled):
    """How the sources of money share a subsidy (domain S5)."""

    IN_ORDER = "in_order", "按顺序先后使用"
    PERCENTAGE = "percentage", "按比例分担"


class CapUnit(Labelled):
    """For whom the cap is: the household, or each person who benefits."""

    HOUSEHOLD = "household", "每户"
    PERSON = "person", "每人"


class Per(Labelled):
    """What a limit is counted over."""

    UNIT = "unit", "每件（每计量单位）"
    ITEM = "item", "每个项目"
    CATEGORY = "category", "每个类别"
    ALL = "all", "合计"


class Over(Labelled):
    """For how long a limit is counted: for each file anew, or over all files of the household in the cap's period."""

    FILE = "file", "每份档案各算"
    PERIOD = "period", "补贴标准的期限内合计"


class Otherwise(Labelled):
    """What happens to the subsidy when the composition is not what the programme asks."""

    NOTHING = "nothing", "全部不补贴"
    REST_SELF_PAID = "rest_self_paid", "其余项目自费"


class OnExcess(Labelled):
    """What happens when a plan would lift the county's average over its limit."""

    STOP = "stop", "不能批准"
    WARN = "warn", "提醒"


def code_of(said: object, members: type[Labelled]) -> str:
    """A Chinese hint when somebody wrote a code's name instead of the code (乡镇 for township), else nothing."""
    if not isinstance(said, str) or not said.strip() or said.isascii():
        return ""
    found = next((one for one in members if said in one.label or one.label in said), None)
    return f"；“{said}”的代码是 {found.value}" if found else ""


def member_of(members: type[Labelled]) -> BeforeValidator:
    """Reads the code of an enumeration; the error lists the codes that there are."""

    def read(value: object) -> object:
        if isinstance(value, str) and value in list(members):
            return members(value)
        raise ValueError(f"须为 {'、'.join(member.value for member in members)} 之一{code_of(value, members)}")

    return BeforeValidator(read)


class Decision(Labelled):
    """What becomes of an item in a plan (domain P1)."""

    INSTALL = "install", "改造或配置"
    IN_PLACE = "in_place", "家中已有"
    NOT_APPLICABLE = "not_applicable", "不适用"
    DECLINED = "declined", "家庭不需要"


class Part(BaseModel):
    """A table of the data: nothing unknown in it, nothing converted, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Sourced(Part):
    """A table that says where it comes from, and which of its values the source does not say."""

    source: str = ""
    assumptions: dict[str, Text] = {}

    @model_validator(mode="after")
    def _known_fields(self) -> Self:
        for name in self.assumptions:
            if name not in type(self).model_fields:
                known = [one for one in type(self).model_fields if one not in ("source", "assumptions")]
                raise ValueError(
                    f"assumptions 里的“{name}”不是这个表的字段，可写 {'、'.join(known)}{nearest(name, known)}"
                )
        return self

    def assumed(self, name: str) -> str:
        """Why the value of the field is an assumption; empty when the source says it."""
        return self.assumptions.get(name, "")
