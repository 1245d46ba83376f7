"""The endpoints that concern no one file: sign-in, places, programmes, uploads."""

from datetime import timedelta

from flask import Response, request

from ..core import clock
from ..core.db import transaction
from ..evidence.service import store_upload
from ..identity import queries as people
from ..identity import sessions
from ..identity.access import current_actor, public, requires
from ..identity.rules import MakeToken, Reach, SignIn, TokenKind
from ..identity.signin import sign_in
from ..identity.tokens import make_token
from ..jobs.schedule import move_clock
from ..permissions import GRANTS, Permission, may
from ..places import queries as places
from ..places.rules import Level
from ..programme.queries import in_force
from . import schemas
from .exchange import Malformed, answer, body


@public
def create_token() -> Response:
    """Account and password for a bearer token that lives one week."""
    command = body(schemas.Credentials)
    address = request.remote_addr or ""
    key = sign_in(SignIn(account=command.account, password=command.password), address)
    expires_on = clock.civil(clock.system()) + timedelta(days=7)
    with transaction():
        session = people.open_session(sessions.digest(key))
        assert session is not None  # sign_in has just made it
        wish = MakeToken(name="接口登录", kind=TokenKind.USER, reach=Reach.ALL, permissions=[], expires_on=expires_on)
        _, text = make_token(wish, session.actor)
        sessions.end(session.id, "token")
    return answer(schemas.TokenAnswer(token=text, expires_on=expires_on), 201)


@requires()
def me() -> Response:
    """Who the token speaks for and what it may do."""
    actor = current_actor()
    names = sorted(permission.value for permission in GRANTS[actor.role] if may(actor, permission))
    return answer(schemas.Me(name=actor.name, role=actor.role, permissions=names, today=clock.today()))


@requires()
def list_regions() -> Response:
    """The regions directly below one (`parent`, a code), or below the caller's own."""
    code, actor = request.args.get("parent", ""), current_actor()
    parent = places.region_by_code(code).id if code else actor.region_id
    items = [schemas.RegionAnswer.model_validate(one) for one in places.children(parent)]
    return answer(schemas.Regions(items=items))


@requires(Permission.PROGRAMME_READ)
def list_programmes() -> Response:
    """The programmes in force today for the caller's county, or within the caller's wider region."""
    actor = current_actor()
    own = places.region(actor.region_id) if actor.region_id else None
    where = own and (places.enclosing(own, Level.COUNTY) or own)
    found = in_force(where.code if where else "", clock.today())
    items = [schemas.ProgrammeAnswer(id=one.programme_key, name=one.name, version=one.label) for one in found]
    return answer(schemas.Programmes(items=items))


@requires()
def move_demo_clock() -> Response:
    """Move the demo's clock forward, passing through every day with what falls due; refused outside the demo."""
    command = body(schemas.MoveClock)
    failed = move_clock(command.day)
    return answer(schemas.ClockAnswer(today=clock.today(), failed=failed))


@requires(Permission.RENOVATION_READ)
def upload_file() -> Response:
    """Store one photo or scan (multipart field `file`)."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise Malformed("请以 multipart/form-data 上传，文件放在 file 字段。")
    stored = store_upload(upload.stream, upload.filename, current_actor().user_id)
    return answer(
        schemas.FileAnswer(id=stored.id, sha256=stored.sha256, media_type=stored.media_type, size=stored.size), 201
    )
