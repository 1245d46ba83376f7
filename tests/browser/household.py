"""One household from the application to the sealed file, as the people of a county click and type it."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from .walk import PAPERS, Look, Person

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
NAME = "冉德珍"
TELEPHONE = "023-40299000"
ROOMS: dict[str, tuple[tuple[str, ...], str, dict[str, str]]] = {
    "卫生间": (
        ("地面湿滑", "没有扶手", "蹲便器", "站着洗澡"),
        "rooms/bathroom.jpg",
        {"门净宽": "720", "净面积": "3.5"},
    ),
    "卧室": (("没有依靠",), "rooms/bedroom.jpg", {"床面高": "450"}),
    "出入口": (("台阶",), "rooms/entrance.jpg", {"台阶高": "120"}),
    "随身用品": (("走路不稳",), "", {}),
}


class Journey:
    """The steps in their order, each by the person who takes it."""

    def __init__(self, open_page: Callable[..., Page], look: Look = lambda _page, _name: None) -> None:
        self.open_page, self.look = open_page, look
        self.people: dict[tuple[str, str], Person] = {}
        self.number = self.receipt = ""

    def keep(self) -> dict[str, Any]:
        """What later steps need of earlier ones."""
        return {"number": self.number, "receipt": self.receipt}

    def at(self, account: str, face: str = "desk") -> Person:
        """That person at a desk or with a telephone, signed in once."""
        if (account, face) not in self.people:
            page = self.open_page(**(PHONE if face == "phone" else {}))
            self.people[account, face] = Person(page, account, self.look)
            self.people[account, face].sign_in()
        return self.people[account, face]

    def papers(self, name: str) -> dict[str, Any]:
        """One of the household's data files."""
        return dict(json.loads((PAPERS / f"{name}.json").read_text("utf-8")))

    # before ------------------------------------------------------------------------------------------------------
    def set_up(self) -> None:
        """The administrator sees no household, and sets the number that households call."""
        admin = self.at("admin")
        expect(admin.page.get_by_role("link", name="改造户", exact=True)).to_have_count(0)
        expect(admin.page.get_by_role("searchbox")).to_have_count(0)
        admin.page.get_by_role("link", name="用户", exact=True).first.click()
        expect(admin.page.get_by_role("row").filter(has_text="town2")).to_be_visible()
        admin.page.get_by_role("link", name="咨询电话").click()
        admin.fill("county_id", "云岭县")
        admin.fill("number", TELEPHONE)
        admin.look(admin.page, "咨询电话")
        admin.page.get_by_role("button", name="保存").click()
        expect(admin.page.get_by_role("row").filter(has_text="云岭县")).to_contain_text(TELEPHONE)

    def allot(self) -> None:
        """The city gives the county places of this year, under its document."""
        city = self.at("city1")
        city.page.get_by_role("link", name="任务和资金").click()
        county = city.page.get_by_role("row").filter(has_text="云岭县").first
        before = int(county.get_by_role("cell").nth(1).inner_text())
        city.page.get_by_role("link", name="下达任务数").click()
        city.fill("region_id", "云岭县")
        city.choose("direction", "下达或追加")
        city.fill("places", "5")
        city.fill("document", "渝民发〔2026〕3号")
        city.look(city.page, "下达任务数")
        city.page.locator(".form-foot").get_by_role("button", name="登记").click()
        expect(county.get_by_role("cell").nth(1)).to_have_text(str(before + 5))

    # application -------------------------------------------------------------------------------------------------
    def apply(self) -> None:
        """The clerk types the form and hands in the papers; the form says the verdict while it grows."""
        clerk, typed = self.at("town2"), self.papers("application")
        one = typed["people"][0]
        clerk.page.get_by_role("link", name="登记申请").first.click()
        expect(clerk.page.get_by_role("heading", level=1)).to_have_text("登记申请")
        clerk.look(clerk.page, "登记申请-空")
        clerk.fill("village", typed["village"])
        clerk.fill("people-0-name", one["name"])
        clerk.fill("people-0-id_number", one["id_number"])
        clerk.choose("people-0-hardship", "特困")
        clerk.choose("people-0-certificate", "否")
        clerk.fill("people-0-recognised", "未认定过")
        for name in ("eating", "dressing", "bed", "toileting", "walking", "bathing"):
            clerk.choose(f"people-0-ability-{name}", "是" if one["ability"][name] else "否")
        clerk.fill("people-0-ability-observer", one["ability"]["observer"])
        clerk.fill("dwelling-address", typed["dwelling"]["address"])
        clerk.fill("dwelling-right", "自有")
        for name in ("safe", "renovatable", "demolition_planned", "must_move_out"):
            clerk.choose(f"dwelling-{name}", "是" if typed["dwelling"][name] else "否")
        clerk.choose("consent", "本人")
        clerk.fill("phone", typed["phone"])
        clerk.choose("earlier", "没有")
        for paper in ("declaration", "id_card", "hardship_proof"):
            clerk.upload(paper, f"scans/{paper}.jpg")
        clerk.look(clerk.page, "登记申请-满")
        clerk.page.get_by_role("button", name="登记", exact=True).click()
        expect(clerk.page.get_by_role("heading", level=1)).to_contain_text(NAME)
        clerk.look(clerk.page, "登记申请-后")
        clerk.status("待提交")
        self.number = clerk.page.locator(".file-title .code").inner_text()

    def submit(self) -> None:
        """To the first review."""
        clerk = self.at("town2")
        clerk.open_file(NAME)
        clerk.act("提交初审")
        clerk.finish("提交初审")
        clerk.status("待初审")

    def federate(self) -> None:
        """The federation looks whether anybody there was helped before; that is all that it decides here."""
        federation = self.at("fed1")
        federation.take_up(NAME, "核验条件")
        federation.fill("clause", "E7")
        federation.fill("body", "残联")
        federation.fill("method", "以往改造名单")
        federation.choose("result", "核实相符")
        federation.fill("remark", "没有查到以往的改造补贴")
        federation.finish("核验条件")
        expect(federation.page.locator(".file-actions").get_by_role("link", name="初审通过并公示")).to_have_count(0)

    def publish(self) -> None:
        """The notice goes up, with a photo of its first day."""
        clerk = self.at("town2")
        clerk.take_up(NAME, "初审通过并公示")
        clerk.fill("poster", "冉启强")
        clerk.finish("初审通过并公示")
        clerk.status("公示中")
        clerk.act("上传公示照片")
        clerk.upload("photo", "notice/first_day.jpg")
        clerk.finish("上传公示照片")

    def wait(self) -> None:
        """The demo's clock goes on to the notice's last day; the last photo; and past it."""
        clerk = self.at("town2")
        clerk.search(NAME)
        period = clerk.page.get_by_text(re.compile(r"\d{4}-\d\d-\d\d 至 \d{4}-\d\d-\d\d")).first.inner_text()
        ends = date.fromisoformat(period.split(" 至 ")[1][:10])
        clerk.move_clock(ends)
        clerk.take_up(NAME, "上传公示照片")
        clerk.upload("photo", "notice/last_day.jpg")
        clerk.finish("上传公示照片")
        clerk.move_clock(ends + timedelta(days=1))
        clerk.search(NAME)
        clerk.status("待确定")

    def verify(self) -> None:
        """The housing clauses are looked at, on record."""
        clerk = self.at("town2")
        clerk.search(NAME)
        for clause, body in (("E5", "住房城乡建设"), ("E8", "民政")):
            clerk.act("核验条件")
            clerk.fill("clause", clause)
            clerk.fill("body", body)
            clerk.fill("method", "入户查看")
            clerk.choose("result", "核实相符")
            clerk.finish("核验条件")

    def confirm(self) -> None:
        """The county confirms."""
        county = self.at("county1")
        county.take_up(NAME, "确定为改造对象")
        county.fill("meeting", "2026 年第 3 次局务会")
        county.finish("确定为改造对象")
        county.status("待评估")

    def assign(self) -> None:
        """The county has the assessing firm come."""
        county = self.at("county1")
        county.take_up(NAME, "委托评估机构")
        county.choose("procurement_record_id", "云岭康宁")
        county.finish("委托评估机构")

    # assessment --------------------------------------------------------------------------------------------------
    def assess(self) -> None:
        """In the home, with a telephone: answers, rooms with hazards, measures and photos, a signature."""
        first, found = self.at("assess1", "phone"), self.papers("assessment")
        first.open_file(NAME)
        first.act("记录入户评估")
        first.fill("qualification", found["qualification"])
        first.fill("second_assessor", "吴磊")
        first.fill("second_qualification", found["second_qualification"])
        first.fill("informant", found["informant"])
        for place, indicator in enumerate(("eating", "dressing", "bed", "toileting", "walking", "bathing")):
            first.choose(f"indicators-{place}-answer", "不能" if indicator in found["failed"] else "能")
        for name, answer in (("safe", "是"), ("renovatable", "是"), ("must_move_out", "否")):
            first.choose(name, answer)
        for room, (hazards, photo, measures) in ROOMS.items():
            box = first.page.locator("details.visit-room").filter(has=first.page.locator("summary", has_text=room))
            if box.get_attribute("open") is None:
                box.locator("summary").click()
            if photo:
                box.locator("input[type=file][capture]").set_input_files(PAPERS / photo)
            for hazard in hazards:
                box.locator("label.choice", has_text=hazard).click()
            for name, value in measures.items():
                box.get_by_label(name).fill(value)
        first.fill("wish", found["wish"])
        first.sign("signature")
        first.finish("记录入户评估")

    def sign_assessment(self) -> None:
        """The other assessor signs with an account of his own; the first hands in."""
        second = self.at("assess2", "phone")
        second.open_file(NAME)
        second.act("评估员签字")
        second.choose("confirmed", "我参加了")
        second.sign("signature")
        second.finish("评估员签字")
        first = self.at("assess1", "phone")
        first.open_file(NAME)
        first.act("提交评估")
        first.finish("提交评估")
        first.status("待定方案")

    # plan --------------------------------------------------------------------------------------------------------
    def draft(self) -> None:
        """The editor begins with what was suggested; quantities and prices are put right."""
        first = self.at("assess1")
        first.take_up(NAME, "编制方案")
        rows = first.page.locator("[data-rows='lines'] [data-rows-list] [data-row]")
        priced = {line["item"]: line for line in self.papers("plan")["lines"]}
        for place in reversed(range(rows.count())):
            row = rows.nth(place)
            line = priced.get(int(row.locator("[data-plan-item]").input_value()))
            if line is None:  # suggested, and not wanted
                row.get_by_role("button", name="删去这一行").click()
                continue
            for name in ("specification", "quantity", "unit_price"):
                row.locator(f"[name$='-{name}']").fill(line[name])
            if line.get("measured"):
                row.locator("[name$='-measured']").fill(line["measured"])
        waived = first.page.locator("[data-plan-basic='29']")
        waived.locator("select").select_option(label="不适用")
        waived.locator("[name$='-reason']").fill("老人头脑清楚，没有走失风险")
        waived.locator("input[type=file][capture]").set_input_files(PAPERS / "rooms/person.jpg")
        first.choose("no_shared_space", "不占用")
        first.choose("design_code", "无障碍")
        expect(first.page.locator(".plan-sum.own .value")).to_have_text("¥248.00")
        first.finish("编制方案", "保存并提交审批")

    def approve(self) -> None:
        """The county approves, the waived item included."""
        county = self.at("county1")
        county.take_up(NAME, "批准方案")
        county.choose("accept_waivers", "认可")
        county.finish("批准方案")
        county.status("待签约")

    def agree(self) -> None:
        """The household reads, writes its own share and signs on the screen at the clerk's."""
        clerk = self.at("town2")
        clerk.take_up(NAME, "签订改造协议")
        clerk.fill("self_pay", clerk.page.locator(".pay .huge").inner_text().removeprefix("¥"))
        clerk.sign("signature")
        clerk.upload("agreement", "scans/agreement.jpg")
        clerk.finish("签订改造协议")
        clerk.status("待派工")

    # construction ------------------------------------------------------------------------------------------------
    def dispatch(self) -> None:
        """The county picks builder and supervisor; the builder signs with the household."""
        county = self.at("county1")
        county.take_up(NAME, "派工")
        county.choose("procurement_record_id", "宏安")
        county.choose("supervisor_record_id", "云岭康宁")
        county.finish("派工")
        builder = self.at("build1")
        builder.take_up(NAME, "签订施工合同")
        builder.fill("number", "HA-2026-0137")
        builder.choose("clears_rubble", "清运")
        builder.sign("signature")
        builder.finish("签订施工合同")
        builder.status("待开工")

    def start(self) -> None:
        """Photographs of every place before the works, with the telephone; then the works begin."""
        builder = self.at("build1", "phone")
        builder.open_file(NAME)
        builder.act("上传照片")
        self._photograph(builder)
        builder.page.get_by_role("link", name="去开工").click()
        builder.arrived("开工")
        builder.finish("开工")
        builder.status("施工中")

    def _photograph(self, builder: Person) -> None:
        """Every square that asks for a photograph gets one."""
        page = builder.page
        keys = {line["item"]: line["key"] for line in self.papers("plan")["lines"]}
        page.wait_for_load_state()  # the scripts listen from then on
        empty = page.locator("figure[data-slot]:has(label.slot)")
        while count := empty.count():
            shot = empty.first.locator("label.slot input[type=file]")
            item = int((shot.get_attribute("aria-label") or "").split()[0])
            kind = (empty.first.get_attribute("id") or "").rsplit("-", 1)[1]
            shot.set_input_files(PAPERS / kind / f"{keys[item]}.jpg")
            expect(empty).to_have_count(count - 1)
        expect(page.locator("#works-bar")).to_contain_text("都拍齐了")
        builder.look(page, "上传照片-满")

    def build(self) -> None:
        """A day on site: photographs, the log, two goods handed over, what was really done."""
        builder = self.at("build1", "phone")
        builder.open_file(NAME)
        builder.act("上传照片")
        self._photograph(builder)
        builder.open_file(NAME)
        builder.act("写施工日志")
        builder.fill("workers", "2")
        builder.fill("text", "拆除蹲便器，铺防滑地胶，安装扶手和坐便器")
        builder.finish("写施工日志")
        for goods, picture in (("淋浴椅", "chair"), ("手杖", "stick")):
            builder.act("登记用品交付")
            builder.choose("line_id", goods)
            builder.fill("recipient", NAME)
            builder.fill("serial", f"HA26-{picture}")
            builder.upload("photos", f"handover/{picture}.jpg")
            builder.sign("signature")
            builder.finish("登记用品交付")
        builder.act("上报完成数量")
        floor = builder.page.locator("article.work-line", has_text="防滑处理")
        floor.locator("[name$='-quantity']").fill(self.papers("measured")["floor"])
        builder.finish("上报完成数量")

    def supervise(self) -> None:
        """The supervisor looks and files the report; the builder reports that all is done."""
        supervisor = self.at("super1")
        supervisor.open_file(NAME)
        supervisor.act("登记监理检查")
        supervisor.choose("finding", "符合要求")
        supervisor.fill("text", "固定牢靠，与方案一致")
        supervisor.finish("登记监理检查")
        supervisor.act("提交监理报告")
        supervisor.fill("conclusion", "符合方案和合同")
        supervisor.upload("paper", "scans/supervision_report.jpg")
        supervisor.finish("提交监理报告")
        builder = self.at("build1", "phone")
        builder.open_file(NAME)
        builder.act("报告完工")
        builder.finish("报告完工")
        builder.status("待验收")

    # acceptance --------------------------------------------------------------------------------------------------
    def accept(self) -> None:
        """The clerk in the home with a telephone: line by line, the list, everybody signs; the county countersigns."""
        clerk = self.at("town2", "phone")
        clerk.take_up(NAME, "登记入户验收")
        page = clerk.page
        for button in page.locator("[data-as-reported]").all():
            button.click()
        for check in page.locator("#f-checks label.choice").all():
            check.click()
        party = page.locator("[data-rows='party'] [data-rows-list] [data-row]")
        for place in range(party.count()):
            name = clerk.field(f"party-{place}-name")
            if not name.input_value():
                name.fill("冉启明")
            clerk.sign(f"party-{place}-signature")
        clerk.finish("登记入户验收")
        county = self.at("county1")
        county.take_up(NAME, "会签验收")
        county.finish("会签验收")
        county.status("待结算")

    # settlement --------------------------------------------------------------------------------------------------
    def bill(self) -> None:
        """Invoice, receipt and warranty card."""
        builder = self.at("build1")
        builder.take_up(NAME, "提交发票")
        builder.fill("number", "26502990000137")
        builder.upload("paper", "scans/invoice.jpg")
        builder.finish("提交发票")
        builder.act("提交家庭付款收据")
        builder.upload("paper", "scans/receipt.jpg")
        builder.finish("提交家庭付款收据")
        builder.act("提交质保卡")
        builder.fill("hotline", "023-40000001")
        builder.upload("paper", "scans/warranty_card.jpg")
        builder.finish("提交质保卡")

    def settle(self) -> None:
        """One prepares, another approves, finance pays."""
        county = self.at("county1")
        county.take_up(NAME, "编制结算单")
        county.finish("编制结算单")
        second = self.at("county2")
        second.take_up(NAME, "批准结算")
        second.finish("批准结算")
        second.status("待拨付")
        finance = self.at("fin1")
        finance.take_up(NAME, "登记拨付到账")
        finance.fill("vouchers-0-voucher", "YLCZ-2026-0137")
        finance.upload("paper", "scans/voucher.jpg")
        finance.finish("登记拨付到账")
        finance.status("质保中")

    # afterwards --------------------------------------------------------------------------------------------------
    def sealed(self) -> None:
        """The file is under warranty and sealed."""
        county = self.at("county1")
        county.search(NAME)
        county.status("质保中")
        county.page.get_by_role("link", name="质保", exact=True).click()
        seal = county.page.get_by_role("heading", name="档案封存")
        expect(seal).to_be_visible()
        county.look(county.page, "质保")

    def audit(self) -> None:
        """The auditor finds the file and reads its trail."""
        auditor = self.at("audit1")
        auditor.search(NAME)
        auditor.status("质保中")
        page = auditor.page
        expect(page.locator(".file-actions .btn-primary")).to_have_count(0)
        page.get_by_role("link", name="质保", exact=True).click()
        page.get_by_role("link", name="核对封存").click()
        page.get_by_role("link", name="与现在的档案核对").click()
        expect(page.get_by_text("已逐项核对，与封存时完全一致。")).to_be_visible()
        auditor.look(page, "档案封存")
        page.get_by_role("link", name="审计链").click()
        expect(page.get_by_text(re.compile(r"已逐条核对，共 \d+ 条，全部完好。"))).to_be_visible()
        assert page.get_by_text("被改动过").count() == 0
        auditor.look(page, "审计链")
        page.get_by_role("link", name="每日封存").click()
        expect(page.get_by_role("row").nth(1)).to_contain_text("完好")
        expect(page.get_by_text("对不上")).to_have_count(0)

    def watch(self) -> None:
        """The city sees how far the file is, its people masked, and can do nothing to it."""
        city = self.at("city1")
        city.page.get_by_role("searchbox").fill(self.number)
        city.page.keyboard.press("Enter")
        row = city.page.get_by_role("row").filter(has_text=self.number)
        expect(row).to_contain_text(f"{NAME[0]}**")
        expect(city.page.get_by_text(NAME)).to_have_count(0)
        row.get_by_role("link").first.click()
        city.status("质保中")
        expect(city.page.locator(".file-actions").get_by_role("link")).to_have_count(0)

    def look_up(self) -> None:
        """The household sees on its own page how far it is."""
        clerk = self.at("town2")
        clerk.search(NAME)
        clerk.page.get_by_role("link", name="申请", exact=True).click()
        code = clerk.page.get_by_label("申请回执").locator(".num").inner_text()
        home = self.open_page(**PHONE)
        home.goto("/")
        home.get_by_role("link", name="查改造进度").click()
        self.look(home, "my-空")
        home.get_by_label("回执码").fill(code)
        home.get_by_label("身份证号后四位").fill(self.papers("application")["people"][0]["id_number"][-4:])
        home.get_by_role("button", name="查看").click()
        expect(home.locator(".sentence")).to_contain_text("第 7 步")
        expect(home.locator(".elder-phone")).to_contain_text(TELEPHONE)
        self.look(home, "my-progress")
