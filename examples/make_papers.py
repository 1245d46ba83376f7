"""Draw the photographs and scans of `one_household/`: run once, from the project's root; the same files every time."""

from pathlib import Path

from app.demo import pictures

FOLDER = Path(__file__).parent / "one_household"
WORKS = ("floor", "ramp", "bedrail", "rail", "toilet")
SCANS = ("declaration", "id_card", "hardship_proof", "agreement", "contract", "supervision_report", "invoice", "receipt",
         "warranty_card", "voucher")  # fmt: skip
SIGNATURES = ("household", "assessor_1", "assessor_2", "township", "contractor", "supervisor")
PHONE = 4000
"""Pixels across: twelve megapixels, as a phone takes them."""


def main() -> None:
    """Write every picture."""
    for place, key in enumerate(WORKS):
        save(f"before/{key}.jpg", pictures.photograph(100 + place, width=PHONE))
        save(f"hidden/{key}.jpg", pictures.photograph(200 + place, width=PHONE))
        save(f"after/{key}.jpg", pictures.photograph(100 + place, after=True, width=PHONE))
    for place, key in enumerate(("bathroom", "bedroom", "entrance", "person")):
        save(f"rooms/{key}.jpg", pictures.photograph(300 + place, width=PHONE))
    for place, key in enumerate(("chair", "stick")):
        save(f"handover/{key}.jpg", pictures.photograph(400 + place, after=True, width=PHONE))
    for place, key in enumerate(("first_day", "last_day")):
        save(f"notice/{key}.jpg", pictures.photograph(500 + place, width=PHONE))
    for place, key in enumerate(SCANS):
        save(f"scans/{key}.jpg", pictures.scan(600 + place, width=1240))
    for place, key in enumerate(SIGNATURES):
        save(f"signatures/{key}.png", pictures.signature(700 + place))


def save(name: str, content: bytes) -> None:
    """Write one file."""
    path = FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


if __name__ == "__main__":
    main()
