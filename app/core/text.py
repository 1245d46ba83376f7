"""Chinese names and addresses as search sees them. Plain Python."""

import re
import unicodedata

from pypinyin import Style, lazy_pinyin

_SURNAMES = {
    "单": "shan", "解": "xie", "曾": "zeng", "仇": "qiu", "查": "zha", "朴": "piao", "盖": "ge", "缪": "miao",
    "区": "ou", "翟": "zhai", "尉": "wei", "冼": "xian", "覃": "qin", "乐": "yue", "员": "yun", "繁": "po",
    "黑": "he", "秘": "bi", "折": "she", "召": "shao", "洗": "xian", "重": "chong", "种": "chong", "祭": "zhai",
    "卜": "bu", "阚": "kan", "隗": "wei", "句": "gou", "都": "du", "藏": "zang", "长": "chang", "能": "nai",
    "便": "pian", "会": "gui", "不": "fou",
}  # fmt: skip
"""Characters that sound otherwise as a surname than in most words."""
_COMPOUND_SURNAMES = {"尉迟": "yu chi", "长孙": "zhang sun", "澹台": "tan tai", "万俟": "mo qi", "单于": "chan yu"}

_NUMERALS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_NUMBERED = re.compile(r"([零〇一二三四五六七八九十百两]+)(?=单元|[组社队号栋幢楼层室巷弄])")
_LETTERS = re.compile(r"[a-z]{2,24}")
MOST_LETTERS = 24
"""The longest row of the search index; pinyin beyond it finds nothing that its beginning does not."""
_NOISE = re.compile(r"[\s\-—–_,，.。·、;；:：#＃()（）\[\]【】/\\]+")


def normalise_name(text: str) -> str:
    """A name without blanks, dots and width variants: what two ways of typing it have in common."""
    return re.sub(r"[\s·•・．.]", "", unicodedata.normalize("NFKC", text)).upper()


def bigrams(name: str) -> list[str]:
    """The pairs of neighbouring characters of a name, in order, each once; a single character stands for itself."""
    text = normalise_name(name)
    if len(text) < 2:
        return [text] if text else []
    return list(dict.fromkeys(text[i : i + 2] for i in range(len(text) - 1)))


def pinyin(name: str) -> str:
    """A person's name in pinyin without tones and blanks: 单雄信 → "shanxiongxin"."""
    return "".join(_syllables(name))


def pinyin_initials(name: str) -> str:
    """The first letters of a person's name in pinyin: 单雄信 → "sxx"."""
    return "".join(syllable[0] for syllable in _syllables(name))


def search_grams(name: str) -> list[str]:
    """What a name is found by, sorted: its pairs of characters, its pinyin and the initials, cut to the index's width."""
    sounds = (pinyin(name)[:MOST_LETTERS], pinyin_initials(name))
    return sorted({*bigrams(name), *(sound for sound in sounds if is_pinyin(sound))})


def is_pinyin(text: str) -> bool:
    """True for what can only be typed pinyin, or a name in Latin letters: letters without accents."""
    return _LETTERS.fullmatch(text) is not None


def normalise_address(text: str) -> str:
    """An address as it is compared: no blanks, no punctuation, half width, numbers of groups and houses as digits."""
    compact = _NOISE.sub("", unicodedata.normalize("NFKC", text)).upper()
    return _NUMBERED.sub(lambda match: str(_number(match[1])), compact)


def _syllables(name: str) -> list[str]:
    text = normalise_name(name).lower()
    for compound, sound in _COMPOUND_SURNAMES.items():
        if text.startswith(compound):
            return sound.split() + _sounds(text[len(compound) :])
    if text[:1] in _SURNAMES:
        return [_SURNAMES[text[0]], *_sounds(text[1:])]
    return _sounds(text)


def _sounds(text: str) -> list[str]:
    return [sound for sound in lazy_pinyin(text, style=Style.NORMAL, errors="default") if sound]


def _number(numerals: str) -> int:
    """Chinese numerals up to 999, or digits read one by one (二〇三)."""
    if not set(numerals) & {"十", "百"}:
        return int("".join(str(_NUMERALS[c]) for c in numerals))
    total, digit = 0, 0
    for c in numerals:
        if c in "十百":
            total += (digit or 1) * (10 if c == "十" else 100)
            digit = 0
        else:
            digit = _NUMERALS[c]
    return total + digit
