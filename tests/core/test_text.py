"""Names and addresses for search, and what masks leave visible."""

from hypothesis import given
from hypothesis import strategies as st

from app.core import masking, text

HANZI = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=6)


def test_bigrams() -> None:
    assert text.bigrams("欧阳娜娜娜") == ["欧阳", "阳娜", "娜娜"]
    assert text.bigrams(" 张 三") == ["张三"]
    assert text.bigrams("阿依古丽·买买提")[3:5] == ["丽买", "买买"]
    assert text.bigrams("𬭎") == ["𬭎"]
    assert text.bigrams("") == []


@given(HANZI, HANZI, HANZI)
def test_every_two_neighbours_of_a_name_are_found(before: str, part: str, after: str) -> None:
    assert set(text.bigrams(part)) <= set(text.bigrams(before + part + after)) or len(part) == 1


def test_surnames_sound_as_surnames() -> None:
    assert [text.pinyin(name) for name in ("单雄信", "曾小贤", "解晓东", "尉迟恭", "张三")] == [
        "shanxiongxin",
        "zengxiaoxian",
        "xiexiaodong",
        "yuchigong",
        "zhangsan",
    ]
    assert text.pinyin_initials("仇十洲") == "qsz"


def test_addresses_that_say_the_same_are_the_same() -> None:
    forms = ["璧山区大路街道三担村三组十二号", "璧山区 大路街道 三担村３组，12号", "璧山区大路街道三担村（3组）12号"]
    assert {text.normalise_address(form) for form in forms} == {"璧山区大路街道三担村3组12号"}
    assert text.normalise_address("二〇三室") == "203室"
    assert text.normalise_address("一百零五号") == "105号"


def test_masks() -> None:
    assert masking.mask_id("500120194503021234") == "500***********1234"
    assert [masking.mask_name(name) for name in ("张三", "张三丰", "阿依古丽·买买提", "")] == [
        "张*",
        "张**",
        "阿**",
        "",
    ]
    assert masking.mask_phone("13800138000") == "138****8000"
    assert masking.mask_account("6222021234567890128") == "***************0128"
    assert masking.mask_address("重庆市璧山区大路街道三担村3组12号") == "重庆市璧山区大路街道三担村***"


@given(st.text(st.characters(exclude_characters="*"), min_size=1, max_size=30))
def test_masks_never_show_all(value: str) -> None:
    for mask in (masking.mask_id, masking.mask_name, masking.mask_phone, masking.mask_account, masking.mask_address):
        assert mask(value) != value


@given(st.text(max_size=7))
def test_short_values_are_hidden_entirely(value: str) -> None:
    assert masking.mask_id(value) == "*" * len(value)
