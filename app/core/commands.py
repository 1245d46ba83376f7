"""What a person asks for: one typed definition of every input, for the page, the API and its description.

Plain pydantic. A `Command` names its fields with the Chinese label as `title` and the help as `description`.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, LiteralString

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from .errors import DomainError, RuleViolation, RuleViolations

MAX_FEN = 10**12
"""Ten thousand million yuan: larger sums are a slip of the finger."""


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters but line ends and tabs, and halves of pairs that are no characters."""


class Command(BaseModel):
    """Base of every input: unknown keys are refused, nothing changes after validation, spaces around are cut."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @field_validator("*", mode="after")
    @classmethod
    def _no_control_characters(cls, value: Any) -> Any:
        """Control characters come from broken pastes; databases and printers choke on them."""
        if isinstance(value, str) and _CONTROL.search(value):
            raise PydanticCustomError("control_character", "含有不能显示的字符，请删去后重新输入")
        return value


def _not_so(value: Any) -> LiteralString:
    """What is wrong with a number that is well written, and cannot be: below nothing, or too large; "" when it is none."""
    if not isinstance(value, str) or not re.fullmatch(r"-?\d+(\.\d{1,2})?", value.strip().replace(",", "")):
        return ""
    return "不能是负数" if value.strip().startswith("-") else "数字太大，请核对是否多写了几位"


def _yuan(value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"\d{1,10}(\.\d{1,2})?", value.strip().replace(",", "")):
        return int(Decimal(value.strip().replace(",", "")) * 100)
    raise PydanticCustomError("yuan", _not_so(value) or "请填金额，单位元，最多两位小数，例如 120.50")


def _yuan_text(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


Yuan = Annotated[
    int,
    BeforeValidator(_yuan),
    PlainSerializer(_yuan_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,10}(\.[0-9]{1,2})?$", "examples": ["2000.00"]}),
]
"""An amount: text of yuan with at most two decimals outside, integer fen inside."""


def _quantity(value: Any) -> Decimal:
    if isinstance(value, str) and re.fullmatch(r"\d{1,6}(\.\d{1,2})?", value.strip()):
        try:
            return Decimal(value.strip())
        except InvalidOperation:  # pragma: no cover - the pattern admits only numbers
            pass
    raise PydanticCustomError("quantity", _not_so(value) or "请填数量，最多两位小数，例如 3.50")


Quantity = Annotated[
    Decimal,
    BeforeValidator(_quantity),
    PlainSerializer(lambda value: f"{value:.2f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,6}(\.[0-9]{1,2})?$", "examples": ["3.50"]}),
]
"""A quantity: text with at most two decimals outside, exact Decimal inside."""


class FileMark:
    """Marks an integer as the id of a stored upload, so that pages offer a file input."""


class AskedMark:
    """Marks a field that pages show only where it is asked, and that must be filled there: it is not called optional."""


FileRef = Annotated[int, Field(ge=1, le=2**31 - 1), FileMark()]
"""The id of a stored upload: pages upload with the form, the API posts to /api/v1/files first."""

Id = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""The id of another row."""


Text = Annotated[str, Field(max_length=200)]
"""One line of text."""

LongText = Annotated[str, Field(max_length=2000)]
"""Several lines of text."""

_SENTENCES = {
    "missing": "请{verb}{label}",
    "string_too_short": "请{verb}{label}",
    "string_too_long": "{label}太长，最多 {max_length} 个字",
    "too_short": "{label}至少要 {min_length} 项",
    "too_long": "{label}最多 {max_length} 项",
    "extra_forbidden": "没有“{name}”这一项，请删去",
    "enum": "{label}请从给出的选项中选择",
    "literal_error": "{label}请从给出的选项中选择",
    "int_parsing": "{label}请填整数",
    "int_type": "{label}请填整数",
    "int_from_float": "{label}请填整数",
    "bool_parsing": "{label}请选择是或否",
    "bool_type": "{label}请选择是或否",
    "greater_than": "{label}要大于 {gt}",
    "greater_than_equal": "{label}不能小于 {ge}",
    "less_than": "{label}要小于 {lt}",
    "less_than_equal": "{label}不能大于 {le}",
    "string_pattern_mismatch": "{label}的写法不对，请核对",
    "string_type": "{label}要是文字",
    "list_type": "{label}要是一组内容",
    "model_type": "{label}要是一组内容",
    "json_invalid": "内容不是有效的 JSON，请核对",
}


def label_of(command: type[BaseModel], location: Sequence[int | str]) -> str:
    """The Chinese label of a field by its location; of a nested one the innermost, with the row's number."""
    label, row, model = "", None, command
    for part in location:
        if isinstance(part, int):
            row = part
            continue
        field = model.model_fields.get(part)
        if field is None:
            break
        label = field.title or part
        model = nested_command(field.annotation) or model
    return f"第 {row + 1} 行{label}" if row is not None and label else label


def nested_command(annotation: Any) -> type[Command] | None:
    """The command inside an annotation such as `list[Line]` or `Line | None`."""
    if isinstance(annotation, type) and issubclass(annotation, Command):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = nested_command(argument)
        if found is not None:
            return found
    return None


Verb = Callable[[str], str]
"""What one does with a field of a flat name: 填写 text, 选择 an answer, 上传 a photo."""


def _fill_in(_name: str) -> str:
    return "填写"


def sentence(command: type[BaseModel], error: ErrorDetails, verb: Verb = _fill_in) -> DomainError:
    """One refused field as a Chinese sentence with the field's flat name (`lines-0-quantity`)."""
    location = [part for part in error["loc"] if not (isinstance(part, str) and "[" in part)]
    label = label_of(command, location) or "这一项"
    name, kind = "-".join(str(part) for part in location), error["type"]
    if kind.startswith(("date", "datetime", "time")):
        text = f"{label}请填日期，例如 2026-03-08"
    elif kind in _SENTENCES:
        words = {"label": label, "name": location[-1] if location else "", "verb": verb(name)}
        text = _SENTENCES[kind].format(**words, **error.get("ctx", {}))
    elif kind == "value_error":
        text = str(error.get("ctx", {}).get("error", "")) or f"{label}不对，请核对"
    else:
        text = f"{label}：{error['msg']}" if not error["msg"].isascii() else f"{label}不对，请核对"
    return RuleViolation(text, name)


def refusals(command: type[BaseModel], error: ValidationError, verb: Verb = _fill_in) -> RuleViolations:
    """A failed validation as sentences."""
    return RuleViolations([sentence(command, detail, verb) for detail in error.errors(include_url=False)])
