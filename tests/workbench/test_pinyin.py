"""Names that were there before pinyin was kept are found by it too, and a new name takes the old one's place."""

from importlib.util import module_from_spec, spec_from_file_location

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.core.db import db, transaction
from app.core.text import search_grams
from app.renovation.models import Renovation, SearchGram
from app.renovation.service import name_applicant
from tests.support.repository import ROOT
from tests.workbench.support import make_file


def grams() -> list[str]:
    return list(db.session.scalars(select(SearchGram.gram).order_by(SearchGram.renovation_id, SearchGram.gram)))


def test_the_migration_gives_old_names_their_pinyin(session: Session) -> None:
    for name in ("王德福", "单雄信", "李"):
        make_file(name)
    wanted = grams()
    with transaction():
        db.session.execute(delete(SearchGram).where(func.lower(SearchGram.gram).between("a", "zz")))
    assert grams() == ["德福", "王德", "单雄", "雄信", "李"]
    spec = spec_from_file_location("pinyin", ROOT / "migrations" / "versions" / "0005_lists_and_talk.py")
    assert spec is not None
    assert spec.loader is not None
    migration = module_from_spec(spec)
    spec.loader.exec_module(migration)
    migration.BATCH = 2
    with Operations.context(MigrationContext.configure(db.session.connection())):
        migration._find_by_pinyin()
    assert grams() == wanted


def test_a_corrected_name_is_not_found_by_the_old_one(session: Session) -> None:
    number = make_file("曾德福")
    assert {"zengdefu", "zdf"} <= set(grams())
    with transaction():
        name_applicant(db.session.query(Renovation).filter_by(number=number).one(), "单德福", "青松村")
    assert sorted(grams()) == sorted(search_grams("单德福"))
    assert "zengdefu" not in grams()
