"""The command `flask admin create`: the first administrator."""

import os

import click
from flask.cli import AppGroup
from pydantic import ValidationError

from ..core.commands import refusals
from ..core.db import transaction
from ..core.errors import DomainError
from ..permissions import SYSTEM, Role
from ..places.queries import region_by_code
from .rules import CreateUser
from .service import create_user

admin = AppGroup("admin", help="管理员")
commands = [admin]


@admin.command("create")
@click.option("--staff-no", prompt="工号", help="登录用的工号")
@click.option("--name", prompt="姓名", help="姓名")
@click.option("--phone", default="", help="手机号，也可用来登录")
@click.option("--region", default="", help="辖区代码；不填则管理全部区划")
def create(staff_no: str, name: str, phone: str, region: str) -> None:
    """Create an administrator; the password comes from ANJU_ADMIN_PASSWORD or is asked for."""
    password = os.environ.get("ANJU_ADMIN_PASSWORD") or click.prompt(
        "密码", hide_input=True, confirmation_prompt="再输一遍", err=True
    )
    try:
        region_id = region_by_code(region).id if region else None
        command = CreateUser(
            staff_no=staff_no, name=name, phone=phone, role=Role.ADMIN, region_id=region_id, password=password
        )
        with transaction():
            user = create_user(command, SYSTEM)
            staff_no = user.staff_no
    except (DomainError, ValidationError) as error:
        problems = refusals(CreateUser, error) if isinstance(error, ValidationError) else error
        for problem in problems.problems:
            click.echo(problem.message, err=True)
        raise SystemExit(1) from error
    click.echo(f"管理员已建立：{staff_no}")
