"""Looking at a PDF as a printer and a reader would."""

import subprocess
from io import BytesIO

import zxingcpp
from PIL import Image
from pypdf import PdfReader


def fonts_of(content: bytes) -> set[str]:
    """The names of the embedded fonts, without the prefix of the subset."""
    found = set()
    for page in PdfReader(BytesIO(content)).pages:
        for font in (page["/Resources"].get("/Font") or {}).values():
            found.add(str(font.get_object()["/BaseFont"]).partition("+")[2] or str(font.get_object()["/BaseFont"]))
    return {name.lstrip("/") for name in found}


def pages_of(content: bytes) -> list[str]:
    """The text of each page, without white space."""
    return ["".join(page.extract_text().split()) for page in PdfReader(BytesIO(content)).pages]


def drawn(content: bytes, dpi: int = 120, page: int = 1) -> Image.Image:
    """A page as a printer would draw it."""
    png = subprocess.run(
        ["pdftoppm", "-r", str(dpi), "-f", str(page), "-l", str(page), "-png", "-"],
        input=content,
        capture_output=True,
        check=True,
    ).stdout
    return Image.open(BytesIO(png)).convert("L")


def code_on(image: Image.Image) -> str:
    """What the QR picture in the corner says."""
    width, height = image.size
    corner = image.crop((width // 2, 0, width, height // 5))
    found = zxingcpp.read_barcodes(corner)
    return found[0].text if found else ""
