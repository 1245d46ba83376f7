"""A what-if over the whole register, with all clauses, sums and quotas, beside a bare pass over the same columns; and one
verdict with its explanation, beside a millisecond.

The bare pass is plain sqlite3 and numpy: the same columns fetched, each clause compared over whole arrays, each amount
added up by plan and cut at the cap. It explains nothing, knows no unknown, and divides nothing among sources. Both are
told in processor time: they run for minutes over the large register, and whatever else the machine does is not theirs.
"""

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
from sqlalchemy import select, true

from app.core.db import db
from app.oversight.simulation import WhatIf
from app.programme.changing import changed
from app.programme.eligibility import judge
from app.programme.facts import read_facts
from app.programme.queries import programme_of, published_as
from app.stages.application.models import DerivedFacts

from .measure import Result, medians
from .recording import application

KEY = "chongqing-2020"
EDITS = {"clause.0.when.age_at_least": "70", "cap.amount": "2500.00", "fund.0.limit": "2500.00"}
ROUNDS = 3
VERDICTS = 300


def measure(database: Path) -> list[Result]:
    """The what-if beside the bare pass, in turns; the verdict beside a millisecond."""
    app = application(database)
    with app.app_context():
        taken = medians(ROUNDS, {"ours": _ours, "bare": lambda: _bare(database)})
        verdict = _verdict()
    return [
        Result("what-if over the register", taken["ours"], "bare columnar pass", taken["bare"], 5),
        Result("one verdict with its explanation", verdict, "a millisecond", 1.0, 1),
    ]


def _ours() -> float:
    started = process_time()
    version = published_as(KEY)
    assert version is not None
    base = programme_of(version.id)
    what_if = WhatIf(base, changed(base, EDITS))
    touched = sum(len(some) for some in what_if.run(true()))
    assert touched > 0
    db.session.rollback()
    return (process_time() - started) * 1000


def _verdict() -> float:
    """Milliseconds of a verdict with every reason, the facts being at hand: the best of what a busy machine gives."""
    version = published_as(KEY)
    assert version is not None
    programme = programme_of(version.id)
    rows = db.session.execute(select(DerivedFacts.facts, DerivedFacts.applied_on).limit(VERDICTS)).all()
    ready = [(read_facts(facts), day) for facts, day in rows]
    times = []
    for facts, day in ready * 3:
        started = perf_counter()
        judge(programme, facts, day)
        times.append((perf_counter() - started) * 1000)
    return sorted(times)[len(times) // 2]


_FILES = """SELECT r.id, r.number, r.county_id, r.status, r.programme_version_id, f.applied_on, f.verdict, f.birth_date,
f.hardship, f.certificate, f.recognised, f.failed_items, f.dwelling_right, f.owner_consent, f.dwelling_safe,
f.dwelling_renovatable, f.demolition_planned, f.subsidised, f.must_move_out, f.can_stay_elsewhere, f.consent
FROM renovation r JOIN derived_facts f ON f.renovation_id = r.id WHERE r.programme_key = ? ORDER BY r.id"""
_PLANS = """SELECT id, renovation_id, state, subsidy_fen, cap_fen FROM plan
WHERE state IN ('signed', 'approved', 'submitted', 'draft')"""
_SHEETS = "SELECT renovation_id, subsidy_fen, cap_fen, lines FROM settlement_sheet WHERE state <> 'superseded'"
_LINES = """SELECT l.plan_id, l.item_no, l.quantity_centi, l.unit_price_fen FROM plan_line l JOIN plan p ON p.id = l.plan_id
WHERE p.state IN ('signed', 'approved', 'submitted', 'draft')"""
_WAIVERS = "SELECT plan_id, item_no, decision FROM item_decision WHERE decision <> 'install'"
_PLACES = "SELECT renovation_id FROM place_taken WHERE released_at IS NULL"
_CAP = 250_000


def _bare(database: Path) -> float:
    started = process_time()
    connection = sqlite3.connect(database)
    _, _, counties, _, _, days, before, born, hardship, card, grade, failed, *more = _columns(
        connection.execute(_FILES, (KEY,))
    )
    right, owner, safe, fit, torn, had, leaves, away, asked = more
    years = days.astype("datetime64[Y]") - born.astype("datetime64[Y]")
    old, aged = years >= np.timedelta64(70, "Y"), years >= np.timedelta64(80, "Y")
    codes = hardship.astype(str)
    tekun, poor = (np.char.find(codes, code) >= 0 for code in ("|tekun_scattered|", "|poverty_registered|"))
    weak = np.where(tekun, (grade == "complete_loss") | (poor & (_number(failed) >= FEW)), _number(failed) >= FEW)
    home = (right == "owned") | (right == "long_term_use") | ((right == "public_rental") & (owner == 1))
    stay = (leaves == 0) | (away == 1) | tekun
    passed = old & (tekun | poor) & (aged | (card == 1) | weak) & home & (safe == 1) & (fit == 1)
    passed &= (torn == 0) & (had == 0) & stay & ((asked == "self") | (asked == "guardian"))
    differs = passed != (before == "eligible")
    by_county = np.unique(counties[differs].astype(int), return_counts=True)
    plan, _item, quantity, price = (_number(column) for column in _columns(connection.execute(_LINES)))
    plans, of = np.unique(plan, return_inverse=True)
    sums = np.minimum(np.bincount(of, weights=np.floor_divide(quantity * price, 100)), _CAP)
    known = len(connection.execute(_PLANS).fetchall())
    settled = sum(
        min(_CAP, sum(line["amount_fen"] for line in json.loads(row[3]))) for row in connection.execute(_SHEETS)
    )
    waived = len(connection.execute(_WAIVERS).fetchall())
    held = len(connection.execute(_PLACES).fetchall())
    assert len(by_county) + len(plans) + sums.sum() + known + settled + waived + held > 0
    connection.close()
    return (process_time() - started) * 1000


FEW = 4


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[Any]:
    """A statement's answer as one array a column."""
    return [np.array(column, dtype=object) for column in zip(*rows, strict=True)]


def _number(column: Any) -> Any:
    return np.where(np.equal(column, None), 0, column).astype("int64")
