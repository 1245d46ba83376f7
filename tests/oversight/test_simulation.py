"""What if: the same as evaluating file by file, within what a person may see, and nothing is written."""

import json
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select, true

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import NotFound, RuleViolation
from app.core.masking import mask_name
from app.demo import bulk
from app.identity.queries import actor_of, user_by_staff_no
from app.jobs.models import Job
from app.jobs.service import run
from app.oversight import what_if as trials
from app.oversight.effects import County, Touched, to_json
from app.oversight.models import Effect, SimulatedChange
from app.oversight.simulation import WhatIf
from app.oversight.trial import Trial, count_clause, trial_of
from app.permissions import Actor, Role
from app.programme.changing import changed
from app.programme.difference import carried_over
from app.programme.eligibility import evaluate
from app.programme.loading import CATALOG, load
from app.programme.models import ProgrammeVersion
from app.programme.policy import Programme, build
from app.programme.queries import programme_of, published_as
from app.programme.refusals import SettlementRefused
from app.programme.subsidy import settle
from app.renovation.models import Renovation
from app.stages.application.models import DerivedFacts
from app.stages.plan import queries as plans
from app.stages.plan.models import Plan
from app.stages.plan.rules import PlanState
from app.stages.settlement.models import SettlementSheet
from tests.conftest import TEMPLATE, _create_app
from tests.factories import people
from tests.support.client import PageClient
from tests.support.databases import Databases, dispose
from tests.workbench.support import statements

TODAY = date(2026, 7, 31)
HOUSEHOLDS = 160
KEY, OVERLAY = "chongqing-2020", "chongqing-2020-demo-county"
OLDER = {"clause.0.when.age_at_least": "75"}
RICHER = {"cap.amount": "3000.00", "fund.0.limit": "3000.00"}


