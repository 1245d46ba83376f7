"""The hands of the demo: carry out an operation as somebody, upload a picture, look at the file."""

import io
from typing import Any

from ..core.db import db
from ..evidence.service import store_upload
from ..evidence.told import Told
from ..lifecycle import Status
from ..permissions import SYSTEM, Actor
from ..renovation import queries as files
from ..renovation.models import Renovation
from ..renovation.operations import perform
from ..stages.registry import operations
from . import county, pictures
from .people import Household

CLERKS = {"500299001": "town1", "500299101": "town2", "500299102": "town3", "500299103": "town4"}


class Hands:
    """What every step needs: carrying out an operation, uploading, looking at the file."""

    programme = county.PROGRAMME
    mark = ""
    """In the numbers of contracts and vouchers, so that those of two programmes differ."""

    def __init__(self, known: Household) -> None:
        self.known = known
        self.number = ""
        self.clerk = CLERKS[known.township]
        self.builder = "build1"
        self.firm = 1
        self.supervisor = "super1"
        self._pictures = 0
        self._actors: dict[str, Actor] = {}

    def do(self, key: str, staff_no: str, /, **typed: Any) -> Renovation:
        """Carry out an operation as an account, with the JSON that the API takes."""
        operation = operations()[key]
        command = operation.command.model_validate(typed)
        return perform(operation, self.number, command, self.actor(staff_no))

    def actor(self, staff_no: str) -> Actor:
        """The actor of a demo account, asked for once: a life has many steps and few people."""
        if staff_no not in self._actors:
            self._actors[staff_no] = county.actor(staff_no)
        return self._actors[staff_no]

    def photo(self, staff_no: str, place: int = 0, after: bool = False) -> int:
        """Upload a photograph of one of the home's places; answers its id."""
        return self._store(staff_no, pictures.photograph(self.known.number * 50 + place, after, 320), "照片.jpg")

    def scan(self, staff_no: str) -> int:
        """Upload a scanned paper; answers its id."""
        return self._store(staff_no, pictures.scan(self._next(), width=210), "扫描件.jpg")

    def sign(self, staff_no: str) -> int:
        """Upload a signature; answers its id."""
        return self._store(staff_no, pictures.signature(self._next()), "签字.png")

    def _store(self, staff_no: str, content: bytes, name: str) -> int:
        return store_upload(io.BytesIO(content), name, self.actor(staff_no).user_id, self.told()).id

    def told(self) -> Told | None:
        """What the telephone says of a picture beside the picture itself."""
        return None

    def _next(self) -> int:
        self._pictures += 1
        return self.known.number * 1000 + self._pictures

    def file(self) -> Renovation:
        """The file as it is now."""
        db.session.rollback()
        return files.get(self.number, SYSTEM)

    @property
    def status(self) -> Status:
        """Where the file stands."""
        return self.file().status
