"""Lives that leave the straight line: one for every way back and every ending of the lifecycle (domain §3)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from ..core import clock
from ..core.money import yuan
from ..lifecycle import Status
from ..stages.construction import queries as works
from ..stages.plan import changes
from ..stages.plan import queries as plans
from ..stages.settlement.sheet import compute
from ..stages.warranty import queries as warranties
from .intake import PLAN_LINES, WITH_OPTIONAL
from .story import Story

Life = Callable[[Story], Iterator[int]]
S = Status


def _from(story: Story, after: Status, until: Status, lines: tuple[dict[str, Any], ...] = PLAN_LINES) -> Iterator[int]:
    """The straight line from the status after `after` to `until`."""
    passed = False
    for status, steps in story.line(lines):
        if passed:
            for step, days in steps:
                waited = step()
                yield days if waited is None else waited
        if status is until:
            return
        passed = passed or status is after


def returned(story: Story) -> Iterator[int]:
    """Returned for correction, corrected, submitted again."""
    yield from story.life(S.SUBMITTED)
    reasons = [{"section": "papers", "reason": "身份证复印件看不清，请重新拍照"}]
    story.do("application.return", story.clerk, reasons=reasons)
    yield 2
    story.do("application.submit", story.clerk, remark="已重新拍照")
    yield 1


def objection_dismissed(story: Story) -> Iterator[int]:
    """An objection that is not right; the notice ends afterwards."""
    yield from story.life(S.REVIEWED)
    story.object("反映这户家里有小车")
    yield 2
    story.do(
        "application.dismiss_objection",
        "county2",
        objection=story.open_objection(),
        reply="经核实，车辆属于邻居，异议不成立",
    )
    yield from _from(story, S.REVIEWED, S.NOTICED)


def investigated(story: Story) -> Iterator[int]:
    """Taken off the notice to be looked into, then put on a new one."""
    yield from story.life(S.REVIEWED)
    story.object("反映老人不住在这里")
    yield 1
    story.do(
        "application.investigate_objection", story.clerk, objection=story.open_objection(), reply="已受理，正在入户核查"
    )
    yield 3
    story.do(
        "application.dismiss_objection", "county2", objection=story.open_objection(), reply="入户核查，老人常住此处"
    )
    yield from _from(story, S.SUBMITTED, S.NOTICED)


def objection_upheld(story: Story) -> Iterator[int]:
    """An objection that is right: no renovation, with a letter."""
    yield from story.life(S.REVIEWED)
    story.object("反映这处住房去年已由残联改造过")
    yield 1
    story.do(
        "application.verify",
        "fed1",
        clause="E7",
        body="残联",
        method="系统比对",
        checked_on=clock.today().isoformat(),
        result="denied",
        fact="history.subsidised",
        value="cdpf",
        remark="去年无障碍改造名单中有这一户",
    )
    story.do(
        "application.uphold_objection",
        "county1",
        objection=story.open_objection(),
        clauses=["E7"],
        reply="经核实，异议成立",
        letter="经核实，您的住房已享受过改造补贴，不再重复补贴。可以申请复核。",
    )
    yield 1


def rejected(story: Story) -> Iterator[int]:
    """A clause fails at the first review."""
    yield from story.life(S.SUBMITTED)
    failed = story.failed_clauses()
    story.do(
        "application.reject",
        story.clerk,
        clauses=failed,
        reason="经审查，不符合规定的条件",
        letter="经审查，您的申请不符合规定的条件，决定不予改造。可以申请复核。",
    )
    yield 1


def recheck(story: Story) -> Iterator[int]:
    """Rejected, asked again, reopened by somebody else."""
    yield from objection_upheld(story)
    story.do(
        "application.request_recheck",
        story.clerk,
        requested_on=clock.today().isoformat(),
        grounds="残联改造的是同名的另一户，附村委会证明",
        paper=story.scan(story.clerk),
    )
    yield 2
    story.do("application.grant_recheck", "county2", reply="证明属实，同意复核，退回乡镇重新核查")
    yield 1


def assessment_changes(story: Story) -> Iterator[int]:
    """The assessors find that the person manages most of the six indicators: E3 no longer holds."""
    yield from story.life(S.CONFIRMED)
    story.assign_assessor()
    yield 1
    story.assess(failed_items=1)
    story.hand_in()
    yield 1


def unfit(story: Story) -> Iterator[int]:
    """The home cannot be made over."""
    yield from story.life(S.CONFIRMED)
    story.do("assessment.find_unfit", "county1", ground="墙体开裂，暂不具备施工条件", paper=story.scan("county1"))
    yield 1


def plan_refused(story: Story) -> Iterator[int]:
    """The household wants another plan, and signs that."""
    yield from story.life(S.PLANNED)
    story.do("plan.refuse", story.clerk, reason="家里已有手杖，想把钱用在感应灯上")
    yield 1
    yield from _from(story, S.ASSESSED, S.AGREED, WITH_OPTIONAL)


def assessment_returned(story: Story) -> Iterator[int]:
    """The county sends the assessment back; the firm records it anew."""
    yield from story.life(S.ASSESSED)
    story.do("plan.return_assessment", "county1", reason="卫生间没有量门宽，请补测")
    yield 1
    story.assess()
    story.hand_in()
    yield 1


def change_order(story: Story) -> Iterator[int]:
    """One more grab bar during the works: proposed, approved, signed, built."""
    yield from story.life(S.BUILDING)
    plan = plans.signed(story.file())
    lines = changes.change_inputs(plan)["lines"] if plan else []
    lines.append(
        {
            "item": 13,
            "space": "bathroom",
            "specification": "T 形扶手",
            "measured": "墙长 600 mm",
            "quantity": "1.00",
            "unit": "根",
            "unit_price": "160.00",
        }
    )
    story.do("construction.propose_change", story.builder, reason="老人要求淋浴旁再加一根扶手", lines=lines)
    yield 1
    story.do("construction.approve_change", "county1")
    yield 1
    opened = plans.open_version(story.file())
    own = yuan(opened.self_pay_fen) if opened else "0.00"
    story.do("construction.sign_change", story.clerk, self_pay=own, signature=story.sign(story.clerk))
    story.photos("before")
    yield from _from(story, S.BUILDING, S.PAID)


def firm_replaced(story: Story) -> Iterator[int]:
    """The first firm leaves after one line; another finishes; both are settled for what they did."""
    yield from story.life(S.BUILDING)
    first = next(line for line in works.lines(story.file()) if line.item_no == 11)
    parts = [{"line_id": first.root_id, "quantity": "1.00"}]
    story.do("construction.replace_firm", "county1", reason="原施工单位停业", parts=parts)
    yield 1
    story.dispatch(2)
    story.contract()
    yield from _from(story, S.DISPATCHED, S.PAID)


def rectified(story: Story) -> Iterator[int]:
    """A line fails in the home, is put right, and passes in the second round."""
    yield from story.life(S.COMPLETED)
    story.accept({13: "扶手松动"})
    yield 4
    story.photos("after")
    story.do("construction.complete", story.builder, note="已重新固定")
    yield from _from(story, S.COMPLETED, S.PAID)


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
    yield from _from(story, S.ACCEPTED, S.PAID, WITH_OPTIONAL)


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
    yield from _from(story, S.ACCEPTED, S.PAID, WITH_OPTIONAL)


def ends_while_building(story: Story) -> Iterator[int]:
    """The old person dies during the works: what is done is accepted, settled and paid; then it closes by itself."""
    yield from story.life(S.BUILDING)
    story.work()
    yield 1
    story.do(
        "application.end_early",
        story.clerk,
        ground="death",
        on=clock.today().isoformat(),
        reason="老人于施工期间去世",
        paper=story.scan(story.clerk),
    )
    done = [line for line in works.lines(story.file()) if line.item_no in {1, 11, 17, 24}]
    lines = [{"line_id": line.root_id, "quantity": f"{line.quantity:.2f}"} for line in done]
    story.do("construction.quantities", story.builder, lines=lines)
    story.photos("after")
    story.complete()
    yield from _from(story, S.COMPLETED, S.PAID)


def withdrawn(story: Story) -> Iterator[int]:
    """The household does not want it any more."""
    yield from story.life(S.AGREED)
    story.do("application.withdraw", story.clerk, reason="搬去和儿子同住，不再需要", paper=story.scan(story.clerk))
    yield 1


def terminated(story: Story) -> Iterator[int]:
    """The old person moves into a home before the works."""
    yield from story.life(S.PLANNED)
    story.do(
        "application.terminate",
        "county1",
        ground="institution",
        on=clock.today().isoformat(),
        reason="已入住敬老院",
        paper=story.scan("county1"),
    )
    yield 1


def suspended(story: Story) -> Iterator[int]:
    """In hospital; the file waits."""
    yield from story.life(S.DISPATCHED)
    story.do("application.suspend", story.clerk, reason="老人住院，出院后再施工")
    yield 1


def reinspected(story: Story) -> Iterator[int]:
    """A re-inspection after the acceptance fails; the acceptance is done again."""
    yield from story.life(S.ACCEPTED)
    story.do("settlement.fail_reinspection", "county2", reason="抽查发现坡道未固定")
    yield 2
    yield from _from(story, S.COMPLETED, S.PAID)


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


def claim_contested(story: Story) -> Iterator[int]:
    """A claim that the firm declines, the household contests, the county upholds, the firm repairs."""
    yield from story.life(S.PAID)
    line = next(line for line in works.lines(story.file()) if line.item_no == 13)
    story.do(
        "warranty.report_claim",
        story.clerk,
        line_id=line.root_id,
        text="扶手松了",
        reporter=story.known.people[0].name,
        photos=[story.photo(story.clerk, 70)],
    )
    yield 1
    claim = warranties.claims(story.file())[0].id
    story.do("warranty.decline_claim", story.builder, claim_id=claim, reason="使用不当造成")
    yield 1
    story.do("warranty.contest_claim", story.clerk, claim_id=claim, reason="正常使用，请县里来看")
    yield 1
    due = (clock.today() + timedelta(days=7)).isoformat()
    story.do(
        "warranty.decide_contest",
        "county1",
        claim_id=claim,
        is_upheld=True,
        due_on=due,
        reason="现场查看，膨胀螺栓未打实",
    )
    yield 1
    story.do(
        "warranty.fix_claim",
        story.builder,
        claim_id=claim,
        day=clock.today().isoformat(),
        text="重新打孔固定",
        photos=[story.photo(story.builder, 71, after=True)],
    )
    yield 1
    story.do("warranty.verify_claim", story.clerk, claim_id=claim, is_good=True, note="老人说很牢")


def visited(story: Story) -> Iterator[int]:
    """Paid, and somebody asked afterwards."""
    yield from story.life(S.PAID, WITH_OPTIONAL)
    story.do(
        "warranty.visit",
        story.clerk,
        day=clock.today().isoformat(),
        channel="phone",
        is_in_place=True,
        is_in_use=True,
        rating=5,
        paid="",
        text="洗澡方便多了",
    )


VARIANTS: tuple[Life, ...] = (
    returned, objection_dismissed, investigated, objection_upheld, recheck, assessment_changes, unfit, plan_refused,
    assessment_returned, change_order, firm_replaced, rectified, own_share_stop, contractor_bears, ends_while_building,
    withdrawn, terminated, suspended, reinspected, bank_returns, claim_contested, visited,
)  # fmt: skip
"""Every life off the straight line that a made-up eligible household can lead."""
