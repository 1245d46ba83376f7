"""Papers of a programme's own: who uploads them, which step waits for them, who opens them, where they stand."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.db import db
from app.core.errors import DomainError, NotAllowed, NotFound, RuleViolation, RuleViolations
from app.lifecycle import Stage, Status
from app.permissions import Actor, Role
from app.programme.crosscheck import _documents
from app.programme.loading import CATALOG, load
from app.programme.process_schema import Document, PaperStep
from app.programme.run_by import RunBy
from app.renovation import own_papers
from app.renovation import queries as files
from app.renovation.models import Attachment, Kind, Renovation
from app.renovation.operations import Missing
from app.stages.application.notice_service import forward_missing
from app.stages.plan.service import approve_missing, submit_missing
from app.stages.registry import open_operations
from app.workbench import queries
from app.workbench.buttons import choices
from app.workbench.paper_moves import paper_moves
from app.workbench.whole_file import _albums
from tests.acceptance import support as acceptances
from tests.application.notice_support import publish_tables
from tests.assessment.support import user
from tests.construction import support as construction
from tests.construction.support import Site, do, photo
from tests.factories import applications, people
from tests.plan import support as drafts
from tests.plan.support import fresh
from tests.support.client import PageClient
from tests.workbench.support import statements
from tests.workbench.test_waiting import DESK_QUERIES

from .support import CONTENT, billed

PROOF = {"key": "income", "name": "收入证明", "stage": "application", "needed_for": "review"}
DRAWING = {"key": "drawing", "name": "改造设计图", "stage": "plan", "needed_for": "plan"}
LIST = {"key": "materials", "name": "材料清单", "stage": "construction", "needed_for": "contract", "by": ["contractor"]}
GUIDE = {"key": "training", "name": "使用培训记录", "stage": "construction", "needed_for": "acceptance"}
OPINION = {"key": "satisfaction", "name": "满意度评价表", "stage": "acceptance", "needed_for": "settlement"}


def publish(*papers: dict[str, Any]) -> None:
    publish_tables(document=[*CONTENT["document"], *papers])


@pytest.fixture(autouse=True)
def _session(session: Session) -> None:
    """Everything here is stored."""


def upload(file: Renovation, actor: Actor, key: str, **changes: Any) -> Renovation:
    typed = {"document": key, "files": [photo(actor)]} | changes
    return do("application.upload_paper", file, actor, **typed)


def lacking(name: str, who: str) -> Missing:
    return Missing(f"还没有上传“{name}”，由{who}上传", "application.upload_paper")


def refused(call: Any) -> list[str]:
    with pytest.raises(DomainError) as error:
        call()
    return (
        [one.message for one in error.value.problems] if isinstance(error.value, RuleViolations) else [str(error.value)]
    )


def test_the_first_review_waits_for_the_townships_paper() -> None:
    publish(PROOF)
    clerk = people.actor(Role.TOWNSHIP)
    file = applications.submitted(clerk)
    wanted = lacking("收入证明", "乡镇（街道）经办")
    assert wanted in forward_missing(file)
    file = upload(file, clerk, "income")
    assert wanted not in forward_missing(file)
    newest = files.events(file)[0]
    assert (newest.title, newest.stage, newest.details) == (
        "上传收入证明",
        Stage.APPLICATION,
        {"document": "income", "files": 1},
    )


def test_a_plan_is_not_handed_in_without_the_drafters_paper_nor_approved_without_anothers() -> None:
    publish(DRAWING, {"key": "estimate", "name": "概算意见", "stage": "plan", "needed_for": "plan", "by": ["county"]})
    around = drafts.desk()
    file = drafts.drafted(around)
    assert submit_missing(file) == [lacking("改造设计图", "评估机构")]
    assert refused(lambda: do("plan.submit_plan", file, around.first)) == [lacking("改造设计图", "评估机构").text]
    assert "application.upload_paper" in {one.key for one in choices(file, around.first).others}
    file = do("plan.submit_plan", upload(file, around.first, "drawing"), around.first)
    drafts.verify(file, around)
    assert approve_missing(file) == [lacking("概算意见", "县级民政局")]
    file = upload(file, around.county, "estimate")
    assert do("plan.approve", file, around.county).status is Status.PLANNED


def test_contract_acceptance_and_settlement_wait_each_for_its_own() -> None:
    publish(LIST, GUIDE, OPINION)
    on = construction.site()
    file = construction.dispatched(on)
    assert refused(lambda: construction.contracted(on, file)) == [lacking("材料清单", "施工单位").text]
    file = construction.completed(
        on, construction.building(on, construction.contracted(on, upload(file, on.builder, "materials")))
    )
    assert refused(lambda: acceptances.recorded(on, file)) == [lacking("使用培训记录", "施工单位").text]
    file = acceptances.recorded(on, upload(file, on.builder, "training"))
    file = do("acceptance.countersign", file, on.around.county)
    billed(on, file)
    do("settlement.card", file, on.builder, hotline="023-40000001", paper=photo(on.builder))
    said = refused(lambda: do("settlement.prepare", file, on.around.county))
    assert lacking("满意度评价表", "乡镇（街道）经办").text in said
    file = upload(file, on.around.township, "satisfaction")
    assert lacking("满意度评价表", "乡镇（街道）经办").text not in _said_of_settlement(file)


def _said_of_settlement(file: Renovation) -> list[str]:
    return [one.text for one in own_papers.missing(file, PaperStep.SETTLEMENT)]


def test_only_whose_it_is_uploads_and_only_what_is_asked_for() -> None:
    publish(LIST)
    on = construction.site()
    file = construction.dispatched(on)
    with pytest.raises(NotAllowed, match="“材料清单”由施工单位上传，您只能查看"):
        upload(file, on.around.township, "materials")
    with pytest.raises(NotFound):
        upload(file, on.other_builder, "materials")
    with pytest.raises(NotAllowed):
        upload(file, people.actor(Role.FINANCE), "materials")
    with pytest.raises(RuleViolation, match="这个政策不要这份材料"):
        upload(file, on.builder, "invoice")
    offered = {
        actor.role
        for actor in (on.builder, on.around.township, on.around.county, on.supervisor)
        if "application.upload_paper" in {one.key for one in open_operations(file, actor)}
    }
    assert offered == {Role.CONTRACTOR}
    replaced = construction.replaced(on, file)
    with pytest.raises(NotAllowed, match="已不承担这一户"):
        upload(replaced, on.builder, "materials")


def to_do(actor: Actor) -> list[str]:
    return [line.move.words for line in queries.desk(actor).lines if line.move]


def test_who_has_to_upload_what_the_step_waits_for_has_it_on_the_desk() -> None:
    publish(
        PROOF, DRAWING, {"key": "estimate", "name": "概算意见", "stage": "plan", "needed_for": "plan", "by": ["county"]}
    )
    around = drafts.desk()
    clerk = around.township
    file = applications.submitted(clerk)
    assert to_do(clerk) == ["上传收入证明"]
    upload(file, clerk, "income")
    assert to_do(clerk) == ["初审"]


def test_the_drafters_paper_waits_for_the_draft_and_anothers_for_the_plan_handed_in() -> None:
    publish(DRAWING, {"key": "estimate", "name": "概算意见", "stage": "plan", "needed_for": "plan", "by": ["county"]})
    around = drafts.desk()
    file = drafts.assessed(around)
    assert (to_do(around.first), to_do(around.county)) == (["编制方案"], [])
    file = drafts.drafted(around, file)
    assert (to_do(around.first), to_do(around.county)) == (["上传改造设计图"], [])
    file = upload(file, around.first, "drawing")
    assert to_do(around.first) == ["编制方案"]
    file = do("plan.submit_plan", file, around.first)
    assert (to_do(around.first), to_do(around.county)) == ([], ["上传概算意见"])
    upload(file, around.county, "estimate")
    assert to_do(around.county) == ["审批方案"]


def test_contract_acceptance_and_settlement_put_theirs_on_the_desks() -> None:
    publish(
        LIST,
        GUIDE,
        OPINION | {"only_if": "self_pay"},
        OPINION | {"key": "tidy", "name": "一份名称很长很长的清场确认表"},
    )
    on = construction.site()
    file = drafts.agreed(on.around)
    assert (to_do(on.builder), to_do(on.around.township)) == ([], [])
    file = construction.dispatched(on, file)
    assert (to_do(on.builder), to_do(on.other_builder)) == (["上传材料清单"], [])
    file = construction.contracted(on, upload(file, on.builder, "materials"))
    file = construction.completed(on, construction.building(on, file))
    assert to_do(on.builder) == ["上传使用培训记录"]
    file = acceptances.recorded(on, upload(file, on.builder, "training"))
    assert to_do(on.around.township) == []
    file = do("acceptance.countersign", file, on.around.county)
    # the household pays nothing itself, so the paper that is asked for then is not
    assert to_do(on.around.township) == ["上传材料"]
    upload(file, on.around.township, "tidy")
    assert to_do(on.around.township) == []


def test_who_was_given_the_drafting_uploads_the_drafters_paper() -> None:
    publish_tables(document=[*CONTENT["document"], DRAWING], actor=[{"task": "plan_draft", "roles": ["township"]}])
    around = drafts.desk()
    file = do("plan.draft", drafts.assessed(around), around.township, **drafts.typed())
    assert (to_do(around.township), to_do(around.first)) == (["上传改造设计图"], [])
    assert file.status is Status.ASSESSED


def test_versions_that_ask_for_the_same_paper_share_a_move() -> None:
    publish(DRAWING)
    publish(DRAWING, PROOF)
    words = {role: [move.words for move in paper_moves(role)] for role in (Role.ASSESSOR, Role.TOWNSHIP, Role.FINANCE)}
    assert words == {Role.ASSESSOR: ["上传改造设计图"], Role.TOWNSHIP: ["上传收入证明"], Role.FINANCE: []}


@pytest.mark.parametrize("count", [1, 3])
def test_the_desk_asks_the_same_whatever_waits_for_papers(client: PageClient, count: int) -> None:
    publish(PROOF, DRAWING, LIST)
    clerk = people.actor(Role.TOWNSHIP)
    for _ in range(count):
        applications.submitted(clerk)
    client.login(user(clerk))
    client.page("/")
    with statements() as seen:
        page = client.page("/")
    assert (len(page.select("tbody tr")), len(seen)) == (count, DESK_QUERIES)
    link = page.select_one("tbody td.act a")
    assert (link.get_text(), link["href"].rsplit("/", 2)[1:]) == ("上传收入证明", ["application", "upload_paper"])


def test_another_upload_stands_beside_or_instead() -> None:
    publish(DRAWING)
    around = drafts.desk()
    file = upload(upload(drafts.drafted(around), around.first, "drawing"), around.first, "drawing")
    assert len(own_papers.filed(file)["drawing"]) == 2
    file = upload(file, around.first, "drawing", replace=True)
    assert len(own_papers.filed(file)["drawing"]) == 1
    ended = db.session.scalars(
        select(Attachment.ended_reason).where(Attachment.kind == Kind.OWN_PAPER).order_by(Attachment.id)
    )
    assert ended.all() == ["重新上传", "重新上传", ""]
    assert files.events(file)[0].title == "重新上传改造设计图"


def test_the_same_upload_sent_again_is_no_other_one() -> None:
    publish(DRAWING)
    around = drafts.desk()
    given = {"files": [photo(around.first), photo(around.first)]}
    file = upload(drafts.drafted(around), around.first, "drawing", **given)
    for replace in (False, True):
        assert refused(lambda more=replace: upload(file, around.first, "drawing", replace=more, **given)) == [
            "这些文件已经在这份材料里，不用再上传。"
        ]
    file = upload(file, around.first, "drawing", files=given["files"][:1], replace=True)
    assert [one.file_id for one in own_papers.filed(file)["drawing"]] == given["files"][:1]
    titles = [one.title for one in files.events(file)]
    assert [titles.count(f"{how}改造设计图") for how in ("上传", "重新上传")] == [1, 1]


def test_what_is_asked_only_with_an_own_share_is_asked_only_then() -> None:
    publish(DRAWING | {"only_if": "self_pay"})
    around = drafts.desk()
    assert submit_missing(drafts.drafted(around)) == []
    dear = drafts.drafted(around, lines=drafts.lines(item_1="900.00"))
    assert submit_missing(dear) == [lacking("改造设计图", "评估机构")]


def opens(on: Site, file: Renovation) -> set[Role]:
    """Who of all these may open the only paper of the programme's own."""
    around = on.around
    offices = [people.actor(role) for role in (Role.FINANCE, Role.CITY, Role.AUDITOR)]
    everybody = [around.township, around.county, around.first, on.builder, on.supervisor, *offices]
    one = db.session.scalars(select(Attachment).where(Attachment.kind == Kind.OWN_PAPER)).one()
    return {actor.role for actor in everybody if files.may_open(one, actor)}


