"""Run the benchmarks: print a table, write bench/results.json, exit 1 when a limit is missed.

`make bench` builds 5,000 and 200,000 households first; `KEEP=1 make bench` uses those of the run before,
`ARGS="--large 20000"` takes fewer.
"""

import argparse
import json
import os
import platform
import sqlite3
import sys
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench import data  # noqa: E402 — the root is on the path only now
from bench.measure import Result  # noqa: E402

SMALL, ROUNDS = 5_000, 200


def main() -> int:
    """Build, measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", type=int, default=200_000, help="households of the large database")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    os.environ.update(data.environment(data.FOLDER / "unused.db"))
    small, large = data.build(SMALL), data.build(options.large)

    from bench import imports, pages, papers, transition, what_if  # noqa: PLC0415 — they import the application, which reads the settings above

    with ExitStack() as stack:
        results = [
            *pages.measure(stack, small, large, options.rounds),
            *transition.measure(stack, small, min(options.rounds, 150)),
            *papers.measure(small),
            *imports.measure(),
            *what_if.measure(large),
        ]
    counts = pages.query_counts(small, large)
    print(table(results, counts))
    write(results, counts, options.large)
    return 0 if all(result.holds for result in results) and all(one == other for _, one, other in counts) else 1


def table(results: list[Result], counts: list[tuple[str, int, int]]) -> str:
    """Everything as people read it."""
    lines = [f"{'':52}{'ours':>9}  {'beside':<34}{'ms':>9}{'times':>7}{'limit':>7}"]
    for one in results:
        lines.append(
            f"{one.name:52}{one.ours_ms:>7.2f}ms  {one.beside:<34}{one.beside_ms:>7.2f}ms{one.ratio:>7.2f}{one.limit:>7}"
            f"  {'ok' if one.holds else 'MISSED'}"
        )
    lines += [f"{name}: {few} queries in the small database, {many} in the large" for name, few, many in counts]
    return "\n".join(lines)


def write(results: list[Result], counts: list[tuple[str, int, int]], large: int) -> None:
    """Keep the figures with what they were measured on."""
    kept = {
        "households": [SMALL, large],
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "cores": os.cpu_count(),
        "results": [{**asdict(one), "ratio": round(one.ratio, 2), "holds": one.holds} for one in results],
        "queries": [{"page": name, "small": few, "large": many} for name, few, many in counts],
    }
    (ROOT / "bench" / "results.json").write_text(
        json.dumps(kept, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    sys.exit(main())
