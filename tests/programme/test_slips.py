"""The slips of somebody who writes data for the first time are named, with the very text that would be right."""

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.programme.cli import programme
from app.programme.loading import CATALOG
from app.programme.problems import DataError
from app.programme.saying import model_in
from app.programme.schema import OverlayData, ProgrammeData
from app.programme.slips import slip
from app.programme.telling import PATTERNS
from app.programme.unread import unread_in

from .test_variants import errors, files, written

SLIPS = [
    ("valid_from = 2024-02-30", "没有 2024-02-30 这一天", "改成日历上有的日期"),
    ("valid_from = 2026/3/1", "日期“2026/3/1”写得不对", "写成 2026-03-01，月、日都是两位，不加引号"),
    ("valid_from = 2026年3月1日", "日期“2026年3月1日”写得不对", "写成 2026-03-01，月、日都是两位，不加引号"),
    ("valid_from = 2026-3-1", "日期“2026-3-1”写得不对", "写成 2026-03-01，月、日都是两位，不加引号"),
    ('party = ["township"，"household"]', "“，”是全角的", "改成半角的 ,"),
    ("region = “430100”", "引号 “ 是全角的", '切换到英文输入法，改成半角的 "'),
    (
        "valid_from = 2026–03–01",
        "日期“2026–03–01”里的“–”不是减号",
        "写成 2026-03-01，横线用键盘上的减号键，不加引号",
    ),
    ("days\u00a0= 7", "“days”后面有一个从 Word 带来的特殊空格", "删去它，用空格键重新打一个普通的空格"),
    ("amount = 0.3万元", "数字后面多了“万元”", '以元为单位，加引号：amount = "3000.00"'),
    ('region："430100"', "“：”是全角的", "改成半角的 :"),
    ('region: "430100"', "“region”后面用了冒号", "字段和值之间写等号：region = …"),
    ("days ＝ 7", "“＝”是全角的", "改成半角的 ="),
    ("days　= 7", "空格是全角的", "改成半角空格"),
    ("days = ７", "数字“７”是全角的", "改成半角的 7"),
    ("【notice】", "“【”是全角的", "改成半角的 ["),
    ("days = 7天", "数字后面多了“天”", "只写数字：days = 7"),
    ("percent = 15%", "数字后面多了“%”", "只写数字：percent = 15"),
    ("amount = 3000元", "数字后面多了“元”", "只写数字：amount = 3000"),
    ("amount = 3,000.00", "数字里不能有逗号", "写成 3000.00；金额要加引号"),
    ("used = True", "是否不能写“True”", "写成 true，不加引号"),
    ("used = 否", "是否不能写“否”", "写成 false，不加引号"),
    ('when = { fact = "dwelling.safe", is = 是 }', "是否不能写“是”", "写成 true，不加引号"),
    ('region = "430100', "引号没有配对", '文字两头各一个半角的 "，一段文字写在一行里'),
    ('amount = 3000.00"', "引号没有配对", '文字两头各一个半角的 "，一段文字写在一行里'),
    ("authority = 清河县民政局", "文字没有加引号", '写成 authority = "清河县民政局"'),
    ("authority = 清河县民政局、财政局", "文字没有加引号", '写成 authority = "清河县民政局、财政局"'),
    ("payee = contractor", "文字没有加引号", '写成 payee = "contractor"'),
    ('text = "属于"甲类"老人"', "引号里面又用了半角引号", "里面的引号改用中文的“ ”"),
    ("[notice", "表名的方括号没有配对", "写成 [notice]"),
    ("[[clause]", "表名的方括号没有配对", "写成 [[clause]]"),
    ("[公示]", "表名“公示”不是英文", "写成 [notice]"),
    ("[[申请条件]]", "表名“申请条件”不是英文", "写成 [[clause]]"),
    ("[天气]", "表名“天气”不是英文", "表名见 catalog/README.md 的“每个字段的意思”"),
    ("天数 = 7", "字段名“天数”不是英文", "写成 days"),
    ("天气 = 7", "字段名“天气”不是英文", "字段名见 catalog/README.md 的“每个字段的意思”"),
    (
        'when = { fact = "person.birth_date",\n age_at_least = 60 }',
        "{ … } 没有在这一行里写完",
        "右边的 } 写在同一行；只有 [ … ] 里面可以换行",
    ),
    ("days = 7,", "行末多了一个逗号", "删去逗号"),
    ("days =", "“days”的等号右边没有值", "补上值，或删去这一行"),
    ("// 公示", "“//”不是注释的写法", "注释以 # 开头"),
    ('authority = "C:\\民政局"', "引号里有反斜线 \\", "改成 /，或写两个 \\\\"),
]


