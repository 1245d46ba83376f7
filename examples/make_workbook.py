"""Write `households_1000.xlsx`: a township's 1,000 households as a clerk would send them, with the mistakes clerks make.

    .venv/bin/python examples/make_workbook.py            # the workbook of this folder, the same every time
    .venv/bin/python examples/make_workbook.py --right    # without mistakes: what the clerk sends the second time

The people are made up. What the import says of the workbook stands in `households_1000.report.json` and `.md`.
"""

import argparse
import sys
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

import xlsxwriter

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from app.core.identity_numbers import check_digit  # noqa: E402 — the root is on the path only now
from app.demo.identities import People  # noqa: E402
from app.stages.application.excel.columns import BY_FIELD  # noqa: E402

HOUSEHOLDS, SEED, ON = 1000, 20260306, date(2026, 3, 6)
BORN_IN = "500243"
VILLAGES = ("青松村", "白果村", "柳林村", "河口社区", "双井村")
FIELDS = (
    "township", "village", "people-0-name", "people-0-id_number", "phone", "applied_on", "people-0-hardship",
    "people-0-living", "people-0-recognised", "people-0-ability-eating", "people-0-ability-dressing",
    "people-0-ability-bed", "people-0-ability-toileting", "people-0-ability-walking", "people-0-ability-bathing",
    "people-0-ability-observer", "people-0-ability-observed_on", "people-0-certificate",
    "people-0-certificate_number", "people-0-disability_category", "people-0-disability_grade",
    "household_size", "register_number", "consent", "guardian_name", "guardian_phone", "guardian_relation",
    "dwelling-address", "dwelling-right", "dwelling-safe", "dwelling-renovatable", "dwelling-demolition_planned",
    "dwelling-must_move_out", "earlier", "history-0-department", "history-0-programme", "people-1-name",
    "people-1-id_number", "people-1-relation", "people-1-hardship",
)  # fmt: skip
"""The clerk has left out some columns of the template and moved others."""
INDICATORS = tuple(field for field in FIELDS if "-ability-" in field)[:6]
Row = dict[str, Any]
FIRST_ROW = 4
"""Below a title, a line of remarks and the headings."""


def households(number: int, seed: int = SEED) -> list[Row]:
    """Made-up households of one township, all of them filled in right."""
    random = Random(seed)
    people = People(random, BORN_IN)
    return [_household(random, people, place) for place in range(number)]


def _household(random: Random, people: People, place: int) -> Row:
    person = people.one(ON, 61, 95)
    village = random.choice(VILLAGES)
    row: Row = {
        "township": "清溪镇",
        "village": village,
        "people-0-name": person.name,
        "people-0-id_number": person.id_number,
        "phone": f"138{40_000_000 + place:08d}",
        "applied_on": date(2026, 3, 1 + random.randrange(6)),
        "people-0-hardship": random.choice(("分散供养特困人员", "建档立卡贫困人口", "建档立卡贫困人口、低保对象")),
        "people-0-living": random.choice(("独居", "空巢", "与家人同住")),
        "people-0-recognised": "未认定过",
        "people-0-certificate": "否",
        "household_size": random.randint(1, 4),
        "register_number": f"{500_299_101_000_000 + place}",
        "consent": "本人自愿申请",
        "dwelling-address": f"清溪镇{village}{random.randint(1, 12)}组{place + 1}号",
        "dwelling-right": random.choice(("自有产权", "自有产权", "长期使用权")),
        "dwelling-safe": "是",
        "dwelling-renovatable": "是",
        "dwelling-demolition_planned": "否",
        "dwelling-must_move_out": "否",
        "earlier": "查过，没有",
    }
    if random.random() < 0.5:
        lost = random.choice((2, 4, 5))
        row |= {name: "不能" if at < lost else "能" for at, name in enumerate(INDICATORS)}
        row |= {"people-0-ability-observer": "王村干", "people-0-ability-observed_on": row["applied_on"]}
    if random.random() < 0.15:
        category, grade = random.choice((("肢体残疾", 4), ("视力残疾", 1))), random.randint(1, 4)
        row |= {
            "people-0-certificate": "是",
            "people-0-certificate_number": f"{person.id_number}{category[1]}{grade}",
            "people-0-disability_category": category[0],
            "people-0-disability_grade": ("一级", "二级", "三级", "四级")[grade - 1],
        }
    if random.random() < 0.1:
        row |= {"consent": "监护人自愿申请", "guardian_name": f"{person.name[0]}建国", "guardian_relation": "子女"}
        row["guardian_phone"] = f"139{50_000_000 + place:08d}"
    if random.random() < 0.05:
        row |= {"earlier": "享受过", "history-0-department": "残联", "history-0-programme": "无障碍改造"}
    if random.random() < 0.2:
        spouse = people.one(ON, 61, 90, not person.is_woman)
        row |= {"people-1-name": spouse.name, "people-1-id_number": spouse.id_number, "people-1-relation": "配偶"}
        row["people-1-hardship"] = row["people-0-hardship"]
        row["household_size"] = max(row["household_size"], 2)
    return row


