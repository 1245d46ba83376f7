"""Regions and firms: their enumerations, checks and inputs; plain Python."""

from datetime import date
from typing import Annotated

from pydantic import Field

from ..core.commands import Command, FileRef, Id, Yuan
from ..core.enums import Labelled


class Level(Labelled):
    """Levels of the region tree, from the top; a node may skip a level, never turn it round."""

    PROVINCE = "province", "省级"
    PREFECTURE = "prefecture", "市（州）级"
    COUNTY = "county", "区县级"
    TOWNSHIP = "township", "乡镇（街道）"
    VILLAGE = "village", "村（社区）"

    @property
    def depth(self) -> int:
        """0 for a province, 4 for a village."""
        return list(Level).index(self)


class OrganisationKind(Labelled):
    """What a firm may be dispatched for; one firm may be several."""

    ASSESSOR = "assessor", "评估机构"
    CONTRACTOR = "contractor", "施工单位"
    SUPERVISOR = "supervisor", "监理单位"


class Admission(Labelled):
    """Whether a firm takes part. Exited is final for its history, but a firm may be admitted anew."""

    ADMITTED = "admitted", "准入"
    SUSPENDED = "suspended", "暂停"
    EXITED = "exited", "退出"


class Rating(Labelled):
    """The yearly rating of a firm; the worst are dropped (domain §5, Dongxiang)."""

    A = "a", "优秀"
    B = "b", "良好"
    C = "c", "合格"
    D = "d", "不合格"


USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of GB 32100: no I, O, S, V, Z, which are misread."""


def parse_uscc(text: str) -> str:
    """Return the 18 characters of a unified social credit code in capitals (GB 32100).

    Raises ValueError with a Chinese sentence when length, characters or check character are wrong.
    """
    code = text.strip().upper()
    if len(code) != 18:
        raise ValueError(f"统一社会信用代码应为 18 位，现为 {len(code)} 位，请对照营业执照核对")
    if any(character not in USCC_ALPHABET for character in code):
        raise ValueError("统一社会信用代码只含数字和大写字母，且不用 I、O、S、V、Z，请对照营业执照核对")
    total = sum(USCC_ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(code[:17]))
    if USCC_ALPHABET[-total % 31] != code[17]:
        raise ValueError("统一社会信用代码的校验位不对，请对照营业执照逐位核对")
    return code


class AddRegion(Command):
    """One node of the tree, typed in on the page."""

    code: Annotated[str, Field(title="代码", min_length=1, max_length=32, pattern=r"^[0-9A-Za-z_\-]+$")]
    name: Annotated[str, Field(title="名称", min_length=1, max_length=60)]
    level: Annotated[Level, Field(title="级别")]
    parent_code: Annotated[str, Field(title="上级代码", max_length=32)] = ""
    gb_code: Annotated[
        str,
        Field(title="国标代码", pattern=r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})?$", description="没有国标代码的开发区留空"),
    ] = ""
    valid_from: Annotated[date | None, Field(title="启用日期")] = None
    valid_to: Annotated[date | None, Field(title="停用日期")] = None


class EndRegion(Command):
    """A node ceases to exist on a day; what was recorded under it stays."""

    valid_to: Annotated[date, Field(title="停用日期")]
    reason: Annotated[str, Field(title="依据", min_length=1, max_length=200, description="批复文号或调整原因")]


class ImportRegions(Command):
    """The region tree as a CSV file."""

    text: Annotated[
        str,
        Field(title="CSV 内容", min_length=1, max_length=5_000_000, description="可直接粘贴，也可选择文件"),
    ]


class OrganisationFacts(Command):
    """What is known of a firm, its code apart; the same for a new one and for a correction."""

    name: Annotated[str, Field(title="单位名称", min_length=2, max_length=100)]
    kinds: Annotated[list[OrganisationKind], Field(title="业务类别", min_length=1)]
    contact_name: Annotated[str, Field(title="联系人", max_length=40)] = ""
    contact_phone: Annotated[str, Field(title="联系电话", max_length=20)] = ""
    address: Annotated[str, Field(title="地址", max_length=200)] = ""
    bank_name: Annotated[str, Field(title="开户行", max_length=100)] = ""
    bank_account: Annotated[str, Field(title="对公账号", pattern=r"^[0-9 \-]{0,40}$")] = ""


AdmissionPaper = Annotated[
    FileRef | None, Field(title="准入材料", description="政策要求单位承诺的，上传盖章的承诺书；没有的留空")
]


class RegisterOrganisation(OrganisationFacts):
    """A firm is admitted."""

    uscc: Annotated[str, Field(title="统一社会信用代码", max_length=24, description="营业执照上的 18 位代码")]
    reason: Annotated[str, Field(title="准入依据", min_length=1, max_length=200)]
    paper: AdmissionPaper = None


class ChangeAdmission(Command):
    """A firm is suspended, admitted again, or leaves."""

    admission: Annotated[Admission, Field(title="准入状态")]
    reason: Annotated[str, Field(title="原因", min_length=1, max_length=200)]
    paper: AdmissionPaper = None


class AddAdmissionPaper(Command):
    """What a firm that is admitted already hands in later: its undertaking, a licence that was renewed."""

    reason: Annotated[str, Field(title="是什么材料", min_length=1, max_length=200, description="例如：2026 年承诺书")]
    paper: Annotated[FileRef, Field(title="材料", description="盖章的扫描件或照片")]


class RateOrganisation(Command):
    """A firm's rating."""

    rating: Annotated[Rating, Field(title="评级")]
    reason: Annotated[str, Field(title="评级依据", min_length=1, max_length=200)]


