"""Lives that leave the straight line before the household is confirmed: returned, objected to, refused, asked again."""

from collections.abc import Iterator

from ...core import clock
from ...lifecycle import Status
from ..story import Story

S = Status


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
    yield from story.go_on(S.REVIEWED, S.NOTICED)


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
    yield from story.go_on(S.SUBMITTED, S.NOTICED)


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
