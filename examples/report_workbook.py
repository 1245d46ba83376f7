"""Write what the import says of `households_1000.xlsx`: `households_1000.report.json` and `.md`.

    ANJU_DEMO=1 .venv/bin/python examples/report_workbook.py     # on a database with the demo county

A test does the same and compares, so that the two files stay true.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from app.permissions import SYSTEM  # noqa: E402 — the root is on the path only now
from app.stages.application.excel.importing import Source, run  # noqa: E402
from app.stages.application.excel.report import Problem, Report  # noqa: E402

WORKBOOK = HERE / "households_1000.xlsx"
COMMAND = "flask --app wsgi intake import examples/households_1000.xlsx --programme chongqing-2020"
JSON, MARKDOWN = HERE / "households_1000.report.json", HERE / "households_1000.report.md"


def check() -> Report:
    """The import's report on the workbook; nothing is written."""
    source = Source(WORKBOOK.read_bytes(), WORKBOOK.name, "chongqing-2020", SYSTEM, {"import": "example"})
    return run(source, write=False)


def as_json(report: Report) -> str:
    """The report as the command writes it."""
    return json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n"


def as_markdown(report: Report) -> str:
    """The report for people."""
    found: Mapping[str, Any] = report.as_json()
    lines = [
        f"# 导入 {report.file} 的结果",
        "",
        f"`examples/make_workbook.py` 生成的 1,000 户登记表，带着经办人员常犯的错；以下是 `{COMMAND}` 的回答。",
        "",
        f"{found['summary']}",
        "",
        "| 行 | 单元格 | 列 | 填的内容 | 错在哪里，怎么改 |",
        "| --- | --- | --- | --- | --- |",
        *(_row(problem) for problem in report.errors),
        "",
        "## 请留意（不影响导入）",
        "",
        *(f"- {problem.text}" for problem in report.warnings),
        "",
    ]
    return "\n".join(lines)


def _row(problem: Problem) -> str:
    cells = (str(problem.row), problem.cell, problem.column, problem.value, problem.reason)
    return f"| {' | '.join(cell.replace('|', '、') for cell in cells)} |"


def main() -> None:
    """Write both files."""
    from app import create_app  # noqa: PLC0415 — only here is an application needed

    with create_app().app_context():
        report = check()
    JSON.write_text(as_json(report), encoding="utf-8")
    MARKDOWN.write_text(as_markdown(report), encoding="utf-8")


if __name__ == "__main__":
    main()
