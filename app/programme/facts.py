"""The vocabulary of facts that every programme's rules may speak of, and the reading of a household's facts.

One list for all programmes (`catalog/README.md` shows it); it grows by addition. An absent fact is unknown, never
false; an unknown key, code or type refuses the whole (contract, `eligibility explain`).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache

from .kinds import Fact, Facts, FactsRefused, Kind, WrongValue, parse_day, read_into, shape_of

__all__ = [
    "CLASSES",
    "MEMBERS",
    "VOCABULARY",
    "Fact",
    "Facts",
    "FactsRefused",
    "Kind",
    "WrongValue",
    "parse_day",
    "read_facts",
    "words_with",
]

BOOL, DATE, REGION, TEXT, YUAN = Kind("bool"), Kind("date"), Kind("region"), Kind("text"), Kind("yuan")
ITEMS = Kind("items")


def _whole(lowest: int, highest: int) -> Kind:
    return Kind("int", lowest=lowest, highest=highest)


def _code(**codes: str) -> Kind:
    return Kind("code", codes)


def _codes(**codes: str) -> Kind:
    return Kind("codes", codes)


HARDSHIP = _codes(
    tekun_scattered="分散供养特困人员",
    tekun_institution="集中供养特困人员",
    poverty_registered="建档立卡贫困人口",
    dibao="低保对象",
    dibao_margin="低保边缘对象",
    low_income="低收入对象",
    lifted_poverty="脱贫人口",
    poverty_risk="防止返贫监测对象",
    expense_poverty="支出型困难家庭",
    special_care="重点优抚对象",
    family_planning_special="计划生育特殊家庭",
    orphan_support="孤儿基本生活保障对象",
)
DISABILITY = _code(
    visual="视力残疾",
    hearing="听力残疾",
    speech="言语残疾",
    limb="肢体残疾",
    intellectual="智力残疾",
    mental="精神残疾",
    multiple="多重残疾",
)
RECOGNISED = _code(full="全自理", partial="部分丧失自理能力", complete_loss="完全丧失自理能力", none="未认定过")
LEVEL = _code(intact="能力完好", mild="轻度失能", moderate="中度失能", severe="重度失能", complete="完全失能")
LIVING = _codes(
    alone="独居",
    empty_nest="空巢",
    left_behind="留守",
    lost_only_child="失独",
    with_disabled_child="以老养残",
    with_family="与家人同住",
)
RIGHT = _code(
    owned="自有产权", long_term_use="长期使用权", public_rental="公租房", private_rental="私人租房", none="无权居住"
)
DEPARTMENT = _code(
    cdpf="残联",
    civil_affairs="民政",
    housing="住建",
    rural_revitalisation="乡村振兴（扶贫）",
    health="卫健",
    other="其他部门或单位",
)
RELATION = _code(
    spouse="配偶",
    child="子女",
    child_in_law="儿媳或女婿",
    grandchild="孙辈",
    parent="父母",
    sibling="兄弟姐妹",
    other="其他",
)

_PERSON = (
    Fact("birth_date", "出生日期", DATE, "按身份证；不得晚于申请日"),
    Fact("hardship", "困难类别", HARDSHIP, "可多选；空表示都不属于"),
    Fact(
        "classes",
        "人员类别",
        Kind("codes", is_open=True),
        "项目自己在 `[[person_class]]` 里写的；可多选，空表示都不属于",
    ),
    Fact("disability.certificate", "持有有效残疾人证", BOOL, "第二代或第三代"),
    Fact("disability.grade", "残疾等级", _whole(1, 4)),
    Fact("disability.category", "残疾类别", DISABILITY),
    Fact(
        "ability.failed_items", "六项自理指标中不能完成的项数", _whole(0, 6), "吃饭、穿衣、上下床、如厕、室内行走、洗澡"
    ),
    Fact("ability.recognised", "已有的自理能力认定", RECOGNISED, "没有认定过写 none；不写表示不清楚"),
    Fact("ability.level", "老年人能力等级", LEVEL, "按国家标准评估的等级"),
    Fact("dementia", "失智", BOOL, "经诊断或评估有认知障碍；不写表示不清楚"),
    Fact("hukou_region", "户籍地", REGION, "地区代码"),
    Fact("hukou_at_dwelling", "户口在改造的住房", BOOL, "户口地址与住房地址一致；不写表示不清楚"),
    Fact("residence_region", "居住地", REGION, "地区代码"),
    Fact("insured", "已参加基本医疗保险", BOOL),
    Fact("living", "居住状况", LIVING, "可多选"),
)


CLASSES, MEMBERS = "person.classes", "household.members"


def _person(prefix: str) -> dict[str, Fact]:
    return {prefix + fact.name: Fact(prefix + fact.name, fact.label, fact.kind, fact.note) for fact in _PERSON}


_OF_MEMBERS = Kind(
    "records",
    record={"relation": Fact("relation", "与申请人关系", RELATION)} | _person(""),
    required=("relation",),
)
SUBSIDISED = Kind(
    "records",
    record={
        fact.name: fact
        for fact in (
            Fact("department", "补贴部门", DEPARTMENT),
            Fact("programme", "项目名称", TEXT),
            Fact("date", "补贴日期", DATE),
            Fact("subject", "补贴对象", _code(person="本人", household="家庭", dwelling="住房")),
            Fact("amount", "补贴金额", YUAN),
            Fact("items", "改造项目", ITEMS),
        )
    },
    required=("department",),
)

VOCABULARY: dict[str, Fact] = _person("person.") | {
    fact.name: fact
    for fact in (
        Fact(MEMBERS, "家庭成员", _OF_MEMBERS, "每人须写 relation，其余同 person"),
        Fact("household.size", "家庭人口数", _whole(1, 50)),
        Fact("dwelling.right", "住房权属", RIGHT),
        Fact("dwelling.owner_consent", "产权单位书面同意", BOOL),
        Fact("dwelling.safe", "住房结构安全", BOOL),
        Fact("dwelling.renovatable", "具备改造条件", BOOL),
        Fact("dwelling.demolition_planned", "近期列入征收拆迁计划", BOOL),
        Fact("dwelling.must_move_out", "施工期间须暂时迁出", BOOL),
        Fact("dwelling.can_stay_elsewhere", "能自行在他处过渡", BOOL),
        Fact("history.subsidised", "以往享受的改造补贴", SUBSIDISED, "空表示查过没有；不写表示没查"),
        Fact(
            "consent.applicant",
            "自愿申请",
            _code(self="本人自愿申请", guardian="监护人自愿申请", none="本人及监护人均未申请"),
        ),
    )
}


@lru_cache(maxsize=256)
def words_with(classes: tuple[tuple[str, str], ...]) -> Mapping[str, Fact]:
    """The vocabulary of a programme that knows these classes of persons, each as (code, name); no others are codes."""
    named = Kind("codes", dict(classes))
    inner = CLASSES.rpartition(".")[2]
    record = {**_OF_MEMBERS.record, inner: replace(_OF_MEMBERS.record[inner], kind=named)}
    own = {
        CLASSES: replace(VOCABULARY[CLASSES], kind=named),
        MEMBERS: replace(VOCABULARY[MEMBERS], kind=replace(_OF_MEMBERS, record=record)),
    }
    return {name: own.get(name, fact) for name, fact in VOCABULARY.items()}


def read_facts(raw: object, on: date | None = None, words: Mapping[str, Fact] = VOCABULARY) -> Facts:
    """Reads nested JSON facts strictly into dotted names.

    `on` is the day of application; with it a later birth date is refused. `words` are a programme's own, where its
    classes of persons are to be the only ones. Raises `FactsRefused` with every fault.
    """
    if not isinstance(raw, dict):
        raise FactsRefused([f"facts 须是一个对象（{{…}}），现为{shape_of(raw)}"])
    reasons: list[str] = []
    facts: Facts = {}
    read_into(facts, raw, "", words, reasons)
    if on is not None:
        _refuse_unborn(facts, on, reasons)
    if reasons:
        raise FactsRefused(reasons)
    return facts


def _refuse_unborn(facts: Facts, on: date, reasons: list[str]) -> None:
    born = facts.get("person.birth_date")
    if born is not None and born > on:
        reasons.append(f"person.birth_date：出生日期 {born} 晚于申请日 {on}")
    for index, member in enumerate(facts.get("household.members", ())):
        if member.get("birth_date", on) > on:
            reasons.append(f"household.members[{index}].birth_date：出生日期 {member['birth_date']} 晚于申请日 {on}")
