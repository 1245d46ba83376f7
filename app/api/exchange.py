"""What all endpoints share: a request read strictly, an answer with its version, and the two ways in which one is amiss."""

from typing import TypeVar

from flask import Response, request
from pydantic import ValidationError

from ..core.commands import Command, refusals
from ..core.errors import Conflict, DomainError
from . import schemas

C = TypeVar("C", bound=Command)


class Precondition(Conflict):
    """`If-Match` names another version than the present one."""

    status = 412
    title = "内容已变化"


class Malformed(DomainError):
    """The request is not of the described form."""

    status = 400
    title = "请求有误"


def body(command: type[C]) -> C:
    """The request's JSON as a command, strictly typed; raises Malformed or RuleViolations."""
    if request.mimetype != "application/json":
        raise Malformed("请求的 Content-Type 要是 application/json。")
    try:
        return command.model_validate_json(request.get_data(), strict=True)
    except ValidationError as error:
        if any(one["type"] == "json_invalid" for one in error.errors(include_url=False)):
            raise Malformed("请求内容不是有效的 JSON，请核对。") from error
        raise refusals(command, error) from error


def answer(model: schemas.Answer, status: int = 200, version: int | None = None) -> Response:
    """A model as JSON, with its ETag when it has a version."""
    response = Response(model.model_dump_json(), status, content_type="application/json")
    if version is not None:
        response.set_etag(str(version))
    return response


def idempotency_key(required: bool = False) -> str:
    """The sender's own key of this request, "" when none; raises Malformed."""
    key = request.headers.get("Idempotency-Key", "")
    if (required and not key) or len(key) > 80 or not key.isprintable():
        raise Malformed("请在请求头 Idempotency-Key 中给出本次提交的唯一编号（最多 80 个字符）。")
    return key