class PriceInput(Command):
    """The tendered price of one item, by its number in the programme's catalogue."""

    item: Annotated[int, Field(title="项目序号", ge=1, le=999)]
    unit: Annotated[str, Field(title="单位", min_length=1, max_length=10)]
    unit_price: Annotated[Yuan, Field(title="单价")]


class AddProcurement(Command):
    """A firm won a lot of a government procurement; only under it may the firm be dispatched."""

    kind: Annotated[OrganisationKind, Field(title="采购内容")]
    lot: Annotated[str, Field(title="包号（项目编号）", min_length=1, max_length=60)]
    region_id: Annotated[Id, Field(title="适用区域")]
    valid_from: Annotated[date, Field(title="起始日期")]
    valid_to: Annotated[date, Field(title="截止日期")]
    max_households: Annotated[int | None, Field(title="户数上限", ge=1, description="合同没有约定时留空")] = None
    programme_key: Annotated[
        str,
        Field(title="适用政策", max_length=80, description="为一个政策单独招标的选它；各政策通用的留空"),
    ] = ""
    award: Annotated[
        Yuan | None,
        Field(
            title="中标金额", gt=0, description="合同或框架协议的总金额；政策要收履约保证金的按它计算，没有约定的留空"
        ),
    ] = None
    paper: Annotated[FileRef | None, Field(title="中标通知书或合同")] = None
    prices: Annotated[list[PriceInput], Field(title="中标价格", default_factory=list)]


class AddOwnProcurement(AddProcurement):
    """A lot that a township procured itself: always for a programme that has it procure."""

    programme_key: Annotated[
        str,
        Field(
            title="适用政策",
            min_length=1,
            max_length=80,
            description="只列出交给您采购的政策；这个标段只用于本乡镇（街道）的改造户",
        ),
    ]


class SetAward(Command):
    """The award amount of a record that was entered without one; once it stands it stays."""

    award: Annotated[Yuan, Field(title="中标金额", gt=0, description="合同或框架协议的总金额，登记后不能改")]


class EndProcurement(Command):
    """A procurement record ends before its term."""

    reason: Annotated[str, Field(title="终止原因", min_length=1, max_length=200)]