@pytest.mark.parametrize(("line", "said", "remedy"), SLIPS, ids=[line for line, _, _ in SLIPS])
def test_a_slip_is_named_and_its_remedy_is_text_that_can_be_copied(line: str, said: str, remedy: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(line)
    assert slip(f"# 一行注释，没有错\n{line}", 2) == (said, remedy)


def test_one_bracket_beside_two_is_told_although_the_reader_stops_at_the_second(tmp_path: Path) -> None:
    texts = dict(files()) | {"who.toml": files()["who.toml"].replace("[[clause]]", "[clause]", 1)}
    assert errors(written(tmp_path / "x", texts)).splitlines()[0] == (
        "who.toml:8: 格式有误：[clause] 和 [[clause]] 混着写（可以有多条的，每一条都写 [[clause]]）"
    )


@pytest.mark.parametrize(
    "text", ['name = "甲，乙：丙（丁）。"', '# 注释，随便写：3,000元 "', 'x = "a" # “好”', "a = [\n1,\n]"]
)
def test_what_can_be_read_has_no_slip(text: str) -> None:
    tomllib.loads(text)
    assert [slip(text, number) for number in range(1, text.count("\n") + 2)] == [None] * (text.count("\n") + 1)


def test_every_slip_is_answered_at_its_file_and_line(tmp_path: Path) -> None:
    for place, (line, said, remedy) in enumerate(SLIPS):
        texts = dict(files()) | {"how.toml": f"{files()['how.toml']}\n{line}\n"}
        at = texts["how.toml"].rstrip("\n").count("\n") + 1 - line.count("\n")
        assert errors(written(tmp_path / f"x{place}", texts)).splitlines()[0] == (
            f"how.toml:{at}: 格式有误：{said}（{remedy}）"
        )


NAMES = [
    ("who.toml", '"dibao_margin"', '"低保边缘"', "；“低保边缘”的代码是 dibao_margin（"),
    ("who.toml", 'is = "owned"', 'is = "自有产权"', "；“自有产权”的代码是 owned（"),
    ("who.toml", 'is = "owned"', 'is = "ownd"', "；是否想写 owned（"),
    ("what.toml", 'type = "basic"', 'type = "基础类"', "；“基础类”的代码是 basic\n"),
    (
        "how.toml",
        'party = ["township"',
        'party = ["乡镇"',
        "“party”有误：“乡镇”不是代码，代码用英文小写，如 bed_room；“乡镇”的代码是 township\n",
    ),
    ("how.toml", "submitted = 5", "submit = 5", "“time_limits”有误：没有状态“submit”，可写 draft、submitted"),
    ("how.toml", "submitted = 5", "submitt = 5", "；是否想写 submitted\n"),
    ("how.toml", "assumptions = { days", "assumptions = { day", "不是这个表的字段，可写 used、days、day_kind"),
    ("how.toml", "assumptions = { days", "assumptions = { day", "；是否想写 days\n"),
    ("money.toml", 'amount = "3000.00"', 'amount = "3000元"', '不写“元”和逗号，数字用半角（写成 "3000.00"）\n'),
    ("money.toml", 'amount = "3000.00"', 'amount = "-1.00"', "“amount”有误：金额不能小于 0\n"),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), NAMES, ids=[new for _, _, new, _ in NAMES])
