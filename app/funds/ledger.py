"""Money of files: committed when the agreement is signed, trued up by the settlement, spent, returned by the bank.

Every movement is one row of the append-only ledger and one conditional UPDATE of the account's counters.
"""

from collections.abc import Mapping

from sqlalchemy import select, update

from ..core import clock, money
from ..core.db import db
from ..core.errors import Conflict
from ..permissions import SYSTEM, Actor
from ..places.queries import region as region_of
from . import queries, yuan
from .account_models import FundAccount, FundCommitment, FundEntry, FundMove
from .allotment import Purse


def _write_entry(
    row: FundAccount,
    move: str,
    amount_fen: int,
    actor: Actor,
    document: str = "",
    reason: str = "",
    renovation_id: int | None = None,
) -> None:
    db.session.add(
        FundEntry(
            account_id=row.id,
            move=FundMove(move),
            amount_fen=amount_fen,
            renovation_id=renovation_id,
            document=document,
            reason=reason,
            at=clock.now(),
            actor_id=actor.user_id,
            actor_name=actor.name,
        )
    )
    db.session.flush()


MONEY = Purse(FundAccount, "amount_fen", "given_fen", "committed_fen", _write_entry, money.display, "资金", "amount")


def commit_money(
    renovation_id: int,
    parts: Mapping[str, int],
    actor: Actor = SYSTEM,
    reason: str = "",
) -> None:
    """Commit fen by source to a file, from its county's accounts of the year of its place (domain S5, S7).

    Raises Conflict when the file holds no place, a source was not allotted, or it does not suffice; the unit of work
    then commits nothing.
    """
    for source_id, fen in sorted(parts.items()):
        if fen:
            account = _account(renovation_id, source_id)
            _move(renovation_id, account, FundMove.COMMIT, fen, actor, reason)
    _hold(renovation_id)


def true_up(
    renovation_id: int,
    parts: Mapping[str, int],
    actor: Actor = SYSTEM,
    reason: str = "",
) -> None:
    """Bring what is committed to a file to `parts`, fen by source: the plan's sum becomes the settled one.

    Sources that `parts` does not name go to zero. Raises Conflict as `commit_money`, and when more was paid already.
    """
    held = queries.committed(renovation_id)
    differences = {source: parts.get(source, 0) - held.get(source, 0) for source in {*parts, *held}}
    # first free, then commit: what one source gives up may be what another account needs at the same moment
    for source_id, difference in sorted(differences.items(), key=lambda pair: (pair[1] > 0, pair[0])):
        if difference:
            account = _account(renovation_id, source_id)
            move = FundMove.COMMIT if difference > 0 else FundMove.UNCOMMIT
            _move(renovation_id, account, move, abs(difference), actor, reason)
    _hold(renovation_id)


def _hold(renovation_id: int) -> None:
    """What the file was thought to cost at most becomes what is committed to it: the rest is free for others."""
    place = queries.place(renovation_id)
    if place is not None:
        yuan.hold(place, sum(queries.committed(renovation_id).values()))


def spend(
    renovation_id: int,
    parts: Mapping[str, int] | None = None,
    actor: Actor = SYSTEM,
    reason: str = "",
    document: str = "",
) -> None:
    """Pay fen by source out of what is committed to a file; None = all that is not paid yet. Conflict when it is more."""
    for source_id, fen in sorted((queries.unspent(renovation_id) if parts is None else parts).items()):
        if fen:
            _move(renovation_id, _account(renovation_id, source_id), FundMove.SPEND, fen, actor, reason, document)


def return_money(
    renovation_id: int,
    parts: Mapping[str, int] | None = None,
    actor: Actor = SYSTEM,
    reason: str = "",
    document: str = "",
) -> None:
    """The bank gave fen by source back: paid becomes committed again; None = all that was paid. Conflict when more."""
    if parts is None:
        parts = {row.account.source_id: row.spent_fen for row in queries.commitments(renovation_id)}
    for source_id, fen in sorted(parts.items()):
        if fen:
            _move(renovation_id, _account(renovation_id, source_id), FundMove.RETURN, fen, actor, reason, document)


