"""What a browser may send: numbers that a row can have, text that both databases can hold."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.routing import IntegerConverter, Map, UnicodeConverter

LARGEST = 2**31 - 1
"""The largest number of a row: PostgreSQL's integer, the narrower of the two databases."""

NUL = "\0"
"""PostgreSQL holds no text with it; nobody types or sees it, so it is left out of what is sent."""


def row_number(text: str) -> int:
    """A whole number as it stands in an address; raises ValueError for what is none and for more than a row has."""
    if len(text) > len(str(-LARGEST)):
        raise ValueError("too long for a row's number")
    number = int(text)
    if abs(number) > LARGEST:
        raise ValueError("larger than any row's number")
    return number


class RowNumber(IntegerConverter):
    """`<int:…>` in an address: a number that no row can have is an address that does not exist."""

    regex = "[0-9]{1,10}"

    def __init__(self, map: Map, **options: Any) -> None:  # noqa: A002 — werkzeug passes it by this name
        super().__init__(map, max=LARGEST, **options)


class Name(UnicodeConverter):
    """`<…>` in an address: a name that neither database can hold is an address that does not exist."""

    def __init__(self, map: Map, **options: Any) -> None:  # noqa: A002 — werkzeug passes it by this name
        super().__init__(map, **options)
        self.regex = self.regex.replace("[^/]", f"[^/{NUL}]")


class Arguments(ImmutableMultiDict[str, Any]):
    """Arguments and form fields; asked for as `int`, a number that no row can have is no number."""

    def __init__(self, given: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None) -> None:
        pairs = MultiDict(given).items(multi=True)
        super().__init__((_without(name), _without(value)) for name, value in pairs)

    def get(self, key: str, default: Any = None, type: Any = None) -> Any:  # type: ignore[override]  # noqa: A002
        """As werkzeug's: the first value, or the default where there is none or `type` refuses it."""
        return super().get(key, default, type=row_number if type is int else type)


class BoundedRequest(Request):
    """A request whose arguments and fields are `Arguments`."""

    parameter_storage_class = Arguments

    @property
    def values(self) -> Arguments:  # type: ignore[override]
        """Arguments and fields together; werkzeug's own would read numbers by itself."""
        return Arguments(super().values)


def init_app(app: Flask) -> None:
    """Bound what comes in; to be called before the first rule is added."""
    app.request_class = BoundedRequest
    app.url_map.converters |= {"int": RowNumber, "default": Name, "string": Name}


def _without(value: Any) -> Any:
    return value.replace(NUL, "") if isinstance(value, str) else value
