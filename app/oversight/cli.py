"""The command `simulate` (contract): a changed folder over the whole register, as JSON; nothing is written."""

import json
import sys
from pathlib import Path
from typing import Any

import click
from sqlalchemy import true

from ..core.errors import DomainError
from ..programme.cli import find, load_or_exit
from .effects import Touched, to_json
from .models import Effect
from .simulation import WhatIf


@click.command("simulate", help="政策测算：改动后的资料会让哪些户变化")
@click.option("--programme", "named", required=True, help="政策的 ID 或资料夹")
@click.option("--with", "path", required=True, type=click.Path(path_type=Path), help="改动后的资料夹")
def simulate(named: str, path: Path) -> None:
    """Households and yuan per county, who gains and who loses, as JSON on standard output."""
    base, changed = find(named), load_or_exit(path)
    gains: list[dict[str, str]] = []
    loses: list[dict[str, str]] = []
    short: list[dict[str, str]] = []
    try:
        what_if = WhatIf(base, changed)
        for touched in what_if.run(true()):
            gains.extend(_said(one) for one in touched if one.effect is Effect.GAIN)
            loses.extend(_said(one) for one in touched if one.effect is Effect.LOSE)
            short.extend({"number": one.number, "reason": one.reason} for one in touched if one.is_short)
    except DomainError as error:
        click.echo(error.message, err=True)
        raise SystemExit(1) from error
    counties = [to_json(county) for county in what_if.counties.values() if county.households]
    answer: dict[str, Any] = {
        "programme": base.id,
        "version": base.version,
        "with": changed.version,
        "households": what_if.done,
        "counties": counties,
        "gains": gains,
        "loses": loses,
        "short": short,
    }
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")


def _said(one: Touched) -> dict[str, str]:
    return {"number": one.number, "before": one.before.value, "after": one.after.value, "reason": one.reason}


commands: list[click.Command] = [simulate]
