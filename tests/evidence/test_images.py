"""What is taken in and what is refused, by content alone."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from PIL import ExifTags, Image, ImageFile

from app.core.errors import RuleViolation
from app.evidence import images
from app.evidence.models import FileKind
from app.evidence.position import without_position
from tests.evidence.pictures import camera_exif, paper, pattern, saved


def refusal(content: bytes) -> str:
    with pytest.raises(RuleViolation) as refused:
        images.inspect(content)
    return refused.value.message


NOT_A_PICTURE = "只能上传 JPG、PNG、WEBP、HEIC 照片或 PDF 文件；其他格式请先转换，改文件名没有用"
BROKEN = "照片不完整或已损坏，可能没有传完，请重新拍摄或上传"


@pytest.mark.parametrize(("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
def test_photos_are_known_by_their_content(kind: str, media_type: str) -> None:
    found = images.inspect(saved(pattern(1), kind))
    assert (found.kind, found.media_type, found.width, found.height) == (FileKind.IMAGE, media_type, 640, 480)


@pytest.mark.parametrize(
    "content",
    [
        b"<!doctype html><script>alert(1)</script>",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"GIF89a" + bytes(100),
        saved(pattern(1), "BMP"),
        saved(pattern(1), "GIF"),
        saved(pattern(1), "TIFF"),
        b"PK\x03\x04" + bytes(100),
        b"MZ" + bytes(100),
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n<script>",
    ],
)
def test_whatever_poses_as_a_photo_is_refused(content: bytes) -> None:
    assert refusal(content) in {NOT_A_PICTURE, BROKEN}


def test_empty_and_oversized_files_are_refused() -> None:
    assert refusal(b"") == "文件是空的，请重新选择或拍摄"
    assert refusal(b"x" * (images.MAX_BYTES + 1)) == "文件超过 20 MB，请降低照片分辨率或扫描精度后再上传"


@pytest.mark.parametrize("side", [7100, 12000, 20000])
def test_bombs_are_refused_before_they_unfold(side: int) -> None:
    bomb = saved(Image.new("1", (side, side)), "PNG")
    assert len(bomb) < 200_000
    assert refusal(bomb) == "照片超过 5000 万像素，请降低相机分辨率后再拍"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_half_a_photo_is_refused(kind: str, part: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as WeasyPrint leaves it behind
    whole = saved(pattern(1, (900, 700)), kind)
    assert refusal(whole[: int(len(whole) * part)]) in {BROKEN, NOT_A_PICTURE}


def test_a_paper_is_whole_or_refused() -> None:
    assert images.inspect(paper()) == images.Inspected(FileKind.PDF, "application/pdf")
    assert refusal(paper()[:-8]) == "PDF 文件不完整，可能没有传完，请重新导出或扫描后再上传"
    assert refusal(b"<html>%PDF-1.4 startxref %%EOF") == NOT_A_PICTURE


@pytest.mark.parametrize("orientation", range(1, 9))
def test_copies_stand_upright_and_carry_no_metadata(orientation: int) -> None:
    image = pattern(3, (1200, 800))
    image.paste("red", (0, 0, 600, 100))
    found = images.inspect(saved(image, exif=camera_exif(orientation=orientation)))
    upright = (800, 1200) if orientation >= 5 else (1200, 800)
    assert (found.width, found.height) == upright
    for content, longest in ((found.view, 1200), (found.thumb, 320)):
        with Image.open(BytesIO(content or b"")) as copy:
            assert (max(copy.size), dict(copy.getexif()), b"Exif" in (content or b"")) == (longest, {}, False)
            # the red bar lies along the first half of the stored picture's first rows
            x, y = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}[orientation]
            corner = (int((copy.width - 1) * abs(x - 0.02)), int((copy.height - 1) * abs(y - 0.02)))
            red, green, blue = copy.getpixel(corner)  # type: ignore[misc]
            assert red > 200
            assert max(green, blue) < 90


def test_large_photos_become_small_copies() -> None:
    found = images.inspect(saved(pattern(2, (4000, 3000))))
    sizes = [Image.open(BytesIO(content or b"")).size for content in (found.view, found.thumb)]
    assert sizes == [(1600, 1200), (320, 240)]


@pytest.mark.parametrize(
    ("taken", "offset", "expected"),
    [
        ("2020:09:15 10:30:00", "", datetime(2020, 9, 15, 2, 30, tzinfo=UTC)),
        ("2020:09:15 10:30:00", "+08:00", datetime(2020, 9, 15, 2, 30, tzinfo=UTC)),
        ("2020:09:15 10:30:00", "+00:00", datetime(2020, 9, 15, 10, 30, tzinfo=UTC)),
        ("2020:09:15 10:30:00", "rubbish", datetime(2020, 9, 15, 2, 30, tzinfo=UTC)),
        ("1980:01:01 00:00:00", "", None),
        ("0000:00:00 00:00:00", "", None),
    ],
)
def test_the_cameras_time(taken: str, offset: str, expected: datetime | None) -> None:
    assert images.inspect(saved(pattern(1), exif=camera_exif(taken, offset))).taken_at == expected


def test_the_cameras_place() -> None:
    assert images.inspect(saved(pattern(1), exif=camera_exif())).position == "29.563000,106.551556"
    assert images.inspect(saved(pattern(1), exif=camera_exif(position=False))).position is None


def test_a_photo_resembles_its_smaller_and_recoded_self_and_no_other() -> None:
    original = images.inspect(saved(pattern(5, (2000, 1500)), quality=95))
    forwarded = images.inspect(saved(pattern(5, (2000, 1500)).resize((800, 600)), quality=50))
    other = images.inspect(saved(pattern(6, (2000, 1500))))
    assert distance(original, forwarded) <= 6
    assert distance(original, other) > 12


def distance(one: images.Inspected, other: images.Inspected) -> int:
    assert one.dhash is not None
    assert other.dhash is not None
    return ((one.dhash ^ other.dhash) & (1 << 64) - 1).bit_count()


def test_blank_walls_resemble_nothing() -> None:
    assert images.inspect(saved(Image.new("RGB", (640, 480), "white"))).dhash is None


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "1", "I;16"])
def test_every_way_of_storing_colours_is_shown(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    image = pattern(1).convert("L").convert("I;16") if mode == "I;16" else pattern(1).convert(mode)
    with Image.open(BytesIO(images.inspect(saved(image, kind)).view or b"")) as view:
        assert (view.mode, view.size) == ("RGB", (640, 480))


def test_a_photo_without_its_position_is_the_same_picture() -> None:
    content = saved(pattern(1), exif=camera_exif(orientation=6))
    bare = without_position(content)
    assert bare is not None
    with Image.open(BytesIO(content)) as before, Image.open(BytesIO(bare)) as after:
        assert before.tobytes() == after.tobytes()
        assert dict(after.getexif()) == {ExifTags.Base.Orientation: 6}
        assert after.getexif().get_ifd(ExifTags.IFD.GPSInfo) == {}
    assert without_position(saved(pattern(1), "PNG")) is None