def test_a_name_in_place_of_its_code_is_answered_with_the_code(
    tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    assert old in files()[file]
    found = errors(written(tmp_path / "x", dict(files()) | {file: files()[file].replace(old, new, 1)}))
    assert said in found


def test_a_file_that_cannot_be_read_hides_no_fault_of_the_others(tmp_path: Path) -> None:
    how = files()["how.toml"].replace("days = 5", 'days = "5"', 1)
    broken = dict(files()) | {"money.toml": "[cap]\namount = 3000元\n", "how.toml": how}
    assert errors(written(tmp_path / "x", broken)) == (
        "how.toml:2: “days”须为整数（不加引号，不写小数）\n"
        "money.toml:2: 格式有误：数字后面多了“元”（只写数字：amount = 3000）\n"
    )


def test_the_command_says_that_more_may_be_wrong_where_a_file_was_not_read(tmp_path: Path) -> None:
    folder = written(tmp_path / "x", dict(files()) | {"money.toml": "[cap]\namount = 3000元\n"})
    result = CliRunner().invoke(programme, ["check", str(folder)])
    assert result.stderr.splitlines()[-1] == "共 1 处错误；格式有误的改好后再检查一遍，可能还有"
    folder = written(tmp_path / "y", dict(files()) | {"money.toml": files()["money.toml"].replace('"3000.00"', "3000")})
    assert CliRunner().invoke(programme, ["check", str(folder)]).stderr.splitlines()[-1] == "共 1 处错误"


def test_a_file_that_notepad_named_txt_is_pointed_at(tmp_path: Path) -> None:
    texts = {name: text for name, text in files().items() if name != "money.toml"}
    remedy = "改名，去掉 .txt；用记事本另存为时，保存类型选“所有文件”"
    assert errors(written(tmp_path / "x", texts | {"money.toml.txt": ""})) == (
        f"money.toml.txt:1: 文件名以 .txt 结尾，没有读（{remedy}）\n"
    )
    only = written(tmp_path / "y", {"programme.toml.txt": ""})
    assert errors(only) == f"{only}:1: 里面的文件名都以 .toml.txt 结尾（{remedy}）\n"


WORDS = [
    ("programme.toml", 'version = "2026.1"', '版本 = "2026.1"', 5, "字段名“版本”不是英文（写成 version）"),
    ("programme.toml", "[benefit]", "[只能享受一次的范围]", 13, "不是英文（写成 [benefit]）"),
    ("money.toml", "[cap]", "[补贴标准]", 5, "表名“补贴标准”不是英文（写成 [cap]）"),
    ("what.toml", "[[item]]", "[[改造项目]]", 27, "表名“改造项目”不是英文（写成 [[item]]）"),
    ("how.toml", "submitted = 5", "待初审 = 5", 23, "字段名“待初审”不是英文（写成 submitted）"),
]


@pytest.mark.parametrize(("file", "old", "new", "line", "said"), WORDS, ids=[new for _, _, new, _, _ in WORDS])
def test_a_chinese_name_is_answered_with_the_english_word_of_its_table(
    tmp_path: Path, file: str, old: str, new: str, line: int, said: str
) -> None:
    found = errors(written(tmp_path / "x", dict(files()) | {file: files()[file].replace(old, new, 1)}))
    assert found.startswith(f"{file}:{line}: 格式有误：") and said in found


def test_a_table_that_stands_twice_is_told_once_and_its_fields_fall_to_no_other(tmp_path: Path) -> None:
    again = 'places = ["村口"]\nday_kind = "working"\n'
    texts = dict(files()) | {"how.toml": f"{files()['how.toml']}\n[notice]\n{again}"}
    assert errors(written(tmp_path / "x", texts)) == (
        "how.toml:27: 格式有误：同一个表写了两次（可以有多条的写 [[表名]]，其余的删去一处）\n"
    )


RATE = '[[rate]]\nname = "一半"\npercent = {}\n\n[money]'
MEANT = [
    ("money.toml", "[money]", RATE.format("0.5"), "“percent”须为整数（百分之几就写几：50% 写 percent = 50）"),
    ("money.toml", "[money]", RATE.format("0.05"), "“percent”须为整数（百分之几就写几：5% 写 percent = 5）"),
    ("money.toml", "[money]", RATE.format("0.005"), "“percent”须为整数（不加引号，不写小数）"),
    ("money.toml", "[money]", RATE.format('"50%"'), "“percent”须为整数（只写数字，不加引号：percent = 50）"),
    ("money.toml", '"3000.00"', '"0.3万元"', '数字用半角（写成 "3000.00"）'),
    ("money.toml", '"3000.00"', '"３０００"', '数字用半角（写成 "3000.00"）'),
    ("money.toml", '"3000.00"', '"三千"', "数字用半角\n"),
    ("how.toml", "months = 24", 'months = "2年"', "“months”须为整数（只写数字，不加引号：months = 24）"),
    ("how.toml", "submitted = 5", 'submitted = "5 个工作日"', "（只写数字，不加引号：submitted = 5）"),
    (
        "who.toml",
        'id = "E1"',
        'id = "e1"',
        "who.toml:2: “id”写法不对（大写字母开头，后面大写字母或数字，最多 8 位，如 E1）",
    ),
    ("programme.toml", '"QH2026"', '"qh"', "写法不对（2 至 12 位，只用大写字母和数字，如 QH2026）"),
    ("programme.toml", 'id = "qinghe-2026"', 'id = "清河"', "“清河”不能作编号（只用英文小写、数字和连字符"),
    (
        "programme.toml",
        "valid_from = 2026-03-01",
        "valid_from = 2026-03-01\nvalid_to = 2025-12-31",
        "programme.toml:11: valid_to（2025-12-31）早于 valid_from（2026-03-01）（改成 2026-03-01 或以后的一天，或改 valid_from）",
    ),
    (
        "who.toml",
        '{ fact = "person.birth_date", age_at_least = 60 }',
        '"年满 60 周岁"',
        '（写哪个事实、怎样比较，不写句子，如 when = { fact = "person.birth_date", age_at_least = 60 }）',
    ),
    (
        "how.toml",
        "[acceptance]",
        "[acceptance]\nused = false",
        "how.toml:15: 入户验收不能省去：没有验收，付款就没有依据（",
    ),
    ("money.toml", "[cap]", "[Cap]", "；是否想写 cap）"),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), MEANT, ids=[new for _, _, new, _ in MEANT])
