"""The frame of every page behind the sign-in: menu by role with what waits, region and programme in force, who I am."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app, g, request

from ..core import clock
from ..core.templates import fixed_url
from ..identity.access import actor_or_none
from ..permissions import Actor, Permission, may
from ..programme import tendering
from . import queries

P = Permission


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu; it stands there when its page exists and the role has one of the permissions (none: all)."""

    label: str
    icon: str
    endpoint: str
    permissions: tuple[Permission, ...] = ()
    counted: bool = False
    has: Callable[[Actor], bool] | None = None
    """Asked instead of the permissions, where programmes may give the task to others."""


def _keeps_lots(actor: Actor) -> bool:
    return bool(actor.region_path) and tendering.manages(actor)


MENU: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            Entry("我的工作台", "ti-layout-dashboard", "workbench.desk", counted=True),
            Entry("改造户", "ti-home-edit", "workbench.files", (P.RENOVATION_READ,)),
            Entry("登记申请", "ti-user-plus", "application.new", (P.APPLICATION_EDIT,)),
            Entry("公示", "ti-speakerphone", "application.notices", (P.APPLICATION_NOTICE, P.APPLICATION_CONFIRM)),
            Entry("汇总", "ti-table", "exports.summary", (P.RENOVATION_READ,)),
            Entry("回传扫描件", "ti-scan", "papers.scans", (P.PAPER_RETURN,)),
            Entry("我的任务", "ti-list-check", "jobs.mine"),
            Entry("送达记录", "ti-mail-check", "letters.log", (P.LETTER_SEND, P.AUDIT_READ)),
        ),
    ),
    (
        "政策与资金",
        (
            Entry("政策", "ti-book-2", "programme.programmes", (P.PROGRAMME_READ,)),
            Entry("任务和资金", "ti-coin-yuan", "funds.overview", (P.FUNDS_READ, P.FUNDS_MANAGE)),
            Entry("验收抽查", "ti-arrows-shuffle", "sampling.draws", (P.SAMPLE_DRAW,)),
        ),
    ),
    (
        "管理",
        (
            Entry("单位", "ti-building-community", "admin.organisations", (P.ORGANISATION_READ,)),
            Entry("采购标段", "ti-file-certificate", "admin.procurements", has=_keeps_lots),
            Entry("区划", "ti-map-2", "admin.regions", (P.REGION_MANAGE,)),
            Entry("用户", "ti-users", "admin.users", (P.USER_MANAGE,)),
            Entry("咨询电话", "ti-phone", "admin.telephones", (P.TELEPHONE_MANAGE,)),
            Entry("节假日", "ti-calendar-event", "admin.holidays", (P.SETTING_MANAGE,)),
            Entry("审计记录", "ti-history", "oversight.entries", (P.AUDIT_READ,)),
            Entry("每日封存", "ti-lock-check", "oversight.day_seals", (P.AUDIT_READ,)),
            Entry("演示时钟", "ti-clock-play", "demo.set_clock"),
        ),
    ),
)

KEYS = {"workbench.desk": "h", "workbench.files": "l", "application.new": "n", "application.notices": "o"}
"""Single keys that open a page from anywhere."""

OWN: tuple[Entry, ...] = (
    Entry("修改密码", "", "identity.password"),
    Entry("两步验证", "", "identity.own_second_factor"),
    Entry("接口令牌", "", "identity.own_tokens", (P.API_TOKEN,)),
)


def chrome() -> dict[str, Any]:
    """What `base.html` needs around a page; for strangers only the way home."""
    actor = actor_or_none()
    home = f"{request.script_root}/"
    if actor is None:
        return {"actor": None, "home": home}
    return {
        "actor": actor,
        "home": home,
        "menu": menu(actor),
        "search": _url("workbench.search") if may(actor, P.RENOVATION_READ) else "",
        "query": request.args.get("q", "") if request.endpoint == "workbench.files" else "",
        "region": actor.place,
        "demo_today": clock.today().isoformat() if current_app.config.get("DEMO") else "",
        "me": [{"label": entry.label, "url": _url(entry.endpoint)} for entry in OWN if _shown(entry, actor)],
        "inbox": _url("letters.inbox"),
        "inbox_count": _url("letters.count"),
        "sign_out": _url("identity.sign_out"),
    }


def menu(actor: Actor) -> list[dict[str, Any]]:
    """The groups of the menu that have something for this person."""
    groups = []
    for label, entries in MENU:
        shown = [_entry(entry) for entry in entries if _shown(entry, actor)]
        if shown:
            groups.append({"label": label, "entries": shown})
    return groups


def new_url() -> str:
    """Where a new application is logged."""
    return _url("application.new")


def know_waiting(count: int) -> None:
    """The page itself has counted what waits; other pages leave the number to be asked for after they stand."""
    g.anju_waiting = count


def in_menu(count: int) -> str:
    """A count as the menu shows it; nothing for none."""
    return f"{queries.MOST_IN_MENU}+" if count > queries.MOST_IN_MENU else str(count or "")


def _entry(entry: Entry) -> dict[str, Any]:
    known = entry.counted and "anju_waiting" in g
    return {
        "label": entry.label,
        "key": KEYS.get(entry.endpoint, ""),
        "icon": entry.icon,
        "url": _url(entry.endpoint),
        "current": request.endpoint == entry.endpoint,
        "counted": entry.counted,
        "count": in_menu(g.anju_waiting) if known else "",
        "ask": "" if known or not entry.counted else _url("workbench.waiting"),
    }


def _shown(entry: Entry, actor: Actor) -> bool:
    if entry.endpoint not in current_app.view_functions:
        return False
    if entry.endpoint.startswith("demo.") and not current_app.config.get("DEMO"):
        return False
    if entry.has is not None:
        return entry.has(actor)
    return not entry.permissions or any(may(actor, permission) for permission in entry.permissions)


def _url(endpoint: str) -> str:
    return fixed_url(endpoint) if endpoint in current_app.view_functions else ""
