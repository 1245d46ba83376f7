"""A JPEG without the place where it was taken: metadata cut out, the picture itself left bit by bit as it was."""

from io import BytesIO

from PIL import ExifTags, Image

_METADATA = {0xE1, 0xED}
"""APP1 (Exif, XMP) and APP13 (IPTC): where cameras write positions."""
_START_OF_SCAN = 0xDA


def without_position(content: bytes) -> bytes | None:
    """The JPEG with no metadata but its orientation; None when it is not built as expected, then nothing is given."""
    if content[:2] != b"\xff\xd8":
        return None
    orientation = _orientation(content)
    kept, at = [b"\xff\xd8", _exif(orientation)], 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == _START_OF_SCAN:
            body = content[at:]
            # a second picture behind the first (portrait cameras) brings metadata of its own
            return None if b"Exif\0\0" in body else b"".join([*kept, body])
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if marker not in _METADATA:
            kept.append(content[at:end])
        at = end
    return None


def _orientation(content: bytes) -> int:
    with Image.open(BytesIO(content), formats=("JPEG",)) as image:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))


def _exif(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    body = exif.tobytes()
    return b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