def test_what_was_meant_is_told_as_text_to_copy(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    assert old in files()[file]
    assert said in errors(written(tmp_path / "x", dict(files()) | {file: files()[file].replace(old, new, 1)}))


def test_every_pattern_of_the_tables_is_said_in_words() -> None:
    asked = {
        getattr(part, "pattern", None)
        for table in (*ProgrammeData.model_fields.values(), *OverlayData.model_fields.values())
        if (model := model_in(table.annotation)) is not None
        for info in model.model_fields.values()
        for part in info.metadata
    }
    assert asked - {None} == set(PATTERNS)


@pytest.mark.parametrize(
    ("message", "remedy", "halves"),
    [
        ("“kind”有误：须为 works、goods 之一", "", ("“kind”有误", "须为 works、goods 之一")),
        ('“amount”有误：金额须加引号，写成 "2000.00"', "", ("“amount”有误", '金额须加引号，写成 "2000.00"')),
        ("没有项目“9”", "可写 1、2", ("没有项目“9”", "可写 1、2")),
        ("guide 高于 ceiling，没有作用", "", ("guide 高于 ceiling，没有作用", "")),
    ],
)
def test_what_is_wrong_and_what_is_right_stand_apart_on_the_page(
    message: str, remedy: str, halves: tuple[str, str]
) -> None:
    assert DataError("x.toml", 1, message, remedy).halves == halves


LEAD = '\n[[actor]]\ntask = "construction_dispatch"\nroles = ["federation"]\n'


def test_the_federation_in_the_lead_is_told_that_its_office_is_the_county(tmp_path: Path) -> None:
    texts = dict(files()) | {"how.toml": files()["how.toml"] + LEAD}
    assert errors(written(tmp_path / "x", texts)) == "how.toml:29: 残联不能办理“派工”（可写 township、county）\n"
    texts["programme.toml"] = texts["programme.toml"].replace("[benefit]", 'lead = "federation"\n\n[benefit]')
    assert errors(written(tmp_path / "y", texts)) == (
        "how.toml:29: 残联不能办理“派工”（可写 township、county；本项目由残联牵头（lead），县级的事由它的“县级主管部门”账号办，"
        "岗位写 county）\n"
    )


UNREAD = [
    ("项目.csv", "表格不读"),
    ("表.XLSX", "表格不读"),
    ("旧/how.toml", "下级文件夹里的不读"),
    ("examples/money.toml", "下级文件夹里的不读"),
    ("li.json", "放在 examples 文件夹里才读"),
    ("MORE.TOML", "请改名为 MORE.toml"),
]


def test_what_lies_in_the_folder_and_is_not_read_is_told_and_fails_nothing(tmp_path: Path) -> None:
    folder = written(tmp_path / "x", files())
    for name in (*(name for name, _ in UNREAD), "办法.pdf", "说明.md", ".DS_Store", "~$项目.xlsx"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("x", "utf-8")
    said = unread_in(folder)
    assert len(said) == len(UNREAD)
    assert all(any(line.startswith(f"没有读 {name}：") and what in line for line in said) for name, what in UNREAD)
    result = CliRunner().invoke(programme, ["check", str(folder)])
    assert (result.exit_code, result.stderr.splitlines()) == (0, [f"注意：{line}" for line in said])


def test_shipped_folders_have_nothing_that_is_not_read() -> None:
    assert [unread_in(path.parent) for path in CATALOG.glob("*/programme.toml")] == [[]] * 8
