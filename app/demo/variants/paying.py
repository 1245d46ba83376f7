"""Lives in which the money goes otherwise than signed: the household's share rises, or the bank gives it back."""

from collections.abc import Iterator

from ...core import clock
from ...core.money import yuan
from ...lifecycle import Status
from ...stages.plan import queries as plans
from ...stages.settlement.sheet import compute
from ..intake import WITH_OPTIONAL
from ..story import Story

S = Status


def own_share_stop(story: Story) -> Iterator[int]:
    """A basic line is refused in the end, so the optional ones fall on the household: it signs the new sum (S9)."""
    yield from story.life(S.COMPLETED, WITH_OPTIONAL)
    story.accept({17: "淋浴椅尺寸不符，家庭不要"}, "refused")
    story.countersign()
    yield 1
    own = yuan(compute(story.file()).settlement.self_pay_fen)
    story.do(
        "settlement.consent",
        story.clerk,
        amount=own,
        signer=story.known.people[0].name,
        signature=story.sign(story.clerk),
    )
    yield from story.go_on(S.ACCEPTED, S.PAID, WITH_OPTIONAL)


def contractor_bears(story: Story) -> Iterator[int]:
    """The same, and the contractor bears what its failed line caused."""
    yield from story.life(S.COMPLETED, WITH_OPTIONAL)
    story.accept({17: "淋浴椅尺寸不符，家庭不要"}, "refused")
    story.countersign()
    yield 1
    computed = compute(story.file())
    plan = plans.signed(story.file())
    over = computed.settlement.self_pay_fen - (plan.signed_self_pay_fen or 0 if plan else 0)
    story.do("settlement.bear", story.builder, amount=yuan(over), signer="罗强", signature=story.scan(story.builder))
    yield from story.go_on(S.ACCEPTED, S.PAID, WITH_OPTIONAL)


def bank_returns(story: Story) -> Iterator[int]:
    """The bank gives the money back; it is paid again."""
    yield from story.life(S.PAID)
    story.do("settlement.return_payment", "fin1", returned_on=clock.today().isoformat(), reason="账号有误，银行退回")
    yield 2
    story.do("settlement.reopen", "county2", reason="改正收款账号后重新结算")
    yield 1
    story.settle()
    yield 1
    story.pay()
