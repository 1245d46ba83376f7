"""Money is integer fen; yuan exist only at the edges, as text. Plain Python, no floats."""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

LIMIT_FEN = 10**14
"""No amount of a programme comes near a trillion yuan; beyond it somebody mistyped."""

_YUAN = re.compile(r"¥?(?P<yuan>\d+|\d{1,3}(?:,\d{3})+)(?:\.(?P<fen>\d{1,2}))?元?", re.ASCII)
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("仟", "佰", "拾", "")
_GROUPS = ("", "万", "亿")


def parse_yuan(text: str) -> int:
    """Fen of an amount typed in yuan ("2000", "2,000.50", "¥12.3"); raises ValueError with a Chinese sentence."""
    match = _YUAN.fullmatch(unicodedata.normalize("NFKC", text).replace(" ", "").replace("￥", "¥"))
    if match is None:
        raise ValueError("请填写金额，单位为元，最多两位小数，例如 2000.00")
    fen = int(match["yuan"].replace(",", "")) * 100 + int((match["fen"] or "").ljust(2, "0"))
    if fen >= LIMIT_FEN:
        raise ValueError("金额过大，请核对是否多输入了数字")
    return fen


def yuan(fen: int) -> str:
    """Yuan with two decimals and nothing else: 200000 → "2000.00"."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{rest:02d}"


def display(fen: int) -> str:
    """An amount as people read it: 200000 → "¥2,000.00"."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}¥{whole:,}.{rest:02d}"


def line_amount(quantity: Decimal, unit_price_fen: int) -> int:
    """Fen of quantity × unit price, rounded half-up to the fen (domain S1); raises ValueError when one is negative."""
    if quantity < 0 or unit_price_fen < 0:
        raise ValueError("数量和单价都不能是负数")
    numerator, denominator = quantity.as_integer_ratio()
    return (2 * numerator * unit_price_fen + denominator) // (2 * denominator)


def apportion(total: int, weights: Sequence[int | Decimal | Fraction]) -> list[int]:
    """Divide fen by weight so that the parts add up exactly: largest remainder, the first wins a tie (domain S5).

    Raises ValueError when something is negative, or when there is something to divide and nobody to take it.
    """
    shares = [Fraction(weight) for weight in weights]
    if total < 0 or any(share < 0 for share in shares):
        raise ValueError("分摊的金额和权重都不能是负数")
    weight_sum = sum(shares, Fraction(0))
    if weight_sum == 0:
        if total:
            raise ValueError("没有可以分摊的对象")
        return [0] * len(shares)
    exact = [total * share / weight_sum for share in shares]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def capitals(fen: int) -> str:
    """An amount in Chinese capitals for papers that pay: 200000 → "贰仟元整"; raises ValueError when negative or huge."""
    if not 0 <= fen < LIMIT_FEN:
        raise ValueError("大写金额只支持零元至一万亿元以下")
    whole, rest = divmod(fen, 100)
    jiao, cents = divmod(rest, 10)
    text = f"{_integer(whole)}元" if whole else ""
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    if cents:
        text += ("零" if whole and not jiao else "") + f"{_DIGITS[cents]}分"
    if not rest:
        text = f"{text or '零元'}整"
    return text


def _integer(number: int) -> str:
    """A whole number in capitals; 零 stands wherever a run of zeros is stepped over."""
    text = ""
    for power in (2, 1, 0):
        group = number // 10_000**power % 10_000
        if not group:
            continue
        stepped_over = text and (group < 1000 or number // 10_000 ** (power + 1) % 10_000 == 0)
        text += ("零" if stepped_over else "") + _group(group) + _GROUPS[power]
    return text


def _group(group: int) -> str:
    """1–9999 in capitals."""
    text = ""
    zero = False
    for digit, place in zip(f"{group:04d}", _PLACES, strict=True):
        if digit == "0":
            zero = bool(text)
            continue
        text += ("零" if zero else "") + _DIGITS[int(digit)] + place
        zero = False
    return text
