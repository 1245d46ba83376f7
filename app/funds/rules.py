"""What is asked of funds, and plain rules about them."""

from typing import Annotated, Literal

from pydantic import Field

from ..core.commands import Command, Id, Yuan
from ..core.enums import Labelled


class SubjectKind(Labelled):
    """Who or what may have a benefit only once (domain S7)."""

    BENEFICIARY = "beneficiary", "老年人"
    HOUSEHOLD = "household", "家庭"
    DWELLING = "dwelling", "住房"


class Direction(Labelled):
    """Whether a quota or an account grows or shrinks."""

    ADD = "add", "下达或追加"
    REDUCE = "reduce", "调减"


class WaitingEnd(Labelled):
    """How the waiting for a place ended."""

    PLACED = "placed", "已占用任务数"
    LEFT = "left", "已退出"
    MOVED = "moved", "转入另一份任务数"


class AllotPlaces(Command):
    """Allot places of a programme to a region for a year, add to them or take unused ones back."""

    programme_key: Annotated[str, Field(title="政策", min_length=1, max_length=80)]
    year: Annotated[int, Field(title="年度", ge=2000, le=2100)]
    region_id: Annotated[Id, Field(title="地区")]
    direction: Annotated[Direction, Field(title="办理")]
    places: Annotated[int, Field(title="户数", description="本次增加或减少的户数，不是合计数", ge=1, le=1_000_000)]
    document: Annotated[
        str, Field(title="文号", description="下达任务的文件，例如 云民发〔2026〕8号", max_length=120)
    ] = ""
    reason: Annotated[str, Field(title="说明", max_length=500)] = ""
    is_example: Annotated[bool, Field(title="示例数，不是正式下达")] = False


class AllotMoney(Command):
    """Allot money of a source to a region for a year, add to it or take unused money back."""

    programme_key: Annotated[str, Field(title="政策", min_length=1, max_length=80)]
    year: Annotated[int, Field(title="年度", ge=2000, le=2100)]
    region_id: Annotated[Id, Field(title="地区")]
    source_id: Annotated[str, Field(title="资金来源", min_length=1, max_length=60)]
    direction: Annotated[Direction, Field(title="办理")]
    amount: Annotated[Yuan, Field(title="金额", description="本次增加或减少的金额，不是合计数", gt=0)]
    document: Annotated[
        str, Field(title="文号", description="下达资金的文件，例如 云财社〔2026〕15号", max_length=120)
    ] = ""
    reason: Annotated[str, Field(title="说明", max_length=500)] = ""
    is_example: Annotated[bool, Field(title="示例数，不是正式下达")] = False


class AllotYuan(Command):
    """Allot what the households of a region may cost together in a year, beside their places."""

    programme_key: Annotated[str, Field(title="政策", min_length=1, max_length=80)]
    year: Annotated[int, Field(title="年度", ge=2000, le=2100)]
    region_id: Annotated[Id, Field(title="地区")]
    direction: Annotated[Direction, Field(title="办理")]
    amount: Annotated[Yuan, Field(title="金额", description="本次增加或减少的金额，不是合计数", gt=0)]
    document: Annotated[
        str, Field(title="文号", description="下达任务的文件，例如 云民发〔2026〕8号", max_length=120)
    ] = ""
    reason: Annotated[str, Field(title="说明", max_length=500)] = ""
    is_example: Annotated[bool, Field(title="示例数，不是正式下达")] = False


LIFETIME, ROLLING = "lifetime", "rolling"


def claim_period(period: Literal["lifetime", "year", "rolling"], year: int) -> str:
    """The period of a benefit claim as it stands in the database: `lifetime`, `rolling`, or the year (domain S7)."""
    return str(year) if period == "year" else period


def kept_for_others(region_name: str, left: int, ahead: int) -> str:
    """The sentence when places are free, and kept for those who come first."""
    return f"{region_name}剩余 {left} 户任务数，轮候名单中有 {ahead} 户排在前面。请先办理排在前面的，或将这户列入轮候。"


def nothing_left(region_name: str, places: int, given: int, taken: int) -> str:
    """The sentence when a region has no free place; says where the places went and what to do."""
    went = f"已确定 {taken} 户" + (f"，分配下级 {given} 户" if given else "")
    return f"任务数已用完：{region_name}共 {places} 户，{went}。请先申请追加任务数，或等有家庭退出后再办。"
