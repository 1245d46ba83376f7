"""Commands of the demo; every one is refused in production."""

from datetime import date, datetime

import click
from flask import current_app
from flask.cli import AppGroup

from ..core import clock
from ..core.errors import DomainError
from ..jobs.schedule import move_clock
from . import build, bulk, county

demo = AppGroup("demo", help="The demo county; refused in production.")


def _refuse_in_production() -> None:
    if current_app.config["ENVIRONMENT"] == "production":
        raise click.ClickException("正式环境不能使用演示数据和演示时钟")


@demo.command("prepare")
@click.option("--households", default=build.HOUSEHOLDS, show_default=True)
def prepare(households: int) -> None:
    """Build the demo county with its households, once."""
    _refuse_in_production()
    try:
        number = build.prepare(lambda line: click.echo(line, err=True), households)
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"演示县已就绪：{number} 户")


@demo.command("load")
@click.option("--households", required=True, type=click.IntRange(min=1), help="How many households to add.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same households.")
def load(households: int, seed: int) -> None:
    """Add synthetic households by the thousand, in every status, the same for the same seed."""
    _refuse_in_production()
    try:
        number = bulk.load(households, seed, lambda line: click.echo(line, err=True))
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"已加入演示数据 {number} 户（种子 {seed}）")


@demo.command("accounts")
def accounts() -> None:
    """Print the demo's accounts."""
    _refuse_in_production()
    click.echo(county.accounts_table())


@demo.command("clock")
@click.option("--set", "day", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The new day of the demo.")
def set_clock(day: datetime) -> None:
    """Move the demo's clock forward; what falls due on the way is done."""
    _refuse_in_production()
    try:
        failed = move_clock(day.date())
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo(_today(clock.today()))
    for line in failed:
        click.echo(line, err=True)
    if failed:
        raise SystemExit(1)


def _today(day: date) -> str:
    return f"演示时钟：{day.isoformat()}"


commands = (demo,)