@pytest.mark.parametrize(
    ("stage", "who"),
    [
        (Stage.APPLICATION, {Role.TOWNSHIP, Role.COUNTY, Role.ASSESSOR, Role.AUDITOR}),
        (
            Stage.PLAN,
            {Role.TOWNSHIP, Role.COUNTY, Role.ASSESSOR, Role.AUDITOR, Role.CONTRACTOR, Role.SUPERVISOR, Role.FINANCE},
        ),
        (Stage.ACCEPTANCE, {Role.TOWNSHIP, Role.COUNTY, Role.AUDITOR}),
    ],
)
def test_who_opens_it_follows_its_stage(stage: Stage, who: set[Role]) -> None:
    publish(OPINION | {"stage": stage.value, "by": ["township"]})
    on = construction.site()
    file = upload(applications.submitted(on.around.township), on.around.township, "satisfaction")
    assert opens(on, file) == who


def test_it_stands_in_its_tab_and_in_the_whole_file() -> None:
    publish(DRAWING)
    around = drafts.desk()
    file = drafts.drafted(around)
    assert [(one.key, who, found) for one, who, found in own_papers.shown(file, Stage.PLAN)] == [
        ("drawing", "评估机构", [])
    ]
    assert own_papers.shown(file, Stage.APPLICATION) == []
    file = upload(file, around.first, "drawing")
    albums = {one.key: [picture.caption for picture in one.pictures] for one in _albums(file, around.county)}
    assert "改造设计图" in albums["plan"]


