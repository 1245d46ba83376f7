"""What a new installation still lacks before work can begin: on the server first, then on the administrator's pages."""

from typing import Any

from flask import current_app, url_for
from sqlalchemy import exists, select

from ..core.db import db
from ..funds.account_models import FundAccount
from ..funds.quota_models import QuotaPlaces
from ..identity.models import User
from ..permissions import Role
from ..places.models import ProcurementRecord, Region
from ..places.rules import OrganisationKind
from ..programme.loading import CATALOG
from ..programme.models import ProgrammeVersion, VersionState


def missing() -> list[tuple[str, str]]:
    """(what is missing, the command that brings it) in the order in which it is done; empty when all is there."""
    in_force = "" if current_app.config["ENVIRONMENT"] == "production" else " --publish"
    steps = (
        (User, "还没有管理员账号", "flask --app wsgi admin create"),
        (Region, "还没有行政区划", "flask --app wsgi region import 区划.csv"),
        (ProgrammeVersion, "还没有改造政策", f"flask --app wsgi programme load catalog/{_shipped()}{in_force}"),
    )
    return [(text, command) for model, text, command in steps if not _is_there(model.id)]


def _shipped() -> str:
    """A folder of the catalogue, so that the command can be copied as it is."""
    return min((path.parent.name for path in CATALOG.glob("*/programme.toml")), default="…")


def to_do() -> list[tuple[str, str, str]]:
    """(what is missing, what to do, the page for it), once the server's part is done; quota and money are the county's."""
    steps = [
        (
            _is_there(ProgrammeVersion.id, ProgrammeVersion.state == VersionState.PUBLISHED),
            "政策还是草案，没有生效",
            "发布政策",
            url_for("programme.programmes"),
        ),
        *(
            (
                _is_there(ProcurementRecord.id, ProcurementRecord.kind == kind, ProcurementRecord.ended_at.is_(None)),
                f"还没有{kind.label}的采购记录",
                "登记单位和采购记录",
                url_for("admin.organisations"),
            )
            for kind in OrganisationKind
        ),
        *(
            (_is_there(User.id, User.role == role), f"还没有{role.label}的账号", "新建账号", url_for("admin.users"))
            for role in (Role.TOWNSHIP, Role.COUNTY, Role.FINANCE, Role.ASSESSOR, Role.CONTRACTOR, Role.SUPERVISOR)
        ),
        (_is_there(QuotaPlaces.id), "还没有下达任务数，由县级民政局在“任务和资金”里下达", "", ""),
        (
            _is_there(FundAccount.id),
            "还没有下达资金，由县级民政局或财政局在“任务和资金”里下达，签改造协议以前要有",
            "",
            "",
        ),
    ]
    return [(text, act, url) for is_done, text, act, url in steps if not is_done]


def _is_there(id_: Any, *conditions: Any) -> bool:
    return bool(db.session.scalar(select(exists(select(id_).where(*conditions)))))
