"""A zipped folder from the page: the same checks as the command, and nothing that a ZIP could be made to do."""

import stat
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from app.core.errors import RuleViolation
from app.programme.loading import CATALOG
from app.programme.problems import BrokenData
from app.programme.upload import MOST_BYTES, MOST_UNPACKED, not_read, read_zip, unpack

from .factory import chongqing, demo_county

FOLDER = CATALOG / "chongqing-2020"


def zipped(*, within: str = "chongqing-2020/", name: str = "chongqing-2020", **replaced: str) -> bytes:
    """The shipped folder as a ZIP; keywords replace or add files by their stem."""
    files = {path.stem: path.read_text("utf-8") for path in sorted((CATALOG / name).glob("*.toml"))} | replaced
    return made({f"{within}{stem}.toml": text for stem, text in files.items()})


def made(files: dict[str, str]) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize("within", ["chongqing-2020/", "", "资料/2020 年/"])
def test_a_zipped_folder_is_the_folder(within: str) -> None:
    assert read_zip(zipped(within=within)) == chongqing()


def test_a_county_is_merged_with_the_base_that_is_in_force() -> None:
    content = zipped(name="chongqing-2020-demo-county", within="")
    assert read_zip(content) == demo_county()
    assert read_zip(content, bases=lambda id_: chongqing() if id_ == "chongqing-2020" else None) == demo_county()


def test_every_error_is_told_with_file_and_line() -> None:
    money = (FOLDER / "money.toml").read_text("utf-8").replace('amount = "2000.00"', "amount = 2000")
    plan = (FOLDER / "plan.toml").read_text("utf-8").replace("flag_waivers_from = 5", "flag_waiver_from = 5")
    with pytest.raises(BrokenData) as broken:
        read_zip(zipped(money=money, plan=plan))
    found = [(error.file, error.line) for error in broken.value.errors]
    lines = {
        "money.toml": money.split("\n").index("amount = 2000") + 1,
        "plan.toml": plan.split("\n").index("flag_waiver_from = 5") + 1,
    }
    assert sorted(set(found)) == sorted(lines.items())


@pytest.mark.parametrize("name", ["../programme.toml", "a/../../programme.toml", "/etc/programme.toml", "C:\\x.toml"])
def test_a_name_that_leads_out_is_refused(name: str) -> None:
    with pytest.raises(RuleViolation, match="指到外面的文件名"):
        unpack(made({"programme.toml": "", name: "x = 1"}))


def test_a_link_is_refused() -> None:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        link = ZipInfo("programme.toml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(RuleViolation, match="链接"):
        unpack(out.getvalue())


def test_a_bomb_is_stopped_while_it_unpacks() -> None:
    bomb = made({"programme.toml": "0" * (MOST_UNPACKED * 20)})
    assert len(bomb) < MOST_BYTES
    with pytest.raises(RuleViolation, match="解开后超过"):
        unpack(bomb)


def test_many_files_that_together_are_too_much() -> None:
    half = "#" * (MOST_UNPACKED // 2 + 1)
    with pytest.raises(RuleViolation, match="解开后超过"):
        unpack(made({"a.toml": half, "b.toml": half}))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "还没有选文件"),
        (b"PK\x03\x04 nothing more", "不是能打开的 ZIP"),
        (b"x" * (MOST_BYTES + 1), "压缩包超过"),
        (made({"README.md": "x"}), "没有 .toml 文件"),
        (made({"a/programme.toml": "", "b/programme.toml": ""}), "几个资料夹"),
        (made({f"{n}.toml": "" for n in range(101)}), "最多 100 个"),
        (made({"a b*.toml": ""}), "不能用或重复"),
        (made({"x/programme.toml": "", "x/money.toml.txt": ""}), "“money.toml.txt”以 .txt 结尾，没有读"),
    ],
)
def test_what_is_no_folder_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(RuleViolation, match=said):
        unpack(content)


def test_what_else_lies_in_the_zip_is_left_there() -> None:
    found = unpack(made({"x/programme.toml": "a = 1", "x/README.md": "…", "__MACOSX/x/._programme.toml": "?"}))
    assert found == {"programme.toml": b"a = 1"}


def test_what_of_the_zip_is_not_read_is_told() -> None:
    content = made({"x/programme.toml": "a = 1", "x/项目.csv": "1,2", "x/旧/programme.toml": "b = 1", "x/说明.md": "…"})
    assert [said.partition("：")[0] for said in not_read(content)] == ["没有读 旧/programme.toml", "没有读 项目.csv"]
    assert not_read(b"no zip") == []