def free_money(renovation_id: int, reason: str, actor: Actor = SYSTEM) -> None:
    """Give back everything that is committed to a file and not paid."""
    for row in queries.commitments(renovation_id):
        if row.committed_fen > row.spent_fen:
            _move(renovation_id, row.account, FundMove.UNCOMMIT, row.committed_fen - row.spent_fen, actor, reason)


def _account(renovation_id: int, source_id: str) -> FundAccount:
    """The account that a file already draws from, else its county's of the year of its place."""
    for row in queries.commitments(renovation_id):
        if row.account.source_id == source_id:
            return row.account
    place = queries.place(renovation_id)
    if place is None:
        raise Conflict("这份档案没有占用任务数，不能安排资金。请先确定为改造对象。")
    found = db.session.scalar(
        select(FundAccount).where(
            FundAccount.programme_key == place.programme_key,
            FundAccount.source_id == source_id,
            FundAccount.region_id == place.county_id,
            FundAccount.year == place.year,
        )
    )
    if found is None:
        county = region_of(place.county_id)
        name = dict(queries.sources(place.programme_key, county.code, clock.today())).get(source_id, source_id)
        raise Conflict(f"资金尚未下达：{county.name} {place.year} 年没有“{name}”的资金，请先在“任务和资金”中登记。")
    return found


_CHANGES: dict[FundMove, tuple[int, int]] = {
    FundMove.COMMIT: (1, 0),
    FundMove.UNCOMMIT: (-1, 0),
    FundMove.SPEND: (0, 1),
    FundMove.RETURN: (0, -1),
}
"""How a movement of a file changes (committed, spent)."""


def _move(
    renovation_id: int, account: FundAccount, move: FundMove, fen: int, actor: Actor, reason: str, document: str = ""
) -> None:
    """Change the account and the file's part in it, and write the ledger. Raises Conflict when it does not suffice."""
    committed, spent = (sign * fen for sign in _CHANGES[move])
    _commitment(renovation_id, account)
    for table, key in (
        (FundCommitment, (FundCommitment.renovation_id == renovation_id) & (FundCommitment.account_id == account.id)),
        (FundAccount, FundAccount.id == account.id),
    ):
        statement = update(table).where(
            key, table.spent_fen + spent >= 0, table.spent_fen + spent <= table.committed_fen + committed
        )
        if table is FundAccount and committed > 0:
            statement = statement.where(
                FundAccount.committed_fen + FundAccount.given_fen + fen <= FundAccount.amount_fen
            )
        done = db.session.scalar(
            statement.values(committed_fen=table.committed_fen + committed, spent_fen=table.spent_fen + spent)
            .returning(table.id)
            .execution_options(synchronize_session=False)
        )
        if done is None:
            raise _short(account, move, fen)
    db.session.refresh(account)
    _write_entry(account, move.value, fen, actor, document, reason, renovation_id)


def _commitment(renovation_id: int, account: FundAccount) -> None:
    """Make the file's row of an account; the file itself is locked by the unit of work, so nobody else makes it."""
    found = db.session.scalar(
        select(FundCommitment.id).where(
            FundCommitment.renovation_id == renovation_id, FundCommitment.account_id == account.id
        )
    )
    if found is None:
        db.session.add(FundCommitment(renovation_id=renovation_id, account_id=account.id, committed_fen=0, spent_fen=0))
        db.session.flush()


def _short(account: FundAccount, move: FundMove, fen: int) -> Conflict:
    db.session.refresh(account)
    if move is FundMove.COMMIT:
        return Conflict(
            f"“{account.source_name}”资金不足：还可使用 {money.display(account.left_fen)}，这里需要 {money.display(fen)}。"
            "请先追加资金。"
        )
    return Conflict(f"“{account.source_name}”为这份档案安排或已支付的金额不到 {money.display(fen)}，请核对后再办。")