def spoil(rows: list[Row]) -> list[tuple[int, int, str]]:
    """Make the clerk's mistakes, in place; answers the merged areas as (first row, last row, field)."""
    id_number, born = "people-0-id_number", {at: rows[at]["people-0-id_number"] for at in (57, 300, 612, 845)}
    for at in (12, 13, 14, 480):  # typed into cells that Excel took for numbers: the last digits are gone
        rows[at][id_number] = float(f"{rows[at][id_number][:15]}000")
    rows[57][id_number] = born[57][:-1] + ("1" if born[57][-1] != "1" else "2")  # a slip in the last digit
    swapped = born[300][:9] + born[300][10] + born[300][9] + born[300][11:17]
    rows[300][id_number] = swapped + next(
        d for d in "0123456789X" if d != check_digit(swapped)
    )  # two digits changed places
    rows[612] = {**rows[611], "phone": rows[612]["phone"]}  # copied down and forgotten
    rows[845]["people-1-name"], rows[845]["people-1-relation"] = rows[40]["people-0-name"], "兄弟姐妹"
    rows[845]["people-1-id_number"] = rows[40][id_number]  # the second beneficiary applies for himself too
    rows[99]["village"] = "青松"  # not how the village is called
    rows[100]["village"] = "大湾村"  # of another township
    rows[101]["village"] = "红旗村"  # of none
    rows[150]["applied_on"] = "2026.3.5"  # dates as text: these four can mean one day only
    rows[151]["applied_on"] = "2026年3月5日"
    rows[152]["applied_on"] = "20260305"
    rows[153]["applied_on"] = "2026/03/05"
    rows[160]["applied_on"] = "3/5/2026"  # and these cannot
    rows[161]["applied_on"] = "26.3.5"
    rows[162]["applied_on"] = "三月初"
    rows[163]["applied_on"] = 46086.0  # a date that lost its format
    rows[200]["phone"] = 13_840_000_200.0
    rows[201]["phone"] = "1384000020"
    rows[230]["people-0-hardship"] = "低保"  # one of two
    rows[231]["people-0-hardship"] = "特困"
    rows[260]["people-0-name"] = ""
    rows[261]["dwelling-address"] = ""
    rows[270] |= {"people-0-ability-eating": "能", "people-0-ability-observer": "", "people-0-ability-observed_on": ""}
    rows[280] |= {
        "people-0-certificate": "是",
        "people-0-certificate_number": f"{rows[281][id_number]}43",  # somebody else's
        "people-0-disability_category": "",
        "people-0-disability_grade": "",
    }
    rows[290] |= {"earlier": "享受过", "history-0-department": "", "history-0-programme": ""}
    rows[350]["dwelling-safe"] = "基本安全"
    rows[702]["dwelling-address"] = rows[700]["dwelling-address"]  # perhaps one household as two: only a warning
    for at in (421, 422):
        rows[at]["village"] = rows[at]["dwelling-right"] = ""
    return [(420, 422, "village"), (420, 422, "dwelling-right")]


def write(target: Path, rows: list[Row], merged: list[tuple[int, int, str]]) -> None:
    """The workbook as the clerk has it: a title above, a column of remarks beside."""
    book = xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_numbers": False})
    book.set_properties({"title": "清溪镇改造申请登记表（示例）", "created": datetime(2026, 3, 6)})  # noqa: DTZ001
    text, day = book.add_format({"num_format": "@"}), book.add_format({"num_format": "yyyy-mm-dd"})
    bold, middle = book.add_format({"bold": True}), book.add_format({"valign": "vcenter", "num_format": "@"})
    sheet = book.add_worksheet("登记表")
    columns = ["序号", *(BY_FIELD[field].title for field in FIELDS), "备注"]
    sheet.merge_range(
        0, 0, 0, len(columns) - 1, "清溪镇 2026 年困难老年人家庭改造申请登记表（示例，人物均为虚构）", bold
    )
    sheet.write_string(1, 0, "填表人：王经办　　2026 年 3 月 6 日")
    for place, title in enumerate(columns):
        sheet.write_string(2, place, title, bold)
    for at, row in enumerate(rows):
        sheet.write_number(FIRST_ROW - 1 + at, 0, at + 1)
        for place, field in enumerate(FIELDS, 1):
            _cell(sheet, FIRST_ROW - 1 + at, place, row.get(field, ""), text, day)
    for first, last, field in merged:
        place = FIELDS.index(field) + 1
        top, bottom = FIRST_ROW - 1 + first, FIRST_ROW - 1 + last
        sheet.merge_range(top, place, bottom, place, rows[first][field], middle)
    book.close()


def _cell(sheet: Any, row: int, place: int, value: Any, text: Any, day: Any) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, place, value, day)
    elif isinstance(value, float | int):
        sheet.write_number(row, place, value)
    elif value != "":
        sheet.write_string(row, place, value, text)


def main() -> None:
    """Write the workbook."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--right", action="store_true", help="without mistakes")
    parser.add_argument("--households", type=int, default=HOUSEHOLDS)
    parser.add_argument("target", nargs="?", type=Path, default=HERE / "households_1000.xlsx")
    options = parser.parse_args()
    rows = households(options.households)
    write(options.target, rows, [] if options.right else spoil(rows))


if __name__ == "__main__":
    main()
