"""Broken data about money is refused with file, line, what is wrong and what would be right; whole tables load."""

import shutil
from pathlib import Path

import pytest

from app.programme.loading import CATALOG, load
from app.programme.policy import restore
from app.programme.problems import BrokenData

WHOLE = """
[cap]
amount = "3000.00"
per = "person"
who = { fact = "birth_date", age_at_least = 60 }
months = 36

[average_cap]
amount = "2500.00"
on_excess = "warn"
from_households = 10

[[group]]
key = "bathing"
name = "洗浴用品"
items = [17, 16]

[[rate]]
name = "80 周岁及以上"
percent = 60
when = { fact = "person.birth_date", age_at_least = 80 }

[[rate]]
name = "其他"
percent = 50

[[limit]]
name = "每类最多补贴 6 件"
per = "category"
each = "household"
count = 6
amount = "2000.00"
groups = ["bathing"]

[[composition]]
id = "C1"
text = "施工改造不少于总额的 15%，且不少于 1000 元。"
kinds = ["works"]
percent = 15
amount = "1000.00"
otherwise = "nothing"

[money]
payee = "contractor"
split = "percentage"
retention_percent = 5
retention_months = 12

[[fund]]
id = "province"
name = "省级补助"
fixed = "500.00"

[[fund]]
id = "city"
name = "市级"
percent = 30

[[fund]]
id = "county"
name = "县级"
percent = 70

[[price]]
item = 4
unit = "根"
guide = "120.00"
ceiling = "150.00"
"""


def folder(tmp_path: Path, old: str = "", new: str = "") -> Path:
    """The shipped programme with these tables of money, one text of them replaced."""
    made = tmp_path / "chongqing-2020"
    shutil.copytree(CATALOG / "chongqing-2020", made)
    assert old in WHOLE
    (made / "money.toml").write_text(WHOLE.replace(old, new, 1) if old else WHOLE, "utf-8")
    path = made / "programme.toml"
    path.write_text(
        path.read_text("utf-8").replace('period = "lifetime"', 'period = "lifetime"\nper = "cap"', 1), "utf-8"
    )
    return made


def test_every_table_loads_and_is_restored(tmp_path: Path) -> None:
    programme = load(folder(tmp_path))
    again = restore(programme.content)
    assert (again.data, again.content_hash) == (programme.data, programme.content_hash)
    assert again.rates[0][0].percent == 60
    assert (again.ceiling_fen(4), again.guide_fen(4)) == (15_000, 12_000)
    assert [again.is_chosen(again.data.limit[0], number) for number in (13, 16, 17)] == [False, True, True]


@pytest.mark.parametrize(
    ("old", "new", "where", "message", "remedy"),
    [
        ('who = { fact = "birth_date", age_at_least = 60 }\n', "", "per =", "按人计的补贴标准没有写谁算一人", "cap"),
        ('fact = "birth_date", age', 'fact = "birthday", age', "who =", "没有事实“birthday”", "事实表"),
        ("items = [17, 16]", "items = [17, 160]", "items =", "没有项目“160”", "可写 1、2"),
        ('groups = ["bathing"]', 'groups = ["bath"]', "groups =", "没有分组“bath”", "可写 bathing"),
        ('kinds = ["works"]', 'kinds = ["work"]', "kinds =", "“kinds”有误：须为 works、goods 之一", ""),
        ("percent = 60", "percent = 160", "percent = 160", "“percent”太大", "不大于 100"),
        ('amount = "3000.00"', 'amount = "-1.00"', 'amount = "-1.00"', "“amount”有误：金额不能小于 0", ""),
        (
            "when = { fact",
            "# when = { fact",
            "[[rate]]",
            "永远用不到：前面的“80 周岁及以上”",
            "没有 when 的写在最后",
        ),
        ("percent = 70", "percent = 60", "[[fund]]", "各来源的 percent 合计 90", "合计须为 100"),
        (
            'fixed = "500.00"',
            'fixed = "500.00"\npercent = 1',
            "fixed =",
            "固定金额的来源不写 limit、percent",
            "只留 fixed",
        ),
        ('payee = "contractor"', 'payee = "household"', "[money]", "补贴付给家庭时不预留质保金", ""),
        ("retention_percent = 5\n", "", "[money]", "没有预留质保金（retention_percent），不写 retention_months", ""),
        ('guide = "120.00"', 'guide = "160.00"', "[[price]]", "guide（指导价）高于 ceiling（最高限价），没有作用", ""),
        ('guide = "120.00"\nceiling = "150.00"\n', "", "[[price]]", "须写 ceiling = ", ""),
        ('ceiling = "150.00"', "fixed = true", "[[price]]", "写了 fixed = true（固定单价），单价写在 ceiling", ""),
        ('count = 6\namount = "2000.00"\n', "", "[[limit]]", "须写 count（最多几件）或 amount", ""),
        ('percent = 15\namount = "1000.00"\n', "", "[[composition]]", "须写 percent（占总额的比例）", ""),
        ("months = 36\n", "", 'per = "cap"', "标准没有用完还可再申请，但 [cap] 没有写期限", "months = 36"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, where: str, message: str, remedy: str
) -> None:
    made = folder(tmp_path, old, new)
    with pytest.raises(BrokenData) as broken:
        load(made)
    (error,) = broken.value.errors
    lines = Path(error.file).read_text("utf-8").splitlines()
    assert where in lines[error.line - 1]
    assert message in error.message
    assert remedy in error.remedy


def test_plain_items_are_not_mixed_with_basic_ones(tmp_path: Path) -> None:
    made = folder(tmp_path)
    path = made / "items.toml"
    path.write_text(path.read_text("utf-8").replace('type = "basic"', 'type = "plain"', 1), "utf-8")
    with pytest.raises(BrokenData) as broken:
        load(made)
    assert [error.message for error in broken.value.errors] == ["有的项目分基础和可选，有的不分"]
