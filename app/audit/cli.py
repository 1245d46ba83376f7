"""The audit's commands."""

from itertools import islice

import click
from flask.cli import AppGroup

from .verify import breaks, head

audit = AppGroup("audit", help="Check the append-only record of everything that happened.")

_SHOWN = 20


@audit.command("verify")
def verify() -> None:
    """Check every chain, head and seal; exit 1 and the broken places when something was changed."""
    found = list(islice(breaks(), _SHOWN + 1))
    if found:
        for broken in found[:_SHOWN]:
            click.echo(str(broken))
        if len(found) > _SHOWN:
            click.echo(f"……还有更多，只列出前 {_SHOWN} 处")
        raise SystemExit(1)
    whole = head()
    sealed = f"已封存至 {whole.sealed_to}" if whole.sealed_to else "尚无封存"
    click.echo(f"审计记录完好：{whole.entries} 条，{whole.chains} 条链，{sealed}；链头 {whole.hash}")


commands = (audit,)