@pytest.fixture(scope="module")
def loaded(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A county of synthetic households in every status, inside the application context."""
    name, url = databases.copy(TEMPLATE)
    app = _create_app(url, tmp_path_factory.mktemp("files"))
    with app.app_context(), clock.fixed(TODAY):
        assert bulk.load(HOUSEHOLDS, 7, lambda _line: None) == HOUSEHOLDS
        yield app
        db.session.remove()
    dispose(app)
    databases.drop(name)


@pytest.fixture(autouse=True)
def _fresh(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "loaded" in request.fixturenames:
        db.session.rollback()


def named(programme_id: str) -> Programme:
    version = published_as(programme_id)
    assert version is not None
    return programme_of(version.id)


def tried(edits: dict[str, str], programme_id: str = KEY) -> WhatIf:
    return WhatIf(named(programme_id), changed(named(programme_id), edits))


def touched_by(what_if: WhatIf, scope: Any = None) -> dict[int, Touched]:
    return {one.renovation_id: one for some in what_if.run(true() if scope is None else scope) for one in some}


def only(what_if: WhatIf) -> County:
    (county,) = [county for county in what_if.counties.values() if county.households]
    return county


def one_by_one(what_if: WhatIf) -> dict[int, tuple[str, str]]:
    """Before and after of every file, evaluated with all its reasons, file by file."""
    found = {}
    for row in db.session.execute(
        select(Renovation.id, Renovation.programme_version_id, DerivedFacts)
        .join(DerivedFacts, DerivedFacts.renovation_id == Renovation.id)
        .where(Renovation.status.not_in(["withdrawn", "terminated"]))
    ):
        own = programme_of(row.programme_version_id)
        after, problems = build(carried_over(what_if.base.data, what_if.changed.data, own.data))
        assert problems == []
        facts = row.DerivedFacts
        found[row.id] = (
            evaluate(own, facts.facts, facts.applied_on).outcome.value,
            evaluate(after, facts.facts, facts.applied_on).outcome.value,
        )
    return found


@pytest.mark.parametrize(
    "edits",
    [
        OLDER,
        {"clause.0.when.age_at_least": "40"},
        {"clause.2.when.any.0.age_at_least": "70", "clause.2.when.any.2.else.at_least": "1"},
        {"clause.2.when.any.0.age_at_least": "95", "clause.2.when.any.2.else.at_least": "6"},
        RICHER,
    ],
)
def test_the_verdicts_are_those_of_each_file(loaded: Flask, edits: dict[str, str]) -> None:
    what_if = tried(edits)
    touched = touched_by(what_if)
    wanted = one_by_one(what_if)
    assert what_if.done == len(wanted)
    differing = {id_: verdicts for id_, verdicts in wanted.items() if verdicts[0] != verdicts[1]}
    found = {id_: (one.before.value, one.after.value) for id_, one in touched.items() if one.before is not one.after}
    assert found == differing
    county = only(what_if)
    assert county.eligible_before == sum(before == "eligible" for before, _ in wanted.values())
    assert county.eligible_after == sum(after == "eligible" for _, after in wanted.values())
    assert county.unknown_after == sum(after == "unknown" for _, after in wanted.values())
    assert county.gain == sum(one.effect is Effect.GAIN for one in touched.values())
    assert county.lose == sum(one.effect is Effect.LOSE for one in touched.values())


def test_a_number_that_matters_touches_somebody(loaded: Flask) -> None:
    assert only_counts(OLDER)["lose"] > 0
    assert only_counts({"clause.0.when.age_at_least": "40"})["gain"] >= 0


def only_counts(edits: dict[str, str]) -> dict[str, Any]:
    what_if = tried(edits)
    touched_by(what_if)
    return to_json(only(what_if))


def test_sums_are_those_of_each_plan_under_the_changed_rules(loaded: Flask) -> None:
    what_if = tried(RICHER)
    touched = touched_by(what_if)
    sheets = set(db.session.scalars(select(SettlementSheet.renovation_id)))
    checked = 0
    for plan in db.session.scalars(select(Plan).where(Plan.state == PlanState.SIGNED)):
        renovation = db.session.get_one(Renovation, plan.renovation_id)
        if plan.renovation_id in sheets or renovation.status in ("withdrawn", "terminated"):
            continue
        own = programme_of(renovation.programme_version_id)
        after, _ = build(carried_over(what_if.base.data, what_if.changed.data, own.data))
        facts = db.session.get_one(DerivedFacts, renovation.id)
        if evaluate(own, facts.facts, facts.applied_on).outcome.value == "ineligible":
            continue
        wanted = settle(after, plans.as_rule_lines(plan), facts.facts, facts.applied_on, complete=False).subsidy_fen
        found = touched.get(renovation.id)
        assert (found.after_fen if found else plan.subsidy_fen) == wanted
        assert found is None or found.before_fen == plan.subsidy_fen
        checked += 1
    assert checked > 10
    county = only(what_if)
    assert county.after_fen - county.before_fen == sum(
        (one.after_fen or 0) - (one.before_fen or 0) for one in touched.values()
    )
    assert county.more > 0
    assert (county.less, county.gain, county.lose) == (0, 0, 0)


def test_settled_files_come_to_what_was_settled_while_no_sum_differs(loaded: Flask) -> None:
    what_if = tried({"money.retention_percent": "3"})
    assert touched_by(what_if) == {}
    county = only(what_if)
    settled = db.session.scalar(
        select(func.sum(SettlementSheet.subsidy_fen)).where(SettlementSheet.state != "superseded")
    )
    assert settled
    assert county.before_fen == county.after_fen >= settled


def test_a_plan_that_the_new_rules_forbid_is_told(loaded: Flask) -> None:
    prices = {f"price.{place}.ceiling": "1.00" for place in range(30)}
    what_if = tried(prices, OVERLAY)
    touched = touched_by(what_if)
    refused = [one for one in touched.values() if one.effect is Effect.REFUSED]
    assert len(refused) == only(what_if).refused > 0
    assert {one.after_fen for one in refused} == {None}
    assert all("超过最高限价" in one.reason for one in refused)


def test_reasons_name_clauses_and_no_fact(loaded: Flask) -> None:
    loses = [one for one in touched_by(tried(OLDER)).values() if one.effect is Effect.LOSE]
    assert {one.reason.split("；")[0] for one in loses} == {"E1 老年人：符合 → 不符合"}


def test_a_clause_that_is_new_is_told(loaded: Flask) -> None:
    base = named(KEY)
    own = base.data.clause[0].model_copy(
        update={"id": "E10", "title": "已参保", "when": {"fact": "person.insured", "is": True}}
    )
    after, problems = build(base.data.model_copy(update={"clause": (*base.data.clause, own)}))
    assert problems == []
    reasons = {one.reason.split("；")[0] for one in touched_by(WhatIf(base, after)).values()}
    assert reasons <= {"新增 E10 已参保：不符合", "新增 E10 已参保：尚不能判断"}
    assert reasons


def test_nothing_is_written(loaded: Flask) -> None:
    before = everything()
    for edits in (OLDER, RICHER):
        touched_by(tried(edits))
    db.session.commit()
    assert everything() == before


def everything() -> dict[str, str]:
    found = {}
    for table in db.metadata.sorted_tables:
        rows = db.session.execute(sa.select(table).order_by(*table.primary_key.columns)).all()
        found[table.name] = sha256(repr(rows).encode()).hexdigest()
    return found


def test_the_statements_do_not_grow_with_the_households(loaded: Flask) -> None:
    few = db.session.scalars(select(Renovation.id).order_by(Renovation.id).limit(5)).all()
    with statements() as small:
        touched_by(tried(RICHER), Renovation.id.in_(few))
    with statements() as large:
        touched_by(tried(RICHER))
    assert len(small) == len(large)


def test_other_programmes_and_levels_do_not_mix(loaded: Flask) -> None:
    with pytest.raises(RuleViolation, match="适用地区不同"):
        WhatIf(named(KEY), named(OVERLAY))
    stranger, _ = build(
        named(KEY).data.model_copy(update={"programme": named(KEY).data.programme.model_copy(update={"id": "other"})})
    )
    with pytest.raises(RuleViolation, match="不能一起测算"):
        WhatIf(named(KEY), stranger)


# ---------------------------------------------------------------- command, job, pages


def test_the_command_answers_json_and_writes_nothing(loaded: Flask, tmp_path: Path) -> None:
    folder = tmp_path / KEY
    folder.mkdir()
    for path in (CATALOG / KEY).glob("*.toml"):
        text = path.read_text("utf-8").replace("age_at_least = 60", "age_at_least = 75")
        (folder / path.name).write_text(text, "utf-8")
    before = everything()
    answer = loaded.test_cli_runner().invoke(args=["simulate", "--programme", KEY, "--with", str(folder)])
    assert answer.exit_code == 0, answer.output
    said = json.loads(answer.stdout)
    what_if = WhatIf(named(KEY), load(folder))
    touched = touched_by(what_if)
    assert said["counties"] == [to_json(only(what_if))]
    assert {one["number"] for one in said["loses"]} == {
        one.number for one in touched.values() if one.effect is Effect.LOSE
    }
    assert said["loses"]
    assert said["gains"] == []
    assert (said["programme"], said["households"]) == (KEY, what_if.done)
    db.session.commit()
    assert everything() == before


def test_the_command_refuses_a_broken_folder(loaded: Flask, tmp_path: Path) -> None:
    (tmp_path / "programme.toml").write_text("[programme]\n", "utf-8")
    answer = loaded.test_cli_runner().invoke(args=["simulate", "--programme", KEY, "--with", str(tmp_path)])
    assert answer.exit_code == 1
    assert answer.stdout == ""
    assert "programme.toml:1" in answer.stderr


def ask(actor: Actor, edits: dict[str, str], programme_id: str = KEY) -> int:
    version = published_as(programme_id)
    assert version is not None
    with transaction():
        job = trials.ask(Trial(version.id, None, tuple(edits.items())), actor)
        id_ = job.id
    run(id_)
    return id_


def county_actor() -> Actor:
    return actor_of(user_by_staff_no("county01") or people.make_user(Role.COUNTY))


def test_a_job_keeps_counts_and_list(loaded: Flask) -> None:
    actor = county_actor()
    job = trials.answer_of(ask(actor, OLDER), actor)
    what_if = tried(OLDER)
    touched = touched_by(what_if)
    assert job.result is not None
    assert job.result["counties"] == [to_json(only(what_if))]
    assert job.result["changes"] == ["申请条件 E1 老年人：年龄 60 周岁 → 75 周岁"]
    assert (job.progress, job.total) == (what_if.done, what_if.done)
    kept = db.session.scalars(select(SimulatedChange).where(SimulatedChange.job_id == job.id)).all()
    assert {(row.renovation_id, row.effect, row.reason) for row in kept} == {
        (one.renovation_id, one.effect, one.reason) for one in touched.values()
    }
    run(job.id)  # done is done
    assert len(db.session.scalars(select(SimulatedChange).where(SimulatedChange.job_id == job.id)).all()) == len(kept)


def test_a_trial_without_a_change_is_refused_at_once(loaded: Flask) -> None:
    with pytest.raises(RuleViolation, match="没有改动"):
        ask(county_actor(), {})


def test_the_list_is_kept_within_the_scope_and_masked(loaded: Flask) -> None:
    actor = county_actor()
    job = trials.answer_of(ask(actor, OLDER), actor)
    shown = trials.lines(job, actor, limit=10_000)
    assert len(shown) == db.session.scalar(select(func.count()).where(SimulatedChange.job_id == job.id))
    files = {row.number: row for row in db.session.scalars(select(Renovation))}
    assert all(line.name == mask_name(files[line.number].applicant_name) for line in shown)
    town = db.session.scalars(select(Renovation.township_id).where(Renovation.number == shown[0].number)).one()
    clerk = Actor(None, "经办", Role.TOWNSHIP, town, "", region_level="township")
    assert {line.number for line in trials.lines(job, clerk, limit=10_000)} == {
        line.number for line in shown if files[line.number].township_id == town
    }
    stranger = Actor(None, "邻县", Role.COUNTY, -1, "/none/", region_level="county")
    assert trials.lines(job, stranger) == []
    with pytest.raises(NotFound):
        trials.answer_of(job.id, stranger)


def test_pages_of_the_list_follow_each_other(loaded: Flask) -> None:
    actor = county_actor()
    job = trials.answer_of(ask(actor, RICHER), actor)
    everyone = [line.id for line in trials.lines(job, actor, limit=10_000)]
    paged: list[int] = []
    while True:
        page = trials.lines(job, actor, after=paged[-1] if paged else 0, limit=3)
        paged += [line.id for line in page[:3]]
        if len(page) <= 3:
            break
    assert paged == everyone
    stream = BytesIO()
    assert trials.write(job, actor, Effect.MORE, "", stream) == len(trials.lines(job, actor, Effect.MORE, limit=10_000))
    stream.seek(0)
    rows = CalamineWorkbook.from_filelike(stream).get_sheet_by_index(0).to_python()
    assert rows[0][:2] == ["档案号", "姓名"]
    assert len(rows) - 1 == len(trials.lines(job, actor, Effect.MORE, limit=10_000))


def test_a_clause_is_counted_while_its_number_is_typed(loaded: Flask) -> None:
    version = published_as(KEY)
    assert version is not None
    before, after = count_clause(Trial(version.id, None, tuple(OLDER.items())), "E1", county_actor())
    rows = db.session.execute(
        select(DerivedFacts.facts, DerivedFacts.applied_on)
        .join(Renovation, Renovation.id == DerivedFacts.renovation_id)
        .where(Renovation.status.not_in(["withdrawn", "terminated"]))
    ).all()
    for counted, programme in ((before, named(KEY)), (after, changed(named(KEY), OLDER))):
        results = [evaluate(programme, facts, day).clause("E1").result.value for facts, day in rows]
        assert counted == {
            True: results.count("pass"),
            False: results.count("fail"),
            None: results.count("unknown"),
        }
    stranger = Actor(None, "邻县", Role.COUNTY, -1, "/none/", region_level="county")
    assert count_clause(Trial(version.id), "E1", stranger) == (
        {True: 0, False: 0, None: 0},
        {True: 0, False: 0, None: 0},
    )


def city_client(app: Flask) -> PageClient:
    client: PageClient = app.test_client()  # type: ignore[assignment]
    client.login(people.make_user(Role.CITY))
    return client


def as_shown(client: PageClient, version_id: int) -> dict[str, Any]:
    """The form as a browser would send it untouched."""
    form = client.page(f"/programmes/{version_id}/what-if").select_one("form#what-if")
    assert form is not None
    typed: dict[str, Any] = {}
    for one in form.select("input[name]"):
        if one.get("type") != "checkbox" or one.has_attr("checked"):
            typed.setdefault(str(one["name"]), []).append(one.get("value", ""))
    for one in form.select("select[name]"):
        chosen = one.select_one("option[selected]") or one.select_one("option")
        typed.setdefault(str(one["name"]), []).append(chosen["value"] if chosen else "")
    return typed


def published_id() -> int:
    version = published_as(KEY)
    assert version is not None
    return version.id


def test_the_same_page_sent_again_is_the_same_job_and_with_another_value_another(loaded: Flask) -> None:
    client, at = city_client(loaded), f"/programmes/{published_id()}/what-if"

    def asked(typed: dict[str, Any], age: str) -> str:
        answer = client.post(at, data=typed | {"n-clause.0.when.age_at_least": [age]})
        assert answer.status_code == 302
        return answer.headers["Location"]

    page, fresh = as_shown(client, published_id()), as_shown(client, published_id())
    first, again, other, later = asked(page, "75"), asked(page, "75"), asked(page, "76"), asked(fresh, "75")
    assert first == again
    assert len({first, other, later}) == 3


def test_the_pages_ask_run_and_answer(loaded: Flask) -> None:
    client, at = city_client(loaded), f"/programmes/{published_id()}/what-if"
    typed = as_shown(client, published_id())
    assert client.post(at, data=typed).status_code == 422
    typed["n-clause.0.when.age_at_least"] = ["75"]
    live = client.post(f"{at}/count", data=typed | {"clause": "E1"}, headers={"HX-Request": "true"})
    assert "符合的有" in live.get_data(as_text=True)
    answer = client.post(at, data=typed)
    assert answer.status_code == 302
    job_id = int(answer.headers["Location"].rsplit("/", 1)[1])
    run(job_id)
    link = client.page(f"/jobs/{job_id}").select_one("a.btn-primary[href*=what-if]")
    assert link is not None
    shown = client.page(str(link["href"]))
    assert [one.get_text() for one in shown.select(".diff")] == ["申请条件 E1 老年人：年龄 60 周岁 → 75 周岁"]
    assert client.get(f"/programmes/what-if/{job_id}.xlsx").status_code == 200


def test_clauses_lists_items_and_percentages_go_the_same_way(loaded: Flask) -> None:
    client, at = city_client(loaded), f"/programmes/{published_id()}/what-if"
    base = named(KEY)
    place = next(at for at, item in enumerate(base.items) if item.number == 20)
    typed = as_shown(client, published_id()) | {
        "n-out:clause.8": ["1"],
        "n-clause.1.when.contains_any": ["", "dibao", "poverty_registered"],
        f"n-out:item.{place}": ["1"],
        "n-percent:13": ["50"],
        "n-ceiling:1": ["120.00"],
    }
    asked = client.post(f"{at}/count", data=typed | {"clause": "E9"}, headers={"HX-Request": "true"})
    gone = asked.get_data(as_text=True)
    assert "这一条不再要求" in gone
    answer = client.post(at, data=typed)
    assert answer.status_code == 302
    job_id = int(answer.headers["Location"].rsplit("/", 1)[1])
    run(job_id)
    job = db.session.get_one(Job, job_id)
    assert job.result is not None
    assert job.result["changes"] == [
        "取消申请条件 E9 自愿申请",
        "申请条件 E2 困难身份：困难类别 含分散供养特困人员或建档立卡贫困人口 → 含低保对象或建档立卡贫困人口",
        "取消改造项目 20 安装自动感应灯具",
        "新增补贴比例 13 安装扶手：项目 13 安装扶手，补贴比例 50%",
        "新增补贴比例 其余项目：补贴比例 100%",
        "新增项目单价 1 防滑处理：单位 平方米，最高单价 120 元",
        "取消建议项目 过道暗，夜里看不清",
        "取消建议项目 夜里起身看不清",
    ]
    what_if = WhatIf(base, trial_of(job.payload).changed())
    touched_by(what_if)
    assert job.result["counties"] == [to_json(only(what_if))]


def test_a_clause_is_counted_whatever_is_wrong_elsewhere(loaded: Flask) -> None:
    edits = (("clause.0.when.age_at_least", "75"), ("clause.2.when.any.0.age_at_least", "?"), ("cap.amount", "?"))
    trial = Trial(published_id(), None, edits)
    assert count_clause(trial, "E1", county_actor()) == count_clause(
        Trial(published_id(), None, edits[:1]), "E1", county_actor()
    )
    with pytest.raises(RuleViolation, match="须为不小于 0 的整数"):
        count_clause(trial, "E3", county_actor())
    with pytest.raises(NotFound):
        count_clause(trial, "E99", county_actor())


def refused(response: Any) -> BeautifulSoup:
    assert response.status_code == 422
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def test_what_is_wrong_stands_at_its_field_and_nothing_is_asked(loaded: Flask) -> None:
    client, at = city_client(loaded), f"/programmes/{published_id()}/what-if"
    before = db.session.scalar(select(func.count()).select_from(Job))
    typed = as_shown(client, published_id()) | {"n-cap.amount": ["很多"], "n-percent:13": ["200"]}
    page = refused(client.post(at, data=typed))
    assert page.select_one("input[name='n-cap.amount']")["value"] == "很多"  # type: ignore[index]
    assert "须为不小于 0 的数" in page.select_one("[id='e-cap.amount']").get_text()  # type: ignore[union-attr]
    assert [link["href"] for link in page.select("[role=alert] a")] == ["#n-cap.amount"]
    assert db.session.scalar(select(func.count()).select_from(Job)) == before


def zipped(folder: Path, replaced: dict[str, str]) -> BytesIO:
    """A seed's folder as a ZIP, with words replaced in all of its files."""
    stream = BytesIO()
    with ZipFile(stream, "w") as archive:
        for path in folder.glob("*.toml"):
            text = path.read_text("utf-8")
            for old, new in replaced.items():
                text = text.replace(old, new)
            archive.writestr(path.name, text)
    stream.seek(0)
    return stream


def test_a_changed_folder_is_tried_as_it_is(loaded: Flask) -> None:
    client, at = city_client(loaded), f"/programmes/{published_id()}/what-if"
    content = zipped(CATALOG / KEY, {"age_at_least = 60": "age_at_least = 75"})
    sent = {"csrf_token": as_shown(client, published_id())["csrf_token"][0], "folder": (content, "改过的.zip")}
    answer = client.post(at, data=sent, content_type="multipart/form-data")
    assert answer.status_code == 302
    job_id = int(answer.headers["Location"].rsplit("/", 1)[1])
    versions = db.session.scalar(select(func.count()).select_from(ProgrammeVersion))
    run(job_id)
    job = db.session.get_one(Job, job_id)
    assert job.result is not None
    assert job.result["changes"] == ["申请条件 E1 老年人：年龄 60 周岁 → 75 周岁"]
    assert db.session.scalar(select(func.count()).select_from(ProgrammeVersion)) == versions
    assert "改过的资料夹" in client.page(f"/programmes/what-if/{job_id}").get_text()


def test_that_an_added_item_changes_no_sum_is_said(loaded: Flask) -> None:
    client, at = city_client(loaded), f"/programmes/{published_id()}/what-if"
    last = 'specifications = ["求助按钮", "红外感应", "烟雾报警", "燃气报警"]'
    more = f'{last}\n[[item]]\nnumber = 31\ncategory = "aids"\nname = "坐便椅"\ntype = "optional"\nkind = "goods"\n'
    content = zipped(CATALOG / KEY, {last: f'{more}unit = "把"\ndescription = "夜里就近如厕。"\nphotos = []\n'})
    sent = {"csrf_token": as_shown(client, published_id())["csrf_token"][0], "folder": (content, "a.zip")}
    answer = client.post(at, data=sent, content_type="multipart/form-data")
    job_id = int(answer.headers["Location"].rsplit("/", 1)[1])
    run(job_id)
    page = client.page(f"/programmes/what-if/{job_id}")
    notice = next(one for one in page.select(".notice.soon") if "31 坐便椅" in one.get_text())
    assert notice.select_one("h3").get_text() == "增加的项目没有算进金额"  # type: ignore[union-attr]
    sums = [cell.get_text(strip=True) for cell in page.select("td[data-label^=补贴（]")][:2]
    assert sums[0] == sums[1]


def test_a_broken_folder_is_told_line_by_line(loaded: Flask) -> None:
    client, at = city_client(loaded), f"/programmes/{published_id()}/what-if"
    content = zipped(CATALOG / KEY, {"age_at_least = 60": 'age_at_least = "六十"'})
    sent = {"csrf_token": as_shown(client, published_id())["csrf_token"][0], "folder": (content, "a.zip")}
    page = refused(client.post(at, data=sent, content_type="multipart/form-data"))
    row = page.select_one("section[aria-labelledby=errors-head] tbody tr")
    assert row is not None
    file, line, *_said = row.select("td")
    assert (file.get_text(), line.get_text()) == ("eligibility.toml", "9")


def test_who_may_not_try_is_turned_away(loaded: Flask) -> None:
    version = published_as(KEY)
    assert version is not None
    client: PageClient = loaded.test_client()  # type: ignore[assignment]
    client.login(people.make_user(Role.TOWNSHIP))
    client.page(f"/programmes/{version.id}/what-if", status=403)


def test_settling_refused_is_no_crash(loaded: Flask) -> None:
    assert issubclass(SettlementRefused, RuleViolation)
    assert db.session.scalar(select(func.count()).select_from(ProgrammeVersion)) == 2
