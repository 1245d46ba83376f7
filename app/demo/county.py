"""The demo county: four townships, four firms, an account for every role and a second one where two people differ."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from ..core import holidays
from ..core.db import db, transaction
from ..core.money import yuan
from ..funds import service as funds
from ..identity import passwords
from ..identity.queries import actor_of, user_by_staff_no
from ..identity.rules import CreateUser
from ..identity.service import create_user
from ..permissions import SYSTEM, Actor, Role
from ..places import regions, service
from ..places.models import Organisation, Region
from ..places.queries import region_by_code
from ..places.rules import USCC_ALPHABET, AddProcurement, OrganisationKind, PriceInput, RegisterOrganisation
from ..programme.loading import load
from ..programme.models import VersionState
from ..programme.policy import Programme
from ..programme.service import load_draft, publish
from ..programme.tendering import add_tender
from ..settings import ROOT

PASSWORD = "yunling-demo-2026"  # noqa: S105  (the demo's accounts are for everybody to try; refused in production)
COUNTY = "500299"
TOWNSHIPS = ("500299001", "500299101", "500299102", "500299103")
PROGRAMME = "chongqing-2020"
CATALOG = ROOT / "catalog"


@dataclass(frozen=True, slots=True)
class Account:
    """One account of the demo: region by code, or firm by its place in FIRMS."""

    staff_no: str
    name: str
    role: Role
    region: str = ""
    firm: int | None = None
    duty: str = ""


@dataclass(frozen=True, slots=True)
class Firm:
    """One firm of the demo."""

    name: str
    kinds: tuple[OrganisationKind, ...]
    contact: str
    phone: str
    bank: str
    account: str


K = OrganisationKind

FIRMS = (
    Firm(
        "云岭康宁评估监理中心（示例）",
        (K.ASSESSOR, K.SUPERVISOR),
        "何静",
        "13800000011",
        "示例银行云岭支行",
        "6200000000000000011",
    ),
    Firm(
        "重庆宏安装饰工程有限公司（示例）",
        (K.CONTRACTOR,),
        "罗强",
        "13800000012",
        "示例银行云岭支行",
        "6200000000000000012",
    ),
    Firm(
        "云岭惠民建筑队（示例）", (K.CONTRACTOR,), "谭勇", "13800000013", "示例农商行清溪分理处", "6200000000000000013"
    ),
    Firm(
        "云岭工程技术咨询有限公司（示例）",
        (K.SUPERVISOR,),
        "邓蕾",
        "13800000014",
        "示例银行云岭支行",
        "6200000000000000014",
    ),
)

ACCOUNTS = (
    Account("town1", "陈晓兰", Role.TOWNSHIP, TOWNSHIPS[0], duty="城东街道经办"),
    Account("town1b", "周国平", Role.TOWNSHIP, TOWNSHIPS[0], duty="城东街道经办（另一人）"),
    Account("town2", "冉启明", Role.TOWNSHIP, TOWNSHIPS[1], duty="清溪镇经办"),
    Account("town3", "向秀英", Role.TOWNSHIP, TOWNSHIPS[2], duty="石桥镇经办"),
    Account("town4", "田小丽", Role.TOWNSHIP, TOWNSHIPS[3], duty="双河乡经办"),
    Account("county1", "王建国", Role.COUNTY, COUNTY, duty="县民政局经办"),
    Account("county2", "李敏", Role.COUNTY, COUNTY, duty="县民政局复核"),
    Account("fed1", "赵文", Role.FEDERATION, COUNTY, duty="县残联"),
    Account("fin1", "孙丽华", Role.FINANCE, COUNTY, duty="县财政局"),
    Account("assess1", "何静", Role.ASSESSOR, firm=0, duty="评估员"),
    Account("assess2", "吴磊", Role.ASSESSOR, firm=0, duty="评估员（另一人）"),
    Account("super1", "郑川", Role.SUPERVISOR, firm=0, duty="监理"),
    Account("super2", "邓蕾", Role.SUPERVISOR, firm=3, duty="审核方案、监理（工程咨询）"),
    Account("build1", "罗强", Role.CONTRACTOR, firm=1, duty="施工单位（宏安）"),
    Account("build2", "谭勇", Role.CONTRACTOR, firm=2, duty="施工单位（惠民）"),
    Account("city1", "刘洋", Role.CITY, "500000", duty="市级民政"),
    Account("audit1", "马骏", Role.AUDITOR, COUNTY, duty="审计"),
    Account("admin", "系统管理员", Role.ADMIN, duty="管理员"),
)


def is_built() -> bool:
    """True when the demo county stands already."""
    return db.session.scalar(select(Region.id).where(Region.code == COUNTY)) is not None


def build(today: date, own: Programme | None = None) -> None:
    """Build regions, programme, firms with procurement records, accounts, quota and money, through the services."""
    with transaction():
        holidays.seed()
        regions.import_regions((CATALOG / "regions" / "demo-county.csv").read_text("utf-8"), SYSTEM)
    _publish(own)
    with transaction():
        firms = [_register(firm, index) for index, firm in enumerate(FIRMS)]
        for firm, known in zip(FIRMS, firms, strict=True):
            for kind in firm.kinds:
                _procure(known, kind, today)
        _accounts([firm.id for firm in firms])
    with transaction():
        _allot(today)


def _publish(own: Programme | None) -> None:
    """The shipped programme and the county's edition of it, or another one in the edition's place."""
    for programme in (load(CATALOG / PROGRAMME), own or load(CATALOG / f"{PROGRAMME}-demo-county")):
        with transaction():
            version = load_draft(programme, SYSTEM)
            if version.state is not VersionState.PUBLISHED:
                publish(version.id, SYSTEM)


def _register(firm: Firm, index: int) -> Organisation:
    body = f"91500299MA{index + 1:07d}"
    total = sum(USCC_ALPHABET.index(one) * pow(3, place, 31) for place, one in enumerate(body))
    command = RegisterOrganisation(
        name=firm.name,
        uscc=body + USCC_ALPHABET[-total % 31],
        kinds=list(firm.kinds),
        contact_name=firm.contact,
        contact_phone=firm.phone,
        address="云岭县城东街道（示例地址）",
        bank_name=firm.bank,
        bank_account=firm.account,
        reason="公开招标入围（示例）",
    )
    return service.register_organisation(command, SYSTEM)


def _procure(firm: Organisation, kind: OrganisationKind, today: date) -> None:
    programme = load(CATALOG / f"{PROGRAMME}-demo-county")
    prices = []
    if kind is K.CONTRACTOR:
        prices = [
            PriceInput.model_validate({"item": item.number, "unit": item.unit, "unit_price": yuan(ceiling * 95 // 100)})
            for item in programme.items
            if (ceiling := programme.ceiling_fen(item.number)) is not None
        ]
    command = AddProcurement(
        kind=kind,
        lot=f"YL{today.year}-{kind.value[:1].upper()}{firm.id:02d}",
        region_id=region_by_code(COUNTY).id,
        valid_from=date(today.year - 3, 1, 1),
        valid_to=date(today.year + 3, 12, 31),
        prices=prices,
    )
    add_tender(firm, command, SYSTEM)


def _accounts(firm_ids: list[int]) -> None:
    known = passwords.hash_password(PASSWORD)
    for account in ACCOUNTS:
        command = CreateUser(
            staff_no=account.staff_no,
            name=account.name,
            role=account.role,
            region_id=region_by_code(account.region).id if account.region else None,
            organisation_id=firm_ids[account.firm] if account.firm is not None else None,
        )
        create_user(command, SYSTEM, password_hash=known)


def _allot(today: date) -> None:
    """Example figures: places for the county and its townships, and the city's money for as many households."""
    county = region_by_code(COUNTY)
    for year in range(today.year - 3, today.year + 1):
        funds.allot_places(county, PROGRAMME, year, 320, SYSTEM, document="示例文件", is_example=True)
        funds.allot_money(
            county,
            PROGRAMME,
            "municipal",
            "市级补助资金",
            year,
            320 * 200000,
            SYSTEM,
            document="示例文件",
            is_example=True,
        )


def actor(staff_no: str) -> Actor:
    """The actor of a demo account."""
    user = user_by_staff_no(staff_no)
    if user is None:
        raise LookupError(f"no demo account {staff_no}")
    return actor_of(user)


def accounts_table() -> str:
    """The demo's accounts as lines of text, for the terminal."""
    lines = [f"演示账号（密码都是 {PASSWORD}）："]
    lines += [f"  {account.staff_no:<8} {account.duty}　{account.name}" for account in ACCOUNTS]
    return "\n".join(lines)
