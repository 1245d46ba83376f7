"""One household from the application to the sealed file, through the public API of a running server.

    python examples/one_household.py --url http://127.0.0.1:8000

It signs in with the demo's accounts, sends the papers of `one_household/` as people would, moves the demo clock over the
public notice, prints each status with its date and the final sums, and ends with 0. Needs nothing but Python.
"""

import argparse
import json
import sys
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

FOLDER = Path(__file__).parent / "one_household"
PASSWORD = "yunling-demo-2026"
CLERK, COUNTY, SECOND, FINANCE = "town2", "county1", "county2", "fin1"
ASSESSORS, BUILDER, SUPERVISOR = ("assess1", "assess2"), "build1", "super1"
Json = dict[str, Any]


class Refused(SystemExit):
    """The server said no; its own sentences are shown."""


class Client:
    """The API, as one account at a time."""

    def __init__(self, url: str) -> None:
        self.base = f"{url.rstrip('/')}/api/v1"
        self.tokens: dict[str, str] = {}

    def call(self, account: str, method: str, path: str, body: Json | None = None) -> Json:
        """One call; every POST carries a key of its own, so that a repeated one does nothing twice."""
        data = json.dumps(body).encode() if body is not None else None
        headers = {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        return self._send(account, Request(self.base + path, data, headers, method=method))

    def upload(self, account: str, name: str) -> int:
        """Send one paper or photograph; answers its id."""
        boundary, path = uuid.uuid4().hex, FOLDER / name
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{path.name}"\r\n\r\n'
        data = head.encode() + path.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return int(self._send(account, Request(f"{self.base}/files", data, headers))["id"])

    def _send(self, account: str, request: Request) -> Json:
        if account:
            if account not in self.tokens:
                self.tokens[account] = self.call("", "POST", "/tokens", {"account": account, "password": PASSWORD})[
                    "token"
                ]
            request.add_header("Authorization", f"Bearer {self.tokens[account]}")
        try:
            with urlopen(request, timeout=120) as answer:
                return dict(json.load(answer))
        except HTTPError as error:
            problem = json.load(error)
            lines = [f"  {one['pointer']} {one['detail']}" for one in problem.get("errors", [])]
            raise Refused(
                "\n".join([f"{request.full_url}\n{problem['title']}：{problem['detail']}", *lines])
            ) from error


class Household:
    """The papers of one household and the file that they become."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.number = ""
        self.keys: list[str] = []
        self.lines: dict[str, int] = {}

    def read(self, name: str) -> Json:
        """One of the household's data files."""
        return dict(json.loads((FOLDER / f"{name}.json").read_text("utf-8")))

    def form(self, account: str, operation: str) -> Json:
        """What an operation needs, as the server says."""
        return self.client.call(account, "GET", f"/renovations/{self.number}/{operation}")

    def do(self, account: str, operation: str, **body: Any) -> Json:
        """Carry out an operation."""
        return self.client.call(account, "POST", f"/renovations/{self.number}/{operation}", body)

    def choice(self, account: str, operation: str, field: str, word: str = "") -> int:
        """The first choice of a field whose label holds a word."""
        choices = self.form(account, operation)["choices"][field]
        return int(next(one["value"] for one in choices if word in one["label"]))

    # the steps, each by the person who takes it ------------------------------------------------------------------
    def apply(self, today: str) -> None:
        """The clerk logs the application with its papers and submits it."""
        api, typed = self.client, self.read("application")
        village = typed.pop("village")
        regions = api.call(CLERK, "GET", f"/regions?parent={typed['township']}")["items"]
        typed["village"] = next(one["id"] for one in regions if one["name"] == village)
        typed["programme"] = api.call(CLERK, "GET", "/programmes")["items"][0]["id"]
        typed["applied_on"] = typed["people"][0]["ability"]["observed_on"] = today
        for paper in ("declaration", "id_card", "hardship_proof"):
            typed[paper] = [api.upload(CLERK, f"scans/{paper}.jpg")]
        self.number = api.call(CLERK, "POST", "/renovations", typed)["number"]
        self.do(CLERK, "application/submit")

    def publish(self, today: str) -> None:
        """First review passed; the notice goes up."""
        self.do(CLERK, "application/forward", starts_on=today, places=["村（社区）公示栏"], poster="冉启强")
        photo = self.client.upload(CLERK, "notice/first_day.jpg")
        self.do(CLERK, "application/prove_notice", day="first", photo=photo, taken_on=today)

    def confirm(self, today: str) -> None:
        """The housing office and the township verify, the county confirms."""
        for clause, body in (("E5", "住建部门"), ("E8", "乡镇（街道）")):
            self.do(
                CLERK, "application/verify", clause=clause, body=body, method="入户查看", checked_on=today,
                result="confirmed",
            )  # fmt: skip
        self.do(COUNTY, "application/confirm", meeting="局务会")

    def assess(self, today: str) -> None:
        """Two assessors visit, record, sign, hand in."""
        firm = self.choice(COUNTY, "assessment/assign_assessor", "procurement_record_id")
        self.do(COUNTY, "assessment/assign_assessor", procurement_record_id=firm)
        found, first = self.read("assessment"), ASSESSORS[0]
        form = self.form(first, "assessment/record_visit")
        for answer in form["initial"]["indicators"]:
            answer["answer"] = "not_met" if answer["indicator"] in found["failed"] else "met"
        rooms = [
            {
                "room": room["room"],
                "remark": room["remark"],
                "photos": [self.client.upload(first, room["photo"])],
                "measures": [{"name": name, "value": value} for name, value in room["measures"].items()],
            }
            for room in found["rooms"]
        ]
        me = self.client.call(ASSESSORS[1], "GET", "/me")["name"]
        second = next(one["value"] for one in form["choices"]["second_assessor"] if me in one["label"])
        self.do(
            first, "assessment/record_visit", visited_on=today, qualification=found["qualification"],
            second_assessor=int(second), second_qualification=found["second_qualification"],
            informant=found["informant"], indicators=form["initial"]["indicators"], safe="yes", renovatable="yes",
            must_move_out="no", rooms=rooms, wish=found["wish"],
            signature=self.client.upload(first, "signatures/assessor_1.png"),
        )  # fmt: skip
        drawn = self.client.upload(ASSESSORS[1], "signatures/assessor_2.png")
        self.do(ASSESSORS[1], "assessment/sign_visit", confirmed=True, signature=drawn)
        self.do(first, "assessment/complete")

    def plan(self) -> None:
        """The assessor drafts, the county approves, the household signs plan and agreement."""
        plan = self.read("plan")
        keys = [line.pop("key") for line in plan["lines"]]
        installed = {line["item"] for line in plan["lines"]}
        for waived in plan["decisions"]:
            waived["photo"] = self.client.upload(ASSESSORS[0], waived["photo"])
        basics = [one["item"] for one in self.form(ASSESSORS[0], "plan/draft")["initial"]["decisions"]]
        decisions = [{"item": item, "decision": "install"} for item in basics if item in installed]
        self.do(
            ASSESSORS[0], "plan/draft", lines=plan["lines"], decisions=[*decisions, *plan["decisions"]],
            no_shared_space=True, design_code=True, submit=True,
        )  # fmt: skip
        own = self.do(COUNTY, "plan/approve", accept_waivers=True)["self_pay"]
        self.do(
            CLERK, "plan/agree", self_pay=own,
            signature=self.client.upload(CLERK, "signatures/household.png"),
            agreement=self.client.upload(CLERK, "scans/agreement.jpg"),
        )  # fmt: skip
        self.keys = keys

    def dispatch(self, today: str) -> None:
        """The county dispatches; the firm signs with the household."""
        form = self.form(COUNTY, "construction/dispatch")["choices"]
        builder = next(one["value"] for one in form["procurement_record_id"] if "宏安" in one["label"])
        supervisor = next(one["value"] for one in form["supervisor_record_id"] if "康宁" in one["label"])
        self.do(
            COUNTY, "construction/dispatch", procurement_record_id=int(builder), supervisor_record_id=int(supervisor)
        )
        asked = self.form(BUILDER, "construction/contract")["initial"]["prices"]
        self.lines = {key: one["line_id"] for key, one in zip(self.keys, asked, strict=True)}
        prices = self.read("prices")
        ends = (date.fromisoformat(today) + timedelta(days=20)).isoformat()
        self.do(
            BUILDER, "construction/contract", number=self.read("invoice")["contract"], signed_on=today,
            starts_on=today, ends_on=ends, warranty_months=24, household_signer="冉德珍", clears_rubble=True,
            prices=[{"line_id": line, "unit_price": prices[key]} for key, line in self.lines.items()],
            signature=self.client.upload(BUILDER, "scans/contract.jpg"),
        )  # fmt: skip

    def build(self, today: str) -> None:
        """Photographs before, works, goods, photographs after, quantities, supervision, completion."""
        works = [key for key in self.lines if (FOLDER / "before" / f"{key}.jpg").exists()]
        self._photograph("before", works)
        self.do(BUILDER, "construction/start")
        self.do(BUILDER, "construction/log", day=today, workers=2, text="拆除蹲便器，铺防滑地胶，安装扶手和坐便器")
        self._photograph("hidden", works)
        self._photograph("after", works)
        for key in self.lines.keys() - set(works):
            self.do(
                BUILDER, "construction/hand_over", line_id=self.lines[key], recipient="冉德珍", serial=f"HA26-{key}",
                day=today, photos=[self.client.upload(BUILDER, f"handover/{key}.jpg")],
                signature=self.client.upload(BUILDER, "signatures/household.png"),
            )  # fmt: skip
        done = self.read("measured")
        lines = [{"line_id": line, "quantity": done[key]} for key, line in self.lines.items()]
        self.do(BUILDER, "construction/quantities", lines=lines)
        self.do(SUPERVISOR, "construction/inspect", day=today, finding="good", text="固定牢靠，与方案一致")
        paper = self.client.upload(SUPERVISOR, "scans/supervision_report.jpg")
        self.do(SUPERVISOR, "construction/report", day=today, conclusion="符合方案和合同", paper=paper)
        self.do(BUILDER, "construction/complete")

    def _photograph(self, kind: str, keys: list[str]) -> None:
        for key in keys:
            photo = self.client.upload(BUILDER, f"{kind}/{key}.jpg")
            self.do(BUILDER, "construction/photos", line_id=self.lines[key], kind=kind, photos=[photo])

    def accept(self, today: str) -> None:
        """The township accepts in the home, line by line; the county countersigns."""
        form = self.form(CLERK, "acceptance/record")["initial"]
        measured = {self.lines[key]: value for key, value in self.read("measured").items()}
        lines = [{"line_id": line, "result": "accepted", "measured": value} for line, value in measured.items()]
        names = {
            "household": ("冉德珍", "household"), "township": ("冉启明", "township"),
            "contractor": ("罗强", "contractor"), "supervisor": ("郑川", "supervisor"),
        }  # fmt: skip
        party = [
            {"role": role, "name": name, "signature": self.client.upload(CLERK, f"signatures/{drawn}.png")}
            for role, (name, drawn) in names.items()
        ]
        checks = [{"key": check["key"], "is_good": True} for check in form["checks"]]
        self.do(CLERK, "acceptance/record", day=today, lines=lines, checks=checks, party=party)
        self.do(COUNTY, "acceptance/countersign")

    def settle(self, today: str) -> None:
        """Invoice, receipt, warranty card; one prepares, another approves; finance pays."""
        papers, api = self.read("invoice"), self.client
        for name, paper in (("invoice", "invoice"), ("receipt", "receipt")):
            amount = self.form(BUILDER, f"settlement/{name}")["initial"]["amount"]
            extra = {"number": papers["number"]} if name == "invoice" else {}
            scan = api.upload(BUILDER, f"scans/{paper}.jpg")
            self.do(BUILDER, f"settlement/{name}", day=today, amount=amount, paper=scan, **extra)
        card = api.upload(BUILDER, "scans/warranty_card.jpg")
        self.do(BUILDER, "settlement/card", hotline=papers["hotline"], paper=card)
        self.do(COUNTY, "settlement/prepare")
        self.do(SECOND, "settlement/approve")
        payees = self.form(FINANCE, "settlement/pay")["initial"]["vouchers"]
        vouchers = [{"organisation_id": one["organisation_id"], "voucher": papers["voucher"]} for one in payees]
        receipt = api.upload(FINANCE, "scans/voucher.jpg")
        self.do(FINANCE, "settlement/pay", paid_on=today, vouchers=vouchers, paper=receipt)


def walk(url: str) -> Iterator[str]:
    """Take the household all the way; yields what is printed."""
    client = Client(url)
    home = Household(client)
    today = client.call(CLERK, "GET", "/me")["today"]
    home.apply(today)
    yield f"档案号 {home.number}"
    home.publish(today)
    while client.call(CLERK, "GET", f"/renovations/{home.number}")["status"] == "reviewed":
        today = client.call(CLERK, "POST", "/demo/clock", {"day": _next(today)})["today"]
    photo = client.upload(CLERK, "notice/last_day.jpg")
    home.do(
        CLERK, "application/prove_notice", day="last", photo=photo, taken_on=today, explanation="公示期满次日补拍存档"
    )
    home.confirm(today)
    home.assess(today)
    home.plan()
    home.dispatch(today)
    home.build(today)
    home.accept(today)
    home.settle(today)
    yield from report(client, home)


def _next(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def report(client: Client, home: Household) -> Iterator[str]:
    """Each status with its date, the sums, the seal."""
    events = client.call(COUNTY, "GET", f"/renovations/{home.number}/timeline")["items"]
    for event in reversed(events):
        if event["to_status"]:
            yield f"{event['at'][:10]}  {event['to_status']:<11} {event['title']}（{event['actor_name']}）"
    detail = client.call(COUNTY, "GET", f"/renovations/{home.number}")
    yield f"合计 {detail['total']}  补贴 {detail['subsidy']}  家庭自付 {detail['self_pay']}"
    seal = client.call(COUNTY, "GET", f"/renovations/{home.number}/seals")["items"][-1]
    rows = sum(len(table) for table in seal["manifest"]["rows"].values())
    yield f"已封存：{rows} 条记录、{len(seal['manifest']['papers'])} 份材料，清单哈希 {seal['hash']}"
    if detail["status"] != "paid":
        raise Refused(f"档案停在“{detail['status']}”，没有走完")


def main() -> None:
    """Read the command line and go."""
    parser = argparse.ArgumentParser(description="一户从申请到封存，全程走接口")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    for line in walk(parser.parse_args().url):
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
