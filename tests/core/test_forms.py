"""What a form says of a field that was left empty: the verb is that of what one does there."""

from typing import Annotated

import pytest
from flask import Flask
from pydantic import Field

from app.core.commands import Command, FileRef, LongText
from app.core.enums import Labelled
from app.core.forms import Form


class Floor(Labelled):
    LOW = "low", "一层"
    HIGH = "high", "楼上"


class Visited(Command):
    day: Annotated[str, Field(title="哪一天", min_length=1)]
    remark: Annotated[LongText, Field(title="情况")]
    floor: Annotated[Floor, Field(title="楼层")]
    firm: Annotated[int, Field(title="施工单位")]
    has_lift: Annotated[bool, Field(title="有没有电梯")]
    photo: Annotated[FileRef, Field(title="现场照片")]
    paper: Annotated[FileRef, Field(title="合同")]
    signature: Annotated[FileRef, Field(title="家庭签字")]


@pytest.mark.sqlite_only
def test_what_is_missing_is_asked_for_by_what_one_does(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data={}):
        form = Form(Visited, choices={"firm": [(1, "甲公司"), (2, "乙公司")]})
        assert form.validate() is None
    assert [sentence for _name, _label, sentence in form.errors] == [
        "请填写哪一天",
        "请填写情况",
        "请选择楼层",
        "请选择施工单位",
        "请选择有没有电梯",
        "请上传现场照片",
        "请上传合同",
        "请补上家庭签字",
    ]
