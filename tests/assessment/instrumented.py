"""A programme like the shipped one, only that it assesses by GB/T 42195-2022 and recognises others' results."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.core.db import transaction
from app.permissions import SYSTEM
from app.programme import queries as programmes
from app.programme.loading import CATALOG, load
from app.programme.policy import Programme
from app.programme.service import load_draft, publish
from tests.factories.applications import KEY

ABILITY = """[ability]
instrument = "gbt_42195_2022"
standards = ["mzt_218_2024"]

[[recognition]]
instrument = "gbt_42195_2022"
bodies = ["市医疗保障局", "市民政局"]
months = 12

[[recognition]]
instrument = "mzt_039_2013"
bodies = ["市民政局"]
months = 6
"""
OTHER_KEYS = {"dressing": "dressing_upper", "bed": "bed_mobility"}
LEVEL_CLAUSE = """[[clause]]
id = "E3"
title = "重度失能以上"
source = "示例一"
text = "经评估为重度失能或完全失能。"
verified_by = ["health"]
evidence = ["能力评估报告"]
found_by_assessment = true
when = { fact = "person.ability.level", is_one_of = ["moderate", "severe", "complete"] }

"""


def programme(ability: str = ABILITY) -> Programme:
    """The shipped programme with another instrument; E3 asks for the level that it gives."""
    with TemporaryDirectory() as name:
        folder = Path(name) / KEY
        folder.mkdir()
        for path in (CATALOG / KEY).glob("*.toml"):
            text = path.read_text(encoding="utf-8")
            if path.name == "assessment.toml":
                text = re.sub(r"\[ability\].*?\n\n", lambda _found: ability + "\n", text, count=1, flags=re.DOTALL)
                for old, new in OTHER_KEYS.items():
                    text = text.replace(f'indicator = "{old}"', f'indicator = "{new}"')
            if path.name == "eligibility.toml":
                text = re.sub(
                    r'\[\[clause\]\]\nid = "E3".*?(?=\[\[clause\]\]\nid = "E4")',
                    lambda _found: LEVEL_CLAUSE,
                    text,
                    flags=re.DOTALL,
                )
            (folder / path.name).write_text(text, encoding="utf-8")
        return load(folder)


def publish_programme(ability: str = ABILITY) -> int:
    """That programme in force under the shipped one's key; the version's id."""
    with transaction():
        version = load_draft(programme(ability), SYSTEM)
        publish(version.id, SYSTEM)
    found = programmes.published_as(KEY)
    assert found is not None
    assert found.id == version.id
    return version.id


def answers(points: int, person: int = 1) -> list[dict[str, Any]]:
    """Answers of every item that add up to so many points, of 90."""
    tool, left, found = programme_instrument(), points, []
    for item in tool.items:
        best = max((one for one in tool.answers[item.key] if one.points <= left), key=lambda one: one.points)
        left -= best.points
        found.append({"person": person, "indicator": item.key, "answer": best.key})
    assert left == 0
    return found


def programme_instrument() -> Any:
    """The instrument as shipped."""
    return programme().instrument


def said(coma: str = "no", disorder: str = "no", events: str = "0", person: int = 1) -> list[dict[str, Any]]:
    """What is asked besides."""
    pairs = (("coma", coma), ("disorder", disorder), ("events", events))
    return [{"person": person, "circumstance": key, "value": value} for key, value in pairs]
