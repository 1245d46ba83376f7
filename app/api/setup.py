"""Where the API's endpoints are: one table of fixed ones, and one endpoint for every operation of every stage."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Flask, Response, jsonify
from flask_wtf.csrf import CSRFProtect
from pydantic import BaseModel

from ..funds.deposit_rules import CorrectDeposit, ForfeitDeposit, ReceiveDeposit, ReturnDeposit, UndoEntry
from ..identity.access import public, stamp_of
from ..letters.rules import HandOver, SetContact
from ..renovation.operations import Operation
from ..stages.application.rules import OpenApplication, Reveal
from ..stages.construction.code_rules import EnterCode
from ..stages.registry import operations
from ..workbench.bulk_kinds import Bulk
from ..workbench.bulk_table import BULK
from . import bulk, codes, deposits, general, imports, letters, lots, papers, personal, renovations, schemas, talk
from .description import describe, identifier

PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint and what its description needs. `binary` answers a file; `upload` takes one."""

    method: str
    path: str
    view: Callable[..., Any]
    summary: str
    tag: str
    answer: type[BaseModel] | None = None
    command: type[BaseModel] | None = None
    status: int = 200
    query: tuple[str, ...] = ()
    needs_key: bool = False
    may_match: bool = False
    upload: bool = False
    refusals: tuple[int, ...] = field(default=(400, 401, 403, 404, 409, 412, 413, 415, 422, 429))
    kinds: tuple[str, ...] = ("image/jpeg", "image/png", "image/webp", "image/heic", "application/pdf")
    """What a file that is answered may be."""

    @property
    def is_public(self) -> bool:
        """True when no token is needed."""
        stamp = stamp_of(self.view)
        return stamp is not None and stamp.is_public


FIXED = (
    Endpoint(
        "POST",
        "/tokens",
        general.create_token,
        "用工号和密码换取令牌",
        "sign-in",
        schemas.TokenAnswer,
        schemas.Credentials,
        201,
    ),
    Endpoint("GET", "/me", general.me, "当前令牌的身份和权限", "sign-in", schemas.Me),
    Endpoint("GET", "/regions", general.list_regions, "下级区划", "places", schemas.Regions, query=("parent",)),
    Endpoint("GET", "/programmes", general.list_programmes, "现行政策", "places", schemas.Programmes),
    Endpoint(
        "POST", "/demo/clock", general.move_demo_clock, "拨动演示时钟", "demo", schemas.ClockAnswer, schemas.MoveClock
    ),
    Endpoint(
        "POST", "/files", general.upload_file, "上传照片或扫描件", "files", schemas.FileAnswer, None, 201, upload=True
    ),
    Endpoint(
        "GET",
        "/renovations",
        renovations.list_renovations,
        "改造户列表",
        "renovations",
        schemas.Page,
        query=("status", "cursor"),
    ),
    Endpoint(
        "POST",
        "/renovations",
        renovations.create_renovation,
        "登记申请",
        "application",
        schemas.Detail,
        OpenApplication,
        201,
        needs_key=True,
    ),
    Endpoint("GET", "/renovations/{number}", renovations.show_renovation, "改造户档案", "renovations", schemas.Detail),
    Endpoint(
        "GET", "/renovations/{number}/timeline", renovations.show_timeline, "办理经过", "renovations", schemas.Timeline
    ),
    Endpoint("GET", "/renovations/{number}/talk", talk.show_talk, "留言、待办和电话", "renovations", talk.Talk),
    Endpoint("POST", "/renovations/{number}/seen", talk.mark_seen, "提到我的留言看过了", "renovations", talk.Seen),
    Endpoint("GET", "/me/notes", talk.my_notes, "提到我的留言和我的待办", "renovations", talk.Notes),
    Endpoint("GET", "/me/notices", letters.my_notices, "我的通知", "letters", letters.Notices, query=("before",)),
    Endpoint("POST", "/me/notices/{message_id}/read", letters.read_notice, "通知看过了", "letters", letters.Notice),
    Endpoint("POST", "/me/contact", letters.set_contact, "邮件地址", "letters", letters.ContactAnswer, SetContact),
    Endpoint(
        "GET",
        "/letters",
        letters.list_deliveries,
        "送达记录",
        "letters",
        letters.Deliveries,
        query=("way", "message_state", "of_number", "before"),
    ),
    Endpoint(
        "POST",
        "/letters/{message_id}/handed-over",
        letters.hand_over,
        "登记送达",
        "letters",
        letters.Delivery,
        HandOver,
    ),
    Endpoint(
        "POST", "/letters/{message_id}/again", letters.send_again, "重发", "letters", letters.Delivery, status=202
    ),
    Endpoint(
        "GET",
        "/renovations/{number}/beneficiaries",
        personal.list_beneficiaries,
        "受益人（证件号遮盖）",
        "renovations",
        personal.Beneficiaries,
    ),
    Endpoint(
        "POST",
        "/renovations/{number}/application/reveal",
        personal.reveal,
        "查看完整证件号",
        "renovations",
        personal.Revealed,
        Reveal,
    ),
    Endpoint("GET", "/renovations/{number}/seals", renovations.list_seals, "封存清单", "renovations", schemas.Seals),
    Endpoint("GET", "/renovations/{number}/files", renovations.list_files, "档案材料", "files", schemas.Attachments),
    Endpoint(
        "GET",
        "/renovations/{number}/files/{attachment_id}",
        renovations.show_file,
        "读取一份材料",
        "files",
        query=("size",),
    ),
    Endpoint("GET", "/renovations/{number}/papers", papers.list_papers, "文书清单", "files", papers.Papers),
    Endpoint(
        "GET",
        "/renovations/{number}/papers/{kind}",
        papers.show_paper,
        "一份文书的 PDF",
        "files",
        refusals=(400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 503),
    ),
    Endpoint("GET", "/jobs", bulk.list_jobs, "我的后台任务", "jobs", bulk.Jobs, query=("after",)),
    Endpoint(
        "GET",
        "/jobs/{job_id}",
        bulk.show_job,
        "后台任务和逐户结果",
        "jobs",
        bulk.JobDetail,
        query=("item_state", "after"),
    ),
    Endpoint(
        "POST",
        "/imports",
        imports.upload_import,
        "上传登记表并核对",
        "application",
        imports.ImportAnswer,
        status=202,
        query=("programme",),
        upload=True,
    ),
    Endpoint("GET", "/imports/{import_id}", imports.show_import, "一次导入的结果", "application", imports.ImportAnswer),
    Endpoint(
        "POST",
        "/imports/{import_id}/apply",
        imports.apply_import,
        "按预览写入",
        "application",
        imports.ImportAnswer,
        status=202,
    ),
    Endpoint(
        "GET",
        "/ledger.xlsx",
        imports.show_ledger,
        "台账（Excel）",
        "renovations",
        query=("status",),
        kinds=(imports.XLSX,),
    ),
    Endpoint("GET", "/lots", lots.list_lots, "采购标段", "lots", lots.Lots, query=("before",)),
    Endpoint("GET", "/lots/{record_id}", lots.show_lot, "一个采购标段", "lots", lots.Lot),
    Endpoint(
        "GET",
        "/deposits",
        deposits.list_deposits,
        "各标段的履约保证金",
        "deposits",
        deposits.Tenders,
        query=("before",),
    ),
    Endpoint(
        "POST",
        "/deposits",
        deposits.receive,
        "登记收到履约保证金",
        "deposits",
        deposits.TenderAnswer,
        ReceiveDeposit,
        201,
        needs_key=True,
    ),
    Endpoint(
        "GET",
        "/deposits/tenders/{record_id}",
        deposits.show_tender,
        "一个标段的履约保证金",
        "deposits",
        deposits.TenderAnswer,
    ),
    *(
        Endpoint(
            "POST",
            path,
            view,
            title,
            "deposits",
            deposits.TenderAnswer,
            command,
            needs_key=True,
        )
        for path, view, title, command in (
            ("/deposits/{deposit_id}/return", deposits.give_back, "退还履约保证金", ReturnDeposit),
            ("/deposits/{deposit_id}/forfeit", deposits.forfeit, "扣除履约保证金", ForfeitDeposit),
            ("/deposits/{deposit_id}/correct", deposits.correct, "冲销登记有误的履约保证金", CorrectDeposit),
            ("/deposits/entries/{entry_id}/undo", deposits.undo, "冲回登记有误的退还或扣除", UndoEntry),
        )
    ),
    Endpoint(
        "POST",
        "/codes/look",
        codes.look,
        "凭申购优惠码查看一户（不接单）",
        "construction",
        codes.OfferAnswer,
        EnterCode,
    ),
    Endpoint(
        "POST",
        "/codes/redeem",
        codes.redeem,
        "凭申购优惠码接单",
        "construction",
        schemas.Detail,
        EnterCode,
        needs_key=True,
    ),
    Endpoint("POST", "/jobs/{job_id}/retry", bulk.retry_job, "重试没有办成的", "jobs", bulk.JobAnswer, status=202),
)


