"""The process killed at any write of papers that are filed: all of them stand on the file with what they are for, or none."""

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.verify import verify
from app.core.db import db
from app.renovation import own_papers
from app.renovation.models import Attachment, Event, Kind, Renovation
from app.stages.construction import filing_queries
from tests.assessment.support import photo
from tests.construction.filing_support import PAPERS, ask, typed
from tests.construction.support import dispatched, site
from tests.construction.test_filings import states
from tests.plan import support as drafts
from tests.process.test_own_papers import DRAWING, publish

from .mortal import NOT_NOW, Sender

pytestmark = pytest.mark.soak


def test_a_programmes_own_paper_is_uploaded_and_replaced_once(committed: Flask) -> None:
    publish(DRAWING)
    firm, around = Sender(), drafts.desk()
    actor, file = around.first, drafts.drafted(around)
    for replace in (False, False, True):
        given = {"document": "drawing", "files": [photo(actor), photo(actor)], "replace": replace}
        file = firm.send("application.upload_paper", file, actor, "不用再上传", **given)
    kept = select(Attachment.ended_reason).where(Attachment.kind == Kind.OWN_PAPER).order_by(Attachment.id)
    assert db.session.scalars(kept).all() == ["重新上传"] * 4 + [""] * 2
    assert len(own_papers.filed(file)["drawing"]) == 2
    said = db.session.scalars(select(Event.title).where(Event.title.endswith("改造设计图")).order_by(Event.id))
    assert said.all() == ["上传改造设计图", "上传改造设计图", "重新上传改造设计图"]
    assert firm.kills > 15
    assert verify() == []


def filed(file: Renovation) -> dict[str, list[Attachment]]:
    """The papers of the filing in force by their name."""
    found = filing_queries.live(file)
    assert found is not None
    return filing_queries.papers(file, found)


def test_a_filing_is_submitted_audited_and_withdrawn_once(committed: Flask) -> None:
    on, firm = site(), Sender()
    ask()
    file = dispatched(on)
    file = firm.send("construction.submit_filing", file, on.builder, NOT_NOW, **typed(on.builder))
    returned = {"result": "return", "reason": "房产证看不清"}
    file = firm.send("construction.audit_filing", file, on.around.county, NOT_NOW, **returned)
    file = firm.send("construction.submit_filing", file, on.builder, NOT_NOW, **typed(on.builder, PAPERS[1]))
    file = firm.send("construction.withdraw_filing", file, on.builder, NOT_NOW, reason="清单有误")
    file = firm.send("construction.submit_filing", file, on.builder, NOT_NOW, **typed(on.builder, PAPERS[4]))
    file = firm.send("construction.audit_filing", file, on.around.county, NOT_NOW, result="approve")
    assert states(file) == ["returned", "ended", "approved"]
    assert {name: len(found) for name, found in filed(file).items()} == dict.fromkeys(PAPERS, 1)
    assert firm.kills > 40
    assert verify() == []
