"""The answers that the application form offers, by the codes of the facts' vocabulary. Plain Python.

A test holds these and `programme.facts` together.
"""

from ...core.enums import Labelled


class Hardship(Labelled):
    """Kinds of hardship; `none` says that somebody looked and found none of them, nothing ticked that nobody did."""

    TEKUN_SCATTERED = "tekun_scattered", "分散供养特困人员"
    TEKUN_INSTITUTION = "tekun_institution", "集中供养特困人员"
    POVERTY_REGISTERED = "poverty_registered", "建档立卡贫困人口"
    DIBAO = "dibao", "低保对象"
    DIBAO_MARGIN = "dibao_margin", "低保边缘对象"
    LOW_INCOME = "low_income", "低收入对象"
    LIFTED_POVERTY = "lifted_poverty", "脱贫人口"
    POVERTY_RISK = "poverty_risk", "防止返贫监测对象"
    EXPENSE_POVERTY = "expense_poverty", "支出型困难家庭"
    SPECIAL_CARE = "special_care", "重点优抚对象"
    FAMILY_PLANNING_SPECIAL = "family_planning_special", "计划生育特殊家庭"
    ORPHAN_SUPPORT = "orphan_support", "孤儿基本生活保障对象"
    NONE = "none", "以上都不是"


class Disability(Labelled):
    """Categories of disability, in the order of the certificate's digit."""

    VISUAL = "visual", "视力残疾"
    HEARING = "hearing", "听力残疾"
    SPEECH = "speech", "言语残疾"
    LIMB = "limb", "肢体残疾"
    INTELLECTUAL = "intellectual", "智力残疾"
    MENTAL = "mental", "精神残疾"
    MULTIPLE = "multiple", "多重残疾"


class Grade(Labelled):
    """Grades of disability; 1 is the most severe."""

    ONE = "1", "一级"
    TWO = "2", "二级"
    THREE = "3", "三级"
    FOUR = "4", "四级"


class Recognised(Labelled):
    """A self-care grade that was recognised before and is not made again."""

    FULL = "full", "全自理"
    PARTIAL = "partial", "部分丧失自理能力"
    COMPLETE_LOSS = "complete_loss", "完全丧失自理能力"
    NONE = "none", "未认定过"


class Living(Labelled):
    """How a person lives."""

    ALONE = "alone", "独居"
    EMPTY_NEST = "empty_nest", "空巢"
    LEFT_BEHIND = "left_behind", "留守"
    LOST_ONLY_CHILD = "lost_only_child", "失独"
    WITH_DISABLED_CHILD = "with_disabled_child", "以老养残"
    WITH_FAMILY = "with_family", "与家人同住"


class Right(Labelled):
    """By what right the household lives in the dwelling (E4)."""

    OWNED = "owned", "自有产权"
    LONG_TERM_USE = "long_term_use", "长期使用权"
    PUBLIC_RENTAL = "public_rental", "公租房"
    PRIVATE_RENTAL = "private_rental", "私人租房"
    NONE = "none", "无权居住"


class Department(Labelled):
    """Who paid for an earlier renovation (E7)."""

    CDPF = "cdpf", "残联"
    CIVIL_AFFAIRS = "civil_affairs", "民政"
    HOUSING = "housing", "住建"
    RURAL_REVITALISATION = "rural_revitalisation", "乡村振兴（扶贫）"
    HEALTH = "health", "卫健"
    OTHER = "other", "其他部门或单位"


class Subject(Labelled):
    """Whom an earlier subsidy was for."""

    PERSON = "person", "本人"
    HOUSEHOLD = "household", "家庭"
    DWELLING = "dwelling", "住房"


class Relation(Labelled):
    """How somebody stands to the applicant."""

    SPOUSE = "spouse", "配偶"
    CHILD = "child", "子女"
    CHILD_IN_LAW = "child_in_law", "儿媳或女婿"
    GRANDCHILD = "grandchild", "孙辈"
    PARENT = "parent", "父母"
    SIBLING = "sibling", "兄弟姐妹"
    OTHER = "other", "其他"


class Consent(Labelled):
    """Who applies of their own will (E9)."""

    SELF = "self", "本人自愿申请"
    GUARDIAN = "guardian", "监护人自愿申请"
    NONE = "none", "本人及监护人均未申请"


class Earlier(Labelled):
    """Whether person, household or dwelling had a subsidised renovation (E7); unanswered is unknown."""

    NONE = "none", "查过，没有"
    SOME = "some", "享受过"


class AbilityLevel(Labelled):
    """The level of an old person's ability, by whichever instrument."""

    INTACT = "intact", "能力完好"
    MILD = "mild", "轻度失能"
    MODERATE = "moderate", "中度失能"
    SEVERE = "severe", "重度失能"
    COMPLETE = "complete", "完全失能"


class Indicator(Labelled):
    """The six indicators of self-care (E3)."""

    EATING = "eating", "吃饭"
    DRESSING = "dressing", "穿衣"
    BED = "bed", "上下床"
    TOILETING = "toileting", "如厕"
    WALKING = "walking", "室内行走"
    BATHING = "bathing", "洗澡"


class Finding(Labelled):
    """What a verification of a clause came to."""

    CONFIRMED = "confirmed", "核实相符"
    DENIED = "denied", "核实不符"
    UNCLEAR = "unclear", "暂不能核实"


class DecisionKind(Labelled):
    """When a verdict was frozen on the file."""

    SUBMISSION = "submission", "提交"
    REVIEW = "review", "初审"
    CONFIRMATION = "confirmation", "确定"
    ASSESSMENT = "assessment", "评估"
    START = "start", "开工"


class Source(Labelled):
    """Where a change of a fact came from."""

    APPLICATION = "application", "补正申请"
    VERIFICATION = "verification", "核验"
    OBJECTION = "objection", "异议调查"
    ASSESSMENT = "assessment", "入户评估"
    RECOGNITION = "recognition", "认可其他单位的评估"


class Outcome(Labelled):
    """A verdict, as it stands in the derived facts for filters."""

    ELIGIBLE = "eligible", "符合条件"
    INELIGIBLE = "ineligible", "不符合条件"
    UNKNOWN = "unknown", "尚不能判断"
