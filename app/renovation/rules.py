"""Inputs of what ends, stops or remarks a file in any stage. Plain Python."""

from datetime import date
from typing import Annotated

from pydantic import Field

from ..core.commands import Command, FileRef, LongText
from ..core.enums import Labelled


class Reason(Labelled):
    """Why a file is terminated (domain §3). The household's own wish is a withdrawal."""

    DEATH = "death", "申请人去世"
    MOVED = "moved", "迁出或搬离"
    DEMOLITION = "demolition", "住房征收或拆迁"
    INSTITUTION = "institution", "入住养老机构"
    OTHER = "other", "其他"


class Withdraw(Command):
    """The household takes its application back."""

    reason: Annotated[LongText, Field(title="撤回原因", min_length=2)]
    paper: Annotated[FileRef, Field(title="撤回申请书", description="有申请人或监护人签字的撤回申请")]


class Terminate(Command):
    """The file ends, or from building on ends early with what was done."""

    ground: Annotated[Reason, Field(title="终止事由")]
    on: Annotated[date, Field(title="发生日期")]
    reason: Annotated[LongText, Field(title="情况说明", min_length=2)]
    paper: Annotated[FileRef, Field(title="证明材料", description="如死亡证明、迁出证明、入住协议")]


class Suspend(Command):
    """Everything waits, and says why."""

    reason: Annotated[str, Field(title="暂停原因", min_length=2, max_length=500)]


class Resume(Command):
    """It goes on."""

    reason: Annotated[str, Field(title="恢复说明", min_length=2, max_length=500)]


class Remark(Command):
    """A remark for everybody who sees the file; @name tells a person of it."""

    text: Annotated[
        LongText,
        Field(title="留言", min_length=1, description="用 @姓名 提醒能看到这份档案的人；请不要写证件号、电话和病情"),
    ]
    files: Annotated[list[FileRef], Field(title="附件", max_length=9)] = []
