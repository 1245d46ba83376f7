"""What an upload is, by its content: kind, size, time and place, likeness, and the copies that pages show."""

import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO

import pi_heif
from PIL import ExifTags, Image, ImageFile, ImageOps

from ..core import clock
from ..core.errors import RuleViolation
from .models import FileKind

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000
VIEW, THUMB = 1600, 320
"""Longest side, in pixels, of the copies for reading and for lists."""

_MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "HEIF": "image/heic",
}
_FEATURELESS = 4
"""A picture whose brightness runs one way nearly everywhere (a wall, a blank page) resembles every other such."""

pi_heif.register_heif_opener()
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found. `view` and `thumb` are JPEG copies without any EXIF; a PDF has none."""

    kind: FileKind
    media_type: str
    width: int | None = None
    height: int | None = None
    dhash: int | None = None
    taken_at: datetime | None = None
    position: str | None = None
    view: bytes | None = None
    thumb: bytes | None = None


def inspect(content: bytes) -> Inspected:
    """Take an upload apart; raises RuleViolation with the remedy for what is no whole photo or PDF."""
    if not content:
        raise RuleViolation("文件是空的，请重新选择或拍摄")
    if len(content) > MAX_BYTES:
        raise RuleViolation("文件超过 20 MB，请降低照片分辨率或扫描精度后再上传")
    if content.startswith(b"%PDF-"):
        return _inspect_pdf(content)
    return _inspect_image(content)


def _inspect_pdf(content: bytes) -> Inspected:
    if b"%%EOF" not in content[-2048:] or b"startxref" not in content[-4096:]:
        raise RuleViolation("PDF 文件不完整，可能没有传完，请重新导出或扫描后再上传")
    return Inspected(FileKind.PDF, "application/pdf")


def _inspect_image(content: bytes) -> Inspected:
    image = _open(content)
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint switches it on for the whole process; half a photo is no photo
    try:
        exif = image.getexif()
        taken_at, position = _taken_at(exif), _position(exif)
        width, height = _upright_size(image, exif)
        media_type = _MEDIA_TYPES[image.format or ""]
        view = _view(image)
        thumb = view.copy()
        thumb.thumbnail((THUMB, THUMB), Image.Resampling.LANCZOS)
        return Inspected(
            FileKind.IMAGE,
            media_type,
            width,
            height,
            dhash(thumb),
            taken_at,
            position,
            _jpeg(view, 80),
            _jpeg(thumb, 75),
        )
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, RuntimeError) as error:
        raise RuleViolation("照片不完整或已损坏，可能没有传完，请重新拍摄或上传") from error


def _open(content: bytes) -> Image.Image:
    too_large = RuleViolation("照片超过 5000 万像素，请降低相机分辨率后再拍")
    try:
        image = Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP", "HEIF"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise too_large from error
    except (OSError, ValueError, SyntaxError, EOFError, RuntimeError) as error:
        raise RuleViolation(
            "只能上传 JPG、PNG、WEBP、HEIC 照片或 PDF 文件；其他格式请先转换，改文件名没有用"
        ) from error
    if image.width * image.height > MAX_PIXELS:
        raise too_large
    return image


def _view(image: Image.Image) -> Image.Image:
    """The picture upright, in RGB, its longest side at most VIEW, without EXIF; decodes the whole content."""
    scale = min(1.0, VIEW / max(image.size))
    # draft lets the JPEG decoder shrink while it reads; it wants the size that is really meant, not a square
    image.draft("RGB", (round(image.width * scale), round(image.height * scale)))
    upright = ImageOps.exif_transpose(image)
    if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
        layered = upright.convert("RGBA")
        upright = Image.new("RGB", layered.size, "white")
        upright.paste(layered, mask=layered.getchannel("A"))
    elif upright.mode.startswith("I;16"):
        upright = upright.point(lambda value: value / 256).convert("L")
    upright = upright.convert("RGB")
    upright.thumbnail((VIEW, VIEW), Image.Resampling.LANCZOS)
    return upright


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True, exif=b"", icc_profile=image.info.get("icc_profile"))
    return out.getvalue()


def dhash(image: Image.Image) -> int | None:
    """64 bits, signed: whether each of 8 × 8 cells is darker than its right neighbour. None without features."""
    cells = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            at = row * 9 + column
            bits = bits << 1 | (cells[at] < cells[at + 1])
    if not _FEATURELESS <= bits.bit_count() <= 64 - _FEATURELESS:
        return None
    return bits - (1 << 64) if bits >> 63 else bits


def _upright_size(image: Image.Image, exif: Image.Exif) -> tuple[int, int]:
    width, height = image.size
    return (height, width) if exif.get(ExifTags.Base.Orientation, 1) in {5, 6, 7, 8} else (width, height)


def _taken_at(exif: Image.Exif) -> datetime | None:
    """When the camera says it was taken; without a zone, China's time. None when it says nothing sensible."""
    details = exif.get_ifd(ExifTags.IFD.Exif)
    text = str(details.get(ExifTags.Base.DateTimeOriginal) or "")[:19]
    offset = str(details.get(ExifTags.Base.OffsetTimeOriginal) or "").strip("\0 ")
    for written, pattern in ((text + offset, "%Y:%m:%d %H:%M:%S%z"), (text, "%Y:%m:%d %H:%M:%S")):
        try:
            # naive only until its zone is known, two lines below
            taken = datetime.strptime(written, pattern)  # noqa: DTZ007
        except ValueError:
            continue
        taken = taken if taken.tzinfo else taken.replace(tzinfo=clock.SHANGHAI)
        return taken.astimezone(UTC) if taken.year >= 2000 else None
    return None


def _position(exif: Image.Exif) -> str | None:
    """Latitude and longitude in degrees, or None."""
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    try:
        latitude = _degrees(gps[ExifTags.GPS.GPSLatitude], gps.get(ExifTags.GPS.GPSLatitudeRef, "N") == "S")
        longitude = _degrees(gps[ExifTags.GPS.GPSLongitude], gps.get(ExifTags.GPS.GPSLongitudeRef, "E") == "W")
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180) or (latitude == 0 and longitude == 0):
        return None
    return f"{latitude:.6f},{longitude:.6f}"


def _degrees(parts: tuple[float, float, float], negative: bool) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    return -value if negative else value
