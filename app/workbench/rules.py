"""What the household's page takes in."""

from typing import Annotated

from pydantic import Field

from ..core.commands import Command


class LookUp(Command):
    """What a household types to open its own page. Domain §7."""

    receipt: Annotated[
        str, Field(title="回执码", min_length=1, max_length=20, description="申请回执上的 10 位字母和数字")
    ]
    last_four: Annotated[
        str, Field(title="身份证号后四位", min_length=1, max_length=8, description="老人本人的身份证，末位可能是 X")
    ]
