"""Whether a version reaches anybody: its regions must stand in the tree."""

from .models import ProgrammeVersion
from .queries import names_of_areas, of


def unknown_areas(version: ProgrammeVersion) -> list[str]:
    """The codes of a version's regions that the tree does not have: nobody there would see the programme."""
    codes = version.area_codes or (of(version).data.programme.region,)
    return [code for code, name in zip(codes, names_of_areas(codes), strict=True) if code == name]
