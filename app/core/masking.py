"""What is shown of personal data to people who need to recognise it, not to know it (domain §7). Plain Python."""

import re

_AREA = re.compile(r".*(?:街道|[乡镇村]|社区|苏木)")


def mask_id(text: str | None) -> str:
    """500***********1234: the region's first three and the last four."""
    return _middle(text, 3, 4)


def mask_name(text: str | None) -> str:
    """张**: the first character; the length beyond three does not show."""
    if not text:
        return ""
    return text[0] + "*" * min(max(len(text) - 1, 1), 2)


def mask_phone(text: str | None) -> str:
    """138****5678."""
    return _middle(text, 3, 4)


def mask_account(text: str | None) -> str:
    """A bank account's last four digits."""
    return _middle(text, 0, 4)


def mask_address(text: str | None) -> str:
    """An address down to its village, community or street office; without one, its first six characters."""
    if not text:
        return ""
    match = _AREA.match(text)
    return (match.group() if match and match.group() != text else text[: min(6, len(text) // 2)]) + "***"


def _middle(text: str | None, head: int, tail: int) -> str:
    """Stars for everything between head and tail; a text too short to hide anything becomes stars entirely."""
    if not text:
        return ""
    if len(text) <= head + tail:
        return "*" * len(text)
    return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :]
