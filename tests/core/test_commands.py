"""What every input refuses."""

import unicodedata

from pydantic import ValidationError

from app.core.commands import Command


class Said(Command):
    text: str


def test_control_characters_are_refused_and_nothing_else() -> None:
    tried = [chr(number) for number in (*range(0x2100), *range(0xD700, 0xE100), 0x1F600)]
    refused = {character for character in tried if not _takes(f"甲{character}乙")}
    controls = {character for character in tried if unicodedata.category(character) in {"Cc", "Cs"}}
    assert refused == controls - set("\n\r\t")


def _takes(text: str) -> bool:
    try:
        Said(text=text)
    except ValidationError:
        return False
    return True
