"""`demo load`: households by the hundred thousand, in every status, consistent, the same for the same seed.

One household of every kind is led through the services, as people would; all others are copies of those files with
people, homes, numbers, verdicts, encrypted columns and audit chains of their own, written past the unit of work.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from random import Random

from ..audit.service import record
from ..core import clock
from ..core.db import db, transaction
from ..core.errors import Conflict
from ..core.settings_store import read, write
from ..funds import service as funds
from ..funds.account_models import FundAccount
from ..funds.quota_models import QuotaPlaces
from ..lifecycle import Status
from ..permissions import SYSTEM
from ..places.queries import region_by_code
from . import build, county, lives, rawrows
from .copies import Copier, Wish, needs
from .identities import BORN_IN, People
from .notice_copies import Board
from .originals import Original, original, place

BATCH = 1000
"""Copies in one unit of work: bounded memory, and what is written stays written when the load is stopped."""
LOADS = "demo_loads"
FIRST_STORY = 500_000
DOCUMENT = "示例文件（批量演示数据）"

Say = Callable[[str], None]


def load(households: int, seed: int, say: Say) -> int:
    """Add so many households to what is there; builds the demo county first when it is missing. Answers their number.

    Raises Conflict when so many loads were made that people would come twice.
    """
    today = clock.today()
    if not county.is_built():
        with clock.fixed(today - timedelta(days=build.SPAN[Status.CLOSED] + 30)):
            county.build(today)
    people = _people(seed)
    originals = _originals(households, people, today, say)
    wishes = _wishes(originals, households - len(originals), seed)
    if wishes:
        _copy(originals, wishes, people, seed, say)
    _finish(households, seed)
    return households


def _people(seed: int) -> People:
    with transaction():
        round_ = int(read(LOADS, 0))
        if round_ >= len(BORN_IN):
            raise Conflict("批量演示数据已生成太多次，请换一个新的数据库。")
        write(LOADS, round_ + 1)
    return People(Random(f"people:{seed}"), BORN_IN[round_])


def _originals(households: int, people: People, today: date, say: Say) -> list[Original]:
    kinds = lives.kinds(households)
    _allot_for(len(kinds), today)
    first = FIRST_STORY + 100 * int(read(LOADS, 1))
    stories = lives.lead(kinds, people, first, today, say)
    say(f"按真实办理过程生成 {len(stories)} 户")
    return [original(kind, story) for kind, story in zip(kinds, stories, strict=True)]


def _allot_for(number: int, today: date) -> None:
    """Places and money for the originals in every year in which they can have been confirmed."""
    region = region_by_code(county.COUNTY)
    with transaction():
        for year in range(today.year - 3, today.year + 1):
            funds.allot_places(region, county.PROGRAMME, year, number, SYSTEM, document=DOCUMENT, is_example=True)
            _allot_money(region.id, "municipal", "市级补助资金", year, number * 200_000)


def _allot_money(region_id: int, source: str, name: str, year: int, fen: int) -> None:
    region = region_by_code(county.COUNTY)
    if region.id != region_id:
        raise LookupError("the demo's money lies with its county")
    funds.allot_money(region, county.PROGRAMME, source, name, year, fen, SYSTEM, document=DOCUMENT, is_example=True)


def _wishes(originals: Sequence[Original], number: int, seed: int) -> list[Wish]:
    """Which original, in which township, every copy follows."""
    if number <= 0:
        return []
    random = Random(f"kinds:{seed}")
    chosen = random.choices(range(len(originals)), [one.kind.weight for one in originals], k=number)
    return [(one, random.randrange(len(county.TOWNSHIPS))) for one in chosen]


def _copy(originals: Sequence[Original], wishes: Sequence[Wish], people: People, seed: int, say: Say) -> None:
    random = Random(f"copies:{seed}")
    with transaction():
        _allot(originals, wishes)
    townships = [place(code) for code in county.TOWNSHIPS]
    notices = sorted({notice for one in originals for notice in one.patterns[0].notices})
    copier = Copier(
        originals=originals,
        villages=[lives.villages(code) for code in county.TOWNSHIPS],
        people=people,
        random=random,
        board=Board(notices, townships, random),
        county_id=region_by_code(county.COUNTY).id,
    )
    done = len(originals)
    with _without_collection():
        for some in _batches(wishes):
            with transaction():
                rawrows.tune()
                copier.write(some)
            done += len(some)
            say(f"已生成 {done} 户")


@contextmanager
def _without_collection() -> Iterator[None]:
    """Rows by the million are no cycles: looking for cycles among them would cost a good part of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _batches(wishes: Sequence[Wish]) -> Iterator[Sequence[Wish]]:
    for start in range(0, len(wishes), BATCH):
        yield wishes[start : start + BATCH]


def _allot(originals: Sequence[Original], wishes: Sequence[Wish]) -> None:
    """Places and money for all copies, so that quotas and accounts suffice to the fen."""
    places, committed, _ = needs([originals[one] for one, _ in wishes])
    region = region_by_code(county.COUNTY)
    for quota_id, number in sorted(places.items()):
        quota = db.session.get_one(QuotaPlaces, quota_id)
        funds.allot_places(region, quota.programme_key, quota.year, number, SYSTEM, document=DOCUMENT, is_example=True)
    for account_id, fen in sorted(committed.items()):
        account = db.session.get_one(FundAccount, account_id)
        if fen:
            _allot_money(account.region_id, account.source_id, account.source_name, account.year, fen)


def _finish(households: int, seed: int) -> None:
    with transaction():
        record("demo", "demo.loaded", SYSTEM, households=households, seed=seed)
    with transaction():
        rawrows.analyse()
