"""Photographs and scans for the demo and the examples, drawn by ourselves; the same for the same seed."""

import io
from random import Random

from PIL import Image, ImageDraw, ImageFilter

Rgb = tuple[int, int, int]

WALLS: tuple[Rgb, ...] = ((214, 219, 214), (222, 214, 198), (201, 212, 220), (225, 222, 215))
FLOORS: tuple[Rgb, ...] = ((128, 116, 100), (150, 150, 146), (108, 98, 86), (138, 126, 112))


def photograph(seed: int, after: bool = False, width: int = 640) -> bytes:
    """A room in a home as JPEG, 4:3: walls, tiles, a door, a basin; `after` adds a grab bar and a mat.

    The same seed is the same room from the same place, so that before and after belong together.
    """
    height = width * 3 // 4
    random = Random(seed)
    picture = Image.new("RGB", (width, height), random.choice(WALLS))
    draw = ImageDraw.Draw(picture)
    horizon = int(height * random.uniform(0.52, 0.62))
    _floor(draw, random, width, height, horizon)
    _tiles(draw, random, width, horizon)
    _door(draw, random, width, horizon)
    _basin(draw, random, width, height, horizon)
    if after:
        _aids(draw, random, width, height, horizon)
    small = (width // 2, height // 2)  # a sensor's grain, also what makes a large picture as heavy as a phone's
    grain = Image.frombytes("L", small, random.randbytes(small[0] * small[1])).resize((width, height))
    picture = Image.blend(picture, Image.merge("RGB", (grain, grain, grain)), 0.06)
    out = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(max(width / 1600, 0.3))).save(
        out, "JPEG", quality=84 if width > 2000 else 78
    )
    return out.getvalue()


def _floor(draw: ImageDraw.ImageDraw, random: Random, width: int, height: int, horizon: int) -> None:
    draw.rectangle((0, horizon, width, height), fill=random.choice(FLOORS))
    for step in range(1, 9):
        y = horizon + (height - horizon) * step * step // 81
        draw.line((0, y, width, y), fill=(90, 84, 76), width=max(1, width // 500))
    for step in range(-6, 16):
        x = width * step // 9
        draw.line(
            (width // 2 + (x - width // 2) // 3, horizon, x, height), fill=(90, 84, 76), width=max(1, width // 600)
        )


def _tiles(draw: ImageDraw.ImageDraw, random: Random, width: int, horizon: int) -> None:
    size = width // random.randint(9, 14)
    for x in range(0, width, size):
        draw.line((x, horizon // 3, x, horizon), fill=(188, 190, 186), width=max(1, width // 700))
    for y in range(horizon // 3, horizon, size):
        draw.line((0, y, width, y), fill=(188, 190, 186), width=max(1, width // 700))


def _door(draw: ImageDraw.ImageDraw, random: Random, width: int, horizon: int) -> None:
    left = int(width * random.uniform(0.05, 0.2))
    draw.rectangle((left, horizon // 6, left + width // 6, horizon), fill=(122, 88, 58), outline=(80, 56, 36))
    draw.ellipse(
        (left + width // 7, horizon // 2, left + width // 7 + width // 70, horizon // 2 + width // 70),
        fill=(205, 190, 120),
    )


def _basin(draw: ImageDraw.ImageDraw, random: Random, width: int, height: int, horizon: int) -> None:
    x, y = int(width * random.uniform(0.55, 0.7)), int(horizon * random.uniform(0.85, 1.0))
    draw.ellipse((x, y, x + width // 4, y + height // 8), fill=(240, 240, 238), outline=(160, 160, 160))
    draw.rectangle((x + width // 10, y + height // 12, x + width // 6, y + height // 4), fill=(228, 228, 226))


def _aids(draw: ImageDraw.ImageDraw, random: Random, width: int, height: int, horizon: int) -> None:
    x, y, thick = int(width * random.uniform(0.4, 0.48)), int(horizon * 0.55), max(4, width // 60)
    draw.line((x, y, x, y + height // 5), fill=(232, 160, 40), width=thick)
    draw.line((x, y + height // 5, x + width // 6, y + height // 5), fill=(232, 160, 40), width=thick)
    draw.polygon(
        (
            (width // 3, height * 17 // 20),
            (width * 2 // 3, height * 17 // 20),
            (width * 7 // 10, height * 19 // 20),
            (width * 3 // 10, height * 19 // 20),
        ),
        fill=(70, 120, 150),
        outline=(40, 80, 110),
    )


def scan(seed: int, lines: int = 14, width: int = 620) -> bytes:
    """A signed sheet of paper as JPEG, A4 upright: rules where text would stand, a signature, a round stamp."""
    height = int(width * 1.414)
    random = Random(seed)
    picture = Image.new("RGB", (width, height), (250, 249, 245))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((width // 4, height // 14, width * 3 // 4, height // 14 + height // 40), fill=(40, 40, 40))
    for line in range(lines):
        y = height // 6 + line * height // 24
        draw.line((width // 9, y, int(width * random.uniform(0.6, 0.89)), y), fill=(110, 110, 110), width=2)
    _stroke(draw, random, int(width * 0.58), int(height * 0.84), width // 4)
    draw.ellipse(
        (width // 7, int(height * 0.78), width // 7 + width // 5, int(height * 0.78) + width // 5),
        outline=(200, 30, 30),
        width=max(2, width // 160),
    )
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()


def signature(seed: int) -> bytes:
    """A signature as a signature pad gives it: PNG, dark strokes on white."""
    picture = Image.new("RGB", (420, 160), (255, 255, 255))
    _stroke(ImageDraw.Draw(picture), Random(seed), 40, 80, 320)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _stroke(draw: ImageDraw.ImageDraw, random: Random, x: int, y: int, length: int) -> None:
    for _ in range(3):
        points = [(x + length * step // 12, y + random.randint(-length // 9, length // 9)) for step in range(13)]
        draw.line(points, fill=(25, 25, 60), width=max(2, length // 70), joint="curve")
        x += length // 14
