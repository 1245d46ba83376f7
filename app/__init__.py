"""Anju (安居): government-paid home renovation from application to warranty. `create_app` puts it together."""

import logging
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, render_template, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from jinja2 import Template
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from . import modules, settings
from .api.problems import problem
from .api.setup import init_api
from .core import db as database
from .core import demo_clock, logs, requests, templates
from .core.db import db, migrate
from .core.errors import Conflict, DomainError
from .evidence.queries import usable_by
from .evidence.service import store_upload
from .identity import request_log
from .identity.access import check_stamps, current_actor
from .programme import tendering
from .renovation.web import send

csrf = CSRFProtect()

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; frame-ancestors 'none';"
    " base-uri 'self'; form-action 'self'"
)
_SECURE = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
}


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """Build the application; `overrides` replace settings in tests and when a host mounts it.

    Raises SettingError on missing or weak settings, RuntimeError when an endpoint carries no permission stamp.
    """
    app = Flask(__name__, template_folder=str(settings.ROOT / "templates"))
    app.config.from_mapping(settings.read().as_config())
    app.config.from_mapping(overrides or {})
    if app.config.get("JSON_LOGS"):
        logs.start()
    if proxies := app.config.get("PROXIES", 0):
        # lock-out by address must see the person's address, not the proxy's
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    requests.init_app(app)
    _connect(app)
    request_log.init_app(app)
    csrf.init_app(app)
    templates.register(app)
    app.extensions["anju_upload"] = _upload
    app.extensions["anju_files"] = _Files()
    app.extensions["anju_tenders"] = tendering
    for module in modules.load(modules.VIEWS):
        app.register_blueprint(module.bp)
    init_api(app, csrf)
    for module in modules.load(modules.COMMANDS):
        for command in module.commands:
            app.cli.add_command(command)
    _answer_errors(app)
    app.after_request(_secure)
    check_stamps(app)
    return app


def _connect(app: Flask) -> None:
    # a server may have closed a connection meanwhile; a file closes none
    is_server = not app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite")
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", {"pool_pre_ping": is_server})
    db.init_app(app)
    migrate.init_app(app, db, directory=str(settings.ROOT / "migrations"))
    with app.app_context():
        database.prepare(db.engine)
    demo_clock.init_app(app)


def _upload(upload: FileStorage) -> int:
    """Store one upload of the person who is signed in; answers its id."""
    return store_upload(upload.stream, upload.filename or "", current_actor().user_id).id


class _Files:
    """What the administration pages need of the stored files, which stand above them."""

    def usable_by(self, file_id: int, user_id: int | None) -> bool:
        """True when the upload is this person's own."""
        return usable_by(file_id, user_id)

    def send(self, file_id: int) -> Response:
        """The file as an answer; who may ask for it was decided before."""
        return send(file_id, "view")


def _secure(response: Response) -> Response:
    """Headers that keep a page from running or being framed by what is not ours; what an answer says itself stays."""
    headers = dict(_SECURE)
    if request.endpoint != "static":
        headers["Cache-Control"] = "private, no-store"
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    said = {name.title() for name, _value in response.headers}
    response.headers.extend((name, value) for name, value in headers.items() if name not in said)
    return response


def _answer_errors(app: Flask) -> None:
    """Map every fault to a page (or problem details) that says what to do next."""

    @app.errorhandler(DomainError)
    def domain(error: DomainError) -> Any:
        return _error(error.status, error.title, error.message, error)

    @app.errorhandler(StaleDataError)
    def stale(_error_: StaleDataError) -> Any:
        db.session.rollback()
        return domain(Conflict("这份档案刚刚被他人处理过，请刷新页面，看最新进度后再办。"))

    @app.errorhandler(OperationalError)
    def busy(error: OperationalError) -> Any:
        db.session.rollback()
        logging.getLogger("anju").error("database: %s", type(error.orig).__name__)
        return _error(503, "系统正忙", "数据库暂时没有应答，您的内容没有保存。请稍等片刻后再试一次。")

    @app.errorhandler(CSRFError)
    def forged(_error_: CSRFError) -> Any:
        return _error(400, "页面已过期", "这个页面打开太久或登录已变化。请返回上一页刷新后再提交。")

    @app.errorhandler(RequestEntityTooLarge)
    def too_large(_error_: RequestEntityTooLarge) -> Any:
        return _error(413, "上传的内容太大", "一次上传不能超过 80 MB，单张照片不能超过 20 MB。请减少照片后分次上传。")

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Any:
        title, message = _HTTP.get(error.code or 500, ("出错了", "请求没有办成，请返回重试。"))
        return _error(error.code or 500, title, message)

    @app.errorhandler(Exception)
    def fault(error: Exception) -> Any:
        db.session.rollback()
        # the message of an exception may carry what a person typed: only its kind and place are logged
        place = logs.causes(error)[0]["places"][-1:]
        logging.getLogger("anju").error("fault %s at %s on %s", type(error).__name__, place, request.endpoint)
        if app.config.get("PROPAGATE_EXCEPTIONS"):
            raise error
        return _error(500, "系统出错了", "这一步没有办成，内容没有保存。请稍后再试；仍不行请联系管理员。")


_HTTP = {
    400: ("请求有误", "提交的内容不完整。请返回上一页刷新后再试。"),
    401: ("请先登录", "请登录后再继续。"),
    403: ("没有权限", "您的岗位不能查看这一页。需要时请联系管理员。"),
    404: ("没有找到", "没有这一页，或不在您的查看范围内。请核对地址或档案号。"),
    405: ("不能这样访问", "请从页面上的按钮进入。"),
    415: ("格式不对", "请按要求的格式提交。"),
    429: ("操作太频繁", "请稍等几分钟后再试。"),
}


def _error(status: int, title: str, message: str, error: DomainError | None = None) -> Any:
    if request.path.startswith("/api/"):
        return problem(status, title, message, error)
    names: list[str | Template] = [f"errors/{status}.html", "errors/error.html"]
    return render_template(names, status=status, title=title, message=message), status
