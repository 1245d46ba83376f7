"""Pictures made for tests: with patterns, so that they resemble themselves only, and with what cameras write."""

import random
from io import BytesIO

from PIL import ExifTags, Image


def pattern(seed: int, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """A picture of coarse random cells, the same for the same seed."""
    cells = random.Random(seed).randbytes(16 * 12 * 3)
    return Image.frombytes("RGB", (16, 12), cells).resize(size, Image.Resampling.BICUBIC)


def saved(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """The picture as a file's content."""
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def camera_exif(
    taken: str = "2020:09:15 10:30:00", offset: str = "", position: bool = True, orientation: int = 1
) -> Image.Exif:
    """What a phone writes into a photo: time, orientation, and where it was (29°33'46.8"N 106°33'5.6"E)."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "Phone"
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = taken
    if offset:
        details[ExifTags.Base.OffsetTimeOriginal] = offset
    if position:
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "N", (29.0, 33.0, 46.8)
        gps[ExifTags.GPS.GPSLongitudeRef], gps[ExifTags.GPS.GPSLongitude] = "E", (106.0, 33.0, 5.6)
    return exif


def paper(text: str = "一户一档") -> bytes:
    """A PDF as small as one can be."""
    return f"%PDF-1.4\n% {text}\n1 0 obj<</Type/Catalog>>endobj\nstartxref\n9\n%%EOF\n".encode()
