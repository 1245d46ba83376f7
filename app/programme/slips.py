"""What was most likely meant on a line that cannot be read: the slips of people who write data with an editor for text.

The reader of TOML says where it stopped; here the line is looked at again, so that the answer names the very character.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .english import fields_for, head_of, is_table, table_for

HALVES = dict(zip("，、；：＝［］｛｝（）＃．－　“”‘’「」＂＇", ',,;:=[]{}()#.- ""\'\'"""\'', strict=True)) | {
    "【": "[",
    "】": "]",
    "。": ".",
}
"""Full-width signs that stand where only half-width ones are read, with what is meant."""

_QUOTES = frozenset("“”「」＂")
_DIGITS = "０１２３４５６７８９"
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_KEYED = re.compile(r"\s*(?P<key>[A-Za-z_][\w.]*)\s*=\s*(?P<value>.*?)\s*")
_DAY = re.compile(r"(\d{4})\s*[-/.年–—−‐‑－]\s*(\d{1,2})\s*[-/.月–—−‐‑－]\s*(\d{1,2})\s*日?")
_DASH = re.compile("[–—−‐‑－]")
_HIDDEN = re.compile("[\u00a0\u2002-\u200d\u202f\u2060\ufeff]")
_UNIT = re.compile(r"(-?\d+(?:\.\d+)?)\s*([\u4e00-\u9fff%％‰]+)")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_YES_NO = {"True": "true", "TRUE": "true", "是": "true", "False": "false", "FALSE": "false", "否": "false"}

Answer = tuple[str, str]
"""What is wrong and what would be right."""


@dataclass(frozen=True)
class _Line:
    """A line, the same without what stands in quotes and behind the comment sign, and the table that it stands in."""

    text: str
    bare: str
    table: str = ""

    @property
    def keyed(self) -> re.Match[str] | None:
        return _KEYED.fullmatch(self.bare)


def slip(text: str, number: int) -> Answer | None:
    """The slip on line `number` (from 1) of a file that cannot be read, or None when it is not one of those known."""
    lines = text.split("\n")
    written = lines[number - 1] if 0 < number <= len(lines) else ""
    line = _Line(written, _STRING.sub('""', written).partition("#")[0], _table_above(lines[: number - 1]))
    found = next((answer for look in _LOOKS if (answer := look(line)) is not None), None)
    return found or _two_ways_of_one_table(lines)


def _table_above(lines: list[str]) -> str:
    """The name of the table that the next line stands in; "" before the first."""
    heads = (re.fullmatch(r"\s*\[\[?\s*([A-Za-z_.]+)\s*\]\]?\s*(#.*)?", line) for line in reversed(lines))
    return next((head[1] for head in heads if head), "")


def _hidden(line: _Line) -> Answer | None:
    """A space of Word that looks like any other."""
    found = _HIDDEN.search(line.bare)
    if not found:
        return None
    before = line.bare[: found.start()].strip()[-12:]
    where = f"“{before}”后面" if before else "行首"
    return f"{where}有一个从 Word 带来的特殊空格", "删去它，用空格键重新打一个普通的空格"


def _day(line: _Line) -> Answer | None:
    found = line.keyed and _DAY.fullmatch(line.keyed["value"])
    if not found:
        return None
    year, month, day = (int(part) for part in found.groups())
    written = f"{year:04}-{month:02}-{day:02}"
    try:
        date(year, month, day)
    except ValueError:
        return f"没有 {written} 这一天", "改成日历上有的日期"
    dash = _DASH.search(found[0])
    if dash:
        return f"日期“{found[0]}”里的“{dash[0]}”不是减号", f"写成 {written}，横线用键盘上的减号键，不加引号"
    return f"日期“{found[0]}”写得不对", f"写成 {written}，月、日都是两位，不加引号"


def _yes_no(line: _Line) -> Answer | None:
    word = re.search(r"=\s*(True|TRUE|是|False|FALSE|否)\s*[,}\]]?", line.bare)
    return word and (f"是否不能写“{word[1]}”", f"写成 {_YES_NO[word[1]]}，不加引号")


def _full_width(line: _Line) -> Answer | None:
    """A full-width sign outside the quotes; a sign in a text that has no quotes at all is not the slip."""
    for place, sign in enumerate(line.bare):
        if sign in _DIGITS:
            return f"数字“{sign}”是全角的", f"改成半角的 {_DIGITS.index(sign)}"
        if sign in _QUOTES:
            return f"引号 {sign} 是全角的", '切换到英文输入法，改成半角的 "'
        if sign in HALVES and not re.search(r"=\s*[\u4e00-\u9fff]", line.bare[:place]):
            shown, half = ("空格", "空格") if sign == "　" else (f"“{sign}”", HALVES[sign])
            return f"{shown}是全角的", f"改成半角的 {half}".replace("半角的 空格", "半角空格")
    return None


