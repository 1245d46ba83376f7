"""The region tree as a CSV file: reading with every mistake by line, and writing. Plain Python.

Columns are those of COLUMNS, by their English or Chinese heading, in any order; rows in any order.
"""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ..core.errors import DomainError, RuleViolation, RuleViolations
from .rules import Level

COLUMNS = {
    "code": "代码",
    "name": "名称",
    "level": "级别",
    "parent_code": "上级代码",
    "gb_code": "国标代码",
    "valid_from": "启用日期",
    "valid_to": "停用日期",
}
REQUIRED = ("code", "name", "level")
MAX_ERRORS = 100
"""More mistakes than a person corrects in one sitting; the rest shows at the next try."""


@dataclass(frozen=True, slots=True)
class RegionRow:
    """One node as it comes from a file or a page; `line` is its place in the file, 0 when typed in."""

    line: int
    code: str
    name: str
    level: Level
    parent_code: str = ""
    gb_code: str = ""
    valid_from: date | None = None
    valid_to: date | None = None

    def refuse(self, sentence: str, field: str) -> DomainError:
        """A refusal that names the line, or the field when there is none."""
        return RuleViolation(
            f"第 {self.line} 行：{sentence}" if self.line else sentence, "text" if self.line else field
        )


def decode(data: bytes) -> str:
    """The text of a CSV file: UTF-8, or GB 18030 as Excel in China saves it. Raises RuleViolation."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RuleViolation("文件的编码无法识别，请在 Excel 中另存为“CSV UTF-8”后再导入", "text")


def parse(content: str) -> list[RegionRow]:
    """Rows of CSV text, each field checked by itself. Raises RuleViolations naming line and remedy."""
    reader = csv.reader(io.StringIO(content))
    header = [_column(cell) for cell in next(reader, [])]
    missing = [COLUMNS[name] for name in REQUIRED if name not in header]
    if missing:
        raise RuleViolation(f"第 1 行：缺少列“{'”“'.join(missing)}”，列名应为 {'、'.join(COLUMNS)}", "text")
    rows: list[RegionRow] = []
    problems: list[DomainError] = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        try:
            rows.append(_row(reader.line_num, dict(zip(header, (cell.strip() for cell in cells), strict=False))))
        except ValueError as error:
            problems.append(RuleViolation(f"第 {reader.line_num} 行：{error}", "text"))
    if not rows and not problems:
        problems.append(RuleViolation("文件里没有任何区划，请核对", "text"))
    RuleViolations.raise_if_any(problems[:MAX_ERRORS])
    return rows


def _column(cell: str) -> str:
    """The English name of a heading; headings that we do not know are left aside."""
    heading = cell.strip().lstrip("\ufeff")
    return next((name for name, label in COLUMNS.items() if heading in (name, label)), "")


def _row(line: int, cells: dict[str, str]) -> RegionRow:
    code, name = cells.get("code", ""), cells.get("name", "")
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,32}", code):
        raise ValueError(f"代码“{code}”不对，应为 1 到 32 位数字、字母、下划线或连字符")
    if not 1 <= len(name) <= 60:
        raise ValueError("名称应为 1 到 60 个字")
    gb_code = cells.get("gb_code", "")
    if not re.fullmatch(r"(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})?", gb_code):
        raise ValueError(f"国标代码“{gb_code}”不对，应为 2、4、6、9 或 12 位数字，没有的留空")
    begins, ends = _day(cells, "valid_from"), _day(cells, "valid_to")
    return RegionRow(
        line, code, name, _level(cells.get("level", "")), cells.get("parent_code", ""), gb_code, begins, ends
    )


def _level(cell: str) -> Level:
    for level in Level:
        if cell in (level.value, level.label):
            return level
    raise ValueError(f"级别“{cell}”不对，应为 {'、'.join(level.value for level in Level)} 之一")


def _day(cells: dict[str, str], column: str) -> date | None:
    cell = cells.get(column, "")
    if not cell:
        return None
    try:
        year, month, day = (int(part) for part in re.split("[-/.]", cell))  # Excel writes 2026/3/8
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"{COLUMNS[column]}“{cell}”不对，应写成 2026-03-08") from None


def write(rows: Iterable[RegionRow]) -> str:
    """Rows as CSV text with English headings, which `parse` reads back."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(COLUMNS), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: getattr(row, name) or "" for name in COLUMNS} | {"level": row.level.value})
    return out.getvalue()
