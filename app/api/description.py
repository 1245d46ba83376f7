"""OpenAPI 3.1, computed from the endpoints' own types: true to the letter because there is nothing else to say."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ..jobs.models import ItemState
from ..letters.rules import MessageState
from ..lifecycle import Stage, Status
from ..stages.registry import papers as paper_kinds
from .schemas import Problem

if TYPE_CHECKING:
    from .setup import Endpoint

REF = "#/components/schemas/{model}"

_PARAMETERS: dict[str, dict[str, Any]] = {
    "number": {"name": "number", "in": "path", "required": True, "schema": {"type": "string"}},
    "attachment_id": {
        "name": "attachment_id",
        "in": "path",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
    },
    "job_id": {
        "name": "job_id",
        "in": "path",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
    },
    "import_id": {
        "name": "import_id",
        "in": "path",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
    },
    "programme": {"name": "programme", "in": "query", "required": True, "schema": {"type": "string"}},
    "message_id": {
        "name": "message_id",
        "in": "path",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
    },
    **{
        name: {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
        }
        for name in ("record_id", "deposit_id", "entry_id")
    },
    "before": {"name": "before", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}},
    "way": {"name": "way", "in": "query", "schema": {"type": "string"}},
    "of_number": {"name": "number", "in": "query", "schema": {"type": "string"}},
    "message_state": {
        "name": "state",
        "in": "query",
        "schema": {"type": "string", "enum": [one.value for one in MessageState]},
    },
    "item_state": {
        "name": "item_state",
        "in": "query",
        "schema": {"type": "string", "enum": [one.value for one in ItemState]},
    },
    "after": {"name": "after", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}},
    "status": {"name": "status", "in": "query", "schema": {"type": "string", "enum": [one.value for one in Status]}},
    "parent": {"name": "parent", "in": "query", "schema": {"type": "string"}},
    "cursor": {"name": "cursor", "in": "query", "schema": {"type": "string"}},
    "kind": {
        "name": "kind",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "enum": list(paper_kinds())},
    },
    "size": {"name": "size", "in": "query", "schema": {"type": "string", "enum": ["thumb", "view", "original"]}},
    "key": {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "minLength": 1, "maxLength": 80, "pattern": "^[!-~]+$"},
    },
    "match": {"name": "If-Match", "in": "header", "schema": {"type": "string", "pattern": '^"[0-9]+"$'}},
}

_REASONS = {
    400: "请求的写法不对",
    401: "没有有效的令牌",
    403: "没有权限",
    404: "没有，或不在查看范围内",
    409: "现在的状态不允许，或他人已先办理",
    412: "If-Match 与现在的版本不符",
    413: "内容太大",
    415: "内容类型不支持",
    422: "内容不符合规则",
    429: "操作太频繁",
    503: "这台服务器暂时不能生成 PDF",
}


def describe(endpoints: Iterable["Endpoint"]) -> dict[str, Any]:
    """The whole description as a JSON object."""
    endpoints = list(endpoints)
    inputs = {one.command for one in endpoints if one.command}
    outputs = {one.answer for one in endpoints if one.answer} | {Problem}
    names, schemas = models_json_schema(
        [(model, "validation") for model in sorted(inputs, key=_name)]
        + [(model, "serialization") for model in sorted(outputs, key=_name)],
        ref_template=REF,
    )
    paths: dict[str, dict[str, Any]] = {}
    for one in endpoints:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, names)
    return {
        "openapi": "3.1.0",
        "info": {"title": "安居 Anju", "version": "1", "description": "居家适老化与无障碍改造：从申请到质保。"},
        "servers": [{"url": "/api/v1"}],
        "tags": [{"name": stage.value, "description": stage.label} for stage in Stage]
        + [
            {"name": "renovations", "description": "档案"},
            {"name": "files", "description": "材料"},
            {"name": "bulk", "description": "批量办理"},
            {"name": "jobs", "description": "后台任务"},
            {"name": "sign-in", "description": "登录"},
            {"name": "places", "description": "区划与政策"},
            {"name": "lots", "description": "采购标段"},
            {"name": "deposits", "description": "履约保证金"},
            {"name": "demo", "description": "演示"},
        ],
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"bearer": []}],
    }


def _name(model: type[BaseModel]) -> str:
    return f"{model.__module__}.{model.__name__}"


def identifier(method: str, path: str) -> str:
    """An endpoint's name made of its method and path."""
    return re.sub(r"[/.]", "_", re.sub(r"[{}]", "", f"{method}{path}"))


def _operation(one: "Endpoint", names: Any) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": identifier(one.method.lower(), one.path),
        "summary": one.summary,
        "tags": [one.tag],
        "parameters": _parameters(one),
        "responses": _responses(one, names),
    }
    if one.is_public:
        described["security"] = []
    if one.command:
        content = {"application/json": {"schema": names[one.command, "validation"]}}
        described["requestBody"] = {"required": True, "content": content}
    if one.upload:
        schema = {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
        }
        described["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    return described


def _parameters(one: "Endpoint") -> list[dict[str, Any]]:
    in_path = (
        *("number", "attachment_id", "job_id", "import_id", "message_id", "record_id", "deposit_id", "entry_id"),
        "kind",
    )
    found = [_PARAMETERS[name] for name in in_path if f"{{{name}}}" in one.path]
    found += [_PARAMETERS[name] for name in one.query]
    if one.needs_key or one.may_match:
        found.append(_PARAMETERS["key"] | {"required": one.needs_key})
    if one.may_match:
        found.append(_PARAMETERS["match"])
    return found


def _responses(one: "Endpoint", names: Any) -> dict[str, Any]:
    if one.answer:
        content: dict[str, Any] = {"application/json": {"schema": names[one.answer, "serialization"]}}
    else:
        content = {kind: {} for kind in one.kinds}
    headers = {"ETag": {"schema": {"type": "string"}}} if "{number}" in one.path and one.answer else {}
    done = {"description": "完成", "content": content} | ({"headers": headers} if headers else {})
    problem = {"application/problem+json": {"schema": names[Problem, "serialization"]}}
    refused = {str(code): {"description": _REASONS[code], "content": problem} for code in one.refusals}
    return {str(one.status): done, **refused}
