"""Refusals as RFC 9457 problem details, with Chinese titles."""

import json
from typing import Any

from flask import Response

from ..core.errors import DomainError

MEDIA_TYPE = "application/problem+json"


def problem(status: int, title: str, detail: str, error: DomainError | None = None) -> Response:
    """One answer for everything that was refused; `errors` names fields by JSON pointer."""
    body: dict[str, Any] = {"type": "about:blank", "status": status, "title": title, "detail": detail}
    if error is not None:
        fields = [
            {"pointer": f"/{one.field.replace('-', '/')}" if one.field else "", "detail": one.message}
            for one in error.problems
        ]
        body["errors"] = fields
    return Response(json.dumps(body, ensure_ascii=False), status, content_type=MEDIA_TYPE)
