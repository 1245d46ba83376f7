"""What a programme does not use is written in one line, and says nothing more on the page."""

from pathlib import Path

from app.programme.cli import _summary
from app.programme.document import document
from app.programme.loading import load
from app.programme.policy import Programme

from .test_variants import errors, files, sentences, written

LEAVES_OUT = """
[[stage]]
key = "assessment"
used = false
note = "采用已有的评估结果"
"""


def without(tmp_path: Path) -> Programme:
    """The tutorial's programme without notice and assessment."""
    how = files()["how.toml"]
    notice = "[notice]\nused = false\n" + how[how.index("\n[assessment]") :] + LEAVES_OUT
    return load(written(tmp_path / "x", dict(files()) | {"how.toml": notice}))


def test_a_notice_that_is_not_used_needs_one_line_and_shows_one(tmp_path: Path) -> None:
    programme = without(tmp_path)
    assert (programme.notice.used, programme.notice.days, programme.notice.places) == (False, 0, ())
    assert {text for text in sentences(programme) if text.startswith("公示：")} == {"公示：是否公示 否"}


def test_a_notice_that_is_used_needs_its_days_and_places(tmp_path: Path) -> None:
    how = files()["how.toml"].replace("days = 5\n", "used = true\n", 1)
    assert errors(written(tmp_path / "x", dict(files()) | {"how.toml": how})).startswith("how.toml:1: 缺少“days”")


def test_an_assessment_that_is_left_out_is_no_section_of_the_document(tmp_path: Path) -> None:
    headings = {section.heading for chapter in document(without(tmp_path)) for section in chapter.sections}
    assert "入户评估" not in headings
    assert "入户评估" in {
        section.heading for chapter in document(load(written(tmp_path / "y", files()))) for section in chapter.sections
    }


def test_an_instrument_is_called_by_its_name_and_computes_in_silence(tmp_path: Path) -> None:
    how = files()["how.toml"].replace("six_indicators", "gbt_42195_2022")
    programme = load(written(tmp_path / "x", dict(files()) | {"how.toml": how}))
    assert "用什么评估：评估标准 老年人能力评估规范" in sentences(programme)
    said = next(text for text in sentences(programme) if text.startswith("评估标准：调整 "))
    assert said == (
        "评估标准：调整 昏迷的，直接定为能力完全丧失；确诊痴呆或其他精神和行为障碍的，加重一级；"
        "近 30 天发生 2 次及以上照护风险事件的，加重一级"
    )


def test_the_summary_names_what_is_left_out_and_what_each_class_gets(tmp_path: Path) -> None:
    programme = without(tmp_path)
    assert "不公示，不评估，质保 24 个月" in _summary(programme).splitlines()
    case = '\n[[cap_case]]\nname = "重点优抚对象"\namount = "4000.00"\nwhen = { fact = "person.hardship", contains = "special_care" }\n'
    texts = dict(files()) | {"money.toml": files()["money.toml"] + case}
    texts["how.toml"] = texts["how.toml"].replace("six_indicators", "gbt_42195_2022")
    said = _summary(load(written(tmp_path / "y", texts))).splitlines()
    assert said[4] == "补贴标准：3000.00 元；重点优抚对象 4000.00 元"
    assert said[6] == "原文未写、按假定处理的值：1 处（另有评估工具自带的 11 处）"