def table() -> tuple[Endpoint, ...]:
    """Every endpoint of the API."""
    single = tuple(one for operation in operations().values() for one in _pair(operation))
    return FIXED + single + tuple(one for found in BULK for one in _for_many(found))


def _pair(operation: Operation) -> tuple[Endpoint, Endpoint]:
    """What an operation needs (GET), and the operation itself (POST)."""
    path = f"/renovations/{{number}}/{operation.stage.value}/{operation.name}"
    tag = operation.stage.value
    return (
        Endpoint("GET", path, renovations.form_of(operation), f"{operation.title}：要填什么", tag, schemas.FormAnswer),
        Endpoint("POST", path, renovations.operate(operation), operation.title, tag, schemas.Detail, operation.command,
                 may_match=True),
    )  # fmt: skip


def _for_many(found: Bulk) -> tuple[Endpoint, Endpoint]:
    """An operation on many files (POST, answers the job), and what it would do (POST, writes nothing)."""
    path, title = f"/bulk/{found.key}", found.operation.title
    start, look = bulk.start_body(found), bulk.preview_body(found)
    return (
        Endpoint("POST", path, bulk.start(found, start), f"批量办理：{title}", "bulk", bulk.JobAnswer, start, 202,
                 needs_key=True),
        Endpoint("POST", f"{path}/preview", bulk.look(found, look), f"批量办理前核对：{title}", "bulk",
                 bulk.PreviewAnswer, look),
    )  # fmt: skip


def init_api(app: Flask, csrf: CSRFProtect) -> None:
    """Put the API on the application; it knows no cookie, so it needs no CSRF token."""
    blueprint = Blueprint("api", __name__, url_prefix=PREFIX)
    csrf.exempt(blueprint)
    endpoints_ = table()
    for one in endpoints_:
        rule = one.path
        for whole in ("attachment_id", "job_id", "import_id", "message_id", "record_id", "deposit_id", "entry_id"):
            rule = rule.replace(f"{{{whole}}}", f"<int:{whole}>")
        rule = rule.replace("{", "<").replace("}", ">")
        name = identifier(one.method, one.path)
        blueprint.add_url_rule(rule, endpoint=name, view_func=one.view, methods=[one.method])

    description = describe(endpoints_)

    @blueprint.get("/openapi.json")
    @public
    def openapi() -> Response:
        """The description of this API, OpenAPI 3.1."""
        return jsonify(description)

    app.register_blueprint(blueprint)
