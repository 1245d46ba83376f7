"""The command `flask admin create`: the first administrator."""

import os
from typing import Any

import click
from flask.cli import AppGroup
from pydantic import ValidationError

from ..core.commands import refusals
from ..core.db import transaction
from ..permissions import SYSTEM, Role
from ..places.cli import refusals_told
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
    with refusals_told():
        region_id = region_by_code(region).id if region else None
        command = _command(staff_no=staff_no, name=name, phone=phone, region_id=region_id, password=password)
        with transaction():
            staff_no = create_user(command, SYSTEM).staff_no
    click.echo(f"管理员已建立：{staff_no}")


def _command(**facts: Any) -> CreateUser:
    try:
        return CreateUser(role=Role.ADMIN, **facts)
    except ValidationError as error:
        raise refusals(CreateUser, error) from error
