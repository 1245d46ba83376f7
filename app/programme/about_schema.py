"""What a programme or an edition of it says of itself: name, lead, place, days and phases (domain §4)."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ..permissions import Office
from .areas import level_of
from .values import Key, ProgrammeId, Sourced, Text, Texts, member_of, not_before

ProgrammeStatus = Literal["draft", "pilot", "in_force"]


class About(Sourced):
    """`[programme]`: what it is called, who leads it, where it holds, from when, and the name of this edition of the data.

    Of an edition (`[overlay]`) also its id, its county or regions with their name, and the edition that it is built on.
    """

    id: ProgrammeId
    name: Text
    short_name: Text
    version: Text
    number_prefix: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,12}$")]
    authority: Text
    lead: Annotated[Office, member_of(Office)] = Office.CIVIL_AFFAIRS
    document: Text
    region: Text
    valid_from: date
    valid_to: date | None = None
    overlay: str = ""
    county: str = ""
    county_name: str = ""
    regions: Texts = ()
    based_on: str = ""
    summary: str = ""
    phone: str = ""
    status: ProgrammeStatus = "in_force"
    pilot_regions: Texts = ()

    @model_validator(mode="after")
    def _order(self) -> Self:
        not_before("valid_from", self.valid_from, "valid_to", self.valid_to)
        return self


class OverlayAbout(Sourced):
    """`[overlay]`: the edition of a county, of several counties or of a city on a base (重庆2020 §一(一), §六(一)).

    For one county `county` and `county_name`, else `regions` and `regions_name`; of several that hold somewhere the most
    specific counts.
    """

    id: ProgrammeId
    base: ProgrammeId
    name: Text
    version: Text
    county: str = ""
    county_name: str = ""
    regions: Texts = ()
    regions_name: str = ""
    document: str = ""
    valid_from: date
    valid_to: date | None = None
    summary: str = ""
    phone: str = ""
    status: ProgrammeStatus | None = None
    pilot_regions: Texts | None = None

    @model_validator(mode="after")
    def _order(self) -> Self:
        not_before("valid_from", self.valid_from, "valid_to", self.valid_to)
        return self

    @model_validator(mode="after")
    def _where(self) -> Self:
        if bool(self.county) == bool(self.regions):
            raise ValueError("适用于一个区县写 county、county_name，适用于一个市或几个区县写 regions、regions_name")
        if not (self.county_name if self.county else self.regions_name):
            raise ValueError(f"缺少{'county_name' if self.county else 'regions_name'}（适用地区的名称）")
        if len(set(self.regions)) < len(self.regions):
            raise ValueError("regions 里每个地区只写一次")
        if len({level_of(region) for region in self.regions}) > 1:
            raise ValueError("regions 里的地区须是同一级：全是市，或全是区县")
        if any(level_of(region) == "township" for region in (*self.regions, self.county)):
            raise ValueError("细则适用于市或区县，不到乡镇（街道）")
        return self


class Phase(Sourced):
    """`[[phase]]`: a dated part of the programme's year; outside of all there is one banner (重庆2020 §五)."""

    key: Key
    name: Text
    starts: date
    ends: date
    content: str = ""

    @model_validator(mode="after")
    def _order(self) -> Self:
        not_before("starts", self.starts, "ends", self.ends)
        return self
