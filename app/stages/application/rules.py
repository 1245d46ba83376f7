"""The inputs of the intake, and what must hold of them. Plain Python."""

from datetime import date
from typing import Annotated

from pydantic import Field, field_validator

from ...core.commands import Command, FileRef, Id, LongText, Text, Yuan
from ...core.errors import DomainError, RuleViolation
from ...core.identity_numbers import Certificate, parse_certificate, parse_id_number, parse_phone
from ...programme.person_classes import unknown_class
from ...programme.policy import Programme
from .codes import (
    Consent,
    Department,
    Disability,
    Earlier,
    Finding,
    Grade,
    Hardship,
    Indicator,
    Living,
    Recognised,
    Relation,
    Right,
    Subject,
)

MASK = "*"
"""A number shown masked comes back with stars when nobody changed it."""

Secret = Annotated[str, Field(max_length=40)]


def is_masked(text: str) -> bool:
    """True for what a masked field sends back unchanged."""
    return MASK in text


def _phone(text: str) -> str:
    return text if not text or is_masked(text) else parse_phone(text)


ClassCode = Annotated[str, Field(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
"""A class of persons by the code that the programme gave it, or `none`: somebody looked and no class fits."""
NO_CLASS = "none"
_CLASSES = "本项目认定的，可多选；查过都不属于，请选“以上都不是”"


_AT_HOME = "户口地址与住房地址一致；两个地址写得一样的，不选也算“是”"


class AbilityInput(Command):
    """The six indicators of self-care, each: can do it or not (E3)."""

    eating: Annotated[bool | None, Field(title="能自己吃饭")] = None
    dressing: Annotated[bool | None, Field(title="能自己穿衣")] = None
    bed: Annotated[bool | None, Field(title="能自己上下床")] = None
    toileting: Annotated[bool | None, Field(title="能自己如厕")] = None
    walking: Annotated[bool | None, Field(title="能在室内行走")] = None
    bathing: Annotated[bool | None, Field(title="能自己洗澡")] = None
    observer: Annotated[Text, Field(title="观察人", description="亲眼看过申请人情况的人")] = ""
    observed_on: Annotated[date | None, Field(title="观察日期")] = None

    @property
    def answers(self) -> dict[str, bool | None]:
        """Indicator → can do it; None where nobody looked."""
        return {indicator.value: getattr(self, indicator.value) for indicator in Indicator}

    @property
    def is_answered(self) -> bool:
        """True when at least one indicator has an answer."""
        return any(answer is not None for answer in self.answers.values())

    @property
    def failed_items(self) -> int | None:
        """How many are not met; None until all six are answered."""
        if any(answer is None for answer in self.answers.values()):
            return None
        return sum(answer is False for answer in self.answers.values())


class PersonInput(Command):
    """One beneficiary; the first is the applicant."""

    ref: Annotated[Id | None, Field(title="原记录")] = None
    name: Annotated[str, Field(title="姓名", min_length=1, max_length=40)]
    id_number: Annotated[
        str, Field(title="身份证号", min_length=1, max_length=40, description="出生日期和性别从号码读取")
    ]
    relation: Annotated[Relation | None, Field(title="与申请人关系", description="申请人本人不填")] = None
    hardship: Annotated[
        list[Hardship], Field(title="困难类别", description="可多选；查过都不属于，请选“以上都不是”")
    ] = []
    classes: Annotated[list[ClassCode], Field(title="人员类别", max_length=20, description=_CLASSES)] = []
    living: Annotated[list[Living], Field(title="居住状况", description="可多选")] = []
    recognised: Annotated[
        Recognised | None, Field(title="已有的自理能力认定", description="特困人员用已有认定，不重复评估")
    ] = None
    certificate: Annotated[bool | None, Field(title="持有有效残疾人证", description="第二代或第三代")] = None
    certificate_number: Annotated[
        Secret, Field(title="残疾人证号", description="20 位：身份证号加 1 位类别和 1 位等级")
    ] = ""
    disability_category: Annotated[Disability | None, Field(title="残疾类别")] = None
    disability_grade: Annotated[Grade | None, Field(title="残疾等级")] = None
    dementia: Annotated[bool | None, Field(title="失智", description="经诊断或评估有认知障碍")] = None
    insured: Annotated[bool | None, Field(title="已参加基本医疗保险")] = None
    hukou_region: Annotated[
        str, Field(title="户籍地代码", max_length=32, pattern=r"^[0-9A-Za-z_-]*$", description="区划代码，如 500101")
    ] = ""
    hukou_at_dwelling: Annotated[bool | None, Field(title="户口在改造的住房", description=_AT_HOME)] = None
    hukou_address: Annotated[str, Field(title="户口地址", max_length=300, description="照户口簿写")] = ""
    ability: Annotated[AbilityInput, Field(title="六项自理指标")] = AbilityInput()

    @field_validator("id_number")
    @classmethod
    def _checked(cls, value: str) -> str:
        return value if is_masked(value) else parse_id_number(value).text


class MemberInput(Command):
    """Somebody else who lives there."""

    name: Annotated[str, Field(title="姓名", min_length=1, max_length=40)]
    relation: Annotated[Relation, Field(title="与申请人关系")]
    birth_date: Annotated[date | None, Field(title="出生日期")] = None
    hardship: Annotated[list[Hardship], Field(title="困难类别")] = []
    classes: Annotated[list[ClassCode], Field(title="人员类别", max_length=20, description=_CLASSES)] = []
    certificate: Annotated[bool | None, Field(title="持有有效残疾人证")] = None
    disability_grade: Annotated[Grade | None, Field(title="残疾等级")] = None
    dementia: Annotated[bool | None, Field(title="失智", description="经诊断或评估有认知障碍")] = None
    insured: Annotated[bool | None, Field(title="已参加基本医疗保险")] = None


class EarlierInput(Command):
    """One earlier subsidised renovation."""

    department: Annotated[Department, Field(title="补贴部门")]
    programme: Annotated[str, Field(title="项目名称", max_length=100)] = ""
    paid_on: Annotated[date | None, Field(title="补贴日期")] = None
    subject: Annotated[Subject | None, Field(title="补贴对象")] = None
    amount: Annotated[Yuan | None, Field(title="补贴金额")] = None


class DwellingInput(Command):
    """The home that is to be renovated (E4–E6, E8)."""

    address: Annotated[
        str, Field(title="住房地址", min_length=1, max_length=300, description="写到组和门牌；没有门牌写位置")
    ]
    right: Annotated[Right | None, Field(title="住房权属")] = None
    owner_consent: Annotated[bool | None, Field(title="产权单位书面同意", description="公租房须填")] = None
    safe: Annotated[bool | None, Field(title="住房结构安全")] = None
    renovatable: Annotated[bool | None, Field(title="具备改造条件")] = None
    demolition_planned: Annotated[bool | None, Field(title="近期列入征收拆迁计划")] = None
    must_move_out: Annotated[bool | None, Field(title="施工期间须暂时迁出")] = None
    can_stay_elsewhere: Annotated[bool | None, Field(title="能自行在他处过渡")] = None


Papers = list[FileRef]


class Application(Command):
    """The application of a household: what is left out is unknown, never false.

    Sent again, it replaces what was there; numbers that come back masked stay as they are.
    """

    village: Annotated[Id | None, Field(title="村（社区）")] = None
    applied_on: Annotated[date | None, Field(title="申请日期", description="申请书上的日期，年龄按这一天算")] = None
    people: Annotated[list[PersonInput], Field(title="受益人", min_length=1, max_length=8)]
    phone: Annotated[Secret, Field(title="联系电话")] = ""
    register_number: Annotated[Secret, Field(title="户口簿户号")] = ""
    household_size: Annotated[int | None, Field(title="家庭人口数", ge=1, le=50)] = None
    members: Annotated[list[MemberInput], Field(title="其他家庭成员", max_length=20)] = []
    consent: Annotated[Consent | None, Field(title="谁自愿申请")] = None
    guardian_name: Annotated[str, Field(title="监护人姓名", max_length=40)] = ""
    guardian_phone: Annotated[Secret, Field(title="监护人电话")] = ""
    guardian_relation: Annotated[Relation | None, Field(title="监护人是申请人的")] = None
    dwelling: Annotated[DwellingInput, Field(title="住房")]
    earlier: Annotated[
        Earlier | None, Field(title="以往的改造补贴", description="本人、家庭、住房，残联或其他部门的")
    ] = None
    history: Annotated[list[EarlierInput], Field(title="享受过的补贴", max_length=10)] = []
    declaration: Annotated[
        Papers, Field(title="申请书与承诺书", description="本人或监护人签字，家庭接受改造前后的条件")
    ] = []
    id_card: Annotated[Papers, Field(title="身份证件")] = []
    household_register: Annotated[Papers, Field(title="户口簿")] = []
    hardship_proof: Annotated[Papers, Field(title="困难身份证明")] = []
    disability_certificate: Annotated[Papers, Field(title="残疾人证")] = []
    dwelling_proof: Annotated[Papers, Field(title="住房权属证明", description="公租房附产权单位书面同意")] = []
    other: Annotated[Papers, Field(title="其他材料")] = []

    _phones = field_validator("phone", "guardian_phone")(_phone)


class OpenApplication(Application):
    """A new application under a programme that is in force in the township's county."""

    programme: Annotated[str, Field(title="项目", min_length=1, max_length=80)]
    township: Annotated[str, Field(title="乡镇（街道）代码", max_length=32, description="留空为您所在的乡镇")] = ""


class Submit(Command):
    """The application goes to the first review as it stands."""

    remark: Annotated[LongText, Field(title="补正说明", description="退回后重新提交时，说明补了什么")] = ""


class Reveal(Command):
    """One person's whole number, shown once."""

    person: Annotated[Id, Field(title="受益人")]
    reason: Annotated[str, Field(title="查看原因", min_length=4, max_length=200, description="例如：与银行核对账户")]


class Verify(Command):
    """One clause checked by one body; what it found otherwise corrects the fact, on record."""

    clause: Annotated[str, Field(title="核验条款", min_length=1, max_length=20)]
    body: Annotated[str, Field(title="核验单位", min_length=1, max_length=60)]
    method: Annotated[
        str, Field(title="核验方式", min_length=1, max_length=60, description="如系统比对、查验原件、入户查看")
    ]
    checked_on: Annotated[date, Field(title="核验日期")]
    result: Annotated[Finding, Field(title="核验结果")]
    fact: Annotated[
        str, Field(title="更正的内容", max_length=60, description="核实不符或原来不清楚时，写明实际情况")
    ] = ""
    value: Annotated[str, Field(title="实际情况", max_length=200)] = ""
    remark: Annotated[str, Field(title="说明", max_length=500)] = ""
    paper: Annotated[FileRef | None, Field(title="核验材料")] = None


class PlanMissing(Command):
    """What the verdict lacks becomes to-dos of whoever asks."""


class MatchDwelling(Command):
    """A person's answer whether a look-alike address is the same home."""

    candidate: Annotated[Id, Field(title="地址相近的住房")]
    is_same: Annotated[bool | None, Field(title="是同一处住房")]
    reason: Annotated[
        str, Field(title="依据", min_length=2, max_length=300, description="如何核对的，例如：入户查看、问村委会")
    ]


def certificate_of(person: PersonInput, number: str, id_number: str, where: str) -> Certificate | None:
    """The certificate that a number of 20 digits speaks of, None without one.

    It must hold the person's ID number, and category and grade must be those that were ticked (domain §2). Raises
    RuleViolation at the person's field.
    """
    if not number:
        return None
    try:
        read = parse_certificate(number, id_number)
    except ValueError as error:
        raise RuleViolation(str(error), f"{where}-certificate_number") from None
    if person.disability_category is not None and person.disability_category.value != read.category:
        said = Disability(read.category).label
        raise RuleViolation(f"残疾人证号里的类别是{said}，与所选不一致，请核对证件。", f"{where}-disability_category")
    if person.disability_grade is not None and int(person.disability_grade) != read.grade:
        said = Grade(str(read.grade)).label
        raise RuleViolation(f"残疾人证号里的等级是{said}，与所选不一致，请核对证件。", f"{where}-disability_grade")
    return read


def contradictions(application: Application, today: date) -> list[DomainError]:
    """What cannot be true together, each at its field; what is merely missing is no contradiction."""
    found: list[DomainError] = []
    if application.applied_on and application.applied_on > today:
        found.append(RuleViolation("申请日期不能晚于今天，请对照申请书核对。", "applied_on"))
    for index, person in enumerate(application.people):
        found += _person_contradictions(person, f"people-{index}", index, today)
    for index, member in enumerate(application.members):
        if member.birth_date and member.birth_date > today:
            found.append(RuleViolation("出生日期不能晚于今天。", f"members-{index}-birth_date"))
        found += _hardship(member.hardship, f"members-{index}-hardship")
        found += _classes(member.classes, f"members-{index}-classes")
    if application.earlier is Earlier.SOME and not application.history:
        found.append(RuleViolation("选了“享受过”，请至少写明一次由哪个部门补贴。", "history"))
    if application.earlier is not Earlier.SOME and application.history:
        found.append(RuleViolation("写了以往的补贴，请在上面选“享受过”；没有享受过请删去。", "earlier"))
    return found


def _person_contradictions(person: PersonInput, where: str, index: int, today: date) -> list[DomainError]:
    found = _hardship(person.hardship, f"{where}-hardship") + _classes(person.classes, f"{where}-classes")
    if index and person.relation is None:
        found.append(RuleViolation("请选这位受益人与申请人的关系。", f"{where}-relation"))
    if person.certificate is False and (
        person.certificate_number or person.disability_grade or person.disability_category
    ):
        found.append(RuleViolation("选了没有残疾人证，又填了证件内容，请改一处。", f"{where}-certificate"))
    ability = person.ability
    if ability.is_answered and not (ability.observer and ability.observed_on):
        missing = "observer" if not ability.observer else "observed_on"
        found.append(RuleViolation("填了自理指标，请写明谁在哪一天观察的。", f"{where}-ability-{missing}"))
    if ability.observed_on and ability.observed_on > today:
        found.append(RuleViolation("观察日期不能晚于今天。", f"{where}-ability-observed_on"))
    return found


def _hardship(codes: list[Hardship], where: str) -> list[DomainError]:
    if Hardship.NONE in codes and len(codes) > 1:
        return [RuleViolation("选了“以上都不是”，就不能再选别的困难类别，请改一处。", where)]
    return []


def _classes(codes: list[str], where: str) -> list[DomainError]:
    if NO_CLASS in codes and len(codes) > 1:
        return [RuleViolation("选了“以上都不是”，就不能再选别的人员类别，请改一处。", where)]
    return []


def strange_classes(application: Application, programme: Programme) -> list[DomainError]:
    """Classes of persons that the file's programme does not know, each at its field."""
    rows = [(f"people-{index}-classes", one.classes) for index, one in enumerate(application.people)]
    rows += [(f"members-{index}-classes", one.classes) for index, one in enumerate(application.members)]
    said = ((unknown_class(code, programme.data), at) for at, codes in rows for code in codes if code != NO_CLASS)
    return [RuleViolation(text, at) for text, at in said if text]


def known_classes(codes: list[str]) -> list[str] | None:
    """Classes of persons as facts: None when nobody looked, [] when none fits."""
    return [code for code in dict.fromkeys(codes) if code != NO_CLASS] if codes else None


def known_codes(codes: list[Hardship]) -> list[str] | None:
    """Codes of hardship as facts: None when nobody looked, [] when none applies."""
    if not codes:
        return None
    return [code.value for code in codes if code is not Hardship.NONE]
