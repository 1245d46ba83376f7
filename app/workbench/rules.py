"""What the household's page and the list's saved filters take in."""

from typing import Annotated

from pydantic import Field

from ..core.commands import Command
from ..core.enums import Labelled


class LookUp(Command):
    """What a household types to open its own page. Domain §7."""

    receipt: Annotated[
        str, Field(title="回执码", min_length=1, max_length=20, description="申请回执上的 10 位字母和数字")
    ]
    last_four: Annotated[
        str, Field(title="身份证号后四位", min_length=1, max_length=8, description="申请人本人的身份证，末位可能是 X")
    ]


class Audience(Labelled):
    """Who sees a saved filter in the menu."""

    OWN = "own", "只给自己"
    ROLE = "role", "给本区域同岗位的人"
    REGION = "region", "给本区域所有人"


class SaveFilter(Command):
    """Keep what the list shows now under a name."""

    name: Annotated[str, Field(title="名称", min_length=1, max_length=40)]
    audience: Annotated[Audience, Field(title="给谁用")] = Audience.OWN
    query: Annotated[str, Field(title="条件", max_length=500)] = ""