def _unit(line: _Line) -> Answer | None:
    found = line.keyed and _UNIT.fullmatch(line.keyed["value"])
    if found and line.keyed and found[2].startswith("万"):
        return (
            f"数字后面多了“{found[2]}”",
            f'以元为单位，加引号：{line.keyed["key"]} = "{Decimal(found[1]) * 10_000:.2f}"',
        )
    return found and line.keyed and (f"数字后面多了“{found[2]}”", f"只写数字：{line.keyed['key']} = {found[1]}")


def _thousands(line: _Line) -> Answer | None:
    found = line.keyed and _THOUSANDS.fullmatch(line.keyed["value"])
    return found and line.keyed and ("数字里不能有逗号", f"写成 {found[0].replace(',', '')}；金额要加引号")


def _backslash(line: _Line) -> Answer | None:
    return ("引号里有反斜线 \\", "改成 /，或写两个 \\\\") if "\\" in line.text else None


def _quotes_inside(line: _Line) -> Answer | None:
    inside = re.search(r'""\s*[^\s,\]}#="]', line.bare)
    return ("引号里面又用了半角引号", "里面的引号改用中文的“ ”") if inside and line.bare.count('"') % 2 == 0 else None


def _quotes_odd(line: _Line) -> Answer | None:
    odd = line.bare.count('"') % 2 == 1
    return ("引号没有配对", '文字两头各一个半角的 "，一段文字写在一行里') if odd else None


def _head(line: _Line) -> Answer | None:
    text = line.bare.strip()
    if not text.startswith("["):
        return None
    name = text.strip("[] ")
    if re.search(r"[\u4e00-\u9fff]", name):
        meant = table_for(name)
        return f"表名“{name}”不是英文", f"写成 {meant}" if meant else "表名见 catalog/README.md 的“每个字段的意思”"
    opened, closed = len(text) - len(text.lstrip("[")), len(text) - len(text.rstrip("]"))
    whole = f"{'[' * opened}{name}{']' * opened}"
    return ("表名的方括号没有配对", f"写成 {whole}") if opened != closed else None


def _brace(line: _Line) -> Answer | None:
    if line.bare.count("{") <= line.bare.count("}"):
        return None
    return "{ … } 没有在这一行里写完", "右边的 } 写在同一行；只有 [ … ] 里面可以换行"


def _comma_at_the_end(line: _Line) -> Answer | None:
    found = line.keyed and line.keyed["value"].endswith(",") and line.bare.count("[") == line.bare.count("]")
    return ("行末多了一个逗号", "删去逗号") if found else None


def _no_value(line: _Line) -> Answer | None:
    found = line.keyed
    return (f"“{found['key']}”的等号右边没有值", "补上值，或删去这一行") if found and not found["value"] else None


def _colon(line: _Line) -> Answer | None:
    found = re.fullmatch(r"\s*([A-Za-z_]\w*)\s*:\s*(.+)", line.bare)
    return found and (f"“{found[1]}”后面用了冒号", f"字段和值之间写等号：{found[1]} = …")


def _comment(line: _Line) -> Answer | None:
    start = re.match(r"\s*(//|--|/\*|;|')", line.text)
    return start and (f"“{start[1]}”不是注释的写法", "注释以 # 开头")


def _no_quotes(line: _Line) -> Answer | None:
    """Words without quotes; a name in Chinese in front of the sign is another slip."""
    chinese = re.match(r"\s*([\u4e00-\u9fff]+)\s*=", line.bare)
    if chinese:
        meant = fields_for(chinese[1], line.table)
        remedy = f"写成 {' 或 '.join(meant[:3])}" if meant else "字段名见 catalog/README.md 的“每个字段的意思”"
        return f"字段名“{chinese[1]}”不是英文", remedy
    found = re.fullmatch(r"\s*([A-Za-z_]\w*)\s*=\s*([\u4e00-\u9fffA-Za-z][^\"]*?)\s*", line.bare)
    if not found or found[2] in ("true", "false"):
        return None
    return "文字没有加引号", f'写成 {found[1]} = "{found[2]}"'


_LOOKS: tuple[Callable[[_Line], Answer | None], ...] = (
    _hidden,
    _day,
    _yes_no,
    _unit,
    _thousands,
    _full_width,
    _backslash,
    _quotes_inside,
    _quotes_odd,
    _head,
    _brace,
    _comment,
    _colon,
    _no_value,
    _comma_at_the_end,
    _no_quotes,
)
"""In this order: what stands first would otherwise be taken for what stands behind."""


def _two_ways_of_one_table(lines: list[str]) -> Answer | None:
    """`[clause]` beside `[[clause]]`: the reader only says that something stands twice."""
    heads = [line.split("#")[0].strip() for line in lines if line.lstrip().startswith("[")]
    once = {head[1:-1].strip() for head in heads if head.endswith("]") and not head.startswith("[[")}
    many = {head[2:-2].strip() for head in heads if head.startswith("[[") and head.endswith("]]")}
    both = sorted(once & many)
    if not both:
        return None
    said = f"[{both[0]}] 和 [[{both[0]}]] 混着写"
    if head_of(both[0]) == f"[{both[0]}]" and is_table(both[0]):
        return said, f"这个表只有一节：只写一个 [{both[0]}]，其余的删去"
    return said, f"可以有多条的，每一条都写 [[{both[0]}]]"