def test_the_page_lists_what_is_wanted_and_takes_it(client: PageClient) -> None:
    publish(DRAWING)
    around = drafts.desk()
    file = drafts.drafted(around)
    client.login(user(around.first))
    home = f"/renovations/{file.number}"
    page = client.page(f"{home}?tab=plan")
    assert page.select("#own-papers")[0].find_parent("section").select("tbody td")[3].get_text(strip=True) == "还没有"
    form = client.page(f"{home}/application/upload_paper").select("form[data-guard]")[0]
    empty = client.submit(form, {"document": "drawing"})
    assert (empty.status_code, own_papers.filed(file)) == (422, {})
    upload(file, around.first, "drawing")
    page = client.page(f"{home}?tab=plan")
    assert around.first.name in page.select("#own-papers")[0].find_parent("section").get_text()


def test_a_programme_without_any_asks_for_none_and_offers_nothing() -> None:
    publish_tables()
    around = drafts.desk()
    file = drafts.drafted(around)
    assert (own_papers.wanted(file), submit_missing(file)) == ((), [])
    for actor in (around.county, around.township, around.first):
        assert "application.upload_paper" not in {one.key for one in open_operations(fresh(file, around.county), actor)}


@pytest.mark.parametrize(
    ("paper", "said"),
    [
        (DRAWING, []),
        (DRAWING | {"by": ["township", "county"]}, []),
        (PROOF | {"by": ["contractor"]}, ["到了“初审”这一步，档案还没有交给施工单位"]),
        (PROOF | {"by": ["assessor"]}, ["到了“初审”这一步，档案还没有交给评估机构"]),
        (DRAWING | {"by": ["supervisor"]}, ["到了“提交和批准方案”这一步，档案还没有交给监理"]),
        (DRAWING | {"by": ["finance"]}, ["财政局不能上传材料"]),
        (PROOF | {"stage": "plan"}, ["到了“初审”还没有“方案”这个环节"]),
        (DRAWING | {"only_if": "works"}, ["政策自己的材料不能按这种情形要"]),
        (DRAWING | {"key": "invoices"}, ["没有系统会核对的材料“invoices”"]),
        (DRAWING | {"key": "invoice"}, ["“invoice”由系统在那一步核对，不能改"]),
        (OPINION | {"key": "invoice", "by": ["township"]}, ["“invoice”由系统核对，不用谁上传"]),
    ],
)
def test_what_nobody_could_upload_in_time_is_refused(paper: dict[str, Any], said: list[str]) -> None:
    data = load(CATALOG / "chongqing-2020").data
    own = data.model_copy(update={"document": (Document.model_validate(paper),)})
    assert [one.message for one in _documents(own)] == said
    assert all(one.remedy for one in _documents(own))


def test_the_known_papers_are_no_ones_own() -> None:
    programme: RunBy = load(CATALOG / "chongqing-2020")
    assert programme.own_papers == ()
    assert len(programme.documents) == len(CONTENT["document"])
