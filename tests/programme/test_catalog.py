"""The shipped programmes say what the policy says."""

import re
from datetime import date
from pathlib import Path

from app.lifecycle import ENDINGS, Stage, Status
from app.programme.facts import VOCABULARY
from app.programme.loading import CATALOG, load
from app.programme.policy import restore
from app.programme.values import ItemKind

from .factory import BASICS, chongqing, demo_county

ITEMS = """1 防滑处理|2 高差处理|3 平整硬化|4 安装扶手|5 门槛移除|6 平开门改为推拉门|7 房门拓宽|8 下压式门把手改造|9 安装闪光振动门铃
10 配置护理床|11 安装床边护栏（抓杆）|12 配置防压疮垫|13 安装扶手|14 蹲便器改坐便器|15 水龙头改造|16 浴缸/淋浴房改造|17 配置淋浴椅
18 台面改造|19 加设中部柜|20 安装自动感应灯具|21 电源插座及开关改造|22 安装防撞护角/防撞条、提示标识|23 适老家具配置
24 手杖|25 轮椅/助行器|26 放大装置|27 助听器|28 自助进食器具|29 防走失装置|30 安全监控装置"""


def test_thirty_items_with_the_names_of_the_list() -> None:
    expected = [entry.split(" ", 1) for entry in re.split(r"[|\n]", ITEMS)]
    assert [(str(item.number), item.name) for item in chongqing().items] == [tuple(entry) for entry in expected]


def test_seven_basics_and_seven_categories() -> None:
    assert tuple(item.number for item in chongqing().basic_items) == BASICS
    assert [(c.number, c.name, len(chongqing().items_of(c.key))) for c in chongqing().categories] == [
        ("(一)", "地面改造", 4),
        ("(二)", "门改造", 5),
        ("(三)", "卧室改造", 3),
        ("(四)", "如厕洗浴设备改造", 5),
        ("(五)", "厨房设备改造", 2),
        ("(六)", "物理环境改造", 4),
        ("(七)", "老年用品配置", 7),
    ]


def test_works_and_goods_and_their_photographs() -> None:
    works = {*range(1, 10), 11, *range(13, 17), *range(18, 23)}
    for item in chongqing().items:
        assert (item.kind is ItemKind.WORKS) == (item.number in works)
        assert item.photos == (("before", "hidden", "after") if item.number in works else ("handover", "label"))


def test_figures_of_the_programme() -> None:
    programme = chongqing()
    assert (programme.cap_fen, programme.assessors, programme.warranty_months) == (200_000, 2, 24)
    assert (programme.notice.days, programme.notice.day_kind, programme.flag_waivers_from) == (7, "working", 5)
    assert [clause.id for clause in programme.clauses] == [f"E{n}" for n in range(1, 10)]
    assert [fund.id for fund in programme.funds] == ["municipal"]
    assert [document.key for document in programme.documents_for("settlement")] == [
        "plan_signed",
        "agreement",
        "contract",
        "line_photos",
        "supervision_report",
        "acceptance",
        "invoice",
        "own_share_receipt",
        "warranty_card",
    ]


def test_every_open_status_has_a_time_limit_but_the_warranty() -> None:
    limits = {status for status in Status if chongqing().time_limit(status) is not None}
    assert limits == {status for status in Status if status not in ENDINGS} - {Status.PAID}


def test_every_stage_is_used() -> None:
    assert [stage for stage in Stage if (terms := chongqing().stage(stage)) and terms.used] == list(Stage)


def test_what_the_source_does_not_say_is_marked() -> None:
    marked = {(assumption.place, assumption.label) for assumption in chongqing().assumptions}
    for expected in (
        ("clause.when", "E1"),
        ("clause.when", "E3"),
        ("notice.days", ""),
        ("assessment.assessors", ""),
        ("time_limits.days", ""),
        ("money.payee", ""),
        ("plan.waivers", ""),
    ):
        assert expected in marked
    assert all(assumption.reason for assumption in chongqing().assumptions)


def test_every_room_hazard_and_indicator_leads_to_items() -> None:
    data = chongqing().data
    assert {s.hazard for s in data.suggestion if s.hazard} == {hazard.key for hazard in data.hazard}
    assert {s.indicator for s in data.suggestion if s.indicator} == {item.key for item in chongqing().instrument.items}
    assert {number for s in data.suggestion for number in s.items} == set(range(1, 31))


def test_suggestions_come_with_their_reasons() -> None:
    found = chongqing().suggestions({"bath_standing"}, {"walking"})
    assert [(s.items, s.reason) for s in found] == [
        ((17,), "坐着洗澡，避免久站滑倒"),
        ((24,), "行走困难，配手杖"),
        ((25,), "不能独自行走，配轮椅或助行器"),
        ((2,), "行走困难，先消除落差"),
    ]


def test_grades_of_the_six_indicators() -> None:
    grades = [chongqing().grade(failed) for failed in range(7)]
    assert [grade and grade.key for grade in grades] == ["full"] + ["partial"] * 3 + ["complete_loss"] * 3


def test_the_overlay_adds_to_its_base() -> None:
    overlay = demo_county()
    assert (overlay.id, overlay.key, overlay.county_code) == ("chongqing-2020-demo-county", "chongqing-2020", "500299")
    assert [fund.id for fund in overlay.funds] == ["municipal", "county", "lottery"]
    assert overlay.ceiling_fen(13) == 18_000
    assert overlay.is_example_price(13)
    assert overlay.data.item == chongqing().data.item
    assert {quota.example for quota in overlay.data.quota} == {True}
    assert sum(quota.households for quota in overlay.data.quota if quota.region != "500299") == 400


def test_phases() -> None:
    assert [phase.key for phase in chongqing().phases_on(date(2020, 9, 15))] == ["mobilisation", "implementation"]
    assert chongqing().phases_on(date(2021, 1, 1)) == ()
    assert [phase.key for phase in demo_county().phases_on(date(2026, 11, 22))] == ["implementation", "acceptance"]


def test_the_same_data_has_the_same_hash_and_comes_back_from_storage() -> None:
    again = load(CATALOG / "chongqing-2020")
    assert again.content_hash == chongqing().content_hash
    stored = restore(again.content)
    assert stored == again
    assert stored.data == again.data
    assert stored.version == again.version


def test_the_readme_shows_the_whole_vocabulary() -> None:
    text = Path(CATALOG / "README.md").read_text("utf-8").partition("\n## 事实\n")[2]
    shown = re.findall(r"^\| `([a-z_.]+)` \|", text, re.MULTILINE)
    assert shown == list(VOCABULARY)
    for fact in VOCABULARY.values():
        for code in fact.kind.codes:
            assert f"`{code}`" in text


def test_fund_addition_of_a_county_raises_the_cap(tmp_path: Path) -> None:
    folder = tmp_path / "county"
    folder.mkdir()
    for path in (CATALOG / "chongqing-2020-demo-county").glob("*.toml"):
        text = path.read_text("utf-8").replace('amount = "0.00"', 'amount = "500.00"')
        (folder / path.name).write_text(text, "utf-8")
    assert load(folder).cap_fen == 250_000
