"""How many assessors come and what they can show, in a programme's data: `one_of_each` is possible or refused."""

from pathlib import Path

import pytest

from app.programme.loading import load

from .test_variants import BLOCK, VARIANTS, errors, files, replaced, sentences, written

TERMS = '[assessment]\nassessors = 3\nqualifications = ["甲", "乙", "丙"]\none_of_each = true\n'


def with_terms(folder: Path, terms: str) -> Path:
    return written(folder, replaced(files(), terms))


def said(folder: Path, terms: str) -> str:
    return errors(with_terms(folder, terms)).partition(": ")[2].rstrip("\n")


def test_as_many_trades_as_assessors_are_possible(tmp_path: Path) -> None:
    programme = load(with_terms(tmp_path / "x", TERMS))
    assert programme.data.assessment.one_of_each
    assert "入户评估：每种资格各有一人 是" in sentences(programme)
    fewer = TERMS.replace(', "丙"]', "]\nqualified = 2")
    assert load(with_terms(tmp_path / "y", fewer)).data.assessment.qualified_needed == 2


def test_who_does_not_write_it_asks_for_nothing_more(tmp_path: Path) -> None:
    programme = load(with_terms(tmp_path / "x", TERMS.replace("one_of_each = true\n", "")))
    assert not programme.data.assessment.one_of_each
    assert [text for text in sentences(programme) if "每种资格" in text] == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("assessors = 3", "assessors = 2", "3 种资格各要一人，assessors 只写了 2（写 assessors = 3）"),
        ("one_of_each", "qualified = 2\none_of_each", "3 种资格各要一人，qualified 只写了 2（写 qualified = 3）"),
        ('"丙"]', '"丙", "丁"]', "4 种资格各要一人，assessors 只写了 3（最多 3 人，减少资格的种类）"),
        ('"丙"]', '"乙"]', "qualifications 里有重复的资格（每种资格只写一次）"),
        (
            '["甲", "乙", "丙"]',
            '["甲"]',
            "写了 one_of_each，却没有两种以上的资格（在 qualifications 里列出要各有一人的几种资格；不要求的删去 one_of_each）",
        ),
        ('"丙"]\none_of_each = true', '"丙"]\none_of_each = "是"', "“one_of_each”须为 true 或 false（不加引号）"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert said(tmp_path / "x", TERMS.replace(old, new)) == message


def test_the_refusal_of_the_manual(tmp_path: Path) -> None:
    text = next(text for text in VARIANTS if "三种专业" in text.partition("\n")[0])
    wrong = BLOCK.findall(text)[0][1].replace("assessors = 3", "assessors = 2")
    assert f"```text\n{said(tmp_path / 'x', wrong)}\n```" in text
