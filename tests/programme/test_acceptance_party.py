"""Bodies that a programme names itself for the acceptance: what may be written, what is refused with its remedy."""

import shutil
from pathlib import Path

import pytest

from app.programme.difference import changes_between
from app.programme.loading import CATALOG, load
from app.programme.policy import restore
from app.programme.problems import BrokenData

from .test_variants import BLOCK, VARIANTS, errors, files, replaced, written

BODY = '\n[[acceptance_party]]\nkey = "finance"\nname = "财政部门"\n'


def folder(tmp_path: Path, more: str) -> Path:
    """The shipped programme with these tables."""
    made = Path(shutil.copytree(CATALOG / "chongqing-2020", tmp_path / "chongqing-2020"))
    path = made / "process.toml"
    path.write_text(path.read_text("utf-8") + more, "utf-8")
    return made


def refusals(made: Path) -> list[tuple[str, str]]:
    with pytest.raises(BrokenData) as broken:
        load(made)
    return [(error.message, error.remedy) for error in broken.value.errors]


def test_it_is_read_comes_back_from_the_store_and_is_a_difference(tmp_path: Path) -> None:
    programme = load(folder(tmp_path, BODY + "required = false\n"))
    for one in (programme, restore(programme.content)):
        assert [(body.key, body.name, body.required) for body in one.acceptance_bodies] == [
            ("finance", "财政部门", False)
        ]
    before = load(CATALOG / "chongqing-2020")
    assert before.acceptance_bodies == ()
    assert [f"{change}" for change in changes_between(before, programme)] == [
        "新增参加验收的其他单位 财政部门：必须到场签字 否"
    ]


def test_a_county_may_add_and_replace_its_own(tmp_path: Path) -> None:
    folder(tmp_path, BODY)
    own = Path(shutil.copytree(CATALOG / "chongqing-2020-demo-county", tmp_path / "own"))
    added = BODY.replace("财政部门", "县财政局") + BODY.replace("finance", "audit").replace("财政", "审计")
    (own / "bodies.toml").write_text(added, "utf-8")
    assert [(one.key, one.name) for one in load(own).acceptance_bodies] == [
        ("finance", "县财政局"),
        ("audit", "审计部门"),
    ]


@pytest.mark.parametrize(
    ("more", "message", "remedy"),
    [
        (BODY.replace("finance", "supervisor"), "“财政部门”是系统里已有的参加方",
         '删去这一节，在 [acceptance] 的 party 里写 "supervisor"'),
        (BODY.replace("财政部门", "监理单位"), "“监理单位”是系统里已有的参加方",
         '删去这一节，在 [acceptance] 的 party 里写 "supervisor"'),
        (BODY.replace("finance", "contractor"), "施工单位不得参加评判",
         "删去这一节；它到场说明由 contractor_presenting 签字"),
        (BODY.replace("财政部门", "中标施工单位"), "施工单位不得参加评判",
         "删去这一节；它到场说明由 contractor_presenting 签字"),
        (BODY + BODY, "key “finance”重复", "每项只写一次"),
        (BODY + BODY.replace("finance", "money"), "“财政部门”写了两次", "每个单位一节；同一类的两个单位请写出区别"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_body_is_refused(tmp_path: Path, more: str, message: str, remedy: str) -> None:
    assert (message, remedy) in refusals(folder(tmp_path, more))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"finance"', '"财政局"', "“key”有误：“财政局”不是代码，代码用英文小写，如 bed_room；“财政局”的代码是 finance"),
        ('"财政部门"', '""', "“name”不能为空"),
        ('"财政部门"', '"财政部门"\nmust = true', "没有“must”这个字段"),
    ],
)
def test_values_that_cannot_be_are_refused_at_their_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    made = folder(tmp_path, BODY.replace(old, new))
    with pytest.raises(BrokenData) as broken:
        load(made)
    lines = (made / "process.toml").read_text("utf-8").splitlines()
    found = [
        (error.message, new.rpartition("\n")[2].split(" ")[0] in lines[error.line - 1]) for error in broken.value.errors
    ]
    assert found == [(message, True)]


def test_a_wrong_party_is_led_to_the_table(tmp_path: Path) -> None:
    how = files()["how.toml"].replace('"contractor_presenting"', '"contractor_presenting", "finance"')
    said = errors(written(tmp_path / "x", {**files(), "how.toml": how}))
    assert "没有“finance”这个参加方" in said
    assert "别的单位（财政、审计、第三方）写 [[acceptance_party]]" in said


def test_the_refusal_of_the_manual(tmp_path: Path) -> None:
    text = next(text for text in VARIANTS if "四方验收" in text.partition("\n")[0])
    wrong = BLOCK.findall(text)[0][1].replace('"finance"', '"federation"').replace("财政部门", "残联")
    said = errors(written(tmp_path / "x", replaced(files(), wrong)))
    assert f"```text\n{said.partition(': ')[2]}```" in text
